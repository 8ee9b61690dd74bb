// Ticks of a time axis in the reader's zone, and which hours of the day a range covers.

const MINUTE = 60_000
const HOUR = 3_600_000
const DAY = 86_400_000
/** Distances between ticks that people read without counting. */
const STEPS_MS = [
  MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  15 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
  2 * DAY,
  7 * DAY,
  14 * DAY,
  28 * DAY,
  91 * DAY,
  364 * DAY,
] as const

export interface TimeTicks {
  readonly stepMs: number
  readonly ticksMs: readonly number[]
}

/**
 * At most `maxTicks` ≥ 1 ticks within `[fromMs, toMs]`, on round local times `offsetMinutes` ahead of UTC.
 */
export function timeTicks(fromMs: number, toMs: number, offsetMinutes: number, maxTicks: number): TimeTicks {
  const span = toMs - fromMs
  const stepMs = STEPS_MS.find(step => span / step <= maxTicks) ?? Math.ceil(span / maxTicks / DAY) * DAY
  const offset = offsetMinutes * MINUTE
  const ticksMs: number[] = []
  for (let at = Math.ceil((fromMs + offset) / stepMs) * stepMs - offset; at <= toMs; at += stepMs)
    ticksMs.push(at)
  return { stepMs, ticksMs }
}

/** For each local hour of the day: true where `[fromMs, toMs)` holds any of it. */
export function coveredHours(fromMs: number, toMs: number, offsetMinutes: number): readonly boolean[] {
  const covered = new Array<boolean>(24).fill(false)
  const offset = offsetMinutes * MINUTE
  const first = Math.floor((fromMs + offset) / HOUR)
  const last = Math.min(first + 23, Math.ceil((toMs + offset) / HOUR) - 1)
  for (let hour = first; hour <= last; hour++) covered[((hour % 24) + 24) % 24] = true
  return covered
}
