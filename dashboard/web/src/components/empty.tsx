// What stands there when there is nothing to show, with a way on.
import type { JSX } from 'preact'
import { wallMs } from '../state/clock.ts'
import { go, query, setFilter } from '../state/location.ts'
import { loadingSinceMs, status, summary } from '../state/store.ts'
import { emptySentence, FILTER_NAMES, valueLabel } from '../state/words.ts'

const WIDER = { '1h': '24h', '24h': '7d', '7d': '28d', '28d': null, custom: '7d' } as const
const LENGTHS = { '24h': '24 hours', '7d': '7 days', '28d': '28 days' } as const

/** Sooner than this a sentence would only flicker. */
const SAY_AFTER_MS = 3_000

export function StillFetching(): JSX.Element | null {
  const since = loadingSinceMs.value
  if (since === null || wallMs.value - since < SAY_AFTER_MS) return null
  return (
    <p class="still" role="status">
      Still fetching{summary.value === null ? '' : '; what you see is the view before'}…
    </p>
  )
}

function FirstRun(): JSX.Element {
  return (
    <div class="empty-page" role="status">
      <h2>No sales recorded yet</h2>
      <p>
        {status.value?.state === 'silent'
          ? 'The feed has shown nothing since the start: perhaps it cannot be reached from here. It is asked again and again, and this page fills by itself.'
          : 'The feed is asked every 32 seconds; the first sale normally appears within a minute. This page fills by itself.'}
      </p>
    </div>
  )
}

export function Empty(): JSX.Element | null {
  const shown = summary.value
  if (shown === null || shown.now.items > 0 || loadingSinceMs.value !== null) return null
  const { filter } = shown
  const held = FILTER_NAMES.filter(name => filter[name] !== null)
  if (held.length === 0 && status.value?.firstSaleMs === null) {
    return status.value.historyProgress === null ? <FirstRun /> : null
  }
  const widen = WIDER[shown.range]
  return (
    <div class="empty-page" role="status">
      <h2>
        <bdi>{emptySentence(filter, shown.range)}</bdi>
      </h2>
      <p class="empty-ways">
        {widen !== null && (
          <button
            type="button"
            class="button small"
            onClick={() => go({ query: { ...query.value, range: widen, fromMs: null, toMs: null } })}
          >
            Widen to {LENGTHS[widen]}
          </button>
        )}
        {held.map(name => (
          <button key={name} type="button" class="button small" onClick={() => setFilter(name, null)}>
            Drop {valueLabel(name, filter[name] ?? '')}
          </button>
        ))}
      </p>
    </div>
  )
}
