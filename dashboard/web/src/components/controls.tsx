// Range, measure and the filters that hold, as chips that can be taken off.
import { signal } from '@preact/signals'
import type { JSX } from 'preact'
import { countryFlag, zoneText } from '../../../core/display.ts'
import { API_PATHS, RANGE_MS, RANGES, type RangeName } from '../../../core/query.ts'
import { fromLocalInput, serverMs, toLocalInput, zoneOffsetMinutes } from '../state/clock.ts'
import { apiQuery, clearFilters, go, measure, query, setFilter, tables } from '../state/location.ts'
import { summary } from '../state/store.ts'
import { openSignUp } from '../state/wishes.ts'
import { FILTER_NAMES, valueLabel } from '../state/words.ts'
import { Icon } from './parts.tsx'
import { Share } from './share.tsx'

const RANGE_LABELS: Readonly<Record<RangeName, string>> = {
  '1h': '1 h',
  '24h': '24 h',
  '7d': '7 d',
  '28d': '28 d',
  custom: 'Custom',
}
const MINUTE_MS = 60_000
export const EXPORT_ID = 'export'

/** The custom range is being picked: its fields are open before the range itself changes. */
const picking = signal(false)

export function pickRange(range: RangeName): void {
  if (range === 'custom') {
    picking.value = true
    return
  }
  picking.value = false
  go({ query: { ...query.value, range, fromMs: null, toMs: null } })
}

function CustomRange(): JSX.Element {
  const shown = summary.value
  const toMs = query.value.toMs ?? shown?.toMs ?? serverMs.peek()
  const fromMs = query.value.fromMs ?? shown?.fromMs ?? toMs - RANGE_MS['24h']
  const apply = (event: SubmitEvent): void => {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    const field = (name: string): HTMLInputElement => form.elements.namedItem(name) as HTMLInputElement
    const from = Math.floor(fromLocalInput(field('from').value) / MINUTE_MS) * MINUTE_MS
    const to = Math.floor(fromLocalInput(field('to').value) / MINUTE_MS) * MINUTE_MS
    field('to').setCustomValidity(from < to ? '' : 'The end must be later than the start.')
    if (!form.reportValidity()) return
    picking.value = false
    go({ query: { ...query.value, range: 'custom', fromMs: from, toMs: to } })
  }
  const clear = (event: Event): void => {
    ;(event.currentTarget as HTMLFormElement).querySelectorAll('input').forEach(input => {
      input.setCustomValidity('')
    })
  }
  return (
    <form class="custom-range" onSubmit={apply} onInput={clear} aria-label="Custom range">
      <label>
        From <input type="datetime-local" name="from" required defaultValue={toLocalInput(fromMs)} />
      </label>
      <label>
        to <input type="datetime-local" name="to" required defaultValue={toLocalInput(toMs)} />
      </label>
      <span class="zone">{zoneText(zoneOffsetMinutes)}</span>
      <button type="submit" class="button small primary">
        Show
      </button>
      {query.value.range !== 'custom' && (
        <button
          type="button"
          class="button small"
          onClick={() => {
            picking.value = false
          }}
        >
          Cancel
        </button>
      )}
    </form>
  )
}

function Ranges(): JSX.Element {
  const current = picking.value ? 'custom' : query.value.range
  return (
    <fieldset class="segments" aria-label="Range">
      {RANGES.map((range, i) => (
        <button
          key={range}
          type="button"
          aria-pressed={range === current}
          aria-keyshortcuts={String(i + 1)}
          onClick={() => pickRange(range)}
        >
          {RANGE_LABELS[range]}
        </button>
      ))}
    </fieldset>
  )
}

function Measures(): JSX.Element {
  return (
    <fieldset class="segments" aria-label="Measure">
      {(['items', 'usd'] as const).map(name => (
        <button
          key={name}
          type="button"
          aria-pressed={measure.value === name}
          onClick={() => go({ measure: name })}
        >
          {name === 'items' ? 'Sales' : 'USD'}
        </button>
      ))}
    </fieldset>
  )
}

function Chips(): JSX.Element | null {
  const { filter } = query.value
  const held = FILTER_NAMES.filter(name => filter[name] !== null)
  if (held.length === 0) return <p class="hint">Click any bar, cell or sale to filter.</p>
  return (
    <ul class="chips" aria-label="Filters">
      {held.map(name => {
        const value = filter[name] ?? ''
        const label = valueLabel(name, value)
        return (
          <li key={name}>
            <button type="button" class="chip" onClick={() => setFilter(name, null)}>
              <span class="chip-kind">{name}</span>
              {name === 'country' && <span class="flag">{countryFlag(value)}</span>}
              <bdi>{label}</bdi>
              <span class="only-spoken">, remove this filter</span>
              <Icon name="close" />
            </button>
          </li>
        )
      })}
      {held.length > 1 && (
        <li>
          <button type="button" class="link-button" onClick={clearFilters}>
            Clear all
          </button>
        </li>
      )}
    </ul>
  )
}

export function Controls(): JSX.Element {
  return (
    <div class="controls">
      <Ranges />
      <Measures />
      <button
        type="button"
        class="button small tables-toggle"
        aria-pressed={tables.value}
        aria-keyshortcuts="T"
        title="Tables instead of charts (T)"
        onClick={() => go({ tables: !tables.value })}
      >
        <Icon name={tables.value ? 'chart' : 'table'} /> {tables.value ? 'Charts' : 'Tables'}
      </button>
      <button
        type="button"
        class="button small alert-me"
        aria-keyshortcuts="N"
        title="Be told when this moves (N)"
        onClick={() => openSignUp()}
      >
        <Icon name="bell" /> Alert me
      </button>
      <a
        id={EXPORT_ID}
        class="button small"
        href={`${API_PATHS.export}.csv?${apiQuery.value}`}
        download
        aria-keyshortcuts="E"
        title="The sales of this view as CSV, with its filters inside (E)"
      >
        <Icon name="down" /> CSV
      </a>
      <a
        class="button small export-json"
        href={`${API_PATHS.export}.json?${apiQuery.value}`}
        download
        title="The sales of this view as JSON, with its filters inside"
      >
        <Icon name="down" /> JSON
      </a>
      <Share />
      <Chips />
      {(picking.value || query.value.range === 'custom') && <CustomRange key={`${query.value.fromMs}`} />}
    </div>
  )
}
