// The event log on Apache Kafka, behind the port.
import { salesColumns } from '../../schemas/sales-columns.ts'
import { TOPIC_NAMES, type TopicName } from '../../schemas/topics.ts'
import {
  type Batch,
  type ConsumeOptions,
  type Consumer,
  type Entry,
  type EventLog,
  OutageError,
} from '../ports.ts'
import { type Appender, createAppender } from './append.ts'
import { createCommit } from './commits.ts'
import { type KafkaConnection, unreachable, wireSettings } from './connection.ts'
import { startConsumer } from './consumer.ts'
import { Fetcher } from './fetcher.ts'
import { createProducer } from './producer.ts'
import { createReading, type Reading, wrongLog } from './reading.ts'
import { kafkaTopic, type PartitionCounts, partitionCounts, prepareTopics } from './topics.ts'
import { attempt, troubleOf } from './trouble.ts'
import { createCluster, createKafka, type WireCluster, type WireSettings } from './wire.ts'

export interface KafkaLogOptions {
  readonly connection: KafkaConnection
  /** In front of the names of topics and groups: `bct.` gives `bct.sales`. */
  readonly prefix: string
  /** Of topics with `many` partitions, or by topic (1 where nothing is said). Fixed when they are made. */
  readonly partitions: number | Partial<Record<TopicName, number>>
  /** Copies of each topic; used when it is made. */
  readonly replicationFactor: number
  /** Topics that are missing are not made, but refused. */
  readonly mustExist?: boolean
  /** Told while a broker does not answer and is tried again. */
  readonly onOutage?: (outage: { readonly code: string; readonly retryInMs: number }) => void
  /** After this long without a heartbeat a member is held for dead. Kafka refuses less than six seconds. */
  readonly sessionMs?: number
  /** How soon members notice that others come and go. */
  readonly heartbeatEveryMs?: number
}

/** What an open log is made of. */
interface Parts {
  readonly options: KafkaLogOptions
  readonly settings: WireSettings
  readonly cluster: WireCluster
  readonly appending: WireCluster
  readonly counts: PartitionCounts
  readonly appender: Appender
  readonly reading: Reading
  readonly consumers: Set<Consumer>
  closing: Promise<void> | null
}

const SESSION_MS = 8_000
const HEARTBEAT_EVERY_MS = 500
/** Names of groups stand in Kafka's tools and access rules. */
const GROUP_NAME = /^[\w.:-]{1,200}$/

/**
 * Connects, and makes the topics that are missing. Rejects with `SetupError` within ten seconds where the
 * brokers cannot be reached, refuse us, or hold topics that are not as they must be; nothing is left behind.
 *
 * Durability: `append` resolves when all in-sync replicas have the records (acks=all, idempotent producer).
 * Entries of one call are not one unit: after a crash the first of them may be there without the last.
 */
export async function openKafkaLog(options: KafkaLogOptions): Promise<EventLog> {
  const settings = wireSettings(options.connection)
  const counts = partitionCounts(options.partitions)
  await prepare(options, settings, counts)
  const { brokers } = settings
  // Appends have connections of their own: nobody waits behind a large one.
  const [cluster, appending] = [createCluster(settings), createCluster(settings)]
  const nameOf = (topic: TopicName): string => kafkaTopic(options.prefix, topic)
  const partitionsOf = (topic: TopicName): number => partitionCount(counts, topic)
  try {
    await Promise.all([cluster, appending].map(one => connect(one, TOPIC_NAMES.map(nameOf))))
  } catch (error) {
    await Promise.allSettled([cluster.disconnect(), appending.disconnect()])
    throw troubleOf(error, brokers)
  }
  const parts: Parts = {
    options,
    settings,
    cluster,
    appending,
    counts,
    appender: createAppender(createProducer(appending, brokers), nameOf),
    reading: createReading({ cluster, brokers, nameOf, partitionsOf }),
    consumers: new Set(),
    closing: null,
  }
  return { ...recordsOf(parts), ...groupsOf(parts), close: () => closeOnce(parts) }
}

/** On a connection of its own, which ends with it. */
async function prepare(
  { prefix, replicationFactor, mustExist = false }: KafkaLogOptions,
  settings: WireSettings,
  counts: PartitionCounts,
): Promise<void> {
  const { brokers } = settings
  const admin = createKafka(settings).admin()
  try {
    await admin.connect()
    await prepareTopics(admin, { prefix, counts, replicationFactor, mustExist, brokers })
  } catch (error) {
    const trouble = troubleOf(error, brokers)
    throw trouble instanceof OutageError ? unreachable(trouble, brokers) : trouble
  } finally {
    await admin.disconnect().catch(() => undefined)
  }
}

async function connect(cluster: WireCluster, names: readonly string[]): Promise<void> {
  await cluster.connect()
  await cluster.addMultipleTargetTopics(names)
}

/** Consumers leave first; then everything that waits is sent. */
function closeOnce(parts: Parts): Promise<void> {
  const close = async (): Promise<void> => {
    await Promise.all([...parts.consumers].map(consumer => consumer.close()))
    await parts.appender.close()
    await Promise.all([parts.cluster.disconnect(), parts.appending.disconnect()])
  }
  parts.closing ??= close()
  return parts.closing
}

function partitionCount(counts: PartitionCounts, topic: TopicName): number {
  const found = counts[topic]
  if (found === undefined) throw new RangeError(`no topic "${topic}"`)
  return found
}

function checkPlace({ counts }: Parts, topic: TopicName, partition: number): void {
  if (!Number.isInteger(partition) || partition < 0 || partition >= partitionCount(counts, topic)) {
    throw new RangeError(`topic "${topic}" has no partition ${partition}`)
  }
}

function checkRange(from: number, maxRecords: number): void {
  if (!Number.isInteger(from) || from < 0) throw new RangeError(`an offset is an integer ≥ 0, not ${from}`)
  if (!Number.isInteger(maxRecords) || maxRecords < 1) {
    throw new RangeError(`maxRecords is an integer ≥ 1, not ${maxRecords}`)
  }
}

function mustBeOpen(parts: Parts): void {
  if (parts.closing !== null) throw new Error('the event log is closed')
}

type Records = Omit<EventLog, 'consume' | 'committed' | 'close'>

function recordsOf(parts: Parts): Records {
  const { reading, appender, counts } = parts
  const read = async <T extends TopicName>(
    topic: T,
    partition: number,
    from: number,
    maxRecords: number,
  ): Promise<Batch<T>> => {
    mustBeOpen(parts)
    checkPlace(parts, topic, partition)
    checkRange(from, maxRecords)
    return reading.read(topic, partition, from, maxRecords)
  }
  return {
    partitions: topic => partitionCount(counts, topic),
    append: async (entries: readonly Entry[]) => {
      mustBeOpen(parts)
      for (const { topic, partition } of entries) checkPlace(parts, topic, partition)
      if (entries.length > 0) await appender.append(entries)
    },
    read,
    readColumns: async (partition, from, maxRecords) => {
      const { firstOffset, records } = await read('sales', partition, from, maxRecords)
      return { firstOffset, columns: salesColumns(records) }
    },
    bounds: async topic => {
      mustBeOpen(parts)
      return reading.bounds(topic)
    },
    offsetAtTime: async (topic, partition, timeMs) => {
      mustBeOpen(parts)
      checkPlace(parts, topic, partition)
      return reading.offsetAtTime(topic, partition, timeMs)
    },
    waitForAppend: async (topic, since, signal) => {
      mustBeOpen(parts)
      await reading.waitForAppend(topic, since, signal)
    },
    // Kafka drops by itself what is beyond the size of its topic.
    enforceRetention: async () => mustBeOpen(parts),
  }
}

function groupsOf(parts: Parts): Pick<EventLog, 'consume' | 'committed'> {
  const { reading, consumers, options } = parts
  return {
    consume: async <T extends TopicName>(wanted: ConsumeOptions<T>) => {
      mustBeOpen(parts)
      const consumer = await join(parts, wanted)
      consumers.add(consumer)
      const forget = (): boolean => consumers.delete(consumer)
      consumer.done.then(forget, forget)
      return consumer
    },
    committed: async (group, topic) => {
      mustBeOpen(parts)
      return reading.committed(groupId(options.prefix, group, topic), topic)
    },
  }
}

/** One Kafka group for each topic that a group reads: who reads one topic less must not be given its share. */
function groupId(prefix: string, group: string, topic: TopicName): string {
  if (!GROUP_NAME.test(group)) {
    throw new RangeError(`"${group}" is no group name: letters, digits, . _ : - only`)
  }
  return `${prefix}${group}.${topic}`
}

async function join<T extends TopicName>(parts: Parts, wanted: ConsumeOptions<T>): Promise<Consumer> {
  const { options, settings, reading, counts, appender } = parts
  const { brokers } = settings
  const { topic } = wanted
  const id = groupId(options.prefix, wanted.group, topic)
  const topicName = kafkaTopic(options.prefix, topic)
  const cluster = createCluster(settings)
  try {
    await attempt(
      brokers,
      () => connect(cluster, [topicName]),
      async () => {},
    )
  } catch (error) {
    await cluster.disconnect().catch(() => undefined)
    throw error
  }
  const onTrouble = (error: unknown, retryInMs: number): void => {
    options.onOutage?.({ code: error instanceof OutageError ? error.code : String(error), retryInMs })
  }
  return startConsumer({
    options: wanted,
    membership: {
      cluster,
      brokers,
      groupId: id,
      topicName,
      partitions: partitionCount(counts, topic),
      times: {
        sessionMs: options.sessionMs ?? SESSION_MS,
        heartbeatEveryMs: options.heartbeatEveryMs ?? HEARTBEAT_EVERY_MS,
      },
      onTrouble,
    },
    fetcher: new Fetcher({
      cluster,
      brokers,
      topic,
      topicName,
      bounds: async partition => (await reading.bounds(topic))[partition]!,
      onTrouble,
    }),
    commit: createCommit({ cluster: parts.cluster, brokers, groupId: id, topicName, onTrouble }),
    committed: async partition => {
      const position = (await reading.committed(id, topic))[partition] ?? null
      if (position === null) return null
      const { end } = (await reading.bounds(topic))[partition]!
      if (position.offset > end) throw wrongLog(topicName, id, position.offset, end)
      return position
    },
    bury: letters =>
      appender.append(letters.map(record => ({ topic: 'dead-letters', partition: 0, record }))),
    disconnect: () => cluster.disconnect(),
  })
}
