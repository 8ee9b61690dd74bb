// A ranked list of bars: what sells most, its share, its change; a click filters by it.
import type { ComponentChildren, JSX } from 'preact'
import type { Summary } from '../../../core/api.ts'
import {
  artistLabel,
  countryFlag,
  countryLabel,
  countText,
  formatLabel,
  genreLabel,
  shareText,
  usdText,
} from '../../../core/display.ts'
import { type FilterName, measure, tables } from '../state/location.ts'
import { loadingSinceMs, summary } from '../state/store.ts'
import { Cover } from './cover.tsx'
import { DataTable } from './data-table.tsx'
import { Change, FilterLink, Panel, Text } from './parts.tsx'

type Row = Summary['topGenres'][number]

interface RankProps {
  readonly name: FilterName
  readonly title: string
  readonly note?: string
  readonly rows: (shown: Summary) => readonly Row[]
  readonly label: (row: Row) => ComponentChildren
  readonly code?: (row: Row) => string
  /** Rows shown while nothing is loaded, so that the page does not jump. */
  readonly skeleton: number
}

const MAX_ROWS = 10
const HEADS = { genre: 'Genre', artist: 'Artist', country: 'Country', format: 'Format' } as const

function Skeleton({ rows }: { rows: number }): JSX.Element {
  return (
    <ol class="rank-list skeleton" aria-hidden="true">
      {Array.from({ length: rows }, (_, i) => (
        <li key={i}>
          <span class="rank-row">
            <span class="ghost" />
          </span>
        </li>
      ))}
    </ol>
  )
}

/** Bars end before the columns of share and change, so that their words keep their contrast. */
const barWidth = (share: number): string => `max(3px, calc((100% - 10em) * ${share.toFixed(4)}))`

function RankRow({
  row,
  most,
  all,
  props,
}: {
  row: Row
  most: number
  all: number
  props: RankProps
}): JSX.Element {
  const usd = measure.value === 'usd'
  const value = usd ? row.revenueUsdCents : row.items
  return (
    <li>
      <FilterLink name={props.name} value={row.value} class="rank-row" title={props.code?.(row)}>
        <span class="bar" style={{ width: barWidth(most > 0 ? value / most : 0) }} />
        <span class="rank-label">{props.label(row)}</span>
        <span class="rank-value">{usd ? usdText(value) : countText(value)}</span>
        <span class="rank-share">{shareText(value, all)}</span>
        <span class="rank-change">
          <Change now={value} before={usd ? row.previousRevenueUsdCents : row.previousItems} />
        </span>
      </FilterLink>
    </li>
  )
}

function RankTable({
  rows,
  all,
  props,
}: {
  rows: readonly Row[]
  all: number
  props: RankProps
}): JSX.Element {
  const usd = measure.value === 'usd'
  return (
    <DataTable
      label={props.title}
      rows={rows}
      keyOf={row => row.value}
      columns={[
        {
          head: HEADS[props.name],
          cell: row => (
            <FilterLink name={props.name} value={row.value} class="table-name" title={props.code?.(row)}>
              {props.label(row)}
            </FilterLink>
          ),
        },
        { head: 'Sales', isNumber: true, cell: row => countText(row.items) },
        { head: 'USD', isNumber: true, cell: row => usdText(row.revenueUsdCents) },
        {
          head: 'Share',
          isNumber: true,
          cell: row => shareText(usd ? row.revenueUsdCents : row.items, all),
        },
        {
          head: 'Before',
          isNumber: true,
          cell: row => (usd ? usdText(row.previousRevenueUsdCents) : countText(row.previousItems)),
        },
        { head: 'Baskets', isNumber: true, cell: row => countText(row.baskets) },
      ]}
    />
  )
}

const ranked = (rows: readonly Row[], usd: boolean): readonly Row[] =>
  (usd ? [...rows].sort((a, b) => b.revenueUsdCents - a.revenueUsdCents) : rows).slice(0, MAX_ROWS)

function Rank(props: RankProps): JSX.Element {
  const shown = summary.value
  const usd = measure.value === 'usd'
  const rows = shown === null ? [] : props.rows(shown)
  const sorted = ranked(rows, usd)
  const most = Math.max(0, ...sorted.map(row => (usd ? row.revenueUsdCents : row.items)))
  const all = shown === null ? 0 : usd ? shown.now.revenueUsdCents : shown.now.items
  return (
    <Panel
      id={`rank-${props.name}`}
      title={props.title}
      note={props.note ?? (usd ? 'by USD' : undefined)}
      busy={loadingSinceMs.value !== null}
    >
      {shown === null ? (
        <Skeleton rows={props.skeleton} />
      ) : sorted.length === 0 ? (
        <p class="empty">Nothing sold here in this range.</p>
      ) : tables.value ? (
        <RankTable rows={sorted} all={all} props={props} />
      ) : (
        <ol class="rank-list">
          {sorted.map(row => (
            <RankRow key={row.value} row={row} most={most} all={all} props={props} />
          ))}
        </ol>
      )}
    </Panel>
  )
}

export const TopGenres = (): JSX.Element => (
  <Rank
    name="genre"
    title="Top genres"
    rows={s => s.topGenres}
    skeleton={10}
    label={row => <span class={row.value === 'unknown' ? 'unknown' : ''}>{genreLabel(row.value)}</span>}
  />
)

export const TopArtists = (): JSX.Element => (
  <Rank
    name="artist"
    title="Top artists"
    rows={s => s.topArtists}
    skeleton={10}
    code={row => row.value}
    label={row => (
      <>
        <Cover url={row.artUrl} name={row.value} />
        <Text value={artistLabel(row.label, row.value)} max={80} none={row.value} />
      </>
    )}
  />
)

export const TopCountries = (): JSX.Element => (
  <Rank
    name="country"
    title="Where buyers are"
    rows={s => s.topCountries}
    skeleton={10}
    code={row => row.value.toUpperCase()}
    label={row => (
      <>
        <span class="flag" aria-hidden="true">
          {countryFlag(row.value)}
        </span>
        <span class={row.value === 'unknown' ? 'unknown' : ''}>{countryLabel(row.value)}</span>
      </>
    )}
  />
)

export const TopFormats = (): JSX.Element => (
  <Rank
    name="format"
    title="Formats"
    rows={s => s.topFormats}
    skeleton={7}
    label={row => formatLabel(row.value)}
  />
)
