// The part of a statement that says where an answer comes from: windows where they suffice, rows at the
// edges.
import type { SalesFilter, TopDimension } from '../../../schemas/history.ts'
import type { Dimension } from '../../../schemas/keys.ts'
import type { WindowSize } from '../../../schemas/records.ts'
import { DAY_MS, floorTo, HOUR_MS, type Interval, MINUTE_MS } from '../../../schemas/time.ts'
import { REPEAT_BITS } from '../sale-rows.ts'
import { keyText } from '../text.ts'
import { dimensionCode } from '../write-windows.ts'
import type { Parameters } from './context.ts'
import { segmentsOf } from './segments.ts'

/** What sums are told apart by. */
export type Group = TopDimension | 'genre-country'

/** How a question is answered from windows. */
export interface WindowSource {
  readonly dimension: Dimension
  /** Largest first. */
  readonly sizes: readonly WindowSize[]
  readonly filter: SalesFilter
  readonly group: Group | null
}

const SIZES: Readonly<Record<Dimension, readonly WindowSize[]>> = {
  all: ['1d', '1h', '1m'],
  genre: ['1d', '1h', '1m'],
  country: ['1d', '1h', '1m'],
  format: ['1d', '1h', '1m'],
  'genre-country': ['1d', '1h'],
  tag: ['1d', '1h'],
  artist: ['1d'],
  item: ['1d'],
}
export const SIZE_MS: Readonly<Record<WindowSize, number>> = { '1m': MINUTE_MS, '1h': HOUR_MS, '1d': DAY_MS }

/**
 * The windows that answer totals under `filter`, grouped by `group`; null where no kind of window does. Sizes
 * that do not divide `grainMs` are left out.
 */
export function windowSource(
  filter: SalesFilter,
  group: Group | null,
  grainMs: number = DAY_MS,
): WindowSource | null {
  if (filter.artist !== null) return null
  const filtered = (['genre', 'country', 'format'] as const).filter(d => filter[d] !== null)
  const dimensions = new Set<TopDimension>(filtered)
  for (const each of group === 'genre-country' ? (['genre', 'country'] as const) : [group])
    if (each !== null) dimensions.add(each)
  let dimension: Dimension | null = null
  if (dimensions.size === 0) dimension = 'all'
  else if (dimensions.size === 1) dimension = [...dimensions][0]!
  else if (dimensions.size === 2 && dimensions.has('genre') && dimensions.has('country'))
    dimension = 'genre-country'
  if (dimension === null || dimension === 'artist') return null
  const sizes = SIZES[dimension].filter(size => grainMs % SIZE_MS[size] === 0)
  return { dimension, sizes, filter, group }
}

/** What `group` is in the value of a window. */
function groupOfValue({ dimension, group }: WindowSource): string {
  if (group === null) return `''`
  if (dimension !== 'genre-country' || group === 'genre-country') return 'value'
  return group === 'genre' ? `split_part(value, '/', 1)` : `split_part(value, '/', 2)`
}

const vocabulary = (dimension: 'genre' | 'country') =>
  `(SELECT value AS v FROM vocabulary WHERE dimension = ${dimension === 'genre' ? 0 : 2}) AS words`

/** Which values of the dimension the filter leaves. */
function valueCondition({ dimension, filter }: WindowSource, p: Parameters): string {
  const { genre, country } = filter
  if (dimension === 'genre-country') {
    if (genre !== null && country !== null) return ` AND value = ${p.add(keyText(`${genre}/${country}`))}`
    if (genre !== null)
      return ` AND value = ANY(ARRAY(SELECT ${p.add(genre)} || '/' || v FROM ${vocabulary('country')}))`
    if (country !== null)
      return ` AND value = ANY(ARRAY(SELECT v || '/' || ${p.add(country)} FROM ${vocabulary('genre')}))`
    return ''
  }
  const value = dimension === 'format' ? filter.format : dimension === 'genre' ? genre : country
  return value !== null && (dimension === 'genre' || dimension === 'country' || dimension === 'format')
    ? ` AND value = ${p.add(keyText(value))}`
    : ''
}

/** The UTC day of a sale, as the index over artists spells it. */
const SALE_DAY = `date_bin('1 day', sold_at, timestamptz 'epoch')`

/** Goes before a statement that reads from `NEWEST_DAYS`. */
export const WITH_DAYS = `WITH sale_days AS MATERIALIZED
  (SELECT DISTINCT date_bin('1 day', hour_at, timestamptz 'epoch') AS day FROM sale_hours)`

/**
 * All UTC days with sales as `days (day)`. Ordered, so that a search of one day after the other stops at its
 * limit instead of looking into every day.
 */
export const NEWEST_DAYS = '(SELECT day FROM sale_days ORDER BY day DESC) AS days'

/**
 * A sale on the day of `NEWEST_DAYS`. The range says no more than the day, but a hypertable leaves out by it
 * the chunks and the compressed batches of all other days.
 */
export const ON_THAT_DAY = `${SALE_DAY} = day AND sold_at >= day AND sold_at < day + interval '24 hours'`

/** The days of an interval, so that the index over artists is asked for each of them. */
export function isOneOfDays({ fromMs, toMs }: Interval, p: Parameters): string {
  const [first, last] = [p.instant(floorTo(fromMs, DAY_MS)), p.instant(toMs)]
  return `${SALE_DAY} = ANY(ARRAY(SELECT generate_series(${first}, ${last}, interval '24 hours')))`
}

/** `sale_items` conditions of a filter; unknown genres and countries are stored as such. */
export function rowConditions(filter: SalesFilter, p: Parameters): string {
  let sql = ''
  if (filter.genre !== null) sql += ` AND genre = ${p.add(keyText(filter.genre))}`
  if (filter.country !== null) sql += ` AND country = ${p.add(keyText(filter.country))}`
  if (filter.format !== null) sql += ` AND format = ${p.add(filter.format)}`
  if (filter.artist !== null) {
    sql += ` AND artist_id = (SELECT id FROM artists WHERE host = ${p.add(keyText(filter.artist))})`
  }
  return sql
}

const ROW_GROUPS: Readonly<Record<Group, string>> = {
  genre: 'genre',
  artist: 'artist_host',
  country: 'country',
  format: 'format',
  item: 'url',
  tag: 'tag',
  'genre-country': `genre || '/' || country`,
}

const GROUP_BITS = { ...REPEAT_BITS, 'genre-country': REPEAT_BITS.genre | REPEAT_BITS.country } as const

/** Rows with the columns `at, grp, items, baskets, units, revenue, over` from `sale_items` alone. */
export function rowRelation(
  filter: SalesFilter,
  group: Group | null,
  interval: Interval,
  p: Parameters,
): string {
  const range = `sold_at >= ${p.instant(interval.fromMs)} AND sold_at < ${p.instant(interval.toMs)}`
  const days = filter.artist === null ? '' : ` AND ${isOneOfDays(interval, p)}`
  const where = `${range}${days}${rowConditions(filter, p)}`
  if (group === 'tag') {
    // A basket counts once for a tag, however many of its items have it.
    return `SELECT sold_at AS at, tag AS grp, count(*) AS items, 1 AS baskets, sum(units) AS units,
      sum(revenue_usd_cents) AS revenue, sum(over_usd_cents) AS over
      FROM sale_items, unnest(tags) AS tag WHERE ${where} GROUP BY sold_at, basket_id, tag`
  }
  let subset = group === null ? 0 : GROUP_BITS[group]
  for (const d of ['genre', 'artist', 'country', 'format'] as const)
    if (filter[d] !== null) subset |= REPEAT_BITS[d]
  return `SELECT sold_at AS at, ${group === null ? `''` : ROW_GROUPS[group]} AS grp, 1 AS items,
    CASE WHEN (repeats >> ${subset}) & 1 = 0 THEN 1 ELSE 0 END AS baskets, units,
    revenue_usd_cents AS revenue, over_usd_cents AS over FROM sale_items WHERE ${where}`
}

/**
 * The same columns from windows, and from rows where no window fits; `values`: of these only (rows may have
 * more).
 */
export function windowRelation(
  source: WindowSource,
  interval: Interval,
  closedMs: number | null,
  p: Parameters,
  values: readonly string[] | null = null,
): string {
  const parts = segmentsOf(interval, source.sizes, closedMs).map(({ from, fromMs, toMs }) => {
    if (from === 'rows') return rowRelation(source.filter, source.group, { fromMs, toMs }, p)
    const range = `start_at >= ${p.instant(fromMs)} AND start_at < ${p.instant(toMs)}`
    const columns = `start_at AS at, ${groupOfValue(source)} AS grp, items, baskets, units,
      revenue_usd_cents AS revenue, over_usd_cents AS over`
    if (source.dimension === 'item') return `SELECT ${columns} FROM item_days WHERE ${range}`
    const listed = values === null ? '' : ` AND value = ANY(${p.add(values)})`
    return `SELECT ${columns} FROM windows_${from} WHERE dimension = ${dimensionCode(source.dimension)}
      AND ${range}${valueCondition(source, p)}${listed}`
  })
  return parts.length === 0
    ? `SELECT now() AS at, '' AS grp, 0 AS items, 0 AS baskets, 0 AS units, 0 AS revenue, 0 AS over WHERE false`
    : parts.map(part => `(${part})`).join(' UNION ALL ')
}

export const SUMS =
  'coalesce(sum(items), 0)::float8 AS items, coalesce(sum(baskets), 0)::float8 AS baskets, ' +
  'coalesce(sum(units), 0)::float8 AS units, coalesce(sum(revenue), 0)::float8 AS "revenueUsdCents", ' +
  'coalesce(sum(over), 0)::float8 AS "overUsdCents"'
