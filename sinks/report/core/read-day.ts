// A day of answers with what was read of it: what was not read is never compared.
import type { Interval } from '../../../schemas/time.ts'
import { addTotals, type Totals, ZERO_TOTALS } from '../../../schemas/totals.ts'
import type { Answers, DayAnswers } from './answers.ts'
import { lengthOf, readHours, unreadOf } from './compare.ts'
import { COMPLETE_FROM, type DayPoint } from './model.ts'

/** A day with what was read of it. */
export interface ReadDay extends DayAnswers {
  readonly unread: readonly Interval[]
  readonly hoursRead: number
  readonly completeness: number
}

export function readDay(of: DayAnswers, { firstSaleMs, watermarkMs }: Answers['extent']): ReadDay {
  const unread = unreadOf(of.interval, { firstSaleMs, watermarkMs, gaps: of.gaps })
  const lengthMs = of.interval.toMs - of.interval.fromMs
  const hoursRead = readHours(of.interval, unread)
  return { ...of, unread, hoursRead, completeness: 1 - lengthOf(unread) / lengthMs }
}

/** Null where it cannot be compared with. */
export const ifComplete = (day: ReadDay): ReadDay | null => (day.completeness >= COMPLETE_FROM ? day : null)

export type PastTotals = DayPoint & Totals

/** The 28 days before, from one long series: sums by local day. */
export function pastDays({ past, pastSeries, extent }: Answers): readonly PastTotals[] {
  let next = 0
  return past.map(({ day, interval, gaps }) => {
    let totals: Totals = ZERO_TOTALS
    for (; next < pastSeries.length && pastSeries[next]!.startMs < interval.toMs; next++) {
      totals = addTotals(totals, pastSeries[next]!)
    }
    const unread = unreadOf(interval, { ...extent, gaps })
    const completeness = 1 - lengthOf(unread) / (interval.toMs - interval.fromMs)
    return { day, ...totals, completeness }
  })
}
