// An event log in memory: the same promises as the real ones, no timers, no clock; with crashes and faults on
// demand.

import type {
  Batch,
  ConsumeOptions,
  Consumer,
  Entry,
  EventLog,
  PartitionBounds,
  Position,
} from '../../infra/ports.ts'
import { recordTimeMs } from '../../schemas/record-time.ts'
import { salesColumns } from '../../schemas/sales-columns.ts'
import {
  partitionCounts,
  TOPIC_NAMES,
  TOPICS,
  type TopicName,
  type TopicRecords,
} from '../../schemas/topics.ts'
import { type FakeGroup, joinGroup, type Member } from './event-log-group.ts'

export interface FakeEventLogOptions {
  /** For every topic with `many` partitions, or by topic; 1 where nothing is said. */
  readonly partitions?: number | Partial<Record<TopicName, number>>
  /** Records handed to one `handle` call at most, or asked before each; small values make more batches. */
  readonly maxBatchRecords?: number | (() => number)
}

export interface FakeEventLog extends EventLog {
  /** Everything a topic holds, by partition: what tests look at. */
  records<T extends TopicName>(topic: T): readonly (readonly TopicRecords[T][])[]
  /** The next append rejects with `error` after `kept` of its entries were written. */
  failNextAppend(error: Error, kept?: number): void
  /** Another process on the same storage. */
  open(): FakeEventLog
  /**
   * The process dies now: no call on this log ever settles again, no task hears of it, running `handle` calls
   * commit nothing, its partitions go to other members at once. Go on with a log that `open` gave.
   */
  crash(): void
  /**
   * Others hold this process for dead while it lives: its partitions are theirs at once, what it handles is
   * not committed; it joins its groups again when its running `handle` calls have ended.
   */
  expel(): void
}

/** A partition: `records[0]` has offset `start`. */
interface FakePartition {
  start: number
  records: TopicRecords[TopicName][]
}

interface Storage {
  readonly topics: ReadonlyMap<TopicName, readonly FakePartition[]>
  readonly groups: Map<string, FakeGroup>
  readonly waiters: Set<() => void>
  readonly maxBatchRecords: () => number
}

const DEFAULT_BATCH_RECORDS = 5_000

export function createFakeEventLog(options: FakeEventLogOptions = {}): FakeEventLog {
  const { partitions = 1, maxBatchRecords = DEFAULT_BATCH_RECORDS } = options
  const most = typeof maxBatchRecords === 'number' ? () => maxBatchRecords : maxBatchRecords
  const counts = partitionCounts(partitions)
  const topics = new Map(
    TOPIC_NAMES.map(topic => [
      topic,
      Array.from({ length: counts[topic] }, (): FakePartition => ({ start: 0, records: [] })),
    ]),
  )
  return openFake({ topics, groups: new Map(), waiters: new Set(), maxBatchRecords: most })
}

function partitionsOf(storage: Storage, topic: TopicName): readonly FakePartition[] {
  const found = storage.topics.get(topic)
  if (found === undefined) throw new RangeError(`no topic "${topic}"`)
  return found
}

function partitionOf(storage: Storage, topic: TopicName, partition: number): FakePartition {
  const found = partitionsOf(storage, topic)[partition]
  if (found === undefined) throw new RangeError(`topic "${topic}" has no partition ${partition}`)
  return found
}

function appendTo(storage: Storage, entries: readonly Entry[]): void {
  for (const entry of entries) partitionOf(storage, entry.topic, entry.partition)
  for (const entry of entries) partitionOf(storage, entry.topic, entry.partition).records.push(entry.record)
  for (const wake of [...storage.waiters]) wake()
}

function readFrom<T extends TopicName>(
  storage: Storage,
  topic: T,
  partition: number,
  from: number,
  maxRecords: number,
): Batch<T> {
  const { start, records } = partitionOf(storage, topic, partition)
  const firstOffset = Math.max(from, start)
  const slice = records.slice(firstOffset - start, firstOffset - start + maxRecords)
  return {
    topic,
    partition,
    firstOffset,
    records: slice as TopicRecords[T][],
    endOffset: start + records.length,
  }
}

function seek(storage: Storage, topic: TopicName, partition: number, timeMs: number): number {
  const { start, records } = partitionOf(storage, topic, partition)
  const index = records.findIndex(record => recordTimeMs(record) >= timeMs)
  return start + (index < 0 ? records.length : index)
}

function forget(storage: Storage, nowMs: number): void {
  for (const [topic, partitions] of storage.topics) {
    const { retentionMs } = TOPICS[topic]
    if (retentionMs === null) continue
    for (const partition of partitions) {
      const young = partition.records.findIndex(record => recordTimeMs(record) >= nowMs - retentionMs)
      const dropped = young < 0 ? partition.records.length : young
      partition.records.splice(0, dropped)
      partition.start += dropped
    }
  }
}

/** Resolves when a partition has grown past `since`, or when the signal aborts. */
function waitFor(storage: Storage, topic: TopicName, since: readonly number[], signal: AbortSignal) {
  const grown = (): boolean =>
    partitionsOf(storage, topic).some((p, i) => p.start + p.records.length > (since[i] ?? 0))
  return new Promise<void>(resolve => {
    const check = (): void => {
      if (!grown() && !signal.aborted) return
      storage.waiters.delete(check)
      signal.removeEventListener('abort', check)
      resolve()
    }
    storage.waiters.add(check)
    signal.addEventListener('abort', check)
    check()
  })
}

function groupOf(storage: Storage, name: string, topic: TopicName): FakeGroup {
  const key = `${name} ${topic}`
  const found = storage.groups.get(key)
  if (found !== undefined) return found
  const count = partitionsOf(storage, topic).length
  const group: FakeGroup = {
    members: [],
    owners: Array.from({ length: count }, () => null),
    committed: Array.from({ length: count }, () => null),
  }
  storage.groups.set(key, group)
  return group
}

function openFake(storage: Storage): FakeEventLog {
  const members = new Set<Member>()
  let state: 'open' | 'closed' | 'crashed' = 'open'
  let fault: { readonly error: Error; readonly kept: number } | null = null

  /** Runs an operation on an open log; on a crashed one nothing ever comes back. */
  const live = async <R>(operation: () => R | Promise<R>): Promise<R> => {
    if (state === 'crashed') return new Promise<never>(() => {})
    if (state === 'closed') throw new Error('the event log is closed')
    return operation()
  }

  return {
    partitions: topic => partitionsOf(storage, topic).length,
    append: entries =>
      live(() => {
        const failure = fault
        fault = null
        appendTo(storage, failure === null ? entries : entries.slice(0, failure.kept))
        if (failure !== null) throw failure.error
      }),
    readColumns: (partition, from, maxRecords) =>
      live(() => {
        const { firstOffset, records } = readFrom(storage, 'sales', partition, from, maxRecords)
        return { firstOffset, columns: salesColumns(records) }
      }),
    read: (topic, partition, from, maxRecords) =>
      live(() => readFrom(storage, topic, partition, from, maxRecords)),
    bounds: topic =>
      live(() =>
        partitionsOf(storage, topic).map(
          (p): PartitionBounds => ({ start: p.start, end: p.start + p.records.length }),
        ),
      ),
    offsetAtTime: (topic, partition, timeMs) => live(() => seek(storage, topic, partition, timeMs)),
    consume: <T extends TopicName>(options: ConsumeOptions<T>) =>
      live((): Consumer => {
        const member = joinGroup(groupOf(storage, options.group, options.topic), options, {
          read: (partition, from) =>
            readFrom(storage, options.topic, partition, from, storage.maxBatchRecords()),
          wait: (partition, end, signal) => {
            const since = partitionsOf(storage, options.topic).map(() => Number.POSITIVE_INFINITY)
            since[partition] = end
            return waitFor(storage, options.topic, since, signal)
          },
        })
        members.add(member)
        return member
      }),
    committed: (group, topic) =>
      live((): readonly (Position | null)[] => [...groupOf(storage, group, topic).committed]),
    waitForAppend: (topic, since, signal) => live(() => waitFor(storage, topic, since, signal)),
    enforceRetention: nowMs => live(() => forget(storage, nowMs)),
    close: async () => {
      if (state === 'crashed') return new Promise<never>(() => {})
      await Promise.all([...members].map(member => member.close()))
      if (state === 'open') state = 'closed'
    },
    records: <T extends TopicName>(topic: T) =>
      partitionsOf(storage, topic).map(p => [...p.records] as TopicRecords[T][]),
    failNextAppend: (error, kept = 0) => {
      fault = { error, kept }
    },
    open: () => openFake(storage),
    crash: () => {
      state = 'crashed'
      for (const member of members) member.vanish()
    },
    expel: () => {
      for (const member of members) member.expel()
    },
  }
}
