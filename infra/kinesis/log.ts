// The event log on AWS Kinesis, with its index in PostgreSQL, behind the port.
import { salesColumns } from '../../schemas/sales-columns.ts'
import { type PartitionCounts, partitionCounts, TOPIC_NAMES, type TopicName } from '../../schemas/topics.ts'
import {
  type Batch,
  type ConsumeOptions,
  type Consumer,
  type Entry,
  type EventLog,
  OutageError,
} from '../ports.ts'
import { checkPlace, checkRange, partitionCount } from '../runtime/log-arguments.ts'
import type { SqlDatabase } from '../runtime/sql.ts'
import { createTopicAppender, type TopicAppender } from './append.ts'
import { createClient } from './client.ts'
import { startConsumer } from './consumer.ts'
import { createEnds } from './ends.ts'
import { createGroup, positionsOf } from './group.ts'
import { dropExpired, runAtTime } from './index-table.ts'
import { type CursorShelf, createShelf, type Places } from './shelf.ts'
import { prepareStreams, streamName } from './streams.ts'
import type { Where } from './trouble.ts'

export interface KinesisLogOptions extends Where {
  /** In front of the names of streams: `bct.` gives `bct.sales`. */
  readonly prefix: string
  /** Of topics with `many` partitions, or by topic (1 where nothing is said). Fixed when they are made. */
  readonly partitions: number | Partial<Record<TopicName, number>>
  /** Streams that are missing are not made, but refused. */
  readonly mustExist?: boolean
  /** For tools: what exists may have any number of partitions; `partitions` counts for what is made. */
  readonly asItIs?: boolean
  /** Told while Kinesis or the index does not answer and is tried again. */
  readonly onOutage?: (outage: { readonly code: string; readonly retryInMs: number }) => void
  /** After this long without a heartbeat a member is held for dead. */
  readonly sessionMs?: number
  /** How soon members notice that others come and go. */
  readonly heartbeatEveryMs?: number
  /** How often a reader that has seen everything asks for more, where there is more. */
  readonly readEveryMs?: number
}

const SESSION_MS = 8_000
const HEARTBEAT_EVERY_MS = 500
/** Four groups and a dashboard share the five reads a second of a shard. */
const READ_EVERY_MS = 1_000

/** What an open log is made of. */
interface Parts extends Places {
  readonly options: KinesisLogOptions
  readonly database: SqlDatabase
  readonly counts: PartitionCounts
  readonly appenders: Readonly<Record<TopicName, TopicAppender>>
  readonly shelf: CursorShelf
  readonly ends: ReturnType<typeof createEnds>
  readonly consumers: Set<Consumer>
  closing: Promise<void> | null
}

/**
 * Makes the streams that are missing. Rejects with `SetupError` where Kinesis cannot be reached, refuses us,
 * or holds streams that are not as they must be. `database` holds the tables of `KINESIS_MIGRATIONS`; it is
 * closed with the log, or when this rejects.
 *
 * Durability: `append` resolves when Kinesis has the records and the index has committed where they are.
 * Entries of one call are not one unit: after a crash the first of them may be there without the last.
 */
export async function openKinesisLog(options: KinesisLogOptions, database: SqlDatabase): Promise<EventLog> {
  const { region, endpoint, prefix, mustExist = false, asItIs = false } = options
  const where = { region, endpoint }
  const client = createClient(where)
  try {
    const wanted = partitionCounts(options.partitions)
    const plan = { client, sql: database, where, prefix, mustExist }
    const { ids, counts } = await prepareStreams({ ...plan, counts: wanted, asItIs })
    const streamIds = Object.values(ids)
    await dropExpired(database, streamIds, Date.now())
    const places: Places = {
      client,
      sql: database,
      where,
      readEveryMs: options.readEveryMs ?? READ_EVERY_MS,
      streamOf: topic => ({ streamName: streamName(prefix, topic), streamId: ids[topic] }),
    }
    const onTrouble = troubleTeller(options)
    const appenders = Object.fromEntries(
      TOPIC_NAMES.map(topic => {
        const target = { ...places.streamOf(topic), client, where, partitions: counts[topic] }
        return [topic, createTopicAppender({ ...target, database, onTrouble })]
      }),
    ) as Record<TopicName, TopicAppender>
    const parts: Parts = {
      ...places,
      options,
      database,
      counts,
      appenders,
      shelf: createShelf(places),
      ends: createEnds(database, streamIds),
      consumers: new Set(),
      closing: null,
    }
    return { ...recordsOf(parts), ...groupsOf(parts), close: () => closeOnce(parts) }
  } catch (error) {
    client.destroy()
    await database.close()
    throw error
  }
}

function troubleTeller({ onOutage }: KinesisLogOptions): (error: unknown, retryInMs: number) => void {
  return (error, retryInMs) =>
    onOutage?.({ code: error instanceof OutageError ? error.code : String(error), retryInMs })
}

/** Consumers leave first; then everything that waits is put. */
function closeOnce(parts: Parts): Promise<void> {
  const close = async (): Promise<void> => {
    await Promise.all([...parts.consumers].map(consumer => consumer.close()))
    await Promise.all(Object.values(parts.appenders).map(appender => appender.close()))
    parts.client.destroy()
    await parts.database.close()
  }
  parts.closing ??= close()
  return parts.closing
}

function mustBeOpen({ closing }: Parts): void {
  if (closing !== null) throw new Error('the event log is closed')
}

type Records = Omit<EventLog, 'consume' | 'committed' | 'close'>

function recordsOf(parts: Parts): Records {
  const { database, counts, ends, shelf, streamOf } = parts
  const read = async <T extends TopicName>(
    topic: T,
    partition: number,
    from: number,
    maxRecords: number,
  ): Promise<Batch<T>> => {
    mustBeOpen(parts)
    checkPlace(counts, topic, partition)
    checkRange(from, maxRecords)
    return shelf.read(topic, partition, from, maxRecords)
  }
  return {
    partitions: topic => partitionCount(counts, topic),
    append: async entries => {
      mustBeOpen(parts)
      for (const { topic, partition } of entries) checkPlace(counts, topic, partition)
      await appendAll(parts, entries)
    },
    read,
    readColumns: async (partition, from, maxRecords) => {
      const { firstOffset, records } = await read('sales', partition, from, maxRecords)
      return { firstOffset, columns: salesColumns(records) }
    },
    bounds: async topic => {
      mustBeOpen(parts)
      partitionCount(counts, topic)
      return ends.fresh(streamOf(topic).streamId)
    },
    offsetAtTime: async (topic, partition, timeMs) => {
      mustBeOpen(parts)
      checkPlace(counts, topic, partition)
      const { streamId } = streamOf(topic)
      const run = await runAtTime(database, streamId, partition, timeMs)
      if (run === null) return (await ends.fresh(streamId))[partition]!.end
      return shelf.firstAtTime(topic, partition, run, timeMs)
    },
    waitForAppend: async (topic, since, signal) => {
      mustBeOpen(parts)
      const isGrown = (bounds: readonly { readonly end: number }[]): boolean =>
        parts.closing !== null || bounds.some(({ end }, partition) => end > (since[partition] ?? 0))
      await ends.until(streamOf(topic).streamId, isGrown, signal).catch((error: unknown) => {
        if (parts.closing === null) throw error
      })
    },
    // Kinesis drops by itself; the index must not point to what is gone.
    enforceRetention: async nowMs => {
      mustBeOpen(parts)
      await dropExpired(
        database,
        TOPIC_NAMES.map(topic => streamOf(topic).streamId),
        nowMs,
      )
    },
  }
}

async function appendAll({ appenders }: Parts, entries: readonly Entry[]): Promise<void> {
  const byTopic = new Map<TopicName, Entry[]>()
  for (const entry of entries) {
    const own = byTopic.get(entry.topic)
    if (own === undefined) byTopic.set(entry.topic, [entry])
    else own.push(entry)
  }
  // All have ended, one way or the other, before a failure is told: a repeat follows nothing that still runs.
  const ended = await Promise.allSettled([...byTopic].map(([topic, own]) => appenders[topic].append(own)))
  for (const result of ended) if (result.status === 'rejected') throw result.reason
}

function groupsOf(parts: Parts): Pick<EventLog, 'consume' | 'committed'> {
  const { options, database, counts, consumers, ends, shelf, streamOf } = parts
  return {
    consume: async <T extends TopicName>(wanted: ConsumeOptions<T>) => {
      mustBeOpen(parts)
      const { group: name, topic } = wanted
      const partitions = partitionCount(counts, topic)
      const { streamId } = streamOf(topic)
      const { sessionMs = SESSION_MS, heartbeatEveryMs = HEARTBEAT_EVERY_MS } = options
      const consumer = await startConsumer({
        options: wanted,
        group: createGroup({ database, streamId, name, partitions, sessionMs }),
        sessionMs,
        heartbeatEveryMs,
        committed: async partition =>
          (await positionsOf(database, streamId, name, partitions))[partition] ?? null,
        open: (partition, from) => shelf.open(topic, partition, from),
        untilBeyond: (partition, offset, signal) =>
          ends.until(streamId, bounds => bounds[partition]!.end > offset, signal),
        onTrouble: troubleTeller(options),
      })
      consumers.add(consumer)
      const forget = (): boolean => consumers.delete(consumer)
      consumer.done.then(forget, forget)
      return consumer
    },
    committed: async (group, topic) => {
      mustBeOpen(parts)
      return positionsOf(database, streamOf(topic).streamId, group, partitionCount(counts, topic))
    },
  }
}
