// Ranges to intervals and buckets: what a view's query means at one watermark.
import { DAY_MS, floorTo, HOUR_MS, type Interval, MINUTE_MS } from '../../schemas/time.ts'
import { type Comparison, RANGE_MS, type ViewQuery } from './query.ts'

/** More points than this cannot be told apart on a chart. */
export const MAX_POINTS = 400

/** Buckets that people read easily, up to a day; beyond it whole days. */
const NICE_BUCKETS_MS = [
  MINUTE_MS,
  5 * MINUTE_MS,
  15 * MINUTE_MS,
  HOUR_MS,
  3 * HOUR_MS,
  6 * HOUR_MS,
  DAY_MS,
] as const

const PRESET_BUCKET_MS = {
  '1h': MINUTE_MS,
  '24h': 15 * MINUTE_MS,
  '7d': HOUR_MS,
  '28d': 3 * HOUR_MS,
} as const

/** Everything that is asked of the history for one view; all intervals are half-open event time. */
export interface ViewWindow {
  readonly now: Interval
  /** Of equal length, right before `now` or whole weeks before it. */
  readonly previous: Interval
  readonly bucketMs: number
  /** From the first whole bucket of `now` to its end: a bucket cut at the front would look like a drop. */
  readonly series: Interval
  /** `series`, moved back as `previous` is, in whole buckets: point i compares with point i. */
  readonly previousSeries: Interval
}

const ceilTo = (timeMs: number, sizeMs: number): number => Math.ceil(timeMs / sizeMs) * sizeMs

/** The smallest easily read bucket that gives at most `MAX_POINTS` points. */
export function niceBucketMs(lengthMs: number): number {
  const least = lengthMs / MAX_POINTS
  return NICE_BUCKETS_MS.find(size => size >= least) ?? ceilTo(least, DAY_MS)
}

/**
 * `now` ends at the watermark, not at the wall clock; floored to the minute, because windows are minutes.
 * A custom range that reaches beyond the watermark is cut there; one that begins behind it is left as asked.
 */
function nowOf(query: ViewQuery, watermarkMs: number): Interval {
  const endMs = floorTo(watermarkMs, MINUTE_MS)
  if (query.range !== 'custom') return { fromMs: endMs - RANGE_MS[query.range], toMs: endMs }
  const fromMs = query.fromMs ?? endMs - HOUR_MS
  const toMs = query.toMs ?? endMs
  return { fromMs, toMs: fromMs < endMs ? Math.min(toMs, endMs) : toMs }
}

const WEEK_MS = 7 * DAY_MS
/** How far back a period of this length is compared: a whole number of weeks keeps hours and weekdays. */
export const comparedBackMs = (lengthMs: number, compare: Comparison): number =>
  compare === 'week' ? ceilTo(lengthMs, WEEK_MS) : lengthMs

export function viewWindow(query: ViewQuery, watermarkMs: number): ViewWindow {
  const now = nowOf(query, watermarkMs)
  const lengthMs = now.toMs - now.fromMs
  const bucketMs = query.range === 'custom' ? niceBucketMs(lengthMs) : PRESET_BUCKET_MS[query.range]
  const firstWholeMs = ceilTo(now.fromMs, bucketMs)
  const seriesFromMs = firstWholeMs < now.toMs ? firstWholeMs : floorTo(now.fromMs, bucketMs)
  const backMs = comparedBackMs(lengthMs, query.compare)
  const seriesBackMs = ceilTo(backMs, bucketMs)
  return {
    now,
    previous: { fromMs: now.fromMs - backMs, toMs: now.toMs - backMs },
    bucketMs,
    series: { fromMs: seriesFromMs, toMs: now.toMs },
    previousSeries: { fromMs: seriesFromMs - seriesBackMs, toMs: now.toMs - seriesBackMs },
  }
}
