// Whether a day is a Bandcamp Friday, or part of one: a local day usually cuts it in two.
import type { Alert } from '../../../schemas/alerts.ts'
import { type Interval, overlaps } from '../../../schemas/time.ts'
import { pacificFridays } from './day.ts'
import type { BandcampFriday, ReportHour } from './model.ts'

/** As for alerts: the market above this is a Bandcamp Friday, most likely. */
const FRENZY_RATIO = 2.5
/** The first Friday of a month is one of these days of the month. */
const LAST_FIRST_DAY = 7

/** Items of the hours that lie in the interval and their usual; null where too few hours have one. */
function ratioWithin(hours: readonly ReportHour[], interval: Interval): number | null {
  const within = hours.filter(h => h.fromMs >= interval.fromMs && h.toMs <= interval.toMs)
  const compared = within.filter(h => h.usual !== null && !h.partial)
  const usual = compared.reduce((sum, h) => sum + (h.usual?.middle ?? 0), 0)
  if (usual <= 0 || compared.length * 2 < within.length) return null
  return compared.reduce((sum, h) => sum + h.items, 0) / usual
}

/**
 * Bandcamp announces the dates nowhere that can be read, so it is told from the market: a Friday of the
 * Pacific whose hours sold 2.5 times the usual, or in which an alert said so. Where nothing is known of what
 * is usual, the first Friday of a month counts as one, and the report says that the calendar says so.
 */
export function bandcampFriday(
  day: Interval,
  hours: readonly ReportHour[],
  alerts: readonly Alert[],
): BandcampFriday | null {
  for (const friday of pacificFridays(day)) {
    const within = { fromMs: Math.max(day.fromMs, friday.fromMs), toMs: Math.min(day.toMs, friday.toMs) }
    const ratio = ratioWithin(hours, within)
    const told = alerts.some(a => a.isFrenzy && overlaps(friday, { fromMs: a.openedAtMs, toMs: a.atMs + 1 }))
    const byMarket = (ratio !== null && ratio >= FRENZY_RATIO) || told
    const byCalendar = Number(friday.day.slice(8)) <= LAST_FIRST_DAY
    if (!byMarket && !(byCalendar && ratio === null)) continue
    const isWhole = within.fromMs === friday.fromMs && within.toMs === friday.toMs
    const part = isWhole ? 'whole' : within.toMs === friday.toMs ? 'ends' : 'begins'
    const by = byMarket ? (byCalendar ? 'calendar and market' : 'market') : 'calendar'
    return { ...within, day: friday.day, by, part }
  }
  return null
}
