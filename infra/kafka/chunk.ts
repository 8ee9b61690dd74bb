// Messages of a partition as records: runs without holes, and letters for what could not be read.

import { decodeRecord, unreadableLetter } from '../../schemas/record-json.ts'
import type { DeadLetter } from '../../schemas/records.ts'
import type { TopicName, TopicRecords } from '../../schemas/topics.ts'
import type { InRecord } from './record-batch.ts'

/** Records `[firstOffset, firstOffset + records.length)`. */
export interface Run<T extends TopicName> {
  readonly firstOffset: number
  readonly records: readonly TopicRecords[T][]
  /** What stood before, among or right after them and is no record. */
  readonly letters: readonly DeadLetter[]
  /** Messages used up, whatever they were. */
  readonly used: number
}

/**
 * The first run of `messages` from offset `from` on, at most `maxRecords`. Records are counted by offset, so
 * that a run ends where an offset is missing (another tool's transaction) or holds nothing readable.
 */
export function nextRun<T extends TopicName>(
  { topic, partition }: { readonly topic: T; readonly partition: number },
  messages: readonly InRecord[],
  { start, from, maxRecords }: { readonly start: number; readonly from: number; readonly maxRecords: number },
): Run<T> {
  const records: TopicRecords[T][] = []
  const letters: DeadLetter[] = []
  let firstOffset = from
  let at = start
  for (; at < messages.length && records.length < maxRecords; at++) {
    const { offset, value, timestampMs } = messages[at]!
    if (offset < from) continue
    if (records.length === 0) firstOffset = offset
    else if (offset !== firstOffset + records.length) break
    const json = value.toString('utf8')
    const { record, unreadable } = decodeRecord(topic, json)
    if (unreadable !== undefined) {
      letters.push(unreadableLetter(unreadable, json, { topic, partition, offset }, timestampMs))
      if (records.length === 0) continue
      at++
      break
    }
    records.push(record)
  }
  return { firstOffset, records, letters, used: at - start }
}
