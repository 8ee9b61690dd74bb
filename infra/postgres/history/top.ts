// The leaders of a dimension, and the hours of the day in which genres sell.
import type { HeatmapRow, HistoryQuery, RankBy, TopDimension, TopRow } from '../../../schemas/history.ts'
import { HOUR_MS, MINUTE_MS } from '../../../schemas/time.ts'
import type { Totals } from '../../../schemas/totals.ts'
import { itemsByArtist } from './artist-sums.ts'
import type { Block } from './block.ts'
import { checkScannable, isScannable, rowLimit } from './bounds.ts'
import { type Context, Parameters, rowsOf, watermarksOf } from './context.ts'
import { labelled } from './labels.ts'
import { rowRelation, SUMS, windowRelation, windowSource } from './relation.ts'
import { filterName, localHour, repeatSubset, type ScanDimension, select } from './scan.ts'
import { Counts, Slots, Sums } from './sums.ts'
import { scanOf } from './totals.ts'

type Ranked = Totals & { readonly value: string }

const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
const byRank = (by: RankBy) => (a: Ranked, b: Ranked) => b[by] - a[by] || compareText(a.value, b.value)

/** Which values lead. */
export interface TopQuestion {
  readonly query: HistoryQuery
  readonly dimension: TopDimension
  readonly limit: number
  readonly by: RankBy
}

async function sqlTop(
  context: Context,
  relation: string,
  p: Parameters,
  { limit, by }: TopQuestion,
): Promise<readonly Ranked[]> {
  const measure = by === 'items' ? 'items' : 'revenue'
  return rowsOf<Ranked>(
    context,
    `SELECT grp AS value, ${SUMS} FROM (${relation}) AS r GROUP BY grp HAVING sum(items) > 0
     ORDER BY sum(${measure}) DESC, grp COLLATE "C" LIMIT ${p.add(limit)}`,
    p.values,
  )
}

/** Genres, countries and formats: few, so all are summed. */
async function scanTop(
  context: Context,
  dimension: Exclude<ScanDimension, 'artist'>,
  { query, limit, by }: TopQuestion,
): Promise<readonly Ranked[]> {
  const { blocks, filter } = await scanOf(context, query)
  const { texts } = context.blocks.texts
  const subset = repeatSubset(query.filter, dimension)
  const slots = new Slots()
  const scanDay = (day: readonly Block[]) => {
    const part = new Sums(subset)
    select(day, query, filter, (block, rows, count) => {
      part.add(block, rows, count, slots.from(block[dimension], rows, count))
    })
    return part
  }
  const sums = new Sums(subset)
  for (const { part } of context.days.scan(`${dimension} ${filterName(filter)}`, blocks, query, scanDay)) {
    sums.addAll(part)
  }
  return sums
    .slots()
    .map(slot => ({ value: texts[slot]!, ...sums.totals(slot) }))
    .sort(byRank(by))
    .slice(0, limit)
}

/** Artists are many: first who leads, then what they sold. */
async function scanTopArtists(
  context: Context,
  { query, limit, by }: TopQuestion,
): Promise<readonly Ranked[]> {
  const artists = itemsByArtist(context, query, await scanOf(context, query))
  const { above, equal } = artists.leading(limit, by)
  // Those with equally much at the end of the list are taken in the order of their hosts.
  const chosen = await rowsOf<{ id: number; host: string }>(
    context,
    `SELECT id, host FROM artists WHERE id = ANY($1) UNION ALL
     (SELECT id, host FROM artists WHERE id = ANY($2) ORDER BY host LIMIT $3)`,
    [above, equal, limit - above.length],
  )
  const totals = artists.totalsOf(chosen.map(({ id }) => id))
  return chosen.map(({ host }, i) => ({ value: host, ...totals[i]! })).sort(byRank(by))
}

/** Artists over a long time, without filters: from their days, and from sales at the edges. */
function artistDaysRelation(query: HistoryQuery, closedMs: number | null, p: Parameters): string {
  const first = `date_trunc('day', ${p.instant(query.fromMs - 1)}) + interval '1 day'`
  const last = `date_trunc('day', ${p.instant(Math.min(query.toMs, closedMs ?? query.fromMs))})`
  return `SELECT host AS grp, items, baskets, units, revenue_usd_cents AS revenue, over_usd_cents AS over
    FROM artist_days JOIN artists ON artists.id = artist_id WHERE start_at >= ${first} AND start_at < ${last}
    UNION ALL SELECT grp, items, baskets, units, revenue, over FROM (${rowRelation(query.filter, 'artist', query, p)}) AS r
    WHERE at < ${first} OR at >= ${last}`
}

async function ranked(context: Context, question: TopQuestion): Promise<readonly Ranked[]> {
  const { query, dimension } = question
  const p = new Parameters()
  const { filter } = query
  const source = windowSource(filter, dimension)
  if (source !== null) {
    const { windowsMs } = await watermarksOf(context)
    return sqlTop(context, windowRelation(source, query, windowsMs, p), p, question)
  }
  if (filter.artist !== null && !isScannable(query)) {
    return sqlTop(context, rowRelation(filter, dimension, query, p), p, question)
  }
  if (dimension === 'artist' && !isScannable(query) && Object.values(filter).every(v => v === null)) {
    const { windowsMs } = await watermarksOf(context)
    return sqlTop(context, artistDaysRelation(query, windowsMs, p), p, question)
  }
  checkScannable(query, `A list of the top ${dimension} values under filters`)
  if (dimension === 'tag' || dimension === 'item') {
    return sqlTop(context, rowRelation(filter, dimension, query, p), p, question)
  }
  return dimension === 'artist' ? scanTopArtists(context, question) : scanTop(context, dimension, question)
}

export async function topOf(context: Context, question: TopQuestion): Promise<readonly TopRow[]> {
  const { query, dimension } = question
  const limit = rowLimit(question.limit)
  if (limit === 0 || query.toMs <= query.fromMs) return []
  return labelled(context, dimension, await ranked(context, { ...question, limit }), query)
}

interface Cell {
  readonly genre: string
  readonly hour: number
  readonly items: number
}

const HOURS = 24

async function scanHeatmap(
  context: Context,
  query: HistoryQuery,
  zoneOffsetMs: number,
): Promise<readonly Cell[]> {
  const { blocks, filter } = await scanOf(context, query)
  const { texts } = context.blocks.texts
  const cells = new Slots()
  const scanDay = (day: readonly Block[]) => {
    const part = new Counts()
    select(day, query, filter, (block, rows, count) => {
      const numbers = cells.of(count)
      for (let i = 0; i < count; i++) {
        const row = rows[i]!
        const hour = localHour(block.hourMs + block.offsetMs[row]!, zoneOffsetMs)
        numbers[i] = block.genre[row]! * HOURS + hour
      }
      part.add(numbers, count, texts.length * HOURS)
    })
    return part
  }
  const counts = new Counts()
  const what = `heatmap ${zoneOffsetMs} ${filterName(filter)}`
  for (const { part } of context.days.scan(what, blocks, query, scanDay)) counts.addAll(part)
  return counts.counted().map(slot => ({
    genre: texts[Math.floor(slot / HOURS)]!,
    hour: slot % HOURS,
    items: counts.of(slot),
  }))
}

async function sqlHeatmap(
  context: Context,
  relation: string,
  p: Parameters,
  zoneOffsetMs: number,
): Promise<readonly Cell[]> {
  const local = `at + ${p.add(zoneOffsetMs)} * interval '1 millisecond'`
  return rowsOf<Cell>(
    context,
    `SELECT grp AS genre, extract(hour FROM ${local})::int AS hour, sum(items)::float8 AS items
     FROM (${relation}) AS r GROUP BY 1, 2`,
    p.values,
  )
}

async function cellsOf(
  context: Context,
  query: HistoryQuery,
  zoneOffsetMs: number,
): Promise<readonly Cell[]> {
  const p = new Parameters()
  const grainMs = zoneOffsetMs % HOUR_MS === 0 ? HOUR_MS : MINUTE_MS
  const source = windowSource(query.filter, 'genre', grainMs)
  // Minutes of a week are more rows than its sales: zones off the full hour are scanned.
  if (source?.sizes.includes('1h')) {
    const { windowsMs } = await watermarksOf(context)
    return sqlHeatmap(context, windowRelation(source, query, windowsMs, p), p, zoneOffsetMs)
  }
  if (query.filter.artist !== null && !isScannable(query)) {
    return sqlHeatmap(context, rowRelation(query.filter, 'genre', query, p), p, zoneOffsetMs)
  }
  checkScannable(query, 'A heatmap under these filters')
  return scanHeatmap(context, query, zoneOffsetMs)
}

export async function heatmapOf(
  context: Context,
  query: HistoryQuery,
  zoneOffsetMinutes: number,
  limit: number,
): Promise<readonly HeatmapRow[]> {
  if (query.toMs <= query.fromMs) return []
  const byGenre = new Map<string, number[]>()
  for (const { genre, hour, items } of await cellsOf(context, query, zoneOffsetMinutes * MINUTE_MS)) {
    const hours = byGenre.get(genre) ?? new Array<number>(HOURS).fill(0)
    hours[hour]! += items
    byGenre.set(genre, hours)
  }
  const sum = (hours: readonly number[]) => hours.reduce((a, b) => a + b, 0)
  return [...byGenre]
    .filter(([, hours]) => sum(hours) > 0)
    .sort((a, b) => sum(b[1]) - sum(a[1]) || compareText(a[0], b[0]))
    .slice(0, rowLimit(limit))
    .map(([genre, itemsByHour]) => ({ genre, itemsByHour }))
}
