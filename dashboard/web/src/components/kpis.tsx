// The five numbers, each with its change to the period before; "—" where not known, never 0.
import type { JSX } from 'preact'
import type { Summary } from '../../../core/api.ts'
import { countText, durationText, shareText, usdText } from '../../../core/display.ts'
import { localDayTime } from '../state/clock.ts'
import { canCompare, otherComparison, toggleComparison } from '../state/compare.ts'
import { loadingSinceMs, status, summary } from '../state/store.ts'
import { beforeText } from '../state/words.ts'
import { Change } from './parts.tsx'

const MINUTE_MS = 60_000

type Numbers = Summary['now']

interface Kpi {
  readonly name: string
  readonly value: (n: Numbers) => number
  readonly text: (value: number | null) => string
  readonly under?: (n: Numbers) => string
  readonly title: string
}

const KPIS: readonly Kpi[] = [
  {
    name: 'Sales',
    value: n => n.items,
    text: countText,
    under: n => `genre known ${shareText(n.knownGenreItems, n.items)}`,
    title: 'Items sold, as the public feed shows them',
  },
  {
    name: 'Baskets',
    value: n => n.baskets,
    text: countText,
    under: n => (n.baskets > 0 ? `${(n.items / n.baskets).toFixed(2)} sales each` : '—'),
    title: 'Checkouts',
  },
  {
    name: 'USD',
    value: n => n.revenueUsdCents,
    text: usdText,
    under: n => (n.items > 0 ? `${usdText(Math.round(n.revenueUsdCents / n.items))} a sale` : '—'),
    title: 'Paid by buyers, in US dollars as converted by Bandcamp',
  },
  {
    name: 'Artists',
    value: n => n.artists,
    text: countText,
    title: 'Different artist or label pages with a sale',
  },
  {
    name: 'Paid over asking',
    value: n => n.overUsdCents,
    text: usdText,
    under: n => `${shareText(n.overUsdCents, n.revenueUsdCents)} of USD`,
    title: 'What buyers gave on top of the asking price',
  },
]

function One({ kpi, now, before }: { kpi: Kpi; now: Numbers | null; before: Numbers | null }): JSX.Element {
  const value = now === null ? null : kpi.value(now)
  return (
    <div class="kpi" title={kpi.title}>
      <dt>{kpi.name}</dt>
      <dd>
        <span class="big">{kpi.text(value)}</span>
        <span class="kpi-foot">
          <Change now={value} before={before === null ? null : kpi.value(before)} />
          {now !== null && kpi.under && <span class="under">{kpi.under(now)}</span>}
        </span>
      </dd>
    </div>
  )
}

function gapNote(shown: Summary): string | null {
  const lost = shown.gaps.reduce(
    (sum, gap) => sum + Math.max(0, Math.min(gap.toMs, shown.toMs) - Math.max(gap.fromMs, shown.fromMs)),
    0,
  )
  if (lost === 0) return null
  return `${durationText(lost)} of the feed could not be read in this range: numbers are lower bounds.`
}

/** A range that begins before the first recorded sale holds less than it says. */
function beginNote(shown: Summary): string | null {
  const first = status.value?.firstSaleMs ?? null
  return first !== null && first - shown.fromMs > MINUTE_MS
    ? `The history begins ${localDayTime(first)}.`
    : null
}

/** The way to the other comparison, where the history reaches back to it or it is the one that holds. */
function OtherComparison({ shown }: { shown: Summary }): JSX.Element | null {
  if (!canCompare.value) return null
  const other = otherComparison(shown.compare)
  return (
    <button
      type="button"
      class="link-button"
      aria-keyshortcuts="X"
      title="Or press X"
      onClick={toggleComparison}
    >
      Compare with {beforeText(shown.range, other)}
    </button>
  )
}

export function Kpis(): JSX.Element {
  const shown = summary.value
  const isEmpty = status.value?.firstSaleMs === null
  const note = shown === null ? null : gapNote(shown)
  const compared =
    shown === null
      ? 'Changes compare with the period before.'
      : shown.previous === null
        ? `No comparison yet: the history does not reach ${beforeText(shown.range, shown.compare)}.`
        : `Changes compare with ${beforeText(shown.range, shown.compare)}.`
  return (
    <section class="kpis-wrap" aria-label="Totals" aria-busy={loadingSinceMs.value !== null}>
      <dl class="kpis">
        {KPIS.map(kpi => (
          <One
            key={kpi.name}
            kpi={kpi}
            now={isEmpty ? null : (shown?.now ?? null)}
            before={shown?.previous ?? null}
          />
        ))}
      </dl>
      <p class="kpis-note">
        {compared} {shown !== null && <OtherComparison shown={shown} />} {shown !== null && beginNote(shown)}{' '}
        {note !== null && <strong class="gap-note">{note}</strong>}
      </p>
    </section>
  )
}
