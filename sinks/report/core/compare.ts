// How a day stands against others: rates per hour that was read, medians and quartiles.
import type { Interval } from '../../../schemas/time.ts'
import { HOUR_MS, overlaps } from '../../../schemas/time.ts'
import type { Change } from './model.ts'

/** The stretches of `within` that any of the intervals covers, merged, oldest first. */
export function unionOf(intervals: readonly Interval[], within: Interval): readonly Interval[] {
  const merged: { fromMs: number; toMs: number }[] = []
  const inside = intervals
    .filter(i => i.fromMs < i.toMs && overlaps(i, within))
    .map(i => ({ fromMs: Math.max(i.fromMs, within.fromMs), toMs: Math.min(i.toMs, within.toMs) }))
    .sort((a, b) => a.fromMs - b.fromMs)
  for (const { fromMs, toMs } of inside) {
    const last = merged.at(-1)
    if (last !== undefined && fromMs <= last.toMs) last.toMs = Math.max(last.toMs, toMs)
    else merged.push({ fromMs, toMs })
  }
  return merged
}

export function lengthOf(intervals: readonly Interval[]): number {
  return intervals.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0)
}

/** What the log knows of time. */
export interface Known {
  readonly firstSaleMs: number | null
  readonly watermarkMs: number | null
  readonly gaps: readonly Interval[]
}

/** The stretches of an interval that are in gaps, before the first sale, or at and after the watermark. */
export function unreadOf(interval: Interval, { firstSaleMs, watermarkMs, gaps }: Known): readonly Interval[] {
  const before = { fromMs: Number.NEGATIVE_INFINITY, toMs: firstSaleMs ?? Number.POSITIVE_INFINITY }
  const after = { fromMs: watermarkMs ?? Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY }
  return unionOf([...gaps, before, after], interval)
}

export function readHours(interval: Interval, unread: readonly Interval[]): number {
  return (interval.toMs - interval.fromMs - lengthOf(unread)) / HOUR_MS
}

/** The `q`-quantile, 0 to 1, between neighbours in proportion; null of nothing. */
export function quantile(values: readonly number[], q: number): number | null {
  if (values.length === 0) return null
  const sorted = [...values].sort((a, b) => a - b)
  const place = (sorted.length - 1) * q
  const low = Math.floor(place)
  const [below, above] = [sorted[low]!, sorted[Math.min(low + 1, sorted.length - 1)]!]
  return below + (above - below) * (place - low)
}

/** Something that was counted over some hours. */
export interface Counted {
  readonly value: number
  readonly hours: number
}

/** Compares rates: with equal hours the change is that of the values themselves. */
export function changeOf(now: Counted, then: Counted | null): Change | null {
  if (then === null || now.hours <= 0 || then.hours <= 0) return null
  if (then.value === 0) return { before: 0, change: now.value === 0 ? 0 : null }
  const hoursRatio = now.hours === then.hours ? 1 : then.hours / now.hours
  return { before: then.value, change: (now.value / then.value) * hoursRatio - 1 }
}

/** For averages and shares, which do not grow with the hours. */
export function levelChangeOf(now: number, then: number | null): Change | null {
  return then === null ? null : changeOf({ value: now, hours: 1 }, { value: then, hours: 1 })
}
