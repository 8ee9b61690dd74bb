// The end of a topic: the last records of all partitions in order of time, and those that follow.
import { type AnyRecord, recordTimeMs } from '../../schemas/record-time.ts'
import type { TopicName } from '../../schemas/topics.ts'
import type { EventLog } from '../ports.ts'

export interface TailLine {
  readonly partition: number
  readonly offset: number
  readonly record: AnyRecord
}

export interface TailOptions {
  readonly topic: TopicName
  /** Records to show of what is there. */
  readonly count: number
  /** Goes on with what is appended, until the signal aborts. */
  readonly follow: boolean
  readonly signal: AbortSignal
  readonly show: (line: TailLine) => void
}

const READ_RECORDS = 1_000

export async function tailLog(log: EventLog, options: TailOptions): Promise<void> {
  const { topic, count, follow, signal, show } = options
  const bounds = await log.bounds(topic)
  const next = bounds.map(({ start, end }) => Math.max(start, end - count))
  const ends = bounds.map(({ end }) => end)
  const last = (await readUpTo(log, topic, next, ends)).sort(
    (a, b) => recordTimeMs(a.record) - recordTimeMs(b.record),
  )
  for (const line of count === 0 ? [] : last.slice(-count)) show(line)
  while (follow && !signal.aborted) {
    await log.waitForAppend(topic, ends, signal)
    if (signal.aborted) return
    for (const [partition, { end }] of (await log.bounds(topic)).entries()) ends[partition] = end
    for (const line of await readUpTo(log, topic, next, ends)) show(line)
  }
}

/** Moves `next` to where it has read. */
async function readUpTo(
  log: EventLog,
  topic: TopicName,
  next: number[],
  ends: readonly number[],
): Promise<TailLine[]> {
  const lines: TailLine[] = []
  for (const [partition, end] of ends.entries()) {
    while (next[partition]! < end) {
      const at = next[partition]!
      const { records, firstOffset } = await log.read(topic, partition, at, Math.min(READ_RECORDS, end - at))
      for (const [i, record] of records.entries()) lines.push({ partition, offset: firstOffset + i, record })
      next[partition] = records.length === 0 ? end : firstOffset + records.length
    }
  }
  return lines
}
