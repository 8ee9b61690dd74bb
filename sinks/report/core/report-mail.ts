// The mail of one report, or of several that a downtime left: the newest in full, the others named.
import type { MessageContent } from '../../../schemas/subscriptions.ts'
import { HOUR_MS, MINUTE_MS } from '../../../schemas/time.ts'
import { clockAt, shortDay } from './day.ts'
import { diffSentences, type ReportDiff } from './diff.ts'
import { headline } from './headline.ts'
import type { DailyReport } from './model.ts'
import { dueAtMs, type Schedule } from './schedule.ts'

/** A report that goes out so soon after it is due is on time. */
const ON_TIME_MS = 15 * MINUTE_MS

export interface MailedReport {
  readonly report: DailyReport
  /** Its PDF in the archive, or its HTML where there is no PDF. */
  readonly path: string
  /** Against the version before; null: the first. */
  readonly diff: ReportDiff | null
}

export type ReportContent = Extract<MessageContent, { readonly kind: 'report' }>

/** `reports` in the order of their days, at least one; `nowMs` by the feed. */
export function mailContent(
  reports: readonly MailedReport[],
  schedule: Schedule,
  nowMs: number,
): ReportContent {
  const newest = reports.at(-1)!
  const older = reports.slice(0, -1)
  const { subject, lines } = headline(newest.report)
  const { day, zone } = newest.report
  const notes = [...lateNotes(day, schedule, nowMs), ...revisedNotes(newest), ...printNotes(reports)]
  const others = older.map(({ report }) => `Also made now: ${headline(report).subject}`).reverse()
  const count = reports.length
  return {
    kind: 'report',
    days: reports.map(({ report }) => report.day),
    zone,
    archived: reports.map(({ path }) => path),
    subject:
      count === 1 ? subject : `${subject} (${count} reports, from ${shortDay(reports[0]!.report.day)})`,
    lines: [...lines, ...notes, ...others],
    isPartial: reports.some(({ report }) => report.isPartial),
  }
}

function lateNotes(day: string, schedule: Schedule, nowMs: number): readonly string[] {
  const dueMs = dueAtMs(day, schedule)
  if (nowMs - dueMs <= ON_TIME_MS) return []
  const { zone } = schedule
  const lateMs = nowMs - dueMs
  const late =
    lateMs >= 2 * HOUR_MS
      ? `${Math.round(lateMs / HOUR_MS)} hours`
      : `${Math.round(lateMs / MINUTE_MS)} minutes`
  return [`Sent at ${clockAt(nowMs, zone)}, ${late} late: it was due at ${clockAt(dueMs, zone)} ${zone}.`]
}

function revisedNotes({ report, diff }: MailedReport): readonly string[] {
  if (diff === null) return []
  return [
    `Version ${report.revision}: numbers have changed since version ${diff.from}.`,
    ...diffSentences(diff),
  ]
}

function printNotes(reports: readonly MailedReport[]): readonly string[] {
  if (reports.every(({ path }) => path.endsWith('.pdf'))) return []
  return [
    'There is no PDF: this machine has no browser that could print one. The page and the table are complete.',
  ]
}
