// One order out of the partitions of a topic, for files: what stands before a tick anywhere comes before it.
import type { Gap } from '../../schemas/records.ts'
import { type Interval, overlaps } from '../../schemas/time.ts'
import type { EventLog } from '../ports.ts'
import type { ExportedRecord, ExportedTopic } from './log-file.ts'

const BATCH_RECORDS = 5_000

/** A partition, read up to its next tick. */
class Source {
  watermarkMs = Number.NEGATIVE_INFINITY
  /** Records before the next tick, and that tick; null: there is none any more. */
  before: ExportedRecord[] = []
  tickMs: number | null = null
  readonly #log: EventLog
  readonly #topic: ExportedTopic
  readonly #partition: number
  readonly #end: number
  #next: number
  #batch: readonly ExportedRecord[] = []
  #at = 0

  constructor(log: EventLog, topic: ExportedTopic, partition: number, next: number, end: number) {
    this.#log = log
    this.#topic = topic
    this.#partition = partition
    this.#next = next
    this.#end = end
  }

  async advance(): Promise<void> {
    this.watermarkMs = this.tickMs ?? this.watermarkMs
    this.before = []
    this.tickMs = null
    for (let record = await this.#pull(); record !== null; record = await this.#pull()) {
      if (record.kind !== 'tick') this.before.push(record)
      else if (record.upToMs > this.watermarkMs) {
        this.tickMs = record.upToMs
        return
      }
    }
  }

  async #pull(): Promise<ExportedRecord | null> {
    if (this.#at === this.#batch.length) {
      if (this.#next >= this.#end) return null
      const count = Math.min(BATCH_RECORDS, this.#end - this.#next)
      const batch = await this.#log.read(this.#topic, this.#partition, this.#next, count)
      if (batch.records.length === 0) return null
      this.#next = batch.firstOffset + batch.records.length
      this.#batch = batch.records
      this.#at = 0
    }
    return this.#batch[this.#at++]!
  }
}

/**
 * Every basket or sale of the interval that the log holds now, wherever it stands; the gaps that touch it; a
 * tick where all partitions have had it. Rounds come in the order of ticks, as ADR 0005 has them; what
 * follows the last common tick comes last.
 */
export async function* mergedRecords(
  log: EventLog,
  topic: ExportedTopic,
  interval: Interval | null,
): AsyncGenerator<ExportedRecord> {
  const sources: Source[] = []
  for (const [partition, { start, end }] of (await log.bounds(topic)).entries()) {
    const from = interval === null ? start : await log.offsetAtTime(topic, partition, interval.fromMs)
    sources.push(new Source(log, topic, partition, from, end))
  }
  await Promise.all(sources.map(source => source.advance()))
  const clip = new Clip(interval)
  while (sources.every(source => source.tickMs !== null)) {
    const roundMs = Math.min(...sources.map(source => source.tickMs!))
    for (const source of sources) {
      if (source.tickMs !== roundMs) continue
      yield* clip.records(source.before)
      await source.advance()
    }
    yield* clip.tick(roundMs)
  }
  for (const source of sources) {
    yield* clip.records(source.before)
    while (source.tickMs !== null) {
      await source.advance()
      yield* clip.records(source.before)
    }
  }
}

/** Lets through what belongs to the interval; a gap that every partition reports once. */
class Clip {
  readonly #interval: Interval | null
  #gaps: Gap[] = []
  #isPast = false

  constructor(interval: Interval | null) {
    this.#interval = interval
  }

  *records(records: readonly ExportedRecord[]): Generator<ExportedRecord> {
    for (const record of records) if (this.#isIn(record)) yield record
  }

  *tick(upToMs: number): Generator<ExportedRecord> {
    this.#gaps = this.#gaps.filter(gap => gap.toMs > upToMs)
    const { fromMs, toMs } = this.#interval ?? EVER
    if (this.#isPast || upToMs <= fromMs) return
    this.#isPast = upToMs >= toMs
    yield { kind: 'tick', upToMs: Math.min(upToMs, toMs) }
  }

  #isIn(record: ExportedRecord): boolean {
    const interval = this.#interval ?? EVER
    if (record.kind === 'gap') {
      const known = this.#gaps.some(g => g.fromMs === record.fromMs && g.toMs === record.toMs)
      if (!known) this.#gaps.push(record)
      return !known && overlaps(record, interval)
    }
    if (record.kind === 'tick') return false
    const timeMs = record.kind === 'amend' ? record.sale.soldAtMs : record.soldAtMs
    return timeMs >= interval.fromMs && timeMs < interval.toMs
  }
}

const EVER: Interval = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY }
