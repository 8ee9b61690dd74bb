// The keyboard: one key each, never while typing, never with a modifier.

import { RANGES } from '../../../core/query.ts'
import { pickRange } from '../components/controls.tsx'
import { helpOpen } from '../components/help.tsx'
import { SEARCH_ID } from '../components/search.tsx'
import { go, measure, tables, undo } from './location.ts'
import { togglePause } from './store.ts'
import { toggleTheme } from './theme.ts'

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null

const ACTIONS: Readonly<Record<string, () => void>> = {
  '/': () => document.getElementById(SEARCH_ID)?.focus(),
  p: togglePause,
  d: toggleTheme,
  t: () => go({ tables: !tables.value }),
  m: () => go({ measure: measure.value === 'usd' ? 'items' : 'usd' }),
  escape: () => void undo(),
  '?': () => {
    helpOpen.value = true
  },
  ...Object.fromEntries(RANGES.map((range, i) => [String(i + 1), () => pickRange(range)])),
}

export function startKeys(): void {
  document.addEventListener('keydown', event => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
    if (isTyping(event.target) || document.querySelector('dialog[open]') !== null) return
    const action = ACTIONS[event.key.toLowerCase()]
    if (action === undefined) return
    event.preventDefault()
    action()
  })
}
