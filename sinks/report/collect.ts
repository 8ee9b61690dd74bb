// Asks the history and the alerts for what a day's report says.
import type { AlertBook, History } from '../../infra/ports.ts'
import { NO_FILTER, type SeriesPoint } from '../../schemas/history.ts'
import type { Interval } from '../../schemas/time.ts'
import type { Answers, DayAnswers, ReportOptions } from './core/answers.ts'
import { buildReport } from './core/build.ts'
import { addDays, dayInterval, grainOf, hoursOf } from './core/day.ts'
import type { DailyReport } from './core/model.ts'

export const PAST_DAYS = 28
const WEEK_DAYS = 7
/** Ranks of the day before are known up to here. */
const RANKED = 200
/** Every genre and country: there are fewer than 250 countries. */
const ALL = 1_000
/** More alerts than this in a day would be no alerts. */
const MAX_ALERTS = 500
/** The port's own bound of buckets in one series. */
const MAX_BUCKETS = 2_000

type ReportHistory = Pick<History, 'extent' | 'breakdown' | 'series' | 'top' | 'gaps'>
type ReportAlerts = Pick<AlertBook, 'alerts'>

/**
 * The report of one day. The day and those it is compared with come from single sales, each in one pass and
 * of one moment; the 28 days before, of which medians and sums are taken, from windows. Changes nothing;
 * rejects as the history does.
 */
export async function collectReport(
  history: ReportHistory,
  alertBook: ReportAlerts,
  options: ReportOptions,
): Promise<DailyReport> {
  return buildReport(await askAll(history, alertBook, options), options)
}

async function askAll(
  history: ReportHistory,
  alertBook: ReportAlerts,
  { day, zone }: ReportOptions,
): Promise<Answers> {
  const interval = dayInterval(day, zone)
  const pastDays = Array.from({ length: PAST_DAYS }, (_, i) => addDays(day, i - PAST_DAYS))
  const past = pastDays.map(d => ({ day: d, interval: dayInterval(d, zone) }))
  const grainMs = grainOf([interval, ...past.map(p => p.interval)].flatMap(i => hoursOf(i, zone)))
  const pastInterval = { fromMs: past[0]!.interval.fromMs, toMs: interval.fromMs }
  const whole = { ...pastInterval, filter: NO_FILTER }
  const ofDay = (d: string) => askDay(history, d, zone, grainMs)
  const [
    today,
    dayBefore,
    weekBefore,
    extent,
    gaps,
    pastSeries,
    pastGenres,
    pastCountries,
    pastTags,
    tags,
    alerts,
  ] = await Promise.all([
    ofDay(day),
    ofDay(addDays(day, -1)),
    ofDay(addDays(day, -WEEK_DAYS)),
    history.extent(),
    Promise.all(past.map(p => history.gaps(p.interval))),
    seriesOf(history, pastInterval, grainMs),
    history.top(whole, 'genre', ALL),
    history.top(whole, 'country', ALL),
    history.top(whole, 'tag', ALL),
    history.top({ ...interval, filter: NO_FILTER }, 'tag', RANKED),
    alertsOf(alertBook, interval),
  ])
  return {
    extent,
    grainMs,
    today,
    dayBefore,
    weekBefore,
    past: past.map((p, i) => ({ ...p, gaps: gaps[i]! })),
    pastSeries,
    pastGenres,
    pastCountries,
    pastTags,
    tags,
    alerts,
  }
}

async function askDay(
  history: ReportHistory,
  day: string,
  zone: string,
  bucketMs: number,
): Promise<DayAnswers> {
  const interval = dayInterval(day, zone)
  const [breakdown, gaps] = await Promise.all([
    history.breakdown({ fromMs: interval.fromMs, toMs: interval.toMs, bucketMs, leaders: RANKED }),
    history.gaps(interval),
  ])
  return { day, interval, gaps, ...breakdown }
}

function alertsOf(alertBook: ReportAlerts, { fromMs, toMs }: Interval) {
  return alertBook.alerts({
    fromMs,
    toMs,
    key: null,
    minSeverity: 'info',
    openOnly: false,
    limit: MAX_ALERTS,
  })
}

/** Any length of time, put together from as many questions as its buckets need. */
async function seriesOf(
  history: ReportHistory,
  { fromMs, toMs }: Interval,
  grainMs: number,
): Promise<readonly SeriesPoint[]> {
  const pieces: Interval[] = []
  for (let at = fromMs; at < toMs; at += MAX_BUCKETS * grainMs) {
    pieces.push({ fromMs: at, toMs: Math.min(toMs, at + MAX_BUCKETS * grainMs) })
  }
  const answers: SeriesPoint[] = []
  for (const piece of pieces) {
    answers.push(...(await history.series({ ...piece, filter: NO_FILTER }, grainMs)))
  }
  return answers
}
