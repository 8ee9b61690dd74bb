// What `bct log` does, on the log of one mode.
import { existsSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Interval } from '../../schemas/time.ts'
import type { TopicName } from '../../schemas/topics.ts'
import type { EventLog } from '../ports.ts'
import { systemClock } from '../system/clock.ts'
import { type Config, type Mode, modeDir } from './config.ts'
import { CommandError, EXIT, type ExitCode } from './errors.ts'
import { instantText } from './instant.ts'
import { type ExportedTopic, type ExportHeader, streamExport, writeExport } from './log-file.ts'
import { checkFile, type FileSummary, type Imported, importFile } from './log-import.ts'
import { mergedRecords } from './log-merge.ts'
import { type PartitionStat, statLog } from './log-stat.ts'
import { tailLog } from './log-tail.ts'
import { recordLine, safeJson } from './log-text.ts'
import { modeOf } from './mode-of.ts'
import { openExistingLog, openLogAsItIs } from './open-log.ts'
import { type Io, type Output, table } from './output.ts'
import { createProgress } from './progress.ts'
import { catchSignals } from './signals.ts'
import { whileNobodyPolls } from './while-nobody-polls.ts'

interface Request {
  readonly config: Config
  readonly io: Io
  readonly output: Output
  readonly json: boolean
}

const BYTES_A_MB = 1_000_000
async function using<T>(request: Request, work: (log: EventLog, mode: Mode) => Promise<T>): Promise<T> {
  const mode = modeOf(request.config)
  const log = await openExistingLog(request.config, mode)
  try {
    return await work(log, mode)
  } finally {
    await log.close()
  }
}

export function exportLog(
  request: Request & {
    readonly file: string
    readonly topic: ExportedTopic
    readonly interval: Interval | null
  },
): Promise<ExitCode> {
  const { file, topic, interval, io, output } = request
  const stop = catchSignals(output.say)
  return using(request, async (log, mode) => {
    const bounds = await log.bounds(topic)
    const total = bounds.reduce((sum, { start, end }) => sum + end - start, 0)
    const progress = createProgress({
      title: `Export of ${topic}`,
      total: Math.max(1, total),
      stream: io.stderr,
      clock: systemClock,
    })
    let count = 0
    async function* records() {
      for await (const record of mergedRecords(log, topic, interval)) {
        if (stop.signal.aborted) throw new CommandError(EXIT.interrupted, 'interrupted: nothing was written')
        count++
        progress.update(Math.min(count, total), `${count.toLocaleString('en')} records`)
        yield record
      }
    }
    const { fromMs, toMs } = interval ?? { fromMs: null, toMs: null }
    const header: ExportHeader = { topic, mode, fromMs, toMs, partitions: log.partitions(topic) }
    try {
      if (file === '-') await streamExport(process.stdout, header, records())
      else await writeExport(resolve(io.cwd, file), header, records())
    } finally {
      progress.stop()
    }
    if (request.json && file !== '-') output.json({ file, ...header, records: count })
    else output.say(`exported ${count.toLocaleString('en')} records of ${topic} (${mode}) to ${file}`)
    return EXIT.ok
  }).finally(() => stop.release())
}

export async function importLog(request: Request & { readonly file: string }): Promise<ExitCode> {
  const { config, io, output, json } = request
  const path = resolve(io.cwd, request.file)
  const stop = catchSignals(output.say)
  try {
    const summary = await checkFile(path, () => {
      if (stop.signal.aborted) throw new CommandError(EXIT.interrupted, 'interrupted: nothing was written')
    })
    const { mode } = summary.header
    checkMode(config, summary)
    await whileNobodyPolls(config, mode, async lost => {
      const log = await openLogAsItIs(config, mode)
      const progress = createProgress({
        title: `Import of ${summary.header.topic}`,
        total: Math.max(1, summary.records),
        stream: io.stderr,
        clock: systemClock,
      })
      try {
        const onLine = (line: number) => progress.update(Math.min(line - 1, summary.records))
        const signal = AbortSignal.any([stop.signal, lost])
        const imported = await importFile(log, path, summary, signal, onLine)
        progress.stop()
        if (json) output.json({ file: request.file, mode, topic: summary.header.topic, ...imported })
        else output.say(importText(summary, imported))
        if (signal.aborted) output.say('interrupted: the same import goes on from here')
      } finally {
        progress.stop()
        await log.close()
      }
    })
    return stop.exitCode()
  } finally {
    stop.release()
  }
}

/** Simulated sales never enter a live log, nor the other way round. */
function checkMode(config: Config, { header }: FileSummary): void {
  if (config.mode === 'auto' || config.mode === header.mode) return
  const message = `the file holds a ${header.mode} log, which never enters a ${config.mode} one`
  const fix = `leave --mode out, and it goes into the ${header.mode} log of the data folder`
  throw new CommandError(EXIT.precondition, message, fix)
}

function importText({ header }: FileSummary, { added, alreadyThere, late, gap }: Imported): string {
  const counts = `added ${added.toLocaleString('en')} records to ${header.topic} (${header.mode})`
  const lines = [`${counts}; ${alreadyThere.toLocaleString('en')} were there already`]
  if (gap !== null) {
    lines.push(`a gap stands for what was sold from ${instantText(gap.fromMs)} to ${instantText(gap.toMs)}`)
  }
  if (late > 0) {
    const how = 'replay their time with --late and promote it'
    lines.push(
      `${late.toLocaleString('en')} sales are older than what the log had: closed windows count them when you ${how}`,
    )
  }
  return lines.join('\n')
}

export function tail(
  request: Request & { readonly topic: TopicName; readonly count: number; readonly follow: boolean },
): Promise<ExitCode> {
  const { topic, count, follow, json, output } = request
  const stop = catchSignals(() => {})
  return using(request, async log => {
    await tailLog(log, {
      topic,
      count,
      follow,
      signal: stop.signal,
      show: line => output.data(json ? safeJson(line) : recordLine(line.record, line.partition, line.offset)),
    })
    return stop.exitCode()
  }).finally(() => stop.release())
}

export function stat(request: Request): Promise<ExitCode> {
  const { config, json, output } = request
  return using(request, async (log, mode) => {
    const partitions = await statLog(log)
    const file = join(modeDir(config, mode), 'log', 'data.mdb')
    const bytes = config.log === 'embedded' && existsSync(file) ? statSync(file).size : null
    if (json) output.json({ mode, bytes, partitions })
    else {
      output.data(statText(partitions))
      output.say(READ_AGAIN)
      if (bytes !== null) output.data(`${Math.ceil(bytes / BYTES_A_MB)} MB in ${file}`)
    }
    return EXIT.ok
  })
}

const READ_AGAIN =
  'read again: records that a stage would read from its committed position if it started now; how far running ' +
  'stages are behind (lag) says bct status'

function statText(partitions: readonly PartitionStat[]): string {
  const time = (ms: number | null) => (ms === null ? '–' : instantText(ms))
  const head = ['topic', 'partition', 'start', 'end', 'records', 'first', 'last', 'read again']
  const rows = partitions.map(p => [
    p.topic,
    String(p.partition),
    String(p.start),
    String(p.end),
    String(p.records),
    time(p.firstMs),
    time(p.lastMs),
    p.groups.map(({ group, readAgain }) => `${group} ${readAgain}`).join(', ') || '–',
  ])
  return table([head, ...rows])
}
