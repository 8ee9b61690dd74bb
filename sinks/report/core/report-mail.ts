// The mail of one report, or of several that a downtime left: the newest in full, the others named.
import { MAX_SUBJECT_CHARS, type MessageContent, type ReportTable } from '../../../schemas/subscriptions.ts'
import { HOUR_MS, MINUTE_MS } from '../../../schemas/time.ts'
import { clockAt } from './day.ts'
import { diffSentences, type ReportDiff } from './diff.ts'
import { headline, headlineWithin, tableOf } from './headline.ts'
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
  const { day, zone, summary, feed } = newest.report
  const table = tableOf(newest.report)
  const notes = [
    ...table.notes,
    ...lateNotes(day, schedule, nowMs),
    ...revisedNotes(newest),
    ...printNotes(reports),
  ]
  // A mailbox says nothing else of where sales come from.
  const mark = feed === 'live' ? '' : `[${feed}] `
  const many = reports.length === 1 ? '' : `${reports.length} reports · `
  return {
    kind: 'report',
    days: reports.map(({ report }) => report.day),
    zone,
    archived: reports.map(({ path }) => path),
    subject: `${mark}${many}${headlineWithin(newest.report, MAX_SUBJECT_CHARS - mark.length - many.length)}`,
    lines: summary,
    table: {
      ...table,
      notes,
      earlier: older.map(({ report }) => ({ day: report.day, text: headline(report) })).reverse(),
    },
    isPartial: reports.some(({ report }) => report.isPartial),
  }
}

type Notes = ReportTable['notes']

function lateNotes(day: string, schedule: Schedule, nowMs: number): Notes {
  const dueMs = dueAtMs(day, schedule)
  if (nowMs - dueMs <= ON_TIME_MS) return []
  const { zone } = schedule
  const lateMs = nowMs - dueMs
  const late =
    lateMs >= 2 * HOUR_MS
      ? `${Math.round(lateMs / HOUR_MS)} hours`
      : `${Math.round(lateMs / MINUTE_MS)} minutes`
  const text = `Sent at ${clockAt(nowMs, zone)}, ${late} late: it was due at ${clockAt(dueMs, zone)} ${zone}.`
  return [{ label: 'Late', text }]
}

function revisedNotes({ report, diff }: MailedReport): Notes {
  if (diff === null) return []
  const changed = `Numbers have changed since version ${diff.from}.`
  const text = [changed, ...diffSentences(diff)].join(' ')
  return [{ label: `Version ${report.revision}`, text }]
}

function printNotes(reports: readonly MailedReport[]): Notes {
  if (reports.every(({ path }) => path.endsWith('.pdf'))) return []
  const text =
    'There is no PDF: this machine has no browser that could print one. The page and the table are complete.'
  return [{ label: 'Files', text }]
}
