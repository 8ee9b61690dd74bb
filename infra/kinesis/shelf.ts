// Reading without a group: cursors are kept where they stand, since whoever reads mostly goes on from there.
import type { KinesisClient } from '@aws-sdk/client-kinesis'
import { recordTimeMs } from '../../schemas/record-time.ts'
import type { TopicName } from '../../schemas/topics.ts'
import type { Batch } from '../ports.ts'
import type { Sql } from '../runtime/sql.ts'
import { Cursor } from './cursor.ts'
import type { Run } from './index-table.ts'
import type { Where } from './trouble.ts'

export interface Places {
  readonly client: KinesisClient
  readonly sql: Sql
  readonly where: Where
  readonly readEveryMs: number
  readonly streamOf: (topic: TopicName) => { readonly streamName: string; readonly streamId: number }
}

type RunPlace = Pick<Run, 'firstOffset' | 'records'>

export interface CursorShelf {
  /** For one reader of its own. */
  open<T extends TopicName>(topic: T, partition: number, from: number): Cursor<T>
  read<T extends TopicName>(topic: T, partition: number, from: number, maxRecords: number): Promise<Batch<T>>
  /** The first record at or after `timeMs` of a run that is known to have one. */
  firstAtTime(topic: TopicName, partition: number, run: RunPlace, timeMs: number): Promise<number>
}

/** Each holds up to two thousand records of half a kilobyte: some tens of megabytes at the very most. */
const MOST_KEPT = 32

export function createShelf(places: Places): CursorShelf {
  /** By topic, partition and offset, the longest unused first. */
  const kept = new Map<string, Cursor<TopicName>>()
  /** Of runs that were searched, by the same words. */
  const times = new Map<string, Promise<readonly number[]>>()
  const keyOf = (topic: TopicName, partition: number, next: number): string => `${topic}/${partition}/${next}`
  const open = <T extends TopicName>(topic: T, partition: number, from: number): Cursor<T> => {
    const { streamOf, ...place } = places
    return new Cursor({ ...place, topic, partition, ...streamOf(topic) }, from)
  }
  const read = async <T extends TopicName>(
    topic: T,
    partition: number,
    from: number,
    maxRecords: number,
  ): Promise<Batch<T>> => {
    const key = keyOf(topic, partition, from)
    const cursor = (kept.get(key) as Cursor<T> | undefined) ?? open(topic, partition, from)
    // In one hand at a time.
    kept.delete(key)
    const batch = await cursor.read(maxRecords)
    kept.set(keyOf(topic, partition, cursor.next), cursor as unknown as Cursor<TopicName>)
    if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value!)
    return batch
  }
  /** Of the records of a run, which never change. */
  const timesOf = (topic: TopicName, partition: number, run: RunPlace): Promise<readonly number[]> => {
    const key = keyOf(topic, partition, run.firstOffset)
    const known = times.get(key)
    if (known !== undefined) return known
    const found = read(topic, partition, run.firstOffset, run.records).then(({ records }) =>
      records.map(recordTimeMs),
    )
    times.set(key, found)
    found.catch(() => times.delete(key))
    if (times.size > MOST_KEPT) times.delete(times.keys().next().value!)
    return found
  }
  return {
    open,
    read,
    firstAtTime: async (topic, partition, run, timeMs) => {
      const found = (await timesOf(topic, partition, run)).findIndex(own => own >= timeMs)
      return run.firstOffset + Math.max(0, found)
    },
  }
}
