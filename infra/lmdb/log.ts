// The embedded event log: LMDB in a folder, for one machine and any number of its processes.
import { join } from 'node:path'
import { type PartitionCounts, TOPICS, type TopicName, type TopicRecords } from '../../schemas/topics.ts'
import type { Batch, Clock, ConsumeOptions, Consumer, Entry, EventLog } from '../ports.ts'
import { checkRange } from '../runtime/log-arguments.ts'
import { startConsumer } from './consumer.ts'
import { type Environment, openEnvironment } from './environment.ts'
import { checkedCounts, claimFolder } from './format.ts'
import { type GroupTable, groupTable, readByAll } from './groups.ts'
import { createLiveness, type Liveness } from './liveness.ts'
import { type PartitionLog, partitionLog } from './partition-log.ts'
import type { ConsumerNeeds } from './partition-worker.ts'
import { createWatch, type Watch } from './watch.ts'

export interface LmdbLogOptions {
  /** Made where it is not there. On a local disk: LMDB does not work on network file systems. */
  readonly dir: string
  /**
   * Of topics with `many` partitions, or by topic (1 where nothing is said). Fixed when the folder is made.
   */
  readonly partitions: number | Partial<Record<TopicName, number>>
  /** How long topics are kept after a record was appended, where not as `TOPICS` says; null: for ever. */
  readonly retentionMs?: Partial<Record<TopicName, number | null>>
  /** Says when records were appended; the system's clock where not given. */
  readonly clock?: Pick<Clock, 'nowMs'>
  /** Bytes of address space to begin with; it grows by itself. */
  readonly mapSizeBytes?: number
  /** Told while a stage, or the disk, meets an outage and is tried again. */
  readonly onOutage?: (outage: { readonly code: string; readonly retryInMs: number }) => void
}

/** What an open log is made of. */
interface Parts {
  readonly options: LmdbLogOptions
  readonly environment: Environment
  readonly watch: Watch
  readonly liveness: Liveness
  readonly logs: ReadonlyMap<TopicName, readonly PartitionLog[]>
  readonly consumers: Set<Consumer>
  closing: Promise<void> | null
}

/**
 * What a group has not read yet is kept so many times as long: a stage that was down over a week goes on
 * where it was, and a group that nobody runs any more does not fill the disk.
 */
const LAGGING_FACTOR = 10

/** Names of groups are part of keys, which LMDB bounds. */
const GROUP_NAME = /^[\w.:-]{1,200}$/

/**
 * Opens the log in a folder, or makes it. Throws where the folder is not an event log, or one with other
 * partition counts, and says what to do.
 *
 * Durability: `append` and commits resolve after fsync; nothing is visible to readers before. One `append` is
 * one transaction: all of it is there or nothing. Records are kept `retentionMs` after they were appended,
 * ten times as long while a group has not read them, in whole blocks of up to 4,000, dropped by
 * `enforceRetention`.
 */
export async function openLmdbLog(options: LmdbLogOptions): Promise<EventLog> {
  const counts = checkedCounts(options.partitions)
  claimFolder(options.dir, counts)
  const environment = openEnvironment(options.dir, options.mapSizeBytes ?? null)
  const watch = createWatch(join(options.dir, 'data.mdb'), environment.version)
  environment.onCommit(watch.changed)
  const parts: Parts = {
    options,
    environment,
    watch,
    liveness: createLiveness(options.dir),
    logs: partitionLogs(environment, counts),
    consumers: new Set(),
    closing: null,
  }
  return { ...recordsOf(parts), ...groupsOf(parts), close: () => closeOnce(parts) }
}

function partitionLogs(environment: Environment, counts: PartitionCounts): Map<TopicName, PartitionLog[]> {
  const logs = new Map<TopicName, PartitionLog[]>()
  for (const [name, count] of Object.entries(counts)) {
    const topic = name as TopicName
    logs.set(
      topic,
      Array.from({ length: count }, (_, partition) => partitionLog(environment, topic, partition)),
    )
  }
  return logs
}

/** Consumers leave first; then everything queued is written. */
function closeOnce(parts: Parts): Promise<void> {
  const close = async (): Promise<void> => {
    await Promise.all([...parts.consumers].map(consumer => consumer.close()))
    parts.liveness.stop()
    parts.watch.close()
    await parts.environment.close()
  }
  parts.closing ??= close()
  return parts.closing
}

function mustBeOpen(parts: Parts): void {
  if (parts.closing !== null) throw new Error('the event log is closed')
}

function topicLogs(parts: Parts, topic: TopicName): readonly PartitionLog[] {
  const found = parts.logs.get(topic)
  if (found === undefined) throw new RangeError(`no topic "${topic}"`)
  return found
}

function logOf(parts: Parts, topic: TopicName, partition: number): PartitionLog {
  const found = topicLogs(parts, topic)[partition]
  if (found === undefined) throw new RangeError(`topic "${topic}" has no partition ${partition}`)
  return found
}

function groupOf(parts: Parts, name: string, topic: TopicName): GroupTable {
  if (!GROUP_NAME.test(name))
    throw new RangeError(`"${name}" is no group name: letters, digits, . _ : - only`)
  return groupTable(parts.environment.state, name, topic, topicLogs(parts, topic).length)
}

type Records = Omit<EventLog, 'consume' | 'committed' | 'close'>

function recordsOf(parts: Parts): Records {
  const { environment, options, watch } = parts
  return {
    partitions: topic => topicLogs(parts, topic).length,
    append: async entries => {
      mustBeOpen(parts)
      const byLog = groupByLog(parts, entries)
      if (byLog.size === 0) return
      const appendedAtMs = options.clock?.nowMs() ?? Date.now()
      await environment.write(() => {
        for (const [log, records] of byLog) log.append(records, appendedAtMs)
      })
    },
    read: async <T extends TopicName>(topic: T, partition: number, from: number, maxRecords: number) => {
      mustBeOpen(parts)
      checkRange(from, maxRecords)
      const slice = environment.fresh(() => logOf(parts, topic, partition).read(from, maxRecords))
      return { topic, partition, ...slice } as Batch<T>
    },
    readColumns: async (partition, from, maxRecords) => {
      mustBeOpen(parts)
      checkRange(from, maxRecords)
      return environment.fresh(() => logOf(parts, 'sales', partition).readColumns(from, maxRecords))
    },
    bounds: async topic => {
      mustBeOpen(parts)
      return environment.fresh(() => topicLogs(parts, topic).map(log => log.bounds()))
    },
    offsetAtTime: async (topic, partition, timeMs) => {
      mustBeOpen(parts)
      return environment.fresh(() => logOf(parts, topic, partition).seek(timeMs))
    },
    waitForAppend: async (topic, since, signal) => {
      mustBeOpen(parts)
      const partitions = topicLogs(parts, topic)
      const grown = (): boolean =>
        environment.fresh(() => partitions.some((log, p) => log.bounds().end > (since[p] ?? 0)))
      await watch.until(grown, signal)
    },
    enforceRetention: async nowMs => {
      mustBeOpen(parts)
      await forgetOld(parts, nowMs)
    },
  }
}

async function forgetOld({ environment, logs, options }: Parts, nowMs: number): Promise<void> {
  for (const [topic, partitions] of logs) {
    const own = options.retentionMs?.[topic]
    const retentionMs = own === undefined ? TOPICS[topic].retentionMs : own
    if (retentionMs === null) continue
    const ages = { beforeMs: nowMs - retentionMs, atLastMs: nowMs - LAGGING_FACTOR * retentionMs }
    const needed = environment.fresh(() => readByAll(environment.state, topic, partitions.length))
    for (const [partition, log] of partitions.entries()) {
      const bound = { ...ages, readTo: needed[partition]! }
      let more = environment.fresh(() => log.hasOld(bound))
      while (more) more = await environment.write(() => log.forget(bound))
    }
  }
}

function groupsOf(parts: Parts): Pick<EventLog, 'consume' | 'committed'> {
  const { environment, watch, liveness, consumers, options } = parts
  const onTrouble: ConsumerNeeds['onTrouble'] = ({ code }, retryInMs) =>
    options.onOutage?.({ code, retryInMs })
  return {
    consume: async <T extends TopicName>(wanted: ConsumeOptions<T>) => {
      mustBeOpen(parts)
      const group = groupOf(parts, wanted.group, wanted.topic)
      const partitions = topicLogs(parts, wanted.topic)
      const consumer = await startConsumer(wanted, {
        ...{ environment, group, partitions, watch, liveness, onTrouble },
      })
      consumers.add(consumer)
      const forget = (): boolean => consumers.delete(consumer)
      consumer.done.then(forget, forget)
      return consumer
    },
    committed: async (group, topic) => {
      mustBeOpen(parts)
      return environment.fresh(() => groupOf(parts, group, topic).positions())
    },
  }
}

/** Checks all places before anything is written. */
function groupByLog(parts: Parts, entries: readonly Entry[]): Map<PartitionLog, TopicRecords[TopicName][]> {
  const byLog = new Map<PartitionLog, TopicRecords[TopicName][]>()
  for (const { topic, partition, record } of entries) {
    const log = logOf(parts, topic, partition)
    const records = byLog.get(log)
    if (records === undefined) byLog.set(log, [record])
    else records.push(record)
  }
  return byLog
}
