// What `bct report` does with one day: make, send again, list, verify.
import { createHash } from 'node:crypto'
import { addDays, dayInterval, dayOf } from '../../sinks/report/core/day.ts'
import { diffOf, diffSentences, sayTheSame } from '../../sinks/report/core/diff.ts'
import { headline } from '../../sinks/report/core/headline.ts'
import type { DailyReport } from '../../sinks/report/core/model.ts'
import { hashList, pathOf } from '../../sinks/report/core/paths.ts'
import { newestDueDay, whyNotMailed } from '../../sinks/report/core/schedule.ts'
import { NOBODY_SUBSCRIBES, readersOf } from '../../sinks/report/deliver.ts'
import { failedOf, mailDayAgain, makeDay, retryOf } from '../../sinks/report/one-day.ts'
import type { ReportRun, ReportVersion } from '../ports.ts'
import type { PostgresStore } from '../postgres/store.ts'
import { CommandError, EXIT, type ExitCode } from './errors.ts'
import type { Io, Output } from './output.ts'
import { table } from './output.ts'
import type { Reports } from './report-part.ts'

/** Messages looked at for those that failed: a few days of them. */
const MESSAGES_AT_MOST = 100_000

export interface ReportCall {
  readonly reports: Reports
  readonly store: PostgresStore
  readonly io: Io
  readonly output: Output
  readonly day: string
  readonly json: boolean
  readonly dryRun: boolean
  readonly yes: boolean
  readonly mail: boolean
  readonly onlyFailed: boolean
}

const busy = (): CommandError =>
  new CommandError(EXIT.precondition, 'another process makes reports now', 'try again in some minutes')

/** The local day before today. */
const newestOver = (nowMs: number, zone: string): string => addDays(dayOf(nowMs, zone), -1)

/** @throws CommandError where the day is not over: its numbers would be those of a morning. */
export function checkOver({ reports: { schedule, parts }, day }: ReportCall): void {
  if (dayInterval(day, schedule.zone).toMs <= parts.clock.nowMs()) return
  const fix = `the newest day that is over is ${newestOver(parts.clock.nowMs(), schedule.zone)}`
  throw new CommandError(EXIT.precondition, `${day} is not over in ${schedule.zone}`, fix)
}

/**
 * @throws CommandError where the day is before all that is known: a report of it would say that nothing was
 * sold.
 */
export async function checkKnown({ reports: { schedule, parts }, store, day }: ReportCall): Promise<void> {
  const { zone } = schedule
  const { firstSaleMs } = await store.extent()
  if (firstSaleMs === null) {
    throw new CommandError(EXIT.notFound, `nothing is known of ${day}: there are no sales yet`, 'bct start')
  }
  if (dayInterval(day, zone).toMs > firstSaleMs) return
  const [first, last] = [dayOf(firstSaleMs, zone), newestOver(parts.clock.nowMs(), zone)]
  const days = last > first ? `there are days from ${first} to ${last}` : `the first day is ${first}`
  throw new CommandError(EXIT.notFound, `nothing is known of ${day}: sales begin later`, days)
}

/** Says how many mails there will be; asks at a terminal, and wants `--yes` elsewhere. */
async function allowMails({ io, output, yes }: ReportCall, mails: number): Promise<void> {
  if (mails === 0 || yes) return
  const question = `will send ${mails} ${mails === 1 ? 'mail' : 'mails'}`
  if (io.ask === undefined) {
    throw new CommandError(EXIT.usage, question, 'say --yes to send them, or --dry-run to look first')
  }
  output.say(question)
  if (/^y(es)?$/i.test((await io.ask('Send them? [y/N] ')).trim())) return
  throw new CommandError(EXIT.failure, 'nothing was sent')
}

const runOf = async ({ reports: { parts }, day }: ReportCall): Promise<ReportRun | null> =>
  (await parts.runs.runs(parts.schedule.zone, day, day))[0] ?? null

const reportIn = ({ report }: ReportVersion): DailyReport => JSON.parse(report) as DailyReport

function readNow({ reports: { parts }, day }: ReportCall, revision: number): Promise<DailyReport> {
  return parts.collect(day, parts.clock.nowMs(), revision)
}

/** What `run` would do, without doing any of it. */
async function plan(call: ReportCall): Promise<ExitCode> {
  const { reports, day, mail, output } = call
  const { parts, archive, schedule } = reports
  const [run, [newest], readers] = await Promise.all([
    runOf(call),
    parts.runs.versions(schedule.zone, day),
    readersOf(parts),
  ])
  const version = (newest?.version ?? 0) + 1
  const report = await readNow(call, version)
  const isSame = newest !== undefined && sayTheSame(reportIn(newest), report)
  const why = whyNotMailed(day, report.quality.completeness, schedule, parts.clock.nowMs())
  const isMailed = mail || (newest === undefined && why === null) || run?.state === 'sending'
  const rows = [
    ['day', `${day} (${schedule.zone}), ${run?.state ?? 'not made yet'}`],
    ['version', isSame ? `${version - 1}: its numbers have not changed` : `${version} would be made`],
    ['archive', isSame ? 'nothing new' : `${archive.place}: ${pathOf(day, version, 'pdf')} and beside it`],
    [
      'mails',
      isMailed
        ? `${readers.length} would be sent`
        : `0: ${why?.reason ?? 'it was decided before; --mail sends it'}`,
    ],
    ['subject', headline(report)],
  ]
  const result = {
    day,
    zone: schedule.zone,
    version: isSame ? version - 1 : version,
    isNew: !isSame,
    mails: isMailed ? readers.length : 0,
  }
  if (call.json) output.json({ ...result, subject: headline(report) })
  else output.data(table(rows))
  return EXIT.ok
}

/** Once for a day, as the stage does by itself; exits 4 where it was not good enough to be sent. */
export async function runDay(call: ReportCall): Promise<ExitCode> {
  const { reports, day, output, mail } = call
  checkOver(call)
  await checkKnown(call)
  if (call.dryRun) return plan(call)
  const run = await runOf(call)
  const mayMail = mail || run === null || !['sent', 'skipped'].includes(run.state)
  await allowMails(call, mayMail ? (await readersOf(reports.parts)).length : 0)
  const result = await makeDay(reports.parts, day, mail ? 'yes' : 'as-due')
  if (result === null) throw busy()
  const { run: made, isNewVersion } = result
  const { state, version, reason } = made
  const what = isNewVersion
    ? `version ${version} is in ${reports.archive.place}`
    : `version ${version} stands: its numbers have not changed`
  if (call.json) output.json({ day, zone: made.zone, state, version, isNewVersion, reason })
  else output.data(`${day} ${state}: ${what}${reason === null ? '' : ` (${reason})`}`)
  const isGood = state !== 'skipped' || reason?.endsWith(NOBODY_SUBSCRIBES)
  return isGood || !isNewVersion ? EXIT.ok : EXIT.degraded
}

export async function resend(call: ReportCall): Promise<ExitCode> {
  const { reports, store, day, output, onlyFailed, dryRun } = call
  const { parts } = reports
  const run = await runOf(call)
  if (run === null || run.version === 0) {
    throw new CommandError(EXIT.notFound, `there is no report of ${day}`, `bct report run --date ${day}`)
  }
  const nowMs = parts.pace.nowMs()
  const failed = onlyFailed ? failedOf(await store.outbox.messages(MESSAGES_AT_MOST), day, run.zone) : []
  const mails = onlyFailed ? failed.length : (await readersOf(parts)).length
  if (dryRun)
    output.data(`would send ${mails} ${mails === 1 ? 'mail' : 'mails'} of ${day}, version ${run.version}`)
  if (dryRun) return EXIT.ok
  await allowMails(call, mails)
  if (onlyFailed) await store.outbox.post(failed.map(message => retryOf(message, nowMs)))
  else if ((await mailDayAgain(parts, run)) === null) throw busy()
  output.data(`${mails} ${mails === 1 ? 'mail is' : 'mails are'} on the way`)
  return EXIT.ok
}

export async function list(call: ReportCall, days: number): Promise<ExitCode> {
  const { reports, output, json } = call
  const { zone, reports: all, nextAtMs } = await reports.info.list()
  const from = addDays(newestDueDay(reports.parts.clock.nowMs(), reports.schedule), 1 - days)
  const shown = all.filter(({ day }) => day >= from)
  if (json) output.json({ zone, nextAtMs, archive: reports.archive.place, reports: shown })
  else {
    const rows = shown.map(({ day, state, isPartial, versions, headline: line, reason }) => [
      day,
      state,
      versions[0] === undefined ? '–' : `v${versions[0].version}`,
      isPartial ? 'PARTIAL' : '',
      reason ?? line ?? '',
    ])
    if (rows.length > 0) output.data(table(rows))
    const next = nextAtMs === null ? '' : `next at ${new Date(nextAtMs).toISOString()}`
    output.say(`${rows.length} in the last ${days} days; ${next}; kept in ${reports.archive.place}`)
  }
  return EXIT.ok
}

/** What is wrong with the files of a version: nothing, where nothing is said. */
async function wrongFiles(
  { archive }: Reports,
  { day, version, files }: ReportVersion,
): Promise<readonly string[]> {
  if (files.length === 0) return [`version ${version} is not whole in the archive`]
  const wrong: string[] = []
  for (const { path, sha256 } of files) {
    const content = await archive.get(path)
    if (content === null) wrong.push(`${path} is missing`)
    else if (createHash('sha256').update(content).digest('hex') !== sha256) wrong.push(`${path} was changed`)
  }
  const hashes = await archive.get(pathOf(day, version, 'sha256'))
  const isListed = hashes !== null && new TextDecoder().decode(hashes) === hashList(files)
  return isListed ? wrong : [...wrong, `${pathOf(day, version, 'sha256')} is missing or was changed`]
}

/** Hashes the archive again, and reads the day again; exits 1 where something differs. */
export async function verify(call: ReportCall): Promise<ExitCode> {
  const { reports, day, output, json } = call
  const versions = await reports.parts.runs.versions(reports.schedule.zone, day)
  const newest = versions[0]
  if (newest === undefined) {
    throw new CommandError(EXIT.notFound, `there is no report of ${day}`, `bct report run --date ${day}`)
  }
  const files = (await Promise.all(versions.map(version => wrongFiles(reports, version)))).flat()
  const [then, now] = [reportIn(newest), await readNow(call, newest.version)]
  const isSame = sayTheSame(then, { ...now, isPartial: then.isPartial })
  const numbers = isSame ? [] : diffSentences(diffOf(then, now))
  const checked = versions.flatMap(version => version.files).length
  if (json) output.json({ day, versions: versions.length, filesChecked: checked, files, numbers })
  else {
    const said = [...files, ...numbers.map(line => `the store says otherwise now. ${line}`)]
    output.data(
      said.length > 0 ? said.join('\n') : `${day}: ${checked} files and all numbers are as they were`,
    )
  }
  return files.length + numbers.length === 0 ? EXIT.ok : EXIT.failure
}
