// Mails reports that stand in the archive: one message for each who wants it, whoever posts it how often.
import type { ReportRun } from '../../infra/ports.ts'
import { outboxMessage } from '../../infra/runtime/outbox-message.ts'
import type { OutboxMessage, Subscriber } from '../../schemas/subscriptions.ts'
import { type MailedReport, mailContent, type ReportContent } from './core/report-mail.ts'
import { whyNotMailed } from './core/schedule.ts'
import type { Hands } from './hands.ts'
import { newestOf, type ReadVersion } from './make.ts'
import { tellOperator } from './operator.ts'
import type { ReportParts } from './parts.ts'

/** Posted in one transaction. */
const POSTED_AT_ONCE = 200
/** Why a report that was made went to nobody. */
export const NOBODY_SUBSCRIBES = 'nobody subscribes yet'

type Parts = Pick<ReportParts, 'outbox' | 'subscribers' | 'schedule' | 'clock' | 'pace'>

/** Those who get a report now. */
export async function readersOf({
  subscribers,
}: Pick<ReportParts, 'subscribers'>): Promise<readonly Subscriber[]> {
  const all = await subscribers.subscribers()
  return all.filter(({ state, wishes }) => state === 'active' && wishes.report)
}

interface Decided {
  readonly run: ReportRun
  readonly read: ReadVersion
  /** Null: it is mailed. */
  readonly why: { readonly reason: string; readonly isOld: boolean } | null
}

async function decide(parts: ReportParts, run: ReportRun): Promise<Decided> {
  const read = await newestOf(parts, run.day)
  if (read === null) throw new Error(`version ${run.version} of ${run.day} has no numbers`)
  const { completeness } = read.report.quality
  const later = { reason: 'a later version goes out when asked for', isOld: false }
  const why =
    read.diff !== null ? later : whyNotMailed(run.day, completeness, parts.schedule, parts.clock.nowMs())
  return { run, read, why }
}

/**
 * Decides over all that are archived at once: one mail for those that are still news, which names older ones
 * too, and a reason for each that is not mailed. From then on it is fixed what the mail speaks of.
 */
export async function beginMailing(
  parts: ReportParts,
  hands: Hands,
  archived: readonly ReportRun[],
): Promise<readonly ReportRun[]> {
  const decided: Decided[] = []
  for (const run of archived) decided.push(await decide(parts, run))
  const mailDay = decided.findLast(({ why }) => why === null)?.run.day ?? null
  for (const { run, read, why } of decided) {
    if (why === null || why.isOld || read.diff !== null) continue
    await tellOperator(parts, {
      about: `report-incomplete:${run.zone}:${run.day}`,
      subject: `The report of ${run.day} was not sent`,
      lines: [
        `Of ${run.day} (${run.zone}): ${why.reason}.`,
        'Nobody who subscribed has heard of it.',
        `Next: fill the gap, then bct report run --date ${run.day} --mail.`,
      ],
    })
  }
  const next = decided.map(({ run, why }): ReportRun => {
    if (why === null) return { ...run, state: 'sending', mailing: run.mailing + 1, mailDay, attempts: 0 }
    if (run.mailing > 0) return { ...run, state: 'sent', attempts: 0, reason: why.reason }
    return { ...run, state: 'skipped', mailDay: why.isOld ? mailDay : null, reason: why.reason }
  })
  return hands.write(next)
}

/** As the operator asked for it: whatever its age, and again where it was mailed before. */
export async function mailAgain(hands: Hands, run: ReportRun): Promise<ReportRun> {
  const next = { ...run, state: 'sending', mailing: run.mailing + 1, mailDay: run.day, reason: null } as const
  const [sending] = await hands.write([{ ...next, attempts: 0 }])
  return sending!
}

/** The mail of a day and of those that go with it, oldest first. */
export async function contentOf(parts: ReportParts, runs: readonly ReportRun[]): Promise<ReportContent> {
  const mailed: MailedReport[] = []
  for (const run of runs) {
    const read = await newestOf(parts, run.day)
    const files = read?.version.files ?? []
    const file = files.find(f => f.path.endsWith('.pdf')) ?? files.find(f => f.path.endsWith('.html'))
    if (read === null || file === undefined) throw new Error(`the report of ${run.day} is not in the archive`)
    mailed.push({ report: read.report, path: file.path, diff: read.diff })
  }
  return mailContent(mailed, parts.schedule, parts.clock.nowMs())
}

/** The same for the same mailing of a day to somebody, whoever posts it. */
export function dedupeKeyOf({ day, zone, mailing }: ReportRun, subscriberId: string): string {
  return mailing === 1
    ? `report:${day}:${zone}:${subscriberId}`
    : `report:${day}:${zone}:${mailing}:${subscriberId}`
}

/**
 * Posts to everybody who wants it what `lead`, the newest of a mail, speaks of, and settles all of its days.
 * What was posted before stays as it is, so it may be done again from the beginning.
 */
export async function postMailing(
  parts: ReportParts,
  hands: Hands,
  lead: ReportRun,
  all: readonly ReportRun[],
): Promise<readonly ReportRun[]> {
  const group = all.filter(run => run.mailDay === lead.day)
  const content = await contentOf(parts, group)
  const messages = (await readersOf(parts)).map(reader => messageFor(parts, lead, reader, content))
  for (let at = 0; at < messages.length; at += POSTED_AT_ONCE) {
    await hands.keep()
    await parts.outbox.post(messages.slice(at, at + POSTED_AT_ONCE))
  }
  await noteMissingPdf(parts, content)
  // Where nobody was written to, nothing may say that it was sent.
  const settled =
    messages.length > 0
      ? ({ state: 'sent', reason: null } as const)
      : ({ state: 'skipped', reason: NOBODY_SUBSCRIBES } as const)
  const sent = group.filter(run => run.state === 'sending')
  return hands.write(sent.map((run): ReportRun => ({ ...run, ...settled, attempts: 0 })))
}

function messageFor(
  { pace }: Parts,
  lead: ReportRun,
  reader: Subscriber,
  content: ReportContent,
): OutboxMessage {
  return outboxMessage({
    dedupeKey: dedupeKeyOf(lead, reader.id),
    channel: 'mail',
    subscriberId: reader.id,
    recipient: reader.email,
    content,
    dueAtMs: pace.nowMs(),
  })
}

async function noteMissingPdf(parts: ReportParts, { days, zone, archived }: ReportContent): Promise<void> {
  const without = days.filter((_, i) => !archived[i]!.endsWith('.pdf'))
  if (without.length === 0) return
  await tellOperator(parts, {
    about: `report-without-pdf:${zone}:${without.at(-1)}`,
    subject: 'Reports go out without a PDF',
    lines: [
      `Of ${without.join(', ')}: no browser was found that could print.`,
      'The page (HTML) and the table (CSV) are in the archive and were mailed.',
      'Next: install Chromium, or name one with BCT_CHROMIUM_PATH; then bct report preview.',
    ],
  })
}
