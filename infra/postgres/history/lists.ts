// Lists of single things: the newest sales, gaps, dead letters, and how far the history reaches.
import {
  type GapRow,
  type HistoryExtent,
  type LetterCount,
  type SalesFilter,
  type SoldItem,
  soldItemOf,
} from '../../../schemas/history.ts'
import type { DeadLetter, GapReason } from '../../../schemas/records.ts'
import { DAY_MS, HOUR_MS, type Interval } from '../../../schemas/time.ts'
import { ITEM_SELECT, type ItemRow, itemOf } from '../sale-rows.ts'
import { instantText, keyText } from '../text.ts'
import { MAX_ROWS, MAX_SCAN_MS, rowLimit } from './bounds.ts'
import { type Context, Parameters, rowsOf, watermarksOf } from './context.ts'
import { NEWEST_DAYS, ON_THAT_DAY, rowConditions, WITH_DAYS } from './relation.ts'
import { codeFilter, select } from './scan.ts'

const MS = (column: string) => `(extract(epoch FROM ${column}) * 1000)::float8`

export async function extentOf(context: Context): Promise<HistoryExtent> {
  const [first, marks] = await Promise.all([
    rowsOf<{ first: number | null }>(context, `SELECT ${MS('min(sold_at)')} AS first FROM sales`),
    watermarksOf(context),
  ])
  return { firstSaleMs: first[0]?.first ?? null, watermarkMs: marks.allMs }
}

export async function gapsOf(context: Context, { fromMs, toMs }: Interval): Promise<readonly GapRow[]> {
  const rows = await rowsOf<{ from: number; to: number; reason: GapReason }>(
    context,
    `SELECT ${MS('from_at')} AS "from", ${MS('to_at')} AS "to", reason FROM gaps
     WHERE from_at < $2 AND to_at > $1 ORDER BY from_at, to_at, reason LIMIT ${MAX_ROWS}`,
    [instantText(fromMs), instantText(toMs)],
  )
  return rows.map(r => ({ fromMs: r.from, toMs: r.to, reason: r.reason }))
}

interface LetterRow extends Omit<DeadLetter, 'kind' | 'atMs'> {
  readonly at_ms: number
}

/** Of dead letters: those that nothing became of yet. */
export const OPEN = 'NOT EXISTS (SELECT FROM settled_letters WHERE settled_letters.id = dead_letters.id)'

export function deadLetterCountsOf(context: Context): Promise<readonly LetterCount[]> {
  return rowsOf<LetterCount>(
    context,
    `SELECT stage, reason, count(*)::float8 AS count FROM dead_letters WHERE ${OPEN}
     GROUP BY stage, reason ORDER BY count(*) DESC, stage COLLATE "C", reason COLLATE "C" LIMIT ${MAX_ROWS}`,
    [],
  )
}

export async function deadLettersOf(context: Context, limit: number): Promise<readonly DeadLetter[]> {
  const rows = await rowsOf<LetterRow>(
    context,
    `SELECT id, ${MS('at')} AS at_ms, stage, topic, partition, "offset"::float8, reason, message, bytes
     FROM dead_letters WHERE ${OPEN} ORDER BY at DESC, id DESC LIMIT $1`,
    [rowLimit(limit)],
  )
  return rows.map(({ at_ms: atMs, ...row }) => ({ kind: 'dead-letter', ...row, atMs }))
}

export interface Before {
  readonly soldAtMs: number
  readonly id: string
}

/** Instants of the newest `limit` fitting sales before `toMs`, found in memory a day at a time. */
async function newestInstants(
  context: Context,
  filter: SalesFilter,
  toMs: number,
  limit: number,
): Promise<readonly number[]> {
  const instants: number[] = []
  for (let endMs = toMs; endMs > toMs - MAX_SCAN_MS && instants.length < limit; endMs -= DAY_MS) {
    const day = { fromMs: endMs - DAY_MS, toMs: endMs }
    const blocks = await context.blocks.blocksOf(day)
    const found: number[] = []
    // Asked anew: the blocks of this day may have taught a genre or country.
    select(blocks, day, codeFilter(filter, context.blocks.texts, -1), (block, rows, count) => {
      for (let i = 0; i < count; i++) found.push(block.hourMs + block.offsetMs[rows[i]!]!)
    })
    found.sort((a, b) => b - a)
    // Sales of one instant may be cut apart by `before`, so that instant is looked at whole.
    const lastMs = found[limit - instants.length - 1] ?? Number.NEGATIVE_INFINITY
    instants.push(...found.filter(ms => ms >= lastMs))
  }
  return instants
}

async function endOfSales(context: Context): Promise<number | null> {
  const rows = await rowsOf<{ newest: number | null }>(
    context,
    `SELECT ${MS('max(hour_at)')} AS newest FROM sale_hours`,
  )
  const newest = rows[0]?.newest ?? null
  return newest === null ? null : newest + HOUR_MS
}

export async function recentOf(
  context: Context,
  filter: SalesFilter,
  limit: number,
  before: Before | null,
): Promise<readonly SoldItem[]> {
  const most = rowLimit(limit)
  const p = new Parameters()
  let where = `true${rowConditions(filter, p)}`
  if (before !== null) {
    const slash = before.id.lastIndexOf('/')
    const place = [p.instant(before.soldAtMs), p.add(keyText(before.id.slice(0, slash)))]
    const position = Number.parseInt(before.id.slice(slash + 1), 10)
    where += ` AND (sold_at, basket_id, position) < (${place.join(', ')}, ${p.add(position || 0)}::int)`
  }
  const isSparse = filter.genre !== null || filter.country !== null || filter.format !== null
  if (isSparse && filter.artist === null) {
    const toMs = before === null ? await endOfSales(context) : before.soldAtMs + 1
    if (toMs === null) return []
    // The items of `before`'s own instant may all be newer than it: one basket's worth more.
    const instants = await newestInstants(context, filter, toMs, most + MAX_BASKET_ITEMS)
    if (instants.length === 0) return []
    where += ` AND sold_at = ANY(${p.add([...new Set(instants)].map(instantText))}::timestamptz[])`
  }
  const newest = `sold_at DESC, basket_id DESC, position DESC LIMIT ${p.add(most)}`
  const rows = await rowsOf<ItemRow>(
    context,
    filter.artist === null
      ? `SELECT ${ITEM_SELECT} FROM sale_items WHERE ${where} ORDER BY ${newest}`
      : `${WITH_DAYS} SELECT ${ITEM_SELECT} FROM ${NEWEST_DAYS} CROSS JOIN LATERAL
          (SELECT * FROM sale_items WHERE ${ON_THAT_DAY} AND ${where} ORDER BY ${newest}) AS sold ORDER BY day DESC, ${newest}`,
    p.values,
  )
  return rows.map(row => soldItemOf({ basketId: row.basket_id, soldAtMs: row.sold_at_ms }, itemOf(row)))
}

/**
 * Larger baskets than this were never seen; a page that begins within one would come out shorter, not wrong.
 */
const MAX_BASKET_ITEMS = 100
