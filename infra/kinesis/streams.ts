// The streams of the log: made where they are missing, verified where they are there, known to the index.
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  IncreaseStreamRetentionPeriodCommand,
  type KinesisClient,
  type StreamDescriptionSummary,
} from '@aws-sdk/client-kinesis'
import { type PartitionCounts, TOPIC_NAMES, TOPICS, type TopicName } from '../../schemas/topics.ts'
import { OutageError, SetupError } from '../ports.ts'
import { pause } from '../runtime/pause.ts'
import type { Sql } from '../runtime/sql.ts'
import { type KnownStream, knownStream, registerStream } from './index-table.ts'
import { nameOf, troubleOf, unreachable, type Where, whereText } from './trouble.ts'

const HOUR_MS = 3_600_000
/** Kinesis keeps nothing for ever: this is the longest. */
const MOST_HOURS = 8_760
const LEAST_HOURS = 24

export const streamName = (prefix: string, topic: TopicName): string => `${prefix}${topic}`

export function retentionHours(topic: TopicName): number {
  const { retentionMs } = TOPICS[topic]
  if (retentionMs === null) return MOST_HOURS
  return Math.max(LEAST_HOURS, Math.ceil(retentionMs / HOUR_MS))
}

export interface StreamPlan {
  readonly client: KinesisClient
  readonly sql: Sql
  readonly where: Where
  readonly prefix: string
  readonly counts: PartitionCounts
  /** What is missing is not made, but refused. */
  readonly mustExist: boolean
  /** What the index knows may have any number of partitions. */
  readonly asItIs: boolean
}

interface OneStream extends StreamPlan {
  readonly topic: TopicName
  readonly name: string
  readonly known: KnownStream | null
}

/** A new stream takes Amazon half a minute, and a few are made at a time. */
const READY_WITHIN_MS = 180_000
const FIRST_LOOK_MS = 20
const LONGEST_LOOK_MS = 1_500
/** Of a request that says nothing new, several in a row are an outage. */
const MOST_FAILURES = 3

export interface PreparedStreams {
  /** In the index. */
  readonly ids: Readonly<Record<TopicName, number>>
  readonly counts: PartitionCounts
}

/** Nothing is made before everything that is there has been found right. */
export async function prepareStreams(plan: StreamPlan): Promise<PreparedStreams> {
  const all: OneStream[] = []
  for (const topic of TOPIC_NAMES) {
    const name = streamName(plan.prefix, topic)
    const known = await knownStream(plan.sql, name)
    if (!plan.asItIs) checkPartitions(plan, topic, known)
    all.push({ ...plan, topic, name, known })
  }
  // The first alone: where nobody answers, that is said once.
  const found = [await describe(all[0]!), ...(await Promise.all(all.slice(1).map(one => describe(one))))]
  for (const [i, summary] of found.entries()) check(all[i]!, summary)
  const ids = await settleAll(all)
  const byTopic = <T>(give: (i: number) => T) =>
    Object.fromEntries(TOPIC_NAMES.map((topic, i) => [topic, give(i)])) as Record<TopicName, T>
  const counts = byTopic(i => all[i]!.known?.partitions ?? plan.counts[all[i]!.topic])
  return { ids: byTopic(i => ids[i]!), counts }
}

function checkPartitions({ prefix, counts }: StreamPlan, topic: TopicName, known: KnownStream | null): void {
  if (known === null || known.partitions === counts[topic]) return
  const name = streamName(prefix, topic)
  throw new SetupError(
    `stream ${name} has ${known.partitions} partitions, but ${counts[topic]} are configured: keys would move`,
    `set --partitions ${known.partitions}, or start with another --kinesis-stream-prefix and replay into it`,
  )
}

/** Null where there is none; waits for what passes. */
async function describe({ client, name, where }: OneStream): Promise<StreamDescriptionSummary | null> {
  for (let failures = 0; ; failures++) {
    try {
      const answer = await client.send(new DescribeStreamSummaryCommand({ StreamName: name }))
      return answer.StreamDescriptionSummary ?? null
    } catch (error) {
      if (nameOf(error) === 'ResourceNotFoundException') return null
      const trouble = troubleOf(error, where)
      // Many that describe at once are told to wait; what cannot be reached need not be asked so often.
      const patience = /Limit|Throttl/.test(nameOf(error)) ? MOST_FAILURES * MOST_FAILURES : 0
      if (!(trouble instanceof OutageError)) throw trouble
      if (failures >= patience) throw unreachable(trouble, where)
      await pause(LONGEST_LOOK_MS)
    }
  }
}

const createdS = (summary: StreamDescriptionSummary): number =>
  Math.floor((summary.StreamCreationTimestamp?.getTime() ?? 0) / 1_000)

/** Everything that must be so, whoever has made it. */
function check(one: OneStream, summary: StreamDescriptionSummary | null): void {
  const { name, known, mustExist, topic, where } = one
  if (summary === null) {
    if (known === null && !mustExist) return
    throw new SetupError(
      known === null
        ? `there is no stream ${name} in ${whereText(where)}`
        : `stream ${name} is gone from ${whereText(where)}, but the index in PostgreSQL knows its records`,
      known === null
        ? 'check --mode, --kinesis-region and --kinesis-stream-prefix; bct start makes them'
        : 'check --kinesis-region and --kinesis-endpoint, or start a new log with another --kinesis-stream-prefix',
    )
  }
  if (known === null) {
    if (!mustExist) return
    throw new SetupError(
      `the index in PostgreSQL does not know stream ${name}`,
      'use the --database-url and --db-schema of the tracker that writes it, or start one',
    )
  }
  if (known.arn !== summary.StreamARN || known.createdS !== createdS(summary)) {
    throw new SetupError(
      `stream ${name} is another one than the index in PostgreSQL knows: it was deleted and made again`,
      'start with another --kinesis-stream-prefix (or bring the old --kinesis-region and account back)',
    )
  }
  const hours = retentionHours(topic)
  if ((summary.RetentionPeriodHours ?? 0) >= hours) return
  throw new SetupError(
    `stream ${name} keeps records for ${summary.RetentionPeriodHours} h; it must be ${hours}`,
    `aws kinesis increase-stream-retention-period --stream-name ${name} --retention-period-hours ${hours}`,
  )
}

/** The first alone: a right that is missing shows before anything is made. None goes on after a failure. */
async function settleAll(all: readonly OneStream[]): Promise<readonly number[]> {
  const failed = new AbortController()
  const first = await settle(all[0]!, failed.signal)
  const rest = all.slice(1).map(one =>
    settle(one, failed.signal).catch((error: unknown) => {
      failed.abort(error)
      throw error
    }),
  )
  await Promise.allSettled(rest)
  return [first, ...(await Promise.all(rest))]
}

/** Takes one step after another until the stream is as it must be; other processes may do the same. */
async function settle(one: OneStream, failed: AbortSignal): Promise<number> {
  const { topic, name, counts, client, sql, known, where } = one
  if (known !== null) return known.id
  const hours = retentionHours(topic)
  const endMs = performance.now() + READY_WITHIN_MS
  for (let lookMs = FIRST_LOOK_MS; ; lookMs = Math.min(2 * lookMs, LONGEST_LOOK_MS)) {
    failed.throwIfAborted()
    const summary = await describe(one)
    const isReady = summary?.StreamStatus === 'ACTIVE'
    if (summary === null) {
      await step(where, () =>
        client.send(new CreateStreamCommand({ StreamName: name, ShardCount: counts[topic] })),
      )
    } else if (isReady && (summary.RetentionPeriodHours ?? 0) < hours) {
      const change = { StreamName: name, RetentionPeriodHours: hours }
      await step(where, () => client.send(new IncreaseStreamRetentionPeriodCommand(change)))
    } else if (isReady) {
      const made = await registerStream(sql, {
        name,
        arn: summary.StreamARN ?? '',
        createdS: createdS(summary),
        partitions: counts[topic],
        retentionHours: summary.RetentionPeriodHours ?? hours,
      })
      checkPartitions(one, topic, made)
      return made.id
    }
    if (performance.now() > endMs) {
      const state = summary?.StreamStatus ?? 'not there'
      throw new OutageError('stream', `stream ${name} is ${state} after ${READY_WITHIN_MS / 1_000} s`)
    }
    await pause(lookMs)
  }
}

/** Another process may have been faster, and Kinesis makes a few streams at a time: the next look shows. */
async function step(where: Where, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (/^(ResourceInUse|LimitExceeded|Throttling)/.test(nameOf(error))) return
    if (nameOf(error) === 'ResourceNotFoundException') return
    const trouble = troubleOf(error, where)
    throw trouble instanceof OutageError ? unreachable(trouble, where) : trouble
  }
}
