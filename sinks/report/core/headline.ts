// The report in a line, and in the few figures that people read on a phone.
import { shortDay, weekdayName } from '../../../schemas/day-words.ts'
import type { ReportTable } from '../../../schemas/subscriptions.ts'
import { lengthOf } from './compare.ts'
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

const MAILED_MOVERS = 3
const MAX_HEADLINE_CHARS = 200

const MAILED_MEASURES: readonly Measure[] = [
  'items',
  'revenueUsdCents',
  'baskets',
  'averageUsdCents',
  'overShare',
]

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

/** One line without control characters: the day, its sales, how they stand, and what moved most. */
export const headline = (report: DailyReport): string =>
  shownText(headlines(report)[0]!, 'Daily report', MAX_HEADLINE_CHARS)

/** The longest headline that fits, for the subject of a mail; the shortest is cut. */
export function headlineWithin(report: DailyReport, maxChars: number): string {
  const all = headlines(report)
  return shownText(all.find(text => text.length <= maxChars) ?? all.at(-1)!, 'Daily report', maxChars)
}

/** From the one that says most. */
function headlines({ figures, day, weekBefore, movers, isPartial }: DailyReport): readonly string[] {
  const { items, revenueUsdCents } = figures
  const named = `${isPartial ? 'PARTIAL · ' : ''}${shortDay(day)}:`
  if (items.value === 0) return [`${named} no sales`]
  const sales = `${named} ${countText(items.value)} sales, ${shortUsdText(revenueUsdCents.value)}`
  const against = items.weekBefore
  const change = against === null ? '' : `, ${changeText(against)} on last ${weekdayName(weekBefore)}`
  const names = movers.filter(m => m.kind !== 'drop' && m.confidence !== 'possible').map(m => m.label)
  const moved = [3, 2, 1]
    .filter(count => count <= names.length)
    .map(count => `${sales}${change}. ${listText(names.slice(0, count))} moved most.`)
  return [...moved, `${sales}${change}`, sales]
}

/** What a mail says beside the summary. Plain text: escape it in HTML. */
export function tableOf(report: DailyReport): Omit<ReportTable, 'earlier'> {
  const { figures, movers, weekBefore, isPerHour } = report
  const columns = ['weekBefore', 'dayBefore', 'usual'] as const
  const perHour = isPerHour
    ? [{ label: 'Changes', text: 'The days differ in length: changes are of rates per hour.' }]
    : []
  return {
    against: [`last ${weekdayName(weekBefore)}`, 'the day before', 'the 28-day median'],
    figures: MAILED_MEASURES.map(measure => {
      const figure = figures[measure]
      const changes = columns.map(column => figureChange(measure, figure, figure[column]))
      return { label: MEASURE_NAMES[measure], value: shownFigure(report, measure), changes }
    }),
    movers: movers.slice(0, MAILED_MOVERS).map(({ kind, label, items, expected }) => {
      return { kind, text: label, note: `${countText(items)} sales, ${countText(expected)} expected` }
    }),
    notes: [...perHour, { label: 'Data', text: dataNote(report) }],
  }
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
