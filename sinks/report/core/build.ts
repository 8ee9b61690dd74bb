// Makes the report of a day from the answers of the history: arithmetic alone.
import { reportAlerts } from './alerts.ts'
import type { Answers, ReportOptions } from './answers.ts'
import { figuresOf, usualOf } from './figures.ts'
import { bandcampFriday } from './friday.ts'
import { hoursReport } from './hours.ts'
import { COMPLETE_FROM, type DailyReport } from './model.ts'
import { moversOf } from './movers.ts'
import { heatmapOf, overIndexedOf, rankedOf } from './ranks.ts'
import { ifComplete, pastDays, readDay } from './read-day.ts'
import { summaryOf } from './summary.ts'

const SHOWN_GENRES = 10
const SHOWN_COUNTRIES = 10
const SHOWN_ARTISTS = 8
const SHOWN_RELEASES = 8

/** Pure: the same answers and options give the same report. */
export function buildReport(answers: Answers, options: ReportOptions): DailyReport {
  const { extent } = answers
  const today = readDay(answers.today, extent)
  const dayBefore = ifComplete(readDay(answers.dayBefore, extent))
  const weekBefore = ifComplete(readDay(answers.weekBefore, extent))
  const around = { today, dayBefore, weekBefore }
  const past = pastDays(answers)
  const { interval, totals } = today
  const byHour = hoursReport(answers, today, weekBefore, options.zone)
  const isComplete = today.completeness >= COMPLETE_FROM
  const compared = [dayBefore, weekBefore].filter(d => d !== null)
  const report: Omit<DailyReport, 'summary'> = {
    kind: 'daily',
    day: options.day,
    zone: options.zone,
    ...interval,
    asOfMs: options.asOfMs,
    revision: options.revision,
    build: options.build,
    feed: options.feed,
    isPartial: !isComplete,
    dayBefore: answers.dayBefore.day,
    weekBefore: answers.weekBefore.day,
    isPerHour: isComplete && compared.some(d => d.hoursRead !== today.hoursRead),
    figures: figuresOf(today, dayBefore, weekBefore, usualOf(answers, past)),
    days: past.map(({ day, items, baskets, revenueUsdCents, overUsdCents, completeness }) => ({
      day,
      items,
      baskets,
      revenueUsdCents,
      overUsdCents,
      completeness,
    })),
    byHour,
    genres: rankedOf(around, d => d.genres, SHOWN_GENRES),
    countries: rankedOf(around, d => d.countries, SHOWN_COUNTRIES),
    artists: rankedOf(around, d => d.artists, SHOWN_ARTISTS),
    releases: rankedOf(around, d => d.releases, SHOWN_RELEASES),
    formats: rankedOf(around, d => d.formats, today.formats.length),
    heatmap: heatmapOf(answers, options.zone),
    overIndexed: overIndexedOf(answers),
    movers: isComplete ? moversOf(answers, past) : [],
    alerts: reportAlerts(answers),
    bandcampFriday: bandcampFriday(interval, byHour, answers.alerts),
    quality: {
      completeness: today.completeness,
      unread: today.unread,
      gaps: today.gaps,
      coverage: totals.items === 0 ? null : totals.knownGenreItems / totals.items,
      tooLate: today.tooLate,
      deadLetters: today.deadLetters,
    },
  }
  return { ...report, summary: summaryOf(report) }
}
