// Joins groups: a consumer with connections of its own, wired to the rest of the log.
import type { PartitionCounts, TopicName } from '../../schemas/topics.ts'
import { type ConsumeOptions, type Consumer, OutageError } from '../ports.ts'
import type { Appender } from './append.ts'
import { createCommit } from './commits.ts'
import type { KafkaLogOptions } from './connection.ts'
import { startConsumer } from './consumer.ts'
import { Fetcher } from './fetcher.ts'
import { type Reading, wrongLog } from './reading.ts'
import { kafkaTopic } from './topics.ts'
import { troubleOf } from './trouble.ts'
import { createCluster, type WireCluster, type WireSettings } from './wire.ts'

export interface GroupParts {
  readonly options: KafkaLogOptions
  readonly settings: WireSettings
  readonly cluster: WireCluster
  readonly counts: PartitionCounts
  readonly appender: Appender
  readonly reading: Reading
}

const SESSION_MS = 8_000
const HEARTBEAT_EVERY_MS = 500
/** Names of groups stand in Kafka's tools and access rules. */
const GROUP_NAME = /^[\w.:-]{1,200}$/

/** One Kafka group for each topic that a group reads: who reads one topic less is given none of its share. */
export function groupId(prefix: string, group: string, topic: TopicName): string {
  if (!GROUP_NAME.test(group)) {
    throw new RangeError(`"${group}" is no group name: letters, digits, . _ : - only`)
  }
  return `${prefix}${group}.${topic}`
}

export async function connect(cluster: WireCluster, names: readonly string[]): Promise<void> {
  await cluster.connect()
  await cluster.addMultipleTargetTopics(names)
}

/** A broker that is away at this moment is an outage like any other: the member joins when it is back. */
export async function joinGroup<T extends TopicName>(
  parts: GroupParts,
  wanted: ConsumeOptions<T>,
): Promise<Consumer> {
  const { options, settings, reading, counts, appender } = parts
  const { brokers } = settings
  const { topic } = wanted
  const id = groupId(options.prefix, wanted.group, topic)
  const topicName = kafkaTopic(options.prefix, topic)
  const cluster = createCluster(settings)
  try {
    await connect(cluster, [topicName])
  } catch (error) {
    const trouble = troubleOf(error, brokers)
    if (!(trouble instanceof OutageError)) {
      await cluster.disconnect().catch(() => undefined)
      throw trouble
    }
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
      partitions: counts[topic],
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
