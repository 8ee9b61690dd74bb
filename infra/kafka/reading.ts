// Reading without a group: records at any offset, bounds, places in time, committed positions.
import type { TopicName, TopicRecords } from '../../schemas/topics.ts'
import { type Batch, type PartitionBounds, type Position, SetupError } from '../ports.ts'
import { pause } from '../runtime/pause.ts'
import { nextRun } from './chunk.ts'
import { decodePosition } from './position.ts'
import type { InRecord } from './record-batch.ts'
import { fetchFrom } from './requests.ts'
import { attempt, typeOf } from './trouble.ts'
import type { WireCluster } from './wire.ts'

export interface Reading {
  read<T extends TopicName>(topic: T, partition: number, from: number, maxRecords: number): Promise<Batch<T>>
  bounds(topic: TopicName): Promise<readonly PartitionBounds[]>
  offsetAtTime(topic: TopicName, partition: number, timeMs: number): Promise<number>
  committed(groupId: string, topic: TopicName): Promise<readonly (Position | null)[]>
  waitForAppend(topic: TopicName, since: readonly number[], signal: AbortSignal): Promise<void>
}

export interface ReadingParts {
  readonly cluster: WireCluster
  readonly brokers: readonly string[]
  readonly nameOf: (topic: TopicName) => string
  readonly partitionsOf: (topic: TopicName) => number
}

/** Compressed; a fetch gives a batch at least, however little is asked for. */
const BYTES_PER_RECORD = 200
const LEAST_FETCH_BYTES = 16 * 1024
const MOST_FETCH_BYTES = 2 * 1024 * 1024
/** Twenty small requests a second while somebody waits: quick for a ticker, and nothing to a broker. */
const LOOK_EVERY_MS = 50
/** Kafka gives special meanings to negative times. */
const EARLIEST_TIME_MS = 0

const range = (count: number): { readonly partition: number }[] =>
  Array.from({ length: count }, (_, partition) => ({ partition }))

export function createReading(parts: ReadingParts): Reading {
  const bounds = (topic: TopicName) => boundsOf(parts, topic)
  return {
    read: (topic, partition, from, maxRecords) => readBatch(parts, { topic, partition }, from, maxRecords),
    bounds,
    offsetAtTime: async (topic, partition, timeMs) => {
      const fromTimestamp = Math.max(EARLIEST_TIME_MS, Math.ceil(timeMs))
      const found = (await offsetsOf(parts, topic, { fromTimestamp }))[partition]!
      return found >= 0 ? found : (await bounds(topic))[partition]!.end
    },
    committed: (groupId, topic) => committedOf(parts, groupId, topic),
    waitForAppend: async (topic, since, signal) => {
      while (!signal.aborted) {
        const ends = await offsetsOf(parts, topic, { fromBeginning: false })
        if (ends.some((end, partition) => end > (since[partition] ?? 0))) return
        await pause(LOOK_EVERY_MS, signal)
      }
    },
  }
}

function tried<R>({ brokers, cluster }: ReadingParts, work: () => Promise<R>): Promise<R> {
  return attempt(brokers, work, () => cluster.refreshMetadata())
}

/** Of each partition: −1 where there is none. */
async function offsetsOf(
  parts: ReadingParts,
  topic: TopicName,
  where: { readonly fromBeginning?: boolean; readonly fromTimestamp?: number },
): Promise<readonly number[]> {
  const { cluster, nameOf, partitionsOf } = parts
  const partitions = range(partitionsOf(topic))
  const [found] = await tried(parts, () =>
    cluster.fetchTopicsOffset([{ topic: nameOf(topic), partitions, ...where }]),
  )
  const byPartition = new Map(found?.partitions.map(({ partition, offset }) => [partition, offset]))
  return partitions.map(({ partition }) => Number(byPartition.get(partition) ?? -1))
}

async function boundsOf(parts: ReadingParts, topic: TopicName): Promise<readonly PartitionBounds[]> {
  const starts = await offsetsOf(parts, topic, { fromBeginning: true })
  const ends = await offsetsOf(parts, topic, { fromBeginning: false })
  return starts.map((start, partition) => ({ start, end: ends[partition]! }))
}

async function committedOf(
  parts: ReadingParts,
  groupId: string,
  topic: TopicName,
): Promise<readonly (Position | null)[]> {
  const { cluster, nameOf, partitionsOf } = parts
  const name = nameOf(topic)
  const partitions = range(partitionsOf(topic))
  const { responses } = await tried(parts, async () => {
    const coordinator = await cluster.findGroupCoordinator({ groupId })
    return coordinator.offsetFetch({ groupId, topics: [{ topic: name, partitions }] })
  })
  const found = responses.find(response => response.topic === name)?.partitions ?? []
  return partitions.map(({ partition }) => {
    const one = found.find(other => other.partition === partition)
    return one === undefined ? null : decodePosition(Number(one.offset), one.metadata)
  })
}

interface Place<T extends TopicName> {
  readonly topic: T
  readonly partition: number
}

interface Fetched {
  readonly messages: readonly InRecord[]
  /** Behind the last of them, and behind marks of another tool's transactions; null: nothing came. */
  readonly nextOffset: number | null
  readonly endOffset: number
}

/** Messages from the batch that holds `fetchOffset` on; null where that offset is not there. */
function fetchAt<T extends TopicName>(
  parts: ReadingParts,
  { topic, partition }: Place<T>,
  fetchOffset: number,
  maxBytes: number,
): Promise<Fetched | null> {
  const { cluster, nameOf } = parts
  const name = nameOf(topic)
  return tried(parts, async () => {
    const [leader] = Object.keys(cluster.findLeaderForPartitions(name, [partition]))
    const broker = await cluster.findBroker({ nodeId: leader! })
    const [found] = await fetchFrom(broker, name, [{ partition, fetchOffset, maxBytes }], 0)
    if (found === undefined) throw new Error(`Kafka said nothing of ${name}/${partition}`)
    const { records: messages, nextOffset, endOffset, error } = found
    if (typeOf(error) === 'OFFSET_OUT_OF_RANGE') return null
    if (error !== null) throw error
    return { messages, nextOffset, endOffset }
  })
}

async function readBatch<T extends TopicName>(
  parts: ReadingParts,
  place: Place<T>,
  from: number,
  maxRecords: number,
): Promise<Batch<T>> {
  const maxBytes = Math.min(MOST_FETCH_BYTES, Math.max(LEAST_FETCH_BYTES, maxRecords * BYTES_PER_RECORD))
  const records: TopicRecords[T][] = []
  let firstOffset = from
  for (let next = from; ; ) {
    const fetched = await fetchAt(parts, place, next, maxBytes)
    if (fetched === null) {
      const { start, end } = (await boundsOf(parts, place.topic))[place.partition]!
      if (next >= start) return { ...place, firstOffset: from, records: [], endOffset: end }
      next = start
      continue
    }
    const { messages, nextOffset, endOffset } = fetched
    let isWhole = nextOffset !== null
    let start = 0
    while (start < messages.length && records.length < maxRecords) {
      const most = maxRecords - records.length
      const run = nextRun(place, messages, { start, from: next, maxRecords: most })
      start += run.used
      if (run.records.length > 0 && records.length === 0) firstOffset = run.firstOffset
      // A hole: what is behind it is the next batch's.
      isWhole = run.records.length === 0 || run.firstOffset === firstOffset + records.length
      if (!isWhole) break
      for (const record of run.records) records.push(record)
    }
    if (start === messages.length) next = Math.max(next, nextOffset ?? 0)
    if (!isWhole || records.length >= maxRecords || next >= endOffset) {
      return { ...place, firstOffset, records, endOffset }
    }
  }
}

/** A group that has read further than the topic reaches: it was deleted, or is another one. */
export function wrongLog(name: string, groupId: string, offset: number, end: number): SetupError {
  return new SetupError(
    `group ${groupId} has read ${offset} records of ${name}, but it holds ${end}: the topic was deleted or replaced`,
    'start with another --kafka-topic-prefix (or bring the topic back)',
  )
}
