// The report in a mail: a subject that is the answer, and the few lines that people read on a phone.

import { lengthOf } from './compare.ts'
import { shortDay, weekdayName } from './day.ts'
import type { DailyReport, Figure, Measure } from './model.ts'
import {
  arrivalNotes,
  changeText,
  countText,
  durationText,
  hoursText,
  listText,
  NOTHING,
  pointsText,
  shareText,
  shortUsdText,
  shownText,
  usdText,
} from './words.ts'

const SUBJECT_MOVERS = 3
const LINE_MOVERS = 3

export const MEASURE_NAMES: Readonly<Record<Measure, string>> = {
  items: 'Sales',
  revenueUsdCents: 'Revenue',
  baskets: 'Transactions',
  averageUsdCents: 'Average paid',
  overShare: 'Paid over asking',
  units: 'Units',
  artists: 'Artists',
}

export function figureText(measure: Measure, value: number): string {
  if (measure === 'overShare') return shareText(value)
  return measure === 'revenueUsdCents' || measure === 'averageUsdCents' ? usdText(value) : countText(value)
}

/** Averages and shares, which are nothing where nothing was sold. */
export const LEVELS: ReadonlySet<Measure> = new Set(['averageUsdCents', 'overShare'])

/** A figure of the report; of a day without sales no average. */
export function shownFigure({ figures }: Pick<DailyReport, 'figures'>, measure: Measure): string {
  const isNone = LEVELS.has(measure) && figures.items.value === 0
  return isNone ? NOTHING : figureText(measure, figures[measure].value)
}

/** `▲6%`, or the difference in points for a share. */
export function figureChange(measure: Measure, { value }: Figure, change: Figure['dayBefore']): string {
  return measure === 'overShare' ? pointsText(value, change) : changeText(change)
}

export interface Headline {
  /** One line without control characters. */
  readonly subject: string
  /** Plain text, a line each: the summary, five figures, movers, and what is to be known of the data. */
  readonly lines: readonly string[]
}

/** What a mail says of the report, in full sentences. Plain text: escape it in HTML. */
export function headline(report: DailyReport): Headline {
  return { subject: shownText(subjectOf(report), 'Daily report', 200), lines: linesOf(report) }
}

function subjectOf({ figures, day, weekBefore, movers, isPartial, feed }: DailyReport): string {
  const { items, revenueUsdCents } = figures
  const mark = `${feed === 'live' ? '' : `[${feed}] `}${isPartial ? 'PARTIAL · ' : ''}`
  if (items.value === 0) return `${mark}${shortDay(day)}: no sales`
  const against = items.weekBefore
  const change = against === null ? '' : `, ${changeText(against)} on last ${weekdayName(weekBefore)}`
  const names = movers.filter(m => m.kind !== 'drop' && m.confidence !== 'possible').map(m => m.label)
  const moved = names.length === 0 ? '' : ` ${listText(names.slice(0, SUBJECT_MOVERS))} moved most.`
  const sales = `${countText(items.value)} sales, ${shortUsdText(revenueUsdCents.value)}`
  return `${mark}${shortDay(day)}: ${sales}${change}.${moved}`
}

const LINE_MEASURES: readonly Measure[] = [
  'items',
  'revenueUsdCents',
  'baskets',
  'averageUsdCents',
  'overShare',
]

function linesOf(report: DailyReport): readonly string[] {
  const { figures, movers, weekBefore, isPerHour } = report
  const last = weekdayName(weekBefore)
  const lines = LINE_MEASURES.map(measure => {
    const figure = figures[measure]
    const against = [
      [figureChange(measure, figure, figure.weekBefore), `on last ${last}`],
      [figureChange(measure, figure, figure.dayBefore), 'on the day before'],
      [figureChange(measure, figure, figure.usual), 'on the 28-day median'],
    ].filter(([text]) => text !== NOTHING)
    const compared = against.map(part => part.join(' ')).join(', ')
    return `${MEASURE_NAMES[measure]}: ${shownFigure(report, measure)}${compared === '' ? '' : ` (${compared})`}`
  })
  const moved = movers.slice(0, LINE_MOVERS).map(m => {
    return `${m.label}: ${countText(m.items)} sales, ${countText(m.expected)} expected`
  })
  const perHour = isPerHour ? ['The days differ in length: changes are of rates per hour.'] : []
  return [...report.summary, ...lines, ...moved, ...perHour, dataNote(report)]
}

/** `Complete: 99.6% of the day read · genres known of 91% of sales · 24-hour day`. */
export function dataNote({ quality, hours, isPartial, feed }: DailyReport): string {
  const read = `${isPartial ? 'PARTIAL' : 'Complete'}: ${shareText(quality.completeness)} of the day read`
  const gap = lengthOf(quality.unread)
  const notes = [read]
  if (gap > 0) notes.push(`${durationText(gap)} missing`)
  if (quality.coverage !== null) notes.push(`genre known for ${shareText(quality.coverage)} of sales`)
  notes.push(...arrivalNotes(quality))
  notes.push(`${hoursText(hours)}-hour day`)
  if (feed !== 'live') notes.push(`${feed} sales, not Bandcamp's`)
  return notes.join(' · ')
}
