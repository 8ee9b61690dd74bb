// The feed's position: what to ask for next, and when.
import { floorTo, MINUTE_MS } from '../../schemas/time.ts'

/** The widest answer that anybody printed has 600 s: a first view never began earlier than that. */
const WIDEST_VIEW_MS = 10 * MINUTE_MS

/** What a log holds whose first start was cut short: null where there is none. */
export interface Beginning {
  readonly oldestBasketMs: number | null
  /** The lowest tick of any partition. */
  readonly firstTickMs: number | null
}

/**
 * The cursor is the lowest of the partitions' last ticks: where a tick stands in any partition, all baskets
 * of its answer are in the log. While a partition has none it stands at the first tick of all; and baskets
 * without any tick mean that the first view may be there in part: it is asked for again, from before it can
 * have begun. Null: the log is empty.
 */
export function cursorOf(lastTicksMs: readonly (number | null)[], beginning: Beginning): number | null {
  const ticks = lastTicksMs.filter(tick => tick !== null)
  if (ticks.length === lastTicksMs.length) return Math.min(...ticks)
  const { oldestBasketMs, firstTickMs } = beginning
  if (firstTickMs !== null) return firstTickMs
  return oldestBasketMs === null ? null : floorTo(oldestBasketMs, MINUTE_MS) - WIDEST_VIEW_MS
}

export interface AskOptions {
  readonly cursorMs: number
  /** How much before the cursor is read again, for sales that came late. */
  readonly overlapMs: number
  /** The feed's own time when it last said so: a start after it would be answered with nothing. */
  readonly serverTimeMs: number | null
  /** Everything before this has been given up, because the feed's answers are too large to take. */
  readonly skipToMs: number | null
}

/** The start to ask for, epoch milliseconds, aligned to the minute. */
export function askStartMs({ cursorMs, overlapMs, serverTimeMs, skipToMs }: AskOptions): number {
  const newestMs = Math.min(cursorMs, serverTimeMs ?? cursorMs)
  return floorTo(Math.max(newestMs - overlapMs, skipToMs ?? 0), MINUTE_MS)
}

export interface Backoff {
  readonly firstMs: number
  readonly maxMs: number
}

/** Never nearer than this to the last request, however the dice fall. */
const MIN_WAIT_MS = 1_000
/** 2^30 times the first wait is beyond any bound. */
const MAX_DOUBLINGS = 30

/**
 * How long to wait after the `failures`-th failure in a row (1 is the first): anywhere between nothing and a
 * bound that doubles each time (full jitter), on top of what the server asked for. `random` gives `[0, 1)`.
 */
export function backoffMs(
  failures: number,
  retryAfterMs: number | null,
  { firstMs, maxMs }: Backoff,
  random: () => number,
): number {
  const boundMs = Math.min(maxMs, firstMs * 2 ** Math.min(failures - 1, MAX_DOUBLINGS))
  const jitterMs = Math.floor(random() * boundMs)
  return Math.max(MIN_WAIT_MS, (retryAfterMs ?? 0) + jitterMs)
}
