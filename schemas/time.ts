// Instants, sizes and intervals: every time in the system is epoch milliseconds (UTC) in an integer.

export const SECOND_MS = 1_000
export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000
export const DAY_MS = 86_400_000

/** The half-open interval `[fromMs, toMs)`. */
export interface Interval {
  readonly fromMs: number
  readonly toMs: number
}

/** The start of the slot of `sizeMs` that holds `timeMs`; slots are aligned to the epoch, in UTC. */
export function floorTo(timeMs: number, sizeMs: number): number {
  return Math.floor(timeMs / sizeMs) * sizeMs
}

/** True where two half-open intervals share at least one instant. */
export function overlaps(a: Interval, b: Interval): boolean {
  return a.fromMs < b.toMs && b.fromMs < a.toMs
}
