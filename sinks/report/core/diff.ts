// What a later version of a report says otherwise than the one before it.
import { figureText, MEASURE_NAMES } from './headline.ts'
import { type DailyReport, MEASURES } from './model.ts'
import { shareText } from './words.ts'

export interface ReportDiff {
  readonly day: string
  readonly zone: string
  readonly from: number
  readonly to: number
  /** Headline figures that differ, by name. */
  readonly figures: Readonly<Record<string, { readonly before: number; readonly after: number }>>
}

/** What is no number of the day: who made it when, how things are called and look, and words about it. */
const NO_NUMBERS = new Set(['asOfMs', 'revision', 'build', 'summary', 'label', 'artUrl'])

/**
 * Whether two reports of a day have the same numbers. An alert may go on after its day: that it was opened is
 * what the day says of it.
 */
export function sayTheSame(a: DailyReport, b: DailyReport): boolean {
  const numbers = (report: DailyReport) =>
    JSON.stringify({ ...report, alerts: report.alerts.map(({ id }) => id) }, (name, value: unknown) =>
      NO_NUMBERS.has(name) ? undefined : value,
    )
  return numbers(a) === numbers(b)
}

export function diffOf(before: DailyReport, after: DailyReport): ReportDiff {
  const pairs = [
    ...MEASURES.map(
      measure => [measure, before.figures[measure].value, after.figures[measure].value] as const,
    ),
    ['completeness', before.quality.completeness, after.quality.completeness] as const,
  ]
  const differing = pairs.filter(([, was, is]) => was !== is)
  return {
    day: after.day,
    zone: after.zone,
    from: before.revision,
    to: after.revision,
    figures: Object.fromEntries(differing.map(([name, was, is]) => [name, { before: was, after: is }])),
  }
}

/** A sentence for each: `Sales: 46,912, before 46,800.` */
export function diffSentences({ from, figures }: ReportDiff): readonly string[] {
  const sentences = Object.entries(figures).map(([name, { before, after }]) => {
    const measure = MEASURES.find(known => known === name)
    if (measure === undefined) return `Read of the day: ${shareText(after)}, before ${shareText(before)}.`
    return `${MEASURE_NAMES[measure]}: ${figureText(measure, after)}, before ${figureText(measure, before)}.`
  })
  return sentences.length > 0 ? sentences : [`The headline figures are those of version ${from}.`]
}
