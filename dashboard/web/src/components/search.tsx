// Search over genre, artist, country and tag: a combobox whose choices become filters (a tag opens Bandcamp's
// page).
import { signal } from '@preact/signals'
import type { JSX } from 'preact'
import { useRef } from 'preact/hooks'
import type { ApiSearchHit, SearchResults } from '../../../core/api.ts'
import { compactText, countryFlag, countryLabel, genreLabel } from '../../../core/display.ts'
import { API_PATHS } from '../../../core/query.ts'
import { tagUrl } from '../../../core/safe-text.ts'
import { setFilter } from '../state/location.ts'
import { rememberName } from '../state/store.ts'
import { Icon, Text } from './parts.tsx'

/** Long enough that typing a word asks once or twice, short enough to feel immediate. */
const ASK_AFTER_MS = 140
const MAX_QUERY_LENGTH = 80

interface Found {
  readonly text: string
  readonly hits: readonly ApiSearchHit[]
  readonly failed: boolean
}
const text = signal('')
const found = signal<Found | null>(null)
const chosen = signal(0)

let timer: ReturnType<typeof setTimeout> | null = null
let asking: AbortController | null = null

export const SEARCH_ID = 'search'

function reset(): void {
  text.value = ''
  found.value = null
}

async function ask(wanted: string): Promise<void> {
  asking?.abort()
  const mine = new AbortController()
  asking = mine
  try {
    const response = await fetch(`${API_PATHS.search}?q=${encodeURIComponent(wanted)}`, {
      signal: mine.signal,
    })
    if (!response.ok) throw new Error(`HTTP ${response.status}`)
    const { hits } = (await response.json()) as SearchResults
    found.value = { text: wanted, hits, failed: false }
  } catch {
    if (!mine.signal.aborted) found.value = { text: wanted, hits: [], failed: true }
  }
  chosen.value = 0
}

function typed(value: string): void {
  text.value = value
  if (timer !== null) clearTimeout(timer)
  const wanted = value.trim().slice(0, MAX_QUERY_LENGTH)
  if (wanted === '') {
    asking?.abort()
    found.value = null
    return
  }
  timer = setTimeout(() => void ask(wanted), ASK_AFTER_MS)
}

function take(hit: ApiSearchHit): void {
  if (hit.dimension === 'tag') window.open(tagUrl(hit.value), '_blank', 'noopener,noreferrer')
  else {
    if (hit.dimension === 'artist') rememberName(hit.value, hit.label)
    setFilter(hit.dimension, hit.value)
  }
  reset()
}

function HitName({ hit }: { hit: ApiSearchHit }): JSX.Element {
  if (hit.dimension === 'genre') return <>{genreLabel(hit.value)}</>
  if (hit.dimension === 'country') {
    return (
      <>
        <span class="flag">{countryFlag(hit.value)}</span> {countryLabel(hit.value)}
      </>
    )
  }
  return <Text value={hit.label} max={60} none={hit.value} />
}

function Hits({ state }: { state: Found }): JSX.Element {
  if (state.hits.length === 0) {
    const why = state.failed ? 'The search cannot be reached just now.' : 'Nothing found'
    return (
      <p class="search-none">
        {state.failed ? (
          why
        ) : (
          <>
            {why} for “<Text value={state.text} max={40} />
            ”.
          </>
        )}
      </p>
    )
  }
  return (
    <div id="search-hits" class="hits" role="listbox" aria-label="Search results">
      {state.hits.map((hit, i) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the input above handles the keys
        // biome-ignore lint/a11y/useFocusableInteractive: the input keeps the focus, as a combobox does
        <div
          key={`${hit.dimension}:${hit.value}`}
          id={`hit-${i}`}
          class="hit"
          role="option"
          aria-selected={i === chosen.value}
          onMouseDown={event => event.preventDefault()}
          onClick={() => take(hit)}
        >
          <span class="hit-kind">{hit.dimension}</span>
          <span class="hit-name">
            <HitName hit={hit} />
          </span>
          <span class="hit-count">
            {hit.dimension === 'tag' ? 'on Bandcamp ↗' : `${compactText(hit.items)} in 7 days`}
          </span>
        </div>
      ))}
    </div>
  )
}

function onKey(event: KeyboardEvent): void {
  const hits = found.value?.hits ?? []
  if (event.key === 'Escape') {
    if (text.value === '') (event.target as HTMLElement).blur()
    reset()
    event.stopPropagation()
  } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
    const step = event.key === 'ArrowDown' ? 1 : -1
    if (hits.length > 0) chosen.value = (chosen.value + step + hits.length) % hits.length
    event.preventDefault()
  } else if (event.key === 'Enter') {
    const hit = hits[chosen.value]
    if (hit !== undefined && found.value?.text === text.value.trim().slice(0, MAX_QUERY_LENGTH)) {
      take(hit)
      ;(event.target as HTMLElement).blur()
    }
    event.preventDefault()
  }
}

export function Search(): JSX.Element {
  const input = useRef<HTMLInputElement>(null)
  const state = found.value
  const open = state !== null && state.hits.length > 0
  return (
    <search class="search">
      <Icon name="search" />
      <input
        ref={input}
        id={SEARCH_ID}
        type="text"
        role="combobox"
        autocomplete="off"
        spellcheck={false}
        maxLength={MAX_QUERY_LENGTH}
        placeholder="Search genre, artist, country, tag"
        aria-label="Search genre, artist, country or tag"
        aria-expanded={open}
        aria-controls="search-hits"
        aria-autocomplete="list"
        aria-activedescendant={open ? `hit-${chosen.value}` : undefined}
        value={text.value}
        onInput={event => typed(event.currentTarget.value)}
        onKeyDown={onKey}
        onBlur={() => {
          found.value = null
        }}
      />
      <kbd>/</kbd>
      {state !== null && (
        <div class="search-drop">
          <Hits state={state} />
        </div>
      )}
    </search>
  )
}
