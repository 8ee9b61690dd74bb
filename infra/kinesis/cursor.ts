// Reads one partition record by record, run after run: the index says where they are, the stream has them.
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  type _Record as KinesisRecord,
} from '@aws-sdk/client-kinesis'
import type { TopicName, TopicRecords } from '../../schemas/topics.ts'
import { type Batch, OutageError, SetupError } from '../ports.ts'
import { pause } from '../runtime/pause.ts'
import type { Sql } from '../runtime/sql.ts'
import { type Run, type RunsFound, runsFrom } from './index-table.ts'
import { parseLabel } from './piece.ts'
import { attempt, nameOf, type Where } from './trouble.ts'

export interface CursorParts<T extends TopicName> {
  readonly client: KinesisClient
  readonly sql: Sql
  readonly where: Where
  readonly topic: T
  readonly partition: number
  readonly streamName: string
  readonly streamId: number
  /** Who has seen everything asks again after this long: a shard answers five times a second, to all. */
  readonly readEveryMs: number
}

/** Looked up at a time: many where records were appended one by one. */
const RUNS_AT_A_TIME = 200
/** Kinesis gives 10,000 and 10 MB; what is not taken at once is kept in memory. */
const MOST_AT_A_TIME = 2_000
const LEAST_AT_A_TIME = 100
/** What was acknowledged can be read after a moment, seldom as long as a second. */
const LATE_PAUSE_MS = 100
const LATE_FOR_MS = 10_000

/** A place in a shard. */
interface Place {
  readonly shard: string
  /** Null at the end of a closed shard. */
  iterator: string | null
  /** Read and not yet used, in order. */
  waiting: readonly KinesisRecord[]
  used: number
  /** Monotonic ms: no request before. */
  notBeforeMs: number
}

/**
 * Shards may be split and merged at any time: a run stands in one shard, the next perhaps in another, and the
 * order of offsets is the order of runs. So nobody here asks which shard came from which. Not for two callers
 * at a time.
 */
export class Cursor<T extends TopicName> {
  readonly #parts: CursorParts<T>
  #place: Place | null = null
  /** The offset of the next record. */
  next: number

  constructor(parts: CursorParts<T>, from: number) {
    this.#parts = parts
    this.next = from
  }

  /** At most `maxRecords` from `next` on, as many as there are; `stop` ends it between requests. */
  async read(maxRecords: number, stop?: AbortSignal): Promise<Batch<T>> {
    try {
      return await this.#read(maxRecords, stop)
    } catch (error) {
      // Where the place is, between the pieces of a record perhaps, is not known.
      this.#place = null
      throw error
    }
  }

  async #read(maxRecords: number, stop?: AbortSignal): Promise<Batch<T>> {
    const { topic, partition } = this.#parts
    const records: TopicRecords[T][] = []
    let firstOffset = this.next
    let endOffset: number
    do {
      const found = await this.#runs()
      endOffset = found.endOffset
      const first = found.runs[0]
      if (first === undefined || stop?.aborted) break
      if (first.firstOffset > this.next) {
        // What stood before is past its retention.
        if (records.length > 0) break
        this.next = first.firstOffset
        firstOffset = this.next
      }
      for (const run of found.runs) {
        if (records.length >= maxRecords || stop?.aborted) break
        await this.#readRun(run, records, maxRecords, stop)
      }
    } while (records.length < maxRecords && this.next < endOffset && !stop?.aborted)
    return { topic, partition, firstOffset, records, endOffset }
  }

  #runs(): Promise<RunsFound> {
    const { sql, streamId, partition } = this.#parts
    return runsFrom(sql, streamId, partition, this.next, RUNS_AT_A_TIME)
  }

  /** Takes the next offsets of the run's attempt; whatever else is in the shard is passed over. */
  async #readRun(run: Run, into: TopicRecords[T][], maxRecords: number, stop?: AbortSignal): Promise<void> {
    const { partition } = this.#parts
    const end = run.firstOffset + run.records
    let pieces: Uint8Array[] = []
    while (this.next < end && into.length < maxRecords) {
      const found = await this.#take(run, maxRecords - into.length, stop)
      if (found === null) break
      const label = parseLabel(found.PartitionKey ?? '')
      if (label?.attempt !== run.attempt || label.partition !== partition) continue
      if (label.offset !== this.next || label.piece !== pieces.length) continue
      pieces.push(found.Data ?? new Uint8Array())
      if (pieces.length < label.pieces) continue
      into.push(JSON.parse(Buffer.concat(pieces).toString('utf8')) as TopicRecords[T])
      pieces = []
      this.next++
    }
    // A record in pieces was left in the middle: begin it again.
    if (pieces.length > 0) this.#place = null
  }

  /** The next record of the run's shard; null where `stop` ends it. */
  async #take(run: Run, wanted: number, stop?: AbortSignal): Promise<KinesisRecord | null> {
    if (this.#place?.shard !== run.shard) this.#place = await this.#open(run)
    const giveUpAtMs = performance.now() + LATE_FOR_MS
    for (;;) {
      const place = this.#place!
      const found = place.waiting[place.used]
      if (found !== undefined) {
        place.used++
        return found
      }
      if (place.iterator === null) throw this.#lost(run, `shard ${run.shard} ended before it`)
      const restMs = place.notBeforeMs - performance.now()
      if (restMs > 0) await pause(restMs, stop)
      if (stop?.aborted) return null
      if (!(await this.#fetch(run, place, wanted))) continue
      if (performance.now() > giveUpAtMs) {
        const { streamName } = this.#parts
        throw new OutageError('late', `Kinesis does not show offset ${this.next} of ${streamName}`)
      }
      await pause(LATE_PAUSE_MS, stop)
    }
  }

  /** True where nothing more is there yet. */
  async #fetch(run: Run, place: Place, wanted: number): Promise<boolean> {
    const { client, where } = this.#parts
    const Limit = Math.min(MOST_AT_A_TIME, Math.max(LEAST_AT_A_TIME, wanted))
    try {
      const ShardIterator = place.iterator!
      const answer = await attempt(where, () => client.send(new GetRecordsCommand({ ShardIterator, Limit })))
      place.waiting = answer.Records ?? []
      place.used = 0
      place.iterator = answer.NextShardIterator ?? null
      const isAtTip = place.iterator !== null && (answer.MillisBehindLatest ?? 0) === 0
      if (isAtTip) place.notBeforeMs = performance.now() + this.#parts.readEveryMs
      // An empty answer in the middle of a shard is nothing unusual.
      return isAtTip && place.waiting.length === 0
    } catch (error) {
      if (nameOf(error) !== 'ExpiredIteratorException') throw error
      this.#place = await this.#open(run)
      return false
    }
  }

  async #open(run: Run): Promise<Place> {
    const { client, where, streamName: StreamName } = this.#parts
    const { shard, sequence } = run
    try {
      const answer = await attempt(where, () =>
        client.send(
          new GetShardIteratorCommand({
            StreamName,
            ShardId: shard,
            ShardIteratorType: 'AT_SEQUENCE_NUMBER',
            StartingSequenceNumber: sequence,
          }),
        ),
      )
      return { shard, iterator: answer.ShardIterator ?? null, waiting: [], used: 0, notBeforeMs: 0 }
    } catch (error) {
      if (/^(ResourceNotFound|InvalidArgument)/.test(nameOf(error))) {
        throw this.#lost(run, (error as Error).message)
      }
      throw error
    }
  }

  #lost(run: Run, why: string): SetupError {
    const { streamName } = this.#parts
    return new SetupError(
      `stream ${streamName} does not hold the records from offset ${run.firstOffset} on: ${why}`,
      'was it deleted, or its retention shortened? start with another --kinesis-stream-prefix and import an export',
    )
  }
}
