// The feed's position: what to ask for next, and when.
import { floorTo, MINUTE_MS } from '../../schemas/time.ts'

/**
 * The cursor is the lowest of the partitions' last ticks. A partition without one means that the first start
 * was cut short: then everything from the oldest basket on is asked for again. Null: the log is empty.
 */
export function cursorOf(
  lastTicksMs: readonly (number | null)[],
  oldestBasketMs: number | null,
): number | null {
  const ticks = lastTicksMs.filter(tick => tick !== null)
  const lowest = ticks.length === 0 ? null : Math.min(...ticks)
  if (ticks.length === lastTicksMs.length || oldestBasketMs === null) return lowest
  const begun = floorTo(oldestBasketMs, MINUTE_MS)
  return lowest === null ? begun : Math.min(lowest, begun)
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
