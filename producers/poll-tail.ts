// What the end of the log says to a poller that starts: how far the feed was read, and what is in already.
import type { EventLog } from '../infra/ports.ts'
import type { FeedRecord } from '../schemas/records.ts'
import { type Beginning, cursorOf } from './core/cursor.ts'
import { readEvent } from './core/feed-json.ts'
import { itemKeys } from './core/identity.ts'
import { createRecentIds, type RecentIds } from './core/recent-ids.ts'

export interface Tail {
  /** The last tick of each partition of `feed`; null where there is none. */
  readonly ticksMs: readonly (number | null)[]
  readonly cursorMs: number | null
  readonly recent: RecentIds
  /** `recent` holds what the log has from here on. */
  readonly coversFromMs: number
}

export interface TailOptions {
  /** How far before the cursor ids are kept. */
  readonly keepMs: number
  readonly maxRecentIds: number
  /** Read at least from here. */
  readonly fromMs?: number
}

/** Records read at a time: a few megabytes. */
const READ_RECORDS = 2_000

/** Reads forward from `from` to the end as it is now. */
async function forEachRecord(
  log: EventLog,
  partition: number,
  from: number,
  visit: (record: FeedRecord) => void,
): Promise<void> {
  for (let offset = from; ; ) {
    const batch = await log.read('feed', partition, offset, READ_RECORDS)
    for (const record of batch.records) visit(record)
    offset = batch.firstOffset + batch.records.length
    if (batch.records.length === 0 || offset >= batch.endOffset) return
  }
}

/**
 * The last tick of a partition: ticks come every minute, so it is near the end; steps grow until it is found.
 */
async function lastTickMs(
  log: EventLog,
  partition: number,
  bounds: { readonly start: number; readonly end: number },
): Promise<number | null> {
  for (let back = READ_RECORDS; ; back *= 2) {
    const from = Math.max(bounds.start, bounds.end - back)
    let tickMs: number | null = null
    await forEachRecord(log, partition, from, record => {
      if (record.kind === 'tick') tickMs = record.upToMs
    })
    if (tickMs !== null || from === bounds.start) return tickMs
  }
}

/** Reads a log whose first start was cut short: it is a few minutes long. */
async function readBeginning(log: EventLog, starts: readonly number[]): Promise<Beginning> {
  const least = (a: number | null, b: number): number => Math.min(a ?? b, b)
  let oldestBasketMs: number | null = null
  let firstTickMs: number | null = null
  for (const [partition, start] of starts.entries()) {
    await forEachRecord(log, partition, start, record => {
      if (record.kind === 'basket') oldestBasketMs = least(oldestBasketMs, record.soldAtMs)
      if (record.kind === 'tick') firstTickMs = least(firstTickMs, record.upToMs)
    })
  }
  return { oldestBasketMs, firstTickMs }
}

const WHOLE: Beginning = { oldestBasketMs: null, firstTickMs: null }

/** Rejects where the log does. Reads `keepMs` of event time, seconds of work at most. */
export async function readTail(log: EventLog, { keepMs, maxRecentIds, fromMs }: TailOptions): Promise<Tail> {
  const bounds = await log.bounds('feed')
  const ticksMs: (number | null)[] = []
  for (const [partition, bound] of bounds.entries()) ticksMs.push(await lastTickMs(log, partition, bound))
  const starts = bounds.map(bound => bound.start)
  const cursorMs = cursorOf(ticksMs, ticksMs.includes(null) ? await readBeginning(log, starts) : WHOLE)
  const recent = createRecentIds(maxRecentIds)
  const coversFromMs = Math.min(fromMs ?? Number.MAX_SAFE_INTEGER, (cursorMs ?? 0) - keepMs)
  for (const partition of bounds.keys()) {
    let reachedMs = coversFromMs
    const from = await log.offsetAtTime('feed', partition, coversFromMs)
    await forEachRecord(log, partition, from, record => {
      if (record.kind === 'tick') reachedMs = record.upToMs
      if (record.kind !== 'basket') return
      const event = readEvent(record.text)
      if (event.kind === 'event') recent.sight(itemKeys(event.items), Math.max(record.soldAtMs, reachedMs))
    })
  }
  return { ticksMs, cursorMs, recent, coversFromMs }
}
