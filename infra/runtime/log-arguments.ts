// What every event log refuses before it does anything: topics, partitions and ranges that cannot be.
import type { PartitionCounts, TopicName } from '../../schemas/topics.ts'

export function partitionCount(counts: PartitionCounts, topic: TopicName): number {
  const found = counts[topic]
  if (found === undefined) throw new RangeError(`no topic "${topic}"`)
  return found
}

export function checkPlace(counts: PartitionCounts, topic: TopicName, partition: number): void {
  if (!Number.isInteger(partition) || partition < 0 || partition >= partitionCount(counts, topic)) {
    throw new RangeError(`topic "${topic}" has no partition ${partition}`)
  }
}

export function checkRange(from: number, maxRecords: number): void {
  if (!Number.isInteger(from) || from < 0) throw new RangeError(`an offset is an integer ≥ 0, not ${from}`)
  if (!Number.isInteger(maxRecords) || maxRecords < 1) {
    throw new RangeError(`maxRecords is an integer ≥ 1, not ${maxRecords}`)
  }
}
