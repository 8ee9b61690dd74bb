// The event log on Apache Kafka, behind the port.
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
import { createAppender } from './append.ts'
import { type KafkaLogOptions, unreachable, wireSettings } from './connection.ts'
import { connect, type GroupParts, groupId, joinGroup } from './join.ts'
import { createProducer } from './producer.ts'
import { createReading } from './reading.ts'
import { kafkaTopic, prepareTopics } from './topics.ts'
import { troubleOf } from './trouble.ts'
import { createCluster, createKafka, type WireCluster, type WireSettings } from './wire.ts'

export type { KafkaLogOptions } from './connection.ts'

/** What an open log is made of. */
interface Parts extends GroupParts {
  readonly appending: WireCluster
  readonly consumers: Set<Consumer>
  closing: Promise<void> | null
}

/**
 * Connects, and makes the topics that are missing. Rejects with `SetupError` within ten seconds where the
 * brokers cannot be reached, refuse us, or hold topics that are not as they must be; nothing is left behind.
 *
 * Durability: `append` resolves when all in-sync replicas have the records (acks=all, idempotent producer).
 * Entries of one call are not one unit: after a crash the first of them may be there without the last.
 */
export async function openKafkaLog(options: KafkaLogOptions): Promise<EventLog> {
  const settings = wireSettings(options.connection)
  const counts = await prepare(options, settings)
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
  { prefix, partitions, replicationFactor, mustExist = false, asItIs = false }: KafkaLogOptions,
  settings: WireSettings,
): Promise<PartitionCounts> {
  const { brokers } = settings
  const counts = partitionCounts(partitions)
  const admin = createKafka(settings).admin()
  try {
    await admin.connect()
    return await prepareTopics(admin, { prefix, counts, replicationFactor, mustExist, asItIs, brokers })
  } catch (error) {
    const trouble = troubleOf(error, brokers)
    throw trouble instanceof OutageError ? unreachable(trouble, brokers) : trouble
  } finally {
    await admin.disconnect().catch(() => undefined)
  }
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
    checkPlace(counts, topic, partition)
    checkRange(from, maxRecords)
    return reading.read(topic, partition, from, maxRecords)
  }
  return {
    partitions: topic => partitionCount(counts, topic),
    append: async (entries: readonly Entry[]) => {
      mustBeOpen(parts)
      for (const { topic, partition } of entries) checkPlace(counts, topic, partition)
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
      checkPlace(counts, topic, partition)
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
      const consumer = await joinGroup(parts, wanted)
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
