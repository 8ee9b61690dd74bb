// What a log holds: per topic and partition its bounds and times, and where each group would begin again.
import { STAGES } from '../../processors/topology.ts'
import { recordTimeMs } from '../../schemas/record-time.ts'
import { TOPIC_NAMES, type TopicName } from '../../schemas/topics.ts'
import type { EventLog } from '../ports.ts'

export interface GroupStat {
  readonly group: string
  /** As committed: the oldest record that its open state needs. */
  readonly offset: number
  /** Records from there to the end, which a start reads again: a running stage has read further. */
  readonly readAgain: number
}

export interface PartitionStat {
  readonly topic: TopicName
  readonly partition: number
  readonly start: number
  readonly end: number
  readonly records: number
  /** Own time of the first and the last record; null where there is none. */
  readonly firstMs: number | null
  readonly lastMs: number | null
  /** Those that have committed a position. */
  readonly groups: readonly GroupStat[]
}

export async function statLog(log: EventLog): Promise<readonly PartitionStat[]> {
  const stats: PartitionStat[] = []
  for (const topic of TOPIC_NAMES) {
    const readers = STAGES.filter(stage => (stage.reads as readonly TopicName[]).includes(topic))
    const committed = await Promise.all(
      readers.map(async ({ name }) => ({ name, positions: await log.committed(name, topic) })),
    )
    for (const [partition, { start, end }] of (await log.bounds(topic)).entries()) {
      const timeAt = async (offset: number): Promise<number | null> => {
        const record = (await log.read(topic, partition, offset, 1)).records[0]
        return record === undefined ? null : recordTimeMs(record)
      }
      const groups = committed.flatMap(({ name, positions }) => {
        const offset = positions[partition]?.offset
        return offset === undefined ? [] : [{ group: name, offset, readAgain: Math.max(0, end - offset) }]
      })
      const [firstMs, lastMs] = start === end ? [null, null] : [await timeAt(start), await timeAt(end - 1)]
      stats.push({ topic, partition, start, end, records: end - start, firstMs, lastMs, groups })
    }
  }
  return stats
}
