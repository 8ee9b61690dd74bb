// A combobox over genre, artist, country and tag: what is typed is searched, what is chosen is handed on.
import type { JSX } from 'preact'
import { useEffect, useMemo, useState } from 'preact/hooks'
import type { ApiSearchHit, SearchResults } from '../../../core/api.ts'
import { compactText, countryFlag, countryLabel, formatLabel, genreLabel } from '../../../core/display.ts'
import { API_PATHS } from '../../../core/query.ts'
import { askJson } from '../state/fetch.ts'
import { Icon, Text } from './parts.tsx'

/** Long enough that typing a word asks once or twice, short enough to feel immediate. */
const ASK_AFTER_MS = 140
const MAX_QUERY_LENGTH = 80

/** A hit of the search, or a format, which the page knows by itself. */
export type Hit = Omit<ApiSearchHit, 'dimension'> & {
  readonly dimension: ApiSearchHit['dimension'] | 'format'
}

interface Found {
  readonly text: string
  readonly hits: readonly Hit[]
  readonly failed: boolean
}

/** The search itself: one question at a time, the newest wins. */
function createAsking(show: (found: Found | null) => void, own: (text: string) => readonly Hit[]) {
  let timer: ReturnType<typeof setTimeout> | null = null
  let asking: AbortController | null = null
  async function ask(wanted: string): Promise<void> {
    const mine = new AbortController()
    asking = mine
    try {
      const path = `${API_PATHS.search}?q=${encodeURIComponent(wanted)}`
      const { hits } = await askJson<SearchResults>(path, { signal: mine.signal })
      show({ text: wanted, hits: [...own(wanted), ...hits], failed: false })
    } catch {
      if (!mine.signal.aborted) show({ text: wanted, hits: own(wanted), failed: true })
    }
  }
  function stop(): void {
    if (timer !== null) clearTimeout(timer)
    asking?.abort()
  }
  return {
    stop,
    typed(text: string): void {
      stop()
      const wanted = text.trim().slice(0, MAX_QUERY_LENGTH)
      if (wanted === '') show(null)
      else timer = setTimeout(() => void ask(wanted), ASK_AFTER_MS)
    },
  }
}

function HitName({ hit }: { hit: Hit }): JSX.Element {
  if (hit.dimension === 'genre') return <>{genreLabel(hit.value)}</>
  if (hit.dimension === 'format') return <>{formatLabel(hit.value)}</>
  if (hit.dimension === 'country') {
    return (
      <>
        <span class="flag">{countryFlag(hit.value)}</span> {countryLabel(hit.value)}
      </>
    )
  }
  return <Text value={hit.label} max={60} none={hit.value} />
}

interface HitsProps {
  readonly id: string
  readonly state: Found
  readonly chosen: number
  readonly take: (hit: Hit) => void
  readonly note: (hit: Hit) => string | null
}

function Hits({ id, state, chosen, take, note }: HitsProps): JSX.Element {
  if (state.hits.length === 0) {
    return (
      <p class="search-none">
        {state.failed ? (
          'The search cannot be reached just now.'
        ) : (
          <>
            Nothing found for “<Text value={state.text} max={40} />
            ”.
          </>
        )}
      </p>
    )
  }
  return (
    <div id={`${id}-hits`} class="hits" role="listbox" aria-label="Search results">
      {state.hits.map((hit, i) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the input above handles the keys
        // biome-ignore lint/a11y/useFocusableInteractive: the input keeps the focus, as a combobox does
        <div
          key={`${hit.dimension}:${hit.value}`}
          id={`${id}-hit-${i}`}
          class="hit"
          role="option"
          aria-selected={i === chosen}
          onMouseDown={event => event.preventDefault()}
          onClick={() => take(hit)}
        >
          <span class="hit-kind">{hit.dimension}</span>
          <span class="hit-name">
            <HitName hit={hit} />
          </span>
          <span class="hit-count">{note(hit) ?? `${compactText(hit.items)} in 7 days`}</span>
        </div>
      ))}
    </div>
  )
}

interface FinderProps {
  readonly id: string
  readonly label: string
  readonly placeholder: string
  readonly onTake: (hit: Hit) => void
  /** What stands beside a hit instead of its sales; null: those. */
  readonly note?: (hit: Hit) => string | null
  /** Hits that need no server, for what is typed. */
  readonly own?: (text: string) => readonly Hit[]
  /** The key that leads here. */
  readonly shortcut?: string
  /** The focus stays, for the next one. */
  readonly keepFocus?: boolean
}

const NO_HITS = (): readonly Hit[] => []
const NO_NOTE = (): null => null

export function Finder(props: FinderProps): JSX.Element {
  const { id, note = NO_NOTE, own = NO_HITS } = props
  const [text, setText] = useState('')
  const [found, setFound] = useState<Found | null>(null)
  const [chosen, setChosen] = useState(0)
  const asking = useMemo(() => {
    const show = (next: Found | null): void => {
      setFound(next)
      setChosen(0)
    }
    return createAsking(show, own)
  }, [])
  useEffect(() => asking.stop, [asking])
  const open = found !== null && found.hits.length > 0
  const reset = (): void => {
    asking.stop()
    setText('')
    setFound(null)
  }
  const take = (hit: Hit): void => {
    props.onTake(hit)
    reset()
  }
  const onKey = (event: KeyboardEvent): void => {
    const hits = found?.hits ?? []
    const input = event.currentTarget as HTMLInputElement
    if (event.key === 'Escape') {
      if (text === '' && props.keepFocus) return
      if (text === '') input.blur()
      reset()
      event.stopPropagation()
      event.preventDefault()
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      const step = event.key === 'ArrowDown' ? 1 : -1
      if (hits.length > 0) setChosen((chosen + step + hits.length) % hits.length)
      event.preventDefault()
    } else if (event.key === 'Enter') {
      const hit = hits[chosen]
      if (hit !== undefined && found?.text === text.trim().slice(0, MAX_QUERY_LENGTH)) {
        take(hit)
        if (!props.keepFocus) input.blur()
      }
      event.preventDefault()
    }
  }
  return (
    <>
      <Icon name="search" />
      <input
        id={id}
        type="text"
        role="combobox"
        autocomplete="off"
        spellcheck={false}
        maxLength={MAX_QUERY_LENGTH}
        placeholder={props.placeholder}
        aria-label={props.label}
        aria-expanded={open}
        aria-controls={`${id}-hits`}
        aria-autocomplete="list"
        aria-activedescendant={open ? `${id}-hit-${chosen}` : undefined}
        value={text}
        onInput={event => {
          setText(event.currentTarget.value)
          asking.typed(event.currentTarget.value)
        }}
        onKeyDown={onKey}
        onBlur={() => setFound(null)}
      />
      {props.shortcut !== undefined && <kbd>{props.shortcut}</kbd>}
      {found !== null && (
        <div class="search-drop">
          <Hits id={id} state={found} chosen={chosen} take={take} note={note} />
        </div>
      )}
    </>
  )
}
