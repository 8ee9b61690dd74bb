// The keyboard: one key each, never while typing, never with a modifier.

import { RANGES } from '../../../core/query.ts'
import { EXPORT_ID, pickRange } from '../components/controls.tsx'
import { helpOpen } from '../components/help.tsx'
import { SEARCH_ID } from '../components/search.tsx'
import { toggleComparison } from './compare.ts'
import { go, measure, place, tables, undo, visit } from './location.ts'
import { ALL_ALERTS } from './places.ts'
import { share } from './share.ts'
import { togglePause } from './store.ts'
import { toggleTheme } from './theme.ts'
import { openSignUp } from './wishes.ts'

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null

/** Keys that change the live view, and do nothing where it is not seen. */
const LIVE_ACTIONS: Readonly<Record<string, () => void>> = {
  t: () => go({ tables: !tables.value }),
  x: toggleComparison,
  s: () => void share(),
  e: () => document.getElementById(EXPORT_ID)?.click(),
  m: () => go({ measure: measure.value === 'usd' ? 'items' : 'usd' }),
  ...Object.fromEntries(RANGES.map((range, i) => [String(i + 1), () => pickRange(range)])),
}

const ACTIONS: Readonly<Record<string, () => void>> = {
  '/': () => document.getElementById(SEARCH_ID)?.focus(),
  p: togglePause,
  d: toggleTheme,
  n: () => openSignUp(),
  l: () => visit({ screen: 'live' }),
  a: () => visit({ screen: 'alerts', list: ALL_ALERTS }),
  r: () => visit({ screen: 'reports', day: null }),
  escape: () => void undo(),
  '?': () => {
    helpOpen.value = true
  },
}

export function startKeys(): void {
  document.addEventListener('keydown', event => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
    if (isTyping(event.target) || document.querySelector('dialog[open]') !== null) return
    const key = event.key.toLowerCase()
    const action = ACTIONS[key] ?? (place.value.screen === 'live' ? LIVE_ACTIONS[key] : undefined)
    if (action === undefined) return
    event.preventDefault()
    action()
  })
}
