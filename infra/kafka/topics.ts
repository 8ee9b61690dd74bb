// The topics in Kafka: made from the one table, and refused where they are not as the system needs them.
import kafkajs from 'kafkajs'
import { type PartitionCounts, TOPIC_NAMES, TOPICS, type TopicName } from '../../schemas/topics.ts'
import { SetupError } from '../ports.ts'
import { pause } from '../runtime/pause.ts'
import { typeOf } from './trouble.ts'

export interface TopicPlan {
  readonly prefix: string
  readonly counts: PartitionCounts
  readonly replicationFactor: number
  readonly mustExist: boolean
  readonly asItIs: boolean
  readonly brokers: readonly string[]
}

/** Compressed; ten times the largest thing a seller or a dead letter can cause. MSK allows no more. */
export const MAX_MESSAGE_BYTES = 8 * 1024 * 1024
const SEGMENT_BYTES = 128 * 1024 * 1024
/** By size alone: by time, a record of event time long past would close a segment each. */
const SEGMENT_MS = 3_650 * 86_400_000
const LOOK_EVERY_MS = 20
/** Four seconds. */
const MOST_LOOKS = 200
const PASSING = ['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE']
const NEVER_MS = '9223372036854775807'

export function kafkaTopic(prefix: string, topic: TopicName): string {
  return `${prefix}${topic}`
}

/**
 * Timestamps are the records' own times, so that Kafka seeks by event time; age is therefore no measure for
 * what may go (a backfill is old on arrival), and topics that are not kept for ever are bounded in bytes.
 */
export function configOf(topic: TopicName, replicationFactor: number): Record<string, string> {
  const { retentionBytes } = TOPICS[topic]
  return {
    // Of three copies two must have what is acknowledged: one broker may be away, and one may be lost.
    'min.insync.replicas': replicationFactor < 3 ? '1' : '2',
    'cleanup.policy': 'delete',
    'retention.ms': '-1',
    'retention.bytes': String(retentionBytes ?? -1),
    'message.timestamp.type': 'CreateTime',
    'message.timestamp.after.max.ms': NEVER_MS,
    'max.message.bytes': String(MAX_MESSAGE_BYTES),
    // What other tools wrote with another codec is stored in the one that we read.
    'compression.type': 'gzip',
    'segment.bytes': String(SEGMENT_BYTES),
    'segment.ms': String(SEGMENT_MS),
  }
}

/** Settings without which a guarantee would not hold: what is right in them. */
const MUST: Readonly<Record<string, (value: string, topic: TopicName) => boolean>> = {
  'cleanup.policy': value => value === 'delete',
  'retention.ms': value => value === '-1',
  'retention.bytes': (value, topic) => TOPICS[topic].retentionBytes !== null || value === '-1',
  'message.timestamp.type': value => value === 'CreateTime',
  'max.message.bytes': value => Number(value) >= MAX_MESSAGE_BYTES,
}

/**
 * Makes the topics that are missing, all or none of them, after those that exist were found to be right, and
 * resolves to how many partitions each has. Rejects with `SetupError` where one is not right.
 */
export async function prepareTopics(admin: kafkajs.Admin, plan: TopicPlan): Promise<PartitionCounts> {
  const existing = new Set(await admin.listTopics())
  const there = TOPIC_NAMES.filter(topic => existing.has(kafkaTopic(plan.prefix, topic)))
  let { counts } = plan
  if (there.length > 0) {
    const found = await partitionsOf(admin, plan, there)
    if (plan.asItIs) counts = { ...counts, ...found }
    else checkPartitions(plan, found)
    await checkSettings(admin, plan, there)
  }
  const missing = TOPIC_NAMES.filter(topic => !there.includes(topic))
  if (missing.length === 0) return untilThere(admin, plan).then(() => counts)
  if (plan.mustExist) {
    throw new SetupError(
      `Kafka at ${plan.brokers.join(', ')} has no topic ${kafkaTopic(plan.prefix, missing[0]!)}`,
      'is it another --kafka-topic-prefix or --mode? bct start makes the topics',
    )
  }
  if (await create(admin, plan, missing)) return untilThere(admin, plan).then(() => counts)
  // Another process was faster: what it made must be right, and is listed in a moment.
  await pause(LOOK_EVERY_MS)
  return prepareTopics(admin, plan)
}

/** False where one of them was there already, whoever made it. */
async function create(
  admin: kafkajs.Admin,
  plan: TopicPlan,
  missing: readonly TopicName[],
): Promise<boolean> {
  const topics = missing.map(topic => ({
    topic: kafkaTopic(plan.prefix, topic),
    numPartitions: plan.counts[topic],
    replicationFactor: plan.replicationFactor,
    configEntries: Object.entries(configOf(topic, plan.replicationFactor)).map(([name, value]) => ({
      name,
      value,
    })),
  }))
  try {
    if (!(await admin.createTopics({ topics, validateOnly: true, waitForLeaders: false }))) return false
    return await admin.createTopics({ topics, waitForLeaders: false })
  } catch (error) {
    if (isOnly(error, 'INVALID_REPLICATION_FACTOR')) {
      throw new SetupError(
        `Kafka at ${plan.brokers.join(', ')} cannot keep ${plan.replicationFactor} copies of a topic`,
        'set --kafka-replication-factor to the number of its brokers at most',
        { cause: error },
      )
    }
    throw firstOf(error)
  }
}

/** A broker answers before it knows what its controller has made: that takes a moment. */
async function untilThere(admin: kafkajs.Admin, { prefix }: TopicPlan): Promise<void> {
  const topics = TOPIC_NAMES.map(topic => kafkaTopic(prefix, topic))
  for (let look = 1; ; look++) {
    try {
      const metadata = await admin.fetchTopicMetadata({ topics })
      if (metadata.topics.every(topic => topic.partitions.every(({ leader }) => leader >= 0))) return
    } catch (error) {
      if (look === MOST_LOOKS || !PASSING.includes(typeOf(error))) throw error
    }
    await pause(LOOK_EVERY_MS)
  }
}

function firstOf(error: unknown): unknown {
  return error instanceof Error && 'errors' in error && Array.isArray(error.errors) ? error.errors[0] : error
}

function isOnly(error: unknown, type: string): boolean {
  return typeOf(firstOf(error)) === type
}

type FoundCounts = Partial<Record<TopicName, number>>

async function partitionsOf(
  admin: kafkajs.Admin,
  { prefix }: TopicPlan,
  topics: readonly TopicName[],
): Promise<FoundCounts> {
  const metadata = await admin.fetchTopicMetadata({ topics: topics.map(topic => kafkaTopic(prefix, topic)) })
  const countOf = (name: string): number =>
    metadata.topics.find(found => found.name === name)?.partitions.length ?? 0
  return Object.fromEntries(topics.map(topic => [topic, countOf(kafkaTopic(prefix, topic))]))
}

function checkPartitions({ prefix, counts }: TopicPlan, found: FoundCounts): void {
  for (const topic of TOPIC_NAMES) {
    const name = kafkaTopic(prefix, topic)
    const count = found[topic]
    if (count === undefined || count === counts[topic]) continue
    throw new SetupError(
      `topic ${name} has ${count} partitions, but ${counts[topic]} are configured: keys would move`,
      `set --partitions ${count}, or start with another --kafka-topic-prefix and replay into it`,
    )
  }
}

async function checkSettings(
  admin: kafkajs.Admin,
  { prefix, brokers, replicationFactor }: TopicPlan,
  topics: readonly TopicName[],
): Promise<void> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topics.map(topic => ({
      type: kafkajs.ConfigResourceTypes.TOPIC,
      name: kafkaTopic(prefix, topic),
      configNames: Object.keys(MUST),
    })),
  })
  for (const topic of topics) {
    const name = kafkaTopic(prefix, topic)
    const entries = resources.find(found => found.resourceName === name)?.configEntries ?? []
    for (const { configName, configValue } of entries) {
      if (MUST[configName]?.(configValue, topic) !== false) continue
      const wanted = configOf(topic, replicationFactor)[configName]
      throw new SetupError(
        `topic ${name} has ${configName}=${configValue}; it must be ${wanted}`,
        `kafka-configs.sh --bootstrap-server ${brokers[0]} --entity-type topics --entity-name ${name} ` +
          `--alter --add-config ${configName}=${wanted}`,
      )
    }
  }
}
