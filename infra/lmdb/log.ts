// The embedded event log: LMDB in a folder, for one machine and any number of its processes.
import { TOPICS, type TopicName, type TopicRecords } from '../../schemas/topics.ts'
import type { Batch, Clock, ConsumeOptions, Consumer, Entry, EventLog, Position } from '../ports.ts'
import { startConsumer } from './consumer.ts'
import { openEnvironment } from './environment.ts'
import { claimFolder, partitionCounts } from './format.ts'
import { type GroupTable, groupTable } from './groups.ts'
import { createLiveness } from './liveness.ts'
import { type PartitionLog, partitionLog } from './partition-log.ts'
import { createWatch } from './watch.ts'

export interface LmdbLogOptions {
  /** Made where it is not there. On a local disk: LMDB does not work on network file systems. */
  readonly dir: string
  /** Of topics with `many` partitions, or by topic (1 where nothing is said). Fixed when the folder is made. */
  readonly partitions: number | Partial<Record<TopicName, number>>
  /** How long topics are kept after a record was appended, where not as `TOPICS` says; null: for ever. */
  readonly retentionMs?: Partial<Record<TopicName, number | null>>
  readonly clock?: Pick<Clock, 'nowMs'>
  /** Bytes of address space to begin with; the map grows by itself. */
  readonly mapSizeBytes?: number
}

/** Names of groups are part of keys, which LMDB bounds. */
const GROUP_NAME = /^[\w.:-]{1,200}$/

/**
 * Opens the log in a folder, or makes it. Throws where the folder is not an event log, or one with other
 * partition counts, and says what to do.
 *
 * Durability: `append` and commits resolve after fsync; nothing is visible to readers before. Records are kept
 * `retentionMs` after they were appended, in whole blocks of up to 1,000.
 */
export async function openLmdbLog(options: LmdbLogOptions): Promise<EventLog> {
  const counts = partitionCounts(options.partitions)
  claimFolder(options.dir, counts)
  const environment = openEnvironment(options.dir, options.mapSizeBytes ?? null)
  const nowMs = (): number => options.clock?.nowMs() ?? Date.now()
  const watch = createWatch(environment.version)
  environment.onCommit(watch.changed)
  const liveness = createLiveness(options.dir)
  const logs = new Map(
    Object.entries(counts).map(([topic, count]) => [
      topic as TopicName,
      Array.from({ length: count }, (_, partition) =>
        partitionLog(environment, topic as TopicName, partition),
      ),
    ]),
  )
  const consumers = new Set<Consumer>()
  let closing: Promise<void> | null = null

  const open = (): void => {
    if (closing !== null) throw new Error('the event log is closed')
  }
  const topicLogs = (topic: TopicName): readonly PartitionLog[] => {
    const found = logs.get(topic)
    if (found === undefined) throw new RangeError(`no topic "${topic}"`)
    return found
  }
  const logOf = (topic: TopicName, partition: number): PartitionLog => {
    const found = topicLogs(topic)[partition]
    if (found === undefined) throw new RangeError(`topic "${topic}" has no partition ${partition}`)
    return found
  }
  const groupOf = (name: string, topic: TopicName): GroupTable => {
    if (!GROUP_NAME.test(name))
      throw new RangeError(`"${name}" is no group name: letters, digits, . _ : - only`)
    return groupTable(environment.state, name, topic, topicLogs(topic).length)
  }

  const close = async (): Promise<void> => {
    await Promise.all([...consumers].map(consumer => consumer.close()))
    liveness.stop()
    watch.close()
    await environment.close()
  }

  return {
    partitions: topic => topicLogs(topic).length,
    append: async entries => {
      open()
      const byLog = groupByLog(entries, logOf)
      if (byLog.size === 0) return
      await environment.write(() => {
        for (const [log, records] of byLog) log.append(records, nowMs())
      })
    },
    read: async <T extends TopicName>(topic: T, partition: number, from: number, maxRecords: number) => {
      open()
      checkRange(from, maxRecords)
      const slice = environment.fresh(() => logOf(topic, partition).read(from, maxRecords))
      return { topic, partition, ...slice } as Batch<T>
    },
    bounds: async topic => {
      open()
      return environment.fresh(() => topicLogs(topic).map(log => log.bounds()))
    },
    offsetAtTime: async (topic, partition, timeMs) => {
      open()
      return environment.fresh(() => logOf(topic, partition).seek(timeMs))
    },
    consume: async <T extends TopicName>(wanted: ConsumeOptions<T>) => {
      open()
      const group = groupOf(wanted.group, wanted.topic)
      const partitions = topicLogs(wanted.topic)
      const consumer = await startConsumer(wanted, { environment, group, partitions, watch, liveness })
      consumers.add(consumer)
      const forgetIt = (): boolean => consumers.delete(consumer)
      consumer.done.then(forgetIt, forgetIt)
      return consumer
    },
    committed: async (group, topic): Promise<readonly (Position | null)[]> => {
      open()
      return environment.fresh(() => groupOf(group, topic).positions())
    },
    waitForAppend: async (topic, since, signal) => {
      open()
      const partitions = topicLogs(topic)
      const grown = (): boolean =>
        environment.fresh(() => partitions.some((log, p) => log.bounds().end > (since[p] ?? 0)))
      await watch.until(grown, signal)
    },
    enforceRetention: async atMs => {
      open()
      for (const [topic, partitions] of logs) {
        const retentionMs = options.retentionMs?.[topic] ?? TOPICS[topic].retentionMs
        if (retentionMs === null) continue
        for (const log of partitions) {
          while (await environment.write(() => log.forget(atMs - retentionMs)));
        }
      }
    },
    close: () => {
      closing ??= close()
      return closing
    },
  }
}

type LogOf = (topic: TopicName, partition: number) => PartitionLog

/** Checks all places before anything is written. */
function groupByLog(entries: readonly Entry[], logOf: LogOf): Map<PartitionLog, TopicRecords[TopicName][]> {
  const byLog = new Map<PartitionLog, TopicRecords[TopicName][]>()
  for (const { topic, partition, record } of entries) {
    const log = logOf(topic, partition)
    const records = byLog.get(log)
    if (records === undefined) byLog.set(log, [record])
    else records.push(record)
  }
  return byLog
}

function checkRange(from: number, maxRecords: number): void {
  if (!Number.isInteger(from) || from < 0) throw new RangeError(`an offset is an integer ≥ 0, not ${from}`)
  if (!Number.isInteger(maxRecords) || maxRecords < 1) {
    throw new RangeError(`maxRecords is an integer ≥ 1, not ${maxRecords}`)
  }
}
