// One day's report because somebody asks for it: what the stage does by itself, at once and again.

import type { PostedMessage, ReportRun } from '../../infra/ports.ts'
import { outboxMessage } from '../../infra/runtime/outbox-message.ts'
import type { OutboxMessage } from '../../schemas/subscriptions.ts'
import { addDays } from './core/day.ts'
import { CATCH_UP_DAYS } from './core/schedule.ts'
import { beginMailing, mailAgain, postMailing } from './deliver.ts'
import { Hands } from './hands.ts'
import { archiveDay, collectDay } from './make.ts'
import type { ReportParts } from './parts.ts'
import { newRun } from './report.ts'

const SETTLED: readonly string[] = ['sent', 'skipped', 'failed']

export interface DayResult {
  readonly run: ReportRun
  /** False: the numbers are those of the version that was there. */
  readonly isNewVersion: boolean
}

/**
 * Makes the report of a day that is over, also of one that was made: other numbers become another version.
 * `mail`: `as-due`, the first version goes out unless it is old or most of it is missing; `yes`, it goes out.
 * Null where somebody else makes reports now. Rejects as the ports do; the same call goes on from there.
 */
export async function makeDay(
  parts: ReportParts,
  day: string,
  mail: 'as-due' | 'yes',
): Promise<DayResult | null> {
  const { runs, schedule } = parts
  const hands = new Hands(parts)
  if (!(await hands.take())) return null
  try {
    const [before] = await runs.runs(schedule.zone, day, day)
    const was = before ?? newRun(day, schedule.zone)
    let run = was
    if (run.state !== 'rendered' && run.state !== 'sending') run = await collectDay(parts, hands, run)
    if (run.state === 'rendered') run = await archiveDay(parts, hands, run)
    const isNewVersion = run.version > was.version
    if (run.state === 'archived') run = await decideMail(parts, hands, { was, run, mail })
    if (run.state === 'sending') run = (await post(parts, hands, run)) ?? run
    return { run, isNewVersion }
  } finally {
    await hands.leave().catch(() => undefined)
  }
}

async function decideMail(
  parts: ReportParts,
  hands: Hands,
  { was, run, mail }: { readonly was: ReportRun; readonly run: ReportRun; readonly mail: 'as-due' | 'yes' },
): Promise<ReportRun> {
  if (mail === 'yes') return mailAgain(hands, run)
  // It was decided once: a failure is made good, but nobody is mailed without being asked.
  const isDecided = SETTLED.includes(was.state) && was.state !== 'failed'
  const [next] = isDecided
    ? await hands.write([{ ...run, state: was.state, reason: was.reason }])
    : await beginMailing(parts, hands, [run])
  return next!
}

async function post(parts: ReportParts, hands: Hands, run: ReportRun): Promise<ReportRun | undefined> {
  const lead = run.mailDay ?? run.day
  // All that the mail speaks of: days that a downtime left are settled with it.
  const all = await parts.runs.runs(run.zone, addDays(lead, -CATCH_UP_DAYS), lead)
  const of = all.find(({ day }) => day === lead) ?? run
  const posted = await postMailing(parts, hands, of, all)
  return posted.find(({ day }) => day === run.day)
}

/** Sends what stands in the archive to everybody once more. Null where somebody else makes reports now. */
export async function mailDayAgain(parts: ReportParts, run: ReportRun): Promise<ReportRun | null> {
  const hands = new Hands(parts)
  if (!(await hands.take())) return null
  try {
    return (await post(parts, hands, await mailAgain(hands, run))) ?? null
  } finally {
    await hands.leave().catch(() => undefined)
  }
}

/** Messages of the day's mail that were given up. */
export function failedOf(
  messages: readonly PostedMessage[],
  day: string,
  zone: string,
): readonly PostedMessage[] {
  return messages.filter(({ state, content, recipient }) => {
    const isOfDay = content.kind === 'report' && content.zone === zone && content.days.includes(day)
    return state === 'failed' && isOfDay && recipient !== ''
  })
}

/** Another try for a message that was given up: the same however often it is asked for. */
export function retryOf(
  { id, channel, subscriberId, recipient, content }: PostedMessage,
  nowMs: number,
): OutboxMessage {
  return outboxMessage({
    ...{ channel, subscriberId, recipient, content },
    dedupeKey: `again:${id}`,
    dueAtMs: nowMs,
  })
}
