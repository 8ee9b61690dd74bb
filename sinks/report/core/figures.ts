// The figures of a day and how each stands against the other days.
import type { RangeTotals } from '../../../schemas/history.ts'
import { HOUR_MS } from '../../../schemas/time.ts'
import type { Totals } from '../../../schemas/totals.ts'
import type { Answers } from './answers.ts'
import { changeOf, levelChangeOf, quantile } from './compare.ts'
import { COMPLETE_FROM, type Figure, type Measure } from './model.ts'
import type { PastTotals, ReadDay } from './read-day.ts'

/** A median of fewer days says little. */
export const MIN_USUAL_DAYS = 14

const average = ({ items, revenueUsdCents }: Totals) =>
  items === 0 ? 0 : Math.round(revenueUsdCents / items)
const overShare = ({ revenueUsdCents, overUsdCents }: Totals) =>
  revenueUsdCents === 0 ? 0 : overUsdCents / revenueUsdCents

type Usual = (measure: (day: PastTotals) => number, perHour: boolean) => number | null

/** Medians of the complete days; of sums per hour read. */
export function usualOf(answers: Answers, days: readonly PastTotals[]): Usual {
  const complete = days.flatMap((day, i) => {
    const { fromMs, toMs } = answers.past[i]!.interval
    const hoursRead = ((toMs - fromMs) / HOUR_MS) * day.completeness
    return day.completeness >= COMPLETE_FROM ? [{ day, hoursRead }] : []
  })
  return (measure, perHour) =>
    complete.length < MIN_USUAL_DAYS
      ? null
      : quantile(
          complete.map(({ day, hoursRead }) => measure(day) / (perHour ? hoursRead : 1)),
          0.5,
        )
}

export function figuresOf(
  today: ReadDay,
  dayBefore: ReadDay | null,
  weekBefore: ReadDay | null,
  usual: Usual,
): Readonly<Record<Measure, Figure>> {
  const hours = today.completeness >= COMPLETE_FROM ? today.hoursRead : 0
  const sum = (value: (totals: RangeTotals) => number, usualRate: number | null): Figure => {
    const now = { value: value(today.totals), hours }
    const then = (day: ReadDay | null) =>
      changeOf(now, day === null ? null : { value: value(day.totals), hours: day.hoursRead })
    const typical = usualRate === null ? null : changeOf(now, { value: Math.round(usualRate * hours), hours })
    return { value: now.value, dayBefore: then(dayBefore), weekBefore: then(weekBefore), usual: typical }
  }
  const level = (value: (totals: Totals) => number, usualLevel: number | null): Figure => {
    const now = value(today.totals)
    const then = (day: ReadDay | null) =>
      levelChangeOf(now, day === null || day.totals.items === 0 ? null : value(day.totals))
    const some = today.totals.items > 0
    return {
      value: now,
      dayBefore: some ? then(dayBefore) : null,
      weekBefore: some ? then(weekBefore) : null,
      usual: some ? levelChangeOf(now, usualLevel) : null,
    }
  }
  const typicalAverage = usual(average, false)
  return {
    items: sum(
      t => t.items,
      usual(t => t.items, true),
    ),
    revenueUsdCents: sum(
      t => t.revenueUsdCents,
      usual(t => t.revenueUsdCents, true),
    ),
    baskets: sum(
      t => t.baskets,
      usual(t => t.baskets, true),
    ),
    averageUsdCents: level(average, typicalAverage === null ? null : Math.round(typicalAverage)),
    overShare: level(overShare, usual(overShare, false)),
    units: sum(
      t => t.units,
      usual(t => t.units, true),
    ),
    artists: sum(t => t.artists, null),
  }
}
