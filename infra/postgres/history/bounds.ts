// The bounds of every question: what is asked beyond them is refused with a TooWideError that says so.

import { DAY_MS, type Interval, MINUTE_MS } from '../../../schemas/time.ts'
import { TooWideError } from '../../ports.ts'

/** What is answered from single sales is bounded by a month; windows go back for ever. */
export const MAX_SCAN_MS = 31 * DAY_MS
export const MAX_BUCKETS = 2_000
export const MAX_ROWS = 1_000

export function isScannable({ fromMs, toMs }: Interval): boolean {
  return toMs - fromMs <= MAX_SCAN_MS
}

/** For questions that only single sales answer. */
export function checkScannable(interval: Interval, what: string): void {
  if (isScannable(interval)) return
  throw new TooWideError(
    `${what} is answered for at most ${MAX_SCAN_MS / DAY_MS} days: ask for a shorter period or fewer filters`,
  )
}

export function checkBuckets(bucketMs: number, count: number): void {
  if (!(bucketMs >= MINUTE_MS) || bucketMs % MINUTE_MS !== 0) {
    throw new RangeError(`a bucket is a whole number of minutes, not ${bucketMs} ms`)
  }
  if (count > MAX_BUCKETS) {
    throw new TooWideError(`${count} buckets are too many, ${MAX_BUCKETS} at most: ask for larger ones`)
  }
}

/** A limit between 0 and `MAX_ROWS`. */
export function rowLimit(limit: number): number {
  return Math.max(0, Math.min(Math.floor(limit), MAX_ROWS))
}
