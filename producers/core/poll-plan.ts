// What one answer of the feed adds to the log: new baskets, what is refused, a gap, a tick.
import type { Basket } from '../../schemas/records.ts'
import { DAY_MS, type Interval, MINUTE_MS, SECOND_MS } from '../../schemas/time.ts'
import { type ParsedAnswer, type RawItem, readEvent } from './feed-json.ts'
import { basketId, hashOf, itemKeys } from './identity.ts'
import { FIRST_SALE_MS } from './normalise.ts'
import type { RecentIds } from './recent-ids.ts'

export type SalesAnswer = Extract<ParsedAnswer, { readonly kind: 'sales' }>

/** Text that cannot go into the `feed` topic, and why. */
export interface Refused {
  readonly reason: 'schema' | 'unknown-event-type' | 'absurd-time' | 'too-large' | 'clock' | 'malformed-json'
  readonly message: string
  readonly text: string
}

export interface PollPlan {
  /** In the order of event time; equal times keep the feed's order. */
  readonly baskets: readonly Basket[]
  readonly refused: readonly Refused[]
  readonly gap: Interval | null
  /** The new watermark, or null where the answer brings none. */
  readonly tickMs: number | null
  /** Why the answer's times were not believed, or null. */
  readonly clockProblem: string | null
  /** Items of new baskets, without those known already. */
  readonly items: number
  /** Events that were known as a whole, and single known items of others. */
  readonly duplicates: number
  /** New baskets sold before the cursor: the feed showed them late. */
  readonly late: number
  /** New baskets outside the answer's own bounds by more than a second. */
  readonly outside: number
}

export interface PlanInput {
  readonly answer: SalesAnswer
  readonly cursorMs: number | null
  /** The highest tick of any partition. */
  readonly highestTickMs: number | null
  /** What the log holds; the plan adds what it takes, so that one answer cannot bring a thing twice. */
  readonly recent: RecentIds
  readonly nowMs: number
}

/** Clocks of two machines may differ; a feed that is further ahead than this is not believed. */
const MAX_AHEAD_MS = 10 * MINUTE_MS
/** Item and event times differ by parts of a second. */
const OUTSIDE_TOLERANCE_MS = SECOND_MS
/**
 * Kafka's default bound is 1 MB a record; a character takes at most three bytes. The largest known: 12,000.
 */
export const MAX_EVENT_CHARS = 300_000

function clockProblem({ answer, highestTickMs, nowMs }: PlanInput): string | null {
  const { startMs, endMs, serverTimeMs } = answer
  if (startMs > endMs) return `start_date ${startMs} ms is after end_date ${endMs} ms`
  if (highestTickMs !== null && endMs < highestTickMs) {
    return `end_date ${endMs} ms is before ${highestTickMs} ms, where the feed has been`
  }
  const limitMs = Math.min(serverTimeMs, nowMs) + MAX_AHEAD_MS
  return endMs > limitMs ? `end_date ${endMs} ms is more than 10 minutes ahead of the clock` : null
}

export type ReadEvent =
  | { readonly ok: true; readonly basket: Basket; readonly items: readonly RawItem[] }
  | { readonly ok: false; readonly refused: Refused }

/** The basket that one event of the feed is, or why it is none; `latestMs` is the latest time believed. */
export function readBasket(text: string, latestMs: number): ReadEvent {
  const refuse = (reason: Refused['reason'], message: string): ReadEvent => ({
    ok: false,
    refused: { reason, message, text },
  })
  if (text.length > MAX_EVENT_CHARS) return refuse('too-large', `${text.length} characters in one event`)
  const event = readEvent(text)
  if (event.kind === 'bad') return refuse(event.reason, event.message)
  const { soldAtMs, soldAtText, items } = event
  if (soldAtMs < FIRST_SALE_MS || soldAtMs > latestMs) {
    return refuse('absurd-time', `utc_date: ${soldAtText} is before 2008 or more than a day ahead`)
  }
  return { ok: true, basket: { kind: 'basket', id: basketId(soldAtText, items), soldAtMs, text }, items }
}

/**
 * Events are kept whatever the answer's head says; only the tick and the gap need times that can be believed.
 * An event whose items are all known is dropped; one with some known items goes in whole, with `seenItems`.
 */
export function planPoll(input: PlanInput): PollPlan {
  const { answer, cursorMs, recent, nowMs } = input
  const { startMs, endMs } = answer
  const problem = clockProblem(input)
  const latestMs = Math.min(endMs, nowMs + MAX_AHEAD_MS) + DAY_MS
  const baskets: Basket[] = []
  const refused: Refused[] = []
  const counts = { items: 0, duplicates: 0, late: 0, outside: 0 }
  for (const text of answer.events) {
    const read = readBasket(text, latestMs)
    if (!read.ok) {
      const known = recent.sight([`refused ${hashOf(text)}`], cursorMs ?? endMs)
      if (known.length === 0) refused.push(read.refused)
      continue
    }
    const { basket, items } = read
    const seenItems = recent.sight(itemKeys(items), Math.max(basket.soldAtMs, cursorMs ?? 0))
    if (seenItems.length === items.length) {
      counts.duplicates++
      continue
    }
    counts.duplicates += seenItems.length
    counts.items += items.length - seenItems.length
    if (cursorMs !== null && basket.soldAtMs < cursorMs) counts.late++
    const { soldAtMs } = basket
    if (soldAtMs < startMs - OUTSIDE_TOLERANCE_MS || soldAtMs >= endMs + OUTSIDE_TOLERANCE_MS)
      counts.outside++
    baskets.push(seenItems.length === 0 ? basket : { ...basket, seenItems })
  }
  baskets.sort((a, b) => a.soldAtMs - b.soldAtMs)
  const moves = problem === null && (cursorMs === null || endMs > cursorMs)
  const gap = moves && cursorMs !== null && startMs > cursorMs ? { fromMs: cursorMs, toMs: startMs } : null
  return { baskets, refused, gap, tickMs: moves ? endMs : null, clockProblem: problem, ...counts }
}
