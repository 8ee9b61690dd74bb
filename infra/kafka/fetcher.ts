// Fetches ahead for all partitions of one member: one waiting request for each broker, none for who is full.
import type { TopicName } from '../../schemas/topics.ts'
import { OutageError } from '../ports.ts'
import { pause } from '../runtime/pause.ts'
import { nextRun, type Run } from './chunk.ts'
import type { InRecord } from './record-batch.ts'
import { type FetchedPartition, fetchFrom } from './requests.ts'
import { pauseMs, troubleOf, typeOf } from './trouble.ts'
import type { WireCluster } from './wire.ts'

export interface FetcherParts<T extends TopicName> {
  readonly cluster: WireCluster
  readonly brokers: readonly string[]
  readonly topic: T
  readonly topicName: string
  /** Bounds of the partition now: asked where an offset is not there. */
  bounds(partition: number): Promise<{ readonly start: number; readonly end: number }>
  onTrouble(error: unknown, retryInMs: number): void
}

export interface FetchedRun<T extends TopicName> extends Run<T> {
  readonly endOffset: number
}

export interface PartitionReader<T extends TopicName> {
  /** True where `next` would wait. */
  isEmpty(): boolean
  /** The next run; waits for one. Null when the signal aborts; rejects where reading is impossible. */
  next(signal: AbortSignal): Promise<FetchedRun<T> | null>
  close(): void
}

/** Records of one `handle`: its cost vanishes, and a partition moves within a second. */
const RUN_RECORDS = 5_000
/** Compressed, of one partition in one answer: some ten thousand records. */
const FETCH_BYTES = 512 * 1024
/** While no partition has anything new. A partition that becomes ready meanwhile waits for it, too. */
const MAX_WAIT_MS = 250

interface Reader {
  readonly partition: number
  /** Offset to fetch next. */
  fetchNext: number
  /** Offset to hand out next. */
  readNext: number
  messages: readonly InRecord[]
  at: number
  endOffset: number
  /** Not to be asked for at the moment. */
  isResting: boolean
  failure: unknown
}

export class Fetcher<T extends TopicName> {
  readonly #parts: FetcherParts<T>
  readonly #readers = new Map<number, Reader>()
  /** Brokers with a request under way. */
  readonly #busy = new Set<string>()
  readonly #change = new Change()
  readonly #stop = new AbortController()
  #failures = 0

  constructor(parts: FetcherParts<T>) {
    this.#parts = parts
    void this.#run()
  }

  open(partition: number, from: number): PartitionReader<T> {
    const reader = newReader(partition, from)
    this.#readers.set(partition, reader)
    this.#change.tell()
    return {
      isEmpty: () => isUsedUp(reader),
      next: signal => this.#next(reader, signal),
      close: () => {
        if (this.#readers.get(partition) === reader) this.#readers.delete(partition)
      },
    }
  }

  close(): void {
    this.#stop.abort()
  }

  async #next(reader: Reader, signal: AbortSignal): Promise<FetchedRun<T> | null> {
    while (!signal.aborted) {
      if (reader.failure !== null) throw reader.failure
      const run = runOf(this.#parts.topic, reader)
      if (run === null) {
        await this.#change.next(signal)
        continue
      }
      // Nothing in store: it may be fetched for while its last records are handled.
      if (isUsedUp(reader)) this.#change.tell()
      return run
    }
    return null
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const next = this.#change.next(this.#stop.signal)
      this.#startDue()
      await next
    }
  }

  /** Starts a request to every broker that leads a partition with nothing in store. */
  #startDue(): void {
    const { cluster, topicName } = this.#parts
    const byLeader = new Map<string, Reader[]>()
    for (const reader of this.#readers.values()) {
      if (!isUsedUp(reader) || reader.isResting || reader.failure !== null) continue
      const leader = leaderOf(cluster, topicName, reader.partition)
      const own = byLeader.get(leader)
      if (own === undefined) byLeader.set(leader, [reader])
      else own.push(reader)
    }
    for (const [leader, own] of byLeader) {
      if (this.#busy.has(leader)) continue
      this.#busy.add(leader)
      void this.#fetch(leader, own).finally(() => {
        this.#busy.delete(leader)
        this.#change.tell()
      })
    }
  }

  async #fetch(nodeId: string, own: readonly Reader[]): Promise<void> {
    const { cluster, topicName } = this.#parts
    try {
      const broker = await cluster.findBroker({ nodeId })
      const wants = own.map(({ partition, fetchNext }) => ({
        partition,
        fetchOffset: fetchNext,
        maxBytes: FETCH_BYTES,
      }))
      let failure: Error | null = null
      for (const found of await fetchFrom(broker, topicName, wants, MAX_WAIT_MS)) {
        const reader = own.find(({ partition }) => partition === found.partition)!
        if (typeOf(found.error) === 'OFFSET_OUT_OF_RANGE') void this.#moveToStart(reader)
        else if (found.error !== null) failure = found.error
        else fill(reader, found)
      }
      if (failure !== null) throw failure
      this.#failures = 0
    } catch (error) {
      await this.#recover(error, own).catch(() => undefined)
    }
  }

  /** An outage is waited out, and told; what cannot pass reaches the readers. */
  async #recover(error: unknown, own: readonly Reader[]): Promise<void> {
    const { brokers, cluster, onTrouble } = this.#parts
    const trouble = troubleOf(error, brokers)
    if (!(trouble instanceof OutageError)) {
      for (const reader of own) reader.failure = trouble
      return
    }
    const retryInMs = pauseMs(this.#failures++)
    if (!this.#stop.signal.aborted) onTrouble(trouble, retryInMs)
    await pause(retryInMs, this.#stop.signal)
    await cluster.refreshMetadata()
  }

  /** Retention has moved the start. A reader that is beyond the end waits for the log to reach it. */
  async #moveToStart(reader: Reader): Promise<void> {
    reader.isResting = true
    try {
      const { start } = await this.#parts.bounds(reader.partition)
      reader.fetchNext = Math.max(reader.fetchNext, start)
      reader.readNext = Math.max(reader.readNext, start)
    } catch {
      // an outage: the next fetch meets it, too, and tells
    }
    await pause(MAX_WAIT_MS, this.#stop.signal)
    reader.isResting = false
    this.#change.tell()
  }
}

/** Something may be different now: whoever waits looks again. */
class Change {
  readonly #waiters = new Set<() => void>()

  tell(): void {
    for (const wake of [...this.#waiters]) wake()
  }

  next(signal: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      const end = (): void => {
        this.#waiters.delete(end)
        signal.removeEventListener('abort', end)
        resolve()
      }
      this.#waiters.add(end)
      signal.addEventListener('abort', end)
      if (signal.aborted) end()
    })
  }
}

function newReader(partition: number, from: number): Reader {
  return {
    partition,
    fetchNext: from,
    readNext: from,
    messages: [],
    at: 0,
    endOffset: 0,
    isResting: false,
    failure: null,
  }
}

/** Marks of another tool's transactions are no records: what comes next stands behind them. */
function fill(reader: Reader, { endOffset, nextOffset, records }: FetchedPartition): void {
  reader.endOffset = endOffset
  if (nextOffset === null || nextOffset <= reader.fetchNext) return
  reader.messages = records
  reader.at = 0
  reader.fetchNext = nextOffset
}

function isUsedUp({ messages, at }: Reader): boolean {
  return at >= messages.length
}

function runOf<T extends TopicName>(topic: T, reader: Reader): FetchedRun<T> | null {
  if (isUsedUp(reader)) return null
  const { messages, at: start, readNext: from, partition } = reader
  const run = nextRun({ topic, partition }, messages, { start, from, maxRecords: RUN_RECORDS })
  reader.at = start + run.used
  if (run.records.length > 0) reader.readNext = run.firstOffset + run.records.length
  return { ...run, endOffset: Math.max(reader.endOffset, reader.fetchNext) }
}

/** A leader that is not known is asked for under a name of its own: the request fails and finds out. */
function leaderOf(cluster: WireCluster, topicName: string, partition: number): string {
  try {
    return Object.keys(cluster.findLeaderForPartitions(topicName, [partition]))[0] ?? 'unknown'
  } catch {
    return 'unknown'
  }
}
