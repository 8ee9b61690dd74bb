// Puts an exported log into a log: what is there already is left out, so that a repeat adds nothing.
import { partitionOf } from '../../schemas/partition.ts'
import { encodeRecord } from '../../schemas/record-json.ts'
import { recordKey } from '../../schemas/record-key.ts'
import type { Gap } from '../../schemas/records.ts'
import type { Entry, EventLog } from '../ports.ts'
import {
  type Export,
  type ExportedRecord,
  type ExportedTopic,
  type ExportHeader,
  readExport,
} from './log-file.ts'
import { IdSet } from './log-ids.ts'

/** What the whole file says of itself, read before anything is written. */
export interface FileSummary {
  readonly header: ExportHeader
  readonly records: number
  /** Of the first sale or gap; null where there is none. */
  readonly oldestMs: number | null
  readonly firstTickMs: number | null
}

export interface Imported {
  readonly added: number
  readonly alreadyThere: number
  /** Sales added before the watermark that the log had: windows that are closed do not count them. */
  readonly late: number
  /** The stretch between the log's end and the file's beginning, told as a gap. */
  readonly gap: Gap | null
}

/** Entries of one append: one transaction of the embedded log. */
const APPEND_ENTRIES = 5_000
const READ_RECORDS = 5_000

/** Reads the file to its end. @throws CommandError that names the line where it is not whole. */
export async function checkFile(path: string, onLine: (line: number) => void): Promise<FileSummary> {
  const { header, lines } = await readExport(path)
  let records = 0
  let oldestMs: number | null = null
  let firstTickMs: number | null = null
  for await (const { line, record } of lines) {
    records++
    onLine(line)
    if (record.kind === 'tick') firstTickMs ??= record.upToMs
    const timeMs = record.kind === 'gap' ? record.fromMs : soldAt(record)
    if (timeMs !== null) oldestMs = Math.min(oldestMs ?? timeMs, timeMs)
  }
  return { header, records, oldestMs, firstTickMs }
}

function soldAt(record: ExportedRecord): number | null {
  if (record.kind === 'basket' || record.kind === 'sale') return record.soldAtMs
  return record.kind === 'amend' ? record.sale.soldAtMs : null
}

/** What makes two records the same; null for ticks, which only ever rise. */
function identityOf(record: ExportedRecord): string | null {
  switch (record.kind) {
    case 'basket':
      return record.id
    case 'sale':
      return record.basketId
    case 'amend':
      return `amend ${encodeRecord(record)}`
    case 'gap':
      return `gap ${record.fromMs} ${record.toMs} ${record.reason}`
    case 'tick':
      return null
  }
}

/**
 * Appends what the log lacks, in the file's order, spread over its partitions. Where it fails or is stopped
 * in between, the same import goes on. Nobody else may write into the topic meanwhile.
 */
export async function importFile(
  log: EventLog,
  path: string,
  summary: FileSummary,
  signal: AbortSignal,
  onLine: (line: number) => void,
): Promise<Imported> {
  const { topic } = summary.header
  const { oldestMs, header } = summary
  const known = await idsOf(log, topic, Math.min(oldestMs ?? 0, header.fromMs ?? oldestMs ?? 0))
  const lastTicks = await lastTicksOf(log, topic)
  const target = new Target(log, topic, lastTicks)
  const gap = gapBefore(summary, lastTicks)
  if (gap !== null && known.add(identityOf(gap)!)) target.toAll(gap)
  const file: Export = await readExport(path)
  let alreadyThere = 0
  for await (const { line, record } of file.lines) {
    if (signal.aborted) break
    onLine(line)
    const id = identityOf(record)
    if (id === null || known.add(id)) target.take(record)
    else alreadyThere++
    if (target.isFull) await target.flush()
  }
  await target.flush()
  return { added: target.added, alreadyThere, late: target.late, gap }
}

class Target {
  added = 0
  late = 0
  readonly #log: EventLog
  readonly #topic: ExportedTopic
  readonly #partitions: number
  readonly #ticks: (number | null)[]
  readonly #beganAtMs: number
  #entries: Entry[] = []

  constructor(log: EventLog, topic: ExportedTopic, ticks: readonly (number | null)[]) {
    this.#log = log
    this.#topic = topic
    this.#partitions = log.partitions(topic)
    this.#ticks = [...ticks]
    this.#beganAtMs = Math.max(...ticks.map(tick => tick ?? Number.NEGATIVE_INFINITY))
  }

  get isFull(): boolean {
    return this.#entries.length >= APPEND_ENTRIES
  }

  take(record: ExportedRecord): void {
    if (record.kind !== 'tick') this.added++
    if (record.kind === 'tick') this.#tick(record.upToMs)
    else if (record.kind === 'gap') this.toAll(record)
    else {
      if (soldAt(record)! < this.#beganAtMs) this.late++
      this.#push(partitionOf(recordKey(record)!, this.#partitions), record)
    }
  }

  toAll(record: ExportedRecord): void {
    for (let partition = 0; partition < this.#partitions; partition++) this.#push(partition, record)
  }

  async flush(): Promise<void> {
    const entries = this.#entries
    this.#entries = []
    if (entries.length > 0) await this.#log.append(entries)
  }

  /** A partition's ticks only rise: of those that it has had, none comes again. */
  #tick(upToMs: number): void {
    for (let partition = 0; partition < this.#partitions; partition++) {
      if (upToMs <= (this.#ticks[partition] ?? Number.NEGATIVE_INFINITY)) continue
      this.#ticks[partition] = upToMs
      this.#push(partition, { kind: 'tick', upToMs })
    }
  }

  #push(partition: number, record: ExportedRecord): void {
    this.#entries.push({ topic: this.#topic, partition, record })
  }
}

/** Nothing says what was sold between the log's end and the file's beginning: a gap does. */
function gapBefore(
  { header, oldestMs, firstTickMs }: FileSummary,
  lastTicks: readonly (number | null)[],
): Imported['gap'] {
  const ticks = lastTicks.filter(tick => tick !== null)
  const fromMs = ticks.length === 0 ? null : Math.min(...ticks)
  const toMs = header.fromMs ?? oldestMs ?? firstTickMs
  return fromMs === null || toMs === null || toMs <= fromMs
    ? null
    : { kind: 'gap', fromMs, toMs, reason: 'outage' }
}

async function idsOf(log: EventLog, topic: ExportedTopic, fromMs: number): Promise<IdSet> {
  const known = new IdSet()
  for (let partition = 0; partition < log.partitions(topic); partition++) {
    for (let at = await log.offsetAtTime(topic, partition, fromMs); ; ) {
      const batch = await log.read(topic, partition, at, READ_RECORDS)
      if (batch.records.length === 0) break
      at = batch.firstOffset + batch.records.length
      for (const record of batch.records) {
        const id = identityOf(record)
        if (id !== null) known.add(id)
      }
    }
  }
  return known
}

/** The last tick of each partition; null where there is none. */
async function lastTicksOf(log: EventLog, topic: ExportedTopic): Promise<readonly (number | null)[]> {
  const found: (number | null)[] = []
  for (const [partition, { start, end }] of (await log.bounds(topic)).entries()) {
    let tickMs: number | null = null
    let upper = end
    while (tickMs === null && upper > start) {
      const from = Math.max(start, upper - READ_RECORDS)
      for (let at = from; at < upper; ) {
        const { records, firstOffset } = await log.read(topic, partition, at, upper - at)
        for (const record of records) if (record.kind === 'tick') tickMs = record.upToMs
        at = records.length === 0 ? upper : firstOffset + records.length
      }
      upper = from
    }
    found.push(tickMs)
  }
  return found
}
