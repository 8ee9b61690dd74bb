// Asks the history and the alerts for what a day's report says.
import type { AlertBook, History } from '../../infra/ports.ts'
import { NO_FILTER, type SeriesPoint } from '../../schemas/history.ts'
import { UNKNOWN } from '../../schemas/keys.ts'
import type { Interval } from '../../schemas/time.ts'
import type { Answers, DayAnswers, ReportOptions } from './core/answers.ts'
import { buildReport } from './core/build.ts'
import { addDays, type DayInterval, dayInterval, grainOf, type HourSlot, hoursOf } from './core/day.ts'
import type { DailyReport } from './core/model.ts'

export const PAST_DAYS = 28
const WEEK_DAYS = 7
/** Ranks of the day before are known up to here. */
const RANKED = 200
/** Every genre, country and format: there are fewer than 250 countries. */
const ALL = 1_000
const COUNTRIES_LOOKED_AT = 12
/** More alerts than this in a day would be no alerts. */
const MAX_ALERTS = 500
/** The port's own bound of buckets in one series. */
const MAX_BUCKETS = 2_000

type Questions = Pick<History, 'extent' | 'totals' | 'series' | 'top' | 'heatmap' | 'gaps'>

export interface ReportHistory extends Questions {
  /** The same answered from single sales; absent where the history always does. */
  readonly exact?: Questions
}

/**
 * The report of one day. Some sixty questions, all bounded, none of which changes anything; rejects as the
 * history does. What is written meanwhile may be in some figures and not in others: ask when the day is
 * over.
 */
export async function collectReport(
  history: ReportHistory,
  alertBook: Pick<AlertBook, 'alerts'>,
  options: ReportOptions,
): Promise<DailyReport> {
  return buildReport(await askAll(history, alertBook, options), options)
}

async function askAll(
  history: ReportHistory,
  alertBook: Pick<AlertBook, 'alerts'>,
  { day, zone }: ReportOptions,
): Promise<Answers> {
  const exact = history.exact ?? history
  const interval = dayInterval(day, zone)
  const pastDays = Array.from({ length: PAST_DAYS }, (_, i) => addDays(day, i - PAST_DAYS))
  const past = pastDays.map(d => ({ day: d, interval: dayInterval(d, zone) }))
  const slots = hoursOf(interval, zone)
  const grainMs = grainOf([...slots, ...past.flatMap(p => hoursOf(p.interval, zone))])
  const pastInterval = { fromMs: past[0]!.interval.fromMs, toMs: interval.fromMs }
  const whole = { ...pastInterval, filter: NO_FILTER }
  const today = { ...interval, filter: NO_FILTER }
  const ofDay = (d: string) => askDay(exact, d, zone, grainMs)
  const todayAnswers = await ofDay(day)
  const [extent, dayBefore, weekBefore, gaps, pastSeries, heatmaps, alerts] = await Promise.all([
    history.extent(),
    ofDay(addDays(day, -1)),
    ofDay(addDays(day, -WEEK_DAYS)),
    Promise.all(past.map(p => history.gaps(p.interval))),
    seriesOf(history, pastInterval, grainMs),
    Promise.all(stretchesOf(slots).map(s => heatmapOf(exact, s))),
    alertBook.alerts({
      fromMs: interval.fromMs,
      toMs: interval.toMs,
      key: null,
      minSeverity: 'info',
      openOnly: false,
      limit: MAX_ALERTS,
    }),
  ])
  const [pastGenres, pastCountries, pastTags, tags] = await Promise.all([
    history.top(whole, 'genre', ALL),
    history.top(whole, 'country', ALL),
    history.top(whole, 'tag', ALL),
    history.top(today, 'tag', RANKED),
  ])
  const leading = todayAnswers.countries.filter(c => c.value !== UNKNOWN).slice(0, COUNTRIES_LOOKED_AT)
  const genresOfCountries = await Promise.all(
    leading.map(async ({ value: country }) => ({
      country,
      genres: await exact.top({ ...interval, filter: { ...NO_FILTER, country } }, 'genre', ALL),
    })),
  )
  return {
    extent,
    grainMs,
    today: todayAnswers,
    dayBefore,
    weekBefore,
    past: past.map((p, i) => ({ ...p, gaps: gaps[i]! })),
    pastSeries,
    pastGenres,
    pastCountries,
    pastTags,
    tags,
    heatmaps,
    genresOfCountries,
    alerts,
    names: new Map(todayAnswers.artists.map(({ value, label }) => [value, label])),
  }
}

async function askDay(exact: Questions, day: string, zone: string, grainMs: number): Promise<DayAnswers> {
  const interval: DayInterval = dayInterval(day, zone)
  const query = { ...interval, filter: NO_FILTER }
  // The first loads the day, and the others find it in memory.
  const totals = await exact.totals(query)
  const [gaps, series, genres, countries, formats, artists, releases] = await Promise.all([
    exact.gaps(interval),
    seriesOf(exact, interval, grainMs),
    exact.top(query, 'genre', ALL),
    exact.top(query, 'country', ALL),
    exact.top(query, 'format', ALL),
    exact.top(query, 'artist', RANKED),
    exact.top(query, 'item', RANKED),
  ])
  return { day, interval, gaps, totals, series, genres, countries, formats, artists, releases }
}

/** Any length of time, put together from as many questions as its buckets need. */
async function seriesOf(
  history: Questions,
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

/** Neighbouring slots with one offset from UTC as one stretch: on most days there is one. */
function stretchesOf(slots: readonly HourSlot[]): readonly HourSlot[] {
  const stretches: HourSlot[] = []
  for (const slot of slots) {
    const last = stretches.at(-1)
    if (last?.offsetMinutes === slot.offsetMinutes) {
      stretches[stretches.length - 1] = { ...last, toMs: slot.toMs }
    } else stretches.push(slot)
  }
  return stretches
}

function heatmapOf(exact: Questions, { fromMs, toMs, offsetMinutes }: HourSlot) {
  return exact.heatmap({ fromMs, toMs, filter: NO_FILTER }, offsetMinutes, ALL)
}
