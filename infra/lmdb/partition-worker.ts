// A partition in the hands of a member: batch after batch, with fenced commits.
import { setImmediate } from 'node:timers/promises'
import type { TopicName, TopicRecords } from '../../schemas/topics.ts'
import type { OutageError, PartitionTask, Position } from '../ports.ts'
import type { Environment } from './environment.ts'
import type { GroupTable } from './groups.ts'
import type { Liveness } from './liveness.ts'
import type { PartitionLog } from './partition-log.ts'
import type { Watch } from './watch.ts'

/** Enough that the cost of a batch vanishes, few enough that a partition moves within a second. */
const BATCH_RECORDS = 5_000
/**
 * While it is behind, a member commits this often: every commit waits for the disk, and less is read again.
 */
const COMMIT_EVERY_MS = 500

export interface ConsumerNeeds {
  readonly environment: Environment
  readonly group: GroupTable
  readonly partitions: readonly PartitionLog[]
  readonly watch: Watch
  readonly liveness: Liveness
  readonly onTrouble: (outage: OutageError, retryInMs: number) => void
}

export interface Held {
  /** Aborted: no further batch. */
  readonly stop: AbortController
  /** The number under which it was claimed: what fences its commits. */
  readonly memberId: number
  /** Outages in a row, with nothing committed between them. */
  failures: number
  ended: Promise<void>
}

/** Resolves when the partition is to be given up or is lost; rejects with what `handle` threw. */
export async function workOn<T extends TopicName>(
  topic: T,
  partition: number,
  assigned: { readonly task: PartitionTask<T>; readonly from: number },
  mine: Held,
  { environment, group, partitions, watch }: ConsumerNeeds,
): Promise<void> {
  const log = partitions[partition]!
  const { signal } = mine.stop
  let next = assigned.from
  let due: Position | null = null
  let committedMs = Number.NEGATIVE_INFINITY
  const commit = async (): Promise<void> => {
    if (due === null) return
    const position = due
    due = null
    committedMs = performance.now()
    const isMine = await environment.write(() => group.commit(mine.memberId, partition, position))
    if (!isMine) mine.stop.abort()
    mine.failures = 0
  }
  while (!signal.aborted) {
    const { firstOffset, records, endOffset } = environment.fresh(() => log.read(next, BATCH_RECORDS))
    if (records.length === 0) {
      await commit()
      await watch.until(() => environment.fresh(() => log.bounds()).end > Math.max(next, endOffset), signal)
      continue
    }
    next = firstOffset + records.length
    const position = await assigned.task.handle({
      topic,
      partition,
      firstOffset,
      records: records as readonly TopicRecords[T][],
      endOffset,
    })
    due = position ?? due
    if (performance.now() - committedMs >= COMMIT_EVERY_MS) await commit()
    // Reading never waits, and a task may not either: the rest of the process has its turn here.
    await setImmediate()
  }
  await commit()
}
