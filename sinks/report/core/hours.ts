// The day by the hours of its clocks, with the week before and what is usual at that hour.
import type { BucketTotals } from '../../../schemas/history.ts'
import { HOUR_MS, type Interval, overlaps } from '../../../schemas/time.ts'
import type { Answers } from './answers.ts'
import { quantile, unreadOf } from './compare.ts'
import { type HourSlot, hoursOf } from './day.ts'
import { MIN_USUAL_DAYS } from './figures.ts'
import type { ReportHour } from './model.ts'
import type { ReadDay } from './read-day.ts'

const LOW = 0.25
const MIDDLE = 0.5
const HIGH = 0.75

function lengthHours({ fromMs, toMs }: Interval): number {
  return (toMs - fromMs) / HOUR_MS
}

/** Sums of items over slots of buckets that start in them. */
function itemsOf(points: ReadonlyMap<number, BucketTotals>, slot: Interval, grainMs: number) {
  let [items, revenueUsdCents] = [0, 0]
  for (let at = slot.fromMs; at < slot.toMs; at += grainMs) {
    items += points.get(at)?.items ?? 0
    revenueUsdCents += points.get(at)?.revenueUsdCents ?? 0
  }
  return { items, revenueUsdCents }
}

const byStart = (points: readonly BucketTotals[]) => new Map(points.map(p => [p.startMs, p]))

/** Rates per hour at each local hour of the day, of the slots that were read. */
function ratesByHour(
  slots: readonly HourSlot[],
  unread: readonly Interval[],
  points: ReadonlyMap<number, BucketTotals>,
  grainMs: number,
): ReadonlyMap<number, readonly number[]> {
  const rates = new Map<number, number[]>()
  for (const slot of slots) {
    if (unread.some(u => overlaps(u, slot))) continue
    const rate = itemsOf(points, slot, grainMs).items / lengthHours(slot)
    rates.set(slot.hour, [...(rates.get(slot.hour) ?? []), rate])
  }
  return rates
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length

export function hoursReport(
  answers: Answers,
  today: ReadDay,
  weekBefore: ReadDay | null,
  zone: string,
): readonly ReportHour[] {
  const { grainMs, past, pastSeries, extent } = answers
  const pastPoints = byStart(pastSeries)
  const usual = past.map(({ interval, gaps }) => {
    const unread = unreadOf(interval, { ...extent, gaps })
    return ratesByHour(hoursOf(interval, zone), unread, pastPoints, grainMs)
  })
  const week =
    weekBefore === null
      ? null
      : ratesByHour(
          hoursOf(weekBefore.interval, zone),
          weekBefore.unread,
          byStart(weekBefore.series),
          grainMs,
        )
  const points = byStart(today.series)
  return hoursOf(today.interval, zone).map(slot => {
    const hours = lengthHours(slot)
    const before = week?.get(slot.hour)
    const rates = usual.flatMap(day => day.get(slot.hour) ?? [])
    const at = (q: number) => (quantile(rates, q) ?? 0) * hours
    return {
      fromMs: slot.fromMs,
      toMs: slot.toMs,
      label: labelOf(slot),
      ...itemsOf(points, slot, grainMs),
      partial: today.unread.some(u => overlaps(u, slot)),
      weekBefore: before === undefined ? null : mean(before) * hours,
      usual: rates.length < MIN_USUAL_DAYS ? null : { low: at(LOW), middle: at(MIDDLE), high: at(HIGH) },
    }
  })
}

/** `01:00`, and `01:30` where a change of the clocks cuts the hour. */
function labelOf({ fromMs, offsetMinutes, hour }: HourSlot): string {
  const minute = Math.floor(fromMs / 60_000 + offsetMinutes) % 60
  return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`
}
