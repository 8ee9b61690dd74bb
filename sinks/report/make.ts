// Makes one day's report: fixes its numbers, prints it, and puts every file of it into the archive, once.
import { type ArchivedFile, type ReportRun, type ReportVersion, SetupError } from '../../infra/ports.ts'
import { renderCsv } from './core/csv.ts'
import { diffOf, diffSentences, type ReportDiff, sayTheSame } from './core/diff.ts'
import { headline } from './core/headline.ts'
import { COMPLETE_FROM, type DailyReport, reportJson } from './core/model.ts'
import { CONTENT_TYPES, dayPrefix, type FileKind, hashList, newestVersion, pathOf } from './core/paths.ts'
import { isClosed } from './core/schedule.ts'
import type { Hands } from './hands.ts'
import type { ReportParts } from './parts.ts'

/** A PDF begins and ends so; what does not was broken off. */
const PDF_BEGINS = '%PDF-'
const PDF_ENDS = '%%EOF'
const PDF_END_BYTES = 1_024

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const reportOf = ({ report }: ReportVersion): DailyReport => JSON.parse(report) as DailyReport

/** A version with what it says, and against what. */
export interface ReadVersion {
  readonly version: ReportVersion
  readonly report: DailyReport
  /** Null: there is none before. */
  readonly diff: ReportDiff | null
}

/** The newest version whose numbers are fixed; null where there is none. */
export async function newestOf({ runs, schedule }: ReportParts, day: string): Promise<ReadVersion | null> {
  const [version, before] = await runs.versions(schedule.zone, day)
  if (version === undefined) return null
  const report = reportOf(version)
  return { version, report, diff: before === undefined ? null : diffOf(reportOf(before), report) }
}

/**
 * Reads the numbers of the day and fixes them as a new version: what is made from them later is the same,
 * whoever makes it. Where they are those of the last version, there is no new one.
 */
export async function collectDay(parts: ReportParts, hands: Hands, run: ReportRun): Promise<ReportRun> {
  const { archive, history, clock, schedule } = parts
  const { day } = run
  const [collecting] = await hands.write([{ ...run, state: 'collecting' }])
  const extent = await history.extent()
  const before = await newestOf(parts, day)
  // Also what another store has put there: a path is never used twice.
  const known = newestVersion(await archive.list(dayPrefix(day)))
  const asOfMs = clock.nowMs()
  const revision = Math.max(known, run.version) + 1
  const read = await parts.collect(day, asOfMs, revision)
  const isPartial =
    read.isPartial ||
    read.quality.completeness < COMPLETE_FROM ||
    !isClosed(day, schedule.zone, { ...extent, allowedLatenessMs: 0 })
  const report = { ...read, isPartial }
  if (before !== null && sayTheSame(before.report, report)) {
    const state = before.version.files.length > 0 ? 'archived' : 'rendered'
    const [same] = await hands.write([{ ...collecting!, state, attempts: 0, reason: null }])
    return same!
  }
  const version: ReportVersion = {
    day,
    version: revision,
    asOfMs,
    isPartial,
    headline: headline(report),
    report: reportJson(report),
    files: [],
  }
  const next = { ...collecting!, state: 'rendered', version: revision, attempts: 0, reason: null } as const
  const [rendered] = await hands.write([next], version)
  return rendered!
}

/** Puts what is missing of the newest version into the archive, the list of hashes last: then it is whole. */
export async function archiveDay(parts: ReportParts, hands: Hands, run: ReportRun): Promise<ReportRun> {
  const { day } = run
  const newest = await newestOf(parts, day)
  if (newest === null) throw new Error(`version ${run.version} of ${day} has no numbers`)
  const { version, report, diff } = newest
  const revision = version.version
  // The numbers first: where another installation has used the path, nothing is mixed with theirs.
  const files = [await put(parts, pathOf(day, revision, 'json'), utf8(version.report), 'json')]
  files.push(await once(parts, day, revision, 'csv', () => utf8(renderCsv(report))))
  const page = parts.html(report, diff === null ? [] : diffSentences(diff))
  files.push(await once(parts, day, revision, 'html', () => utf8(page)))
  await hands.keep()
  const pdf = await printed(parts, report, revision, page)
  if (pdf !== null) files.push(pdf)
  if (diff !== null) {
    const path = `${dayPrefix(day)}${revision}.diff.json`
    await put(parts, path, utf8(`${JSON.stringify(diff, null, 1)}\n`), 'json')
  }
  await put(parts, pathOf(day, revision, 'sha256'), utf8(hashList(files)), 'sha256')
  const archived = { ...run, state: 'archived', attempts: 0, reason: null } as const
  const [done] = await hands.write([archived], { ...version, files })
  return done!
}

function put(
  { archive }: ReportParts,
  path: string,
  content: Uint8Array,
  kind: FileKind | 'sha256',
): Promise<ArchivedFile> {
  return archive.put(path, content, CONTENT_TYPES[kind])
}

/** What an earlier attempt has put there was made from the same numbers: it stays, whatever made it. */
async function once(
  parts: ReportParts,
  day: string,
  revision: number,
  kind: FileKind,
  make: () => Uint8Array | Promise<Uint8Array>,
): Promise<ArchivedFile> {
  const path = pathOf(day, revision, kind)
  const known = await parts.archive.get(path)
  return put(parts, path, known ?? (await make()), kind)
}

/** Null where there is no browser: the page and the table are there all the same. */
async function printed(
  parts: ReportParts,
  report: DailyReport,
  revision: number,
  page: string,
): Promise<ArchivedFile | null> {
  const { day, zone } = report
  const path = pathOf(day, revision, 'pdf')
  const content = (await parts.archive.get(path)) ?? (await print(parts, day, zone, page))
  return content === null ? null : put(parts, path, content, 'pdf')
}

async function print(
  { pdf, paper, telemetry }: ReportParts,
  day: string,
  zone: string,
  page: string,
): Promise<Uint8Array | null> {
  try {
    return checkedPdf(await pdf.pdf(page, { format: paper, title: `Daily report ${day} (${zone})` }))
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    telemetry.warn('the report has no PDF', { day, why: error.message, fix: error.fix })
    return null
  }
}

function checkedPdf(content: Uint8Array): Uint8Array {
  const text = (part: Uint8Array) => new TextDecoder('latin1').decode(part)
  const begins = text(content.subarray(0, PDF_BEGINS.length)) === PDF_BEGINS
  if (begins && text(content.subarray(-PDF_END_BYTES)).includes(PDF_ENDS)) return content
  throw new Error('what was printed is no whole PDF')
}
