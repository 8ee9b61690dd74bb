// Totals and series: what was sold in a stretch of time, whole and by bucket.
import type { HistoryQuery, RangeTotals, SalesFilter, SeriesPoint } from '../../../schemas/history.ts'
import { UNKNOWN } from '../../../schemas/keys.ts'
import { floorTo, overlaps } from '../../../schemas/time.ts'
import { addTotals, type Totals, ZERO_TOTALS } from '../../../schemas/totals.ts'
import { keyText } from '../text.ts'
import { itemsByArtist } from './artist-sums.ts'
import type { Block } from './block.ts'
import { checkBuckets, checkScannable, isScannable } from './bounds.ts'
import { type Context, Parameters, rowsOf, watermarksOf } from './context.ts'
import { gapsOf } from './lists.ts'
import { rowRelation, SUMS, windowRelation, windowSource } from './relation.ts'
import { codeFilter, filterName, repeatSubset, type Scan, select } from './scan.ts'
import { Slots, Sums } from './sums.ts'

/** The number of an artist in the blocks, or −1 where nothing of theirs was ever sold. */
export async function artistIdOf(context: Context, filter: SalesFilter): Promise<number> {
  if (filter.artist === null) return -1
  const rows = await rowsOf<{ id: number }>(context, 'SELECT id FROM artists WHERE host = $1', [
    keyText(filter.artist),
  ])
  return rows[0]?.id ?? -1
}

/** Loads what a scan needs. */
export async function scanOf(context: Context, query: HistoryQuery): Promise<Scan> {
  const artistId = await artistIdOf(context, query.filter)
  const blocks = await context.blocks.blocksOf(query)
  return { blocks, filter: codeFilter(query.filter, context.blocks.texts, artistId) }
}

const [KNOWN_GENRE, UNKNOWN_GENRE] = [0, 1] as const

/** All numbers of totals from single sales in memory. */
async function scanTotals(context: Context, query: HistoryQuery): Promise<RangeTotals> {
  const scan = await scanOf(context, query)
  const { blocks, filter } = scan
  const unknown = context.blocks.texts.find(UNKNOWN)
  const subset = repeatSubset(query.filter, null)
  const slots = new Slots()
  const scanDay = (day: readonly Block[]) => {
    const part = new Sums(subset)
    select(day, query, filter, (block, rows, count) => {
      const numbers = slots.of(count)
      for (let i = 0; i < count; i++) {
        numbers[i] = block.genre[rows[i]!] === unknown ? UNKNOWN_GENRE : KNOWN_GENRE
      }
      part.add(block, rows, count, numbers)
    })
    return part
  }
  const sums = new Sums(subset)
  for (const { part } of context.days.scan(`totals ${filterName(filter)}`, blocks, query, scanDay)) {
    sums.addAll(part)
  }
  const known = sums.totals(KNOWN_GENRE)
  return {
    ...addTotals(known, sums.totals(UNKNOWN_GENRE)),
    artists: itemsByArtist(context, query, scan).distinct(),
    knownGenreItems: known.items,
  }
}

/** One artist over any time: their own few sales. */
async function artistTotals(context: Context, query: HistoryQuery): Promise<RangeTotals> {
  const p = new Parameters()
  const relation = rowRelation(query.filter, 'genre', query, p)
  const known = `coalesce(sum(items) FILTER (WHERE grp <> '${UNKNOWN}'), 0)::float8 AS "knownGenreItems"`
  const q = new Parameters()
  const whole = rowRelation(query.filter, null, query, q)
  const [totals, genres] = await Promise.all([
    rowsOf<Totals>(context, `SELECT ${SUMS} FROM (${whole}) AS r`, q.values),
    rowsOf<{ knownGenreItems: number }>(context, `SELECT ${known} FROM (${relation}) AS r`, p.values),
  ])
  const sums = totals[0] ?? ZERO_TOTALS
  return {
    ...sums,
    artists: sums.items > 0 ? 1 : 0,
    knownGenreItems: genres[0]?.knownGenreItems ?? 0,
  }
}

/** Everything over a long time: sums from windows, artists from their days. */
async function longTotals(context: Context, query: HistoryQuery): Promise<RangeTotals> {
  const { windowsMs } = await watermarksOf(context)
  const sums = async (filter: SalesFilter): Promise<Totals> => {
    const p = new Parameters()
    const relation = windowRelation(windowSource(filter, null)!, query, windowsMs, p)
    return (
      (await rowsOf<Totals>(context, `SELECT ${SUMS} FROM (${relation}) AS r`, p.values))[0] ?? ZERO_TOTALS
    )
  }
  const p = new Parameters()
  const closedMs = windowsMs ?? query.fromMs
  const lastDay = `date_trunc('day', least(${p.instant(query.toMs)}, ${p.instant(closedMs)}))`
  const firstDay = `date_trunc('day', ${p.instant(query.fromMs - 1)}) + interval '1 day'`
  const sale = `sold_at >= ${p.instant(query.fromMs)} AND sold_at < ${p.instant(query.toMs)}`
  const artists = `SELECT count(*)::float8 AS n FROM (
    SELECT artist_id FROM artist_days WHERE start_at >= ${firstDay} AND start_at < ${lastDay}
    UNION SELECT artist_id FROM sale_items WHERE ${sale} AND (sold_at < ${firstDay} OR sold_at >= ${lastDay})) AS a`
  const [all, unknown, distinct] = await Promise.all([
    sums(query.filter),
    sums({ ...query.filter, genre: UNKNOWN }),
    rowsOf<{ n: number }>(context, artists, p.values),
  ])
  return { ...all, artists: distinct[0]?.n ?? 0, knownGenreItems: all.items - unknown.items }
}

export async function totalsOf(context: Context, query: HistoryQuery): Promise<RangeTotals> {
  if (isScannable(query)) return scanTotals(context, query)
  if (query.filter.artist !== null) return artistTotals(context, query)
  const { genre, country, format } = query.filter
  if (genre === null && country === null && format === null) return longTotals(context, query)
  checkScannable(query, 'The number of artists under a filter')
  throw new Error('unreachable')
}

type Bucketed = Totals & { readonly at: number }

/** Sums by bucket from a relation with `at`. */
async function sqlSeries(
  context: Context,
  relation: string,
  p: Parameters,
  bucketMs: number,
): Promise<readonly Bucketed[]> {
  const bucket = `date_bin(${p.add(bucketMs)} * interval '1 millisecond', at, 'epoch'::timestamptz)`
  return rowsOf<Bucketed>(
    context,
    `SELECT (extract(epoch FROM ${bucket}) * 1000)::float8 AS at, ${SUMS} FROM (${relation}) AS r GROUP BY 1`,
    p.values,
  )
}

async function scanSeries(
  context: Context,
  query: HistoryQuery,
  bucketMs: number,
): Promise<readonly Bucketed[]> {
  const { blocks, filter } = await scanOf(context, query)
  const firstMs = floorTo(query.fromMs, bucketMs)
  const subset = repeatSubset(query.filter, null)
  const slots = new Slots()
  const scanDay = (day: readonly Block[], dayMs: number) => {
    const originMs = floorTo(dayMs, bucketMs)
    const part = new Sums(subset)
    select(day, query, filter, (block, rows, count) => {
      const sinceOrigin = block.hourMs - originMs
      const buckets = slots.of(count)
      for (let i = 0; i < count; i++) {
        buckets[i] = Math.floor((sinceOrigin + block.offsetMs[rows[i]!]!) / bucketMs)
      }
      part.add(block, rows, count, buckets)
    })
    return part
  }
  const what = `series ${bucketMs} ${filterName(filter)}`
  const sums = new Sums(subset)
  for (const { dayMs, part } of context.days.scan(what, blocks, query, scanDay)) {
    sums.addAll(part, (floorTo(dayMs, bucketMs) - firstMs) / bucketMs)
  }
  return sums.slots().map(slot => ({ at: firstMs + slot * bucketMs, ...sums.totals(slot) }))
}

async function sumsByBucket(
  context: Context,
  query: HistoryQuery,
  bucketMs: number,
  closedMs: number | null,
): Promise<readonly Bucketed[]> {
  const p = new Parameters()
  const source = windowSource(query.filter, null, bucketMs)
  if (source !== null && source.sizes.length > 0) {
    return sqlSeries(context, windowRelation(source, query, closedMs, p), p, bucketMs)
  }
  if (query.filter.artist !== null && !isScannable(query)) {
    return sqlSeries(context, rowRelation(query.filter, null, query, p), p, bucketMs)
  }
  checkScannable(query, 'A series under several filters')
  return scanSeries(context, query, bucketMs)
}

export async function seriesOf(
  context: Context,
  query: HistoryQuery,
  bucketMs: number,
): Promise<readonly SeriesPoint[]> {
  const firstMs = floorTo(query.fromMs, bucketMs)
  const count = query.toMs > query.fromMs ? Math.ceil((query.toMs - firstMs) / bucketMs) : 0
  checkBuckets(bucketMs, count)
  if (count === 0) return []
  const marks = await watermarksOf(context)
  const covered = { fromMs: firstMs, toMs: firstMs + count * bucketMs }
  const [buckets, gaps] = await Promise.all([
    sumsByBucket(context, query, bucketMs, marks.windowsMs),
    gapsOf(context, covered),
  ])
  const byStart = new Map(buckets.map(({ at, ...totals }) => [at, totals]))
  const overMs = marks.allMs ?? Number.NEGATIVE_INFINITY
  return Array.from({ length: count }, (_, i) => {
    const startMs = firstMs + i * bucketMs
    const bucket = { fromMs: startMs, toMs: startMs + bucketMs }
    const partial = bucket.toMs > overMs || gaps.some(g => overlaps(g, bucket))
    return { startMs, ...(byStart.get(startMs) ?? ZERO_TOTALS), partial }
  })
}
