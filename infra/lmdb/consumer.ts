// A member of a consumer group: takes its share of partitions, hands out batches, commits, gives up, comes back.
import type { TopicName, TopicRecords } from '../../schemas/topics.ts'
import type { ConsumeOptions, Consumer, PartitionTask } from '../ports.ts'
import type { Environment } from './environment.ts'
import type { GroupTable } from './groups.ts'
import type { Liveness } from './liveness.ts'
import type { PartitionLog } from './partition-log.ts'
import type { Watch } from './watch.ts'

/** Enough that the cost of a batch vanishes, few enough that a partition moves within a second. */
const BATCH_RECORDS = 5_000

export interface ConsumerNeeds {
  readonly environment: Environment
  readonly group: GroupTable
  readonly partitions: readonly PartitionLog[]
  readonly watch: Watch
  readonly liveness: Liveness
}

/** A partition in the hands of this member. */
interface Held {
  /** Aborted: no further batch. */
  readonly stop: AbortController
  /** The id under which it was claimed: what fences its commits. */
  readonly memberId: number
  ended: Promise<void>
}

export async function startConsumer<T extends TopicName>(
  options: ConsumeOptions<T>,
  needs: ConsumerNeeds,
): Promise<Consumer> {
  const { environment, group, watch, liveness } = needs
  const held = new Map<number, Held>()
  let memberId = 0
  let failure: { readonly error: unknown } | null = null
  let leaving: Promise<void> | null = null
  let epoch = -1
  let sharing: Promise<void> | null = null
  let shareAgain = false
  let settle: { readonly resolve: () => void; readonly reject: (error: unknown) => void } | null = null
  const done = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject }
  })
  done.catch(() => {}) // whoever awaits `done` sees it; an unobserved one must not end the process

  const fail = (error: unknown): void => {
    failure ??= { error }
    void close()
  }

  const hold = async (partition: number, mine: Held): Promise<void> => {
    let task: PartitionTask<T> | null = null
    try {
      const committed = environment.fresh(() => group.positions())[partition] ?? null
      const assigned = await options.onAssigned(partition, committed)
      task = assigned.task
      await work(options.topic, partition, assigned, mine, needs)
    } catch (error) {
      fail(error)
    }
    try {
      await task?.revoked()
      await environment.write(() => group.release(mine.memberId, partition))
    } catch (error) {
      fail(error)
    }
    held.delete(partition)
    void reshare()
  }

  /** Looks at the group and does what is due; runs once at a time. */
  const share = async (): Promise<void> => {
    do {
      shareAgain = false
      const found = await environment.write(() => {
        const next = group.share(memberId, liveness.isAlive)
        return { ...next, epoch: group.epoch() }
      })
      epoch = found.epoch
      if (leaving !== null) return
      for (const partition of found.toRelease) held.get(partition)?.stop.abort()
      if (!found.member) await rejoin()
      for (const partition of found.claimed) {
        const mine: Held = { stop: new AbortController(), memberId, ended: Promise.resolve() }
        held.set(partition, mine)
        mine.ended = hold(partition, mine)
      }
    } while (shareAgain)
  }

  const rejoin = async (): Promise<void> => {
    const lost = [...held.values()]
    for (const { stop } of lost) stop.abort()
    await Promise.all(lost.map(({ ended }) => ended))
    memberId = await environment.write(() => group.join(liveness.self))
    shareAgain = true
  }

  const reshare = (): Promise<void> => {
    if (leaving !== null) return Promise.resolve()
    shareAgain = true
    sharing ??= share()
      .catch(fail)
      .finally(() => {
        sharing = null
      })
    return sharing
  }

  const unsubscribe = watch.subscribe(() => {
    if (environment.fresh(() => group.epoch()) !== epoch) void reshare()
  })
  const unbeat = liveness.onBeat(() => {
    const others = environment.fresh(() => group.members())
    if (others.some(({ instance }) => !liveness.isAlive(instance))) void reshare()
  })

  const leave = async (): Promise<void> => {
    unsubscribe()
    unbeat()
    await sharing
    for (const { stop } of held.values()) stop.abort()
    await Promise.all([...held.values()].map(({ ended }) => ended))
    try {
      await environment.write(() => group.leave(memberId))
    } catch (error) {
      failure ??= { error }
    }
    if (failure === null) settle?.resolve()
    else settle?.reject(failure.error)
  }
  const close = (): Promise<void> => {
    leaving ??= leave()
    return leaving
  }

  liveness.start()
  memberId = await environment.write(() => group.join(liveness.self))
  void reshare()
  return { done, close }
}

/** Batch after batch, until the partition is to be given up or is lost. */
async function work<T extends TopicName>(
  topic: T,
  partition: number,
  assigned: { readonly task: PartitionTask<T>; readonly from: number },
  mine: Held,
  { environment, group, partitions, watch }: ConsumerNeeds,
): Promise<void> {
  const log = partitions[partition]!
  const { signal } = mine.stop
  let next = assigned.from
  while (!signal.aborted) {
    const { firstOffset, records, endOffset } = environment.fresh(() => log.read(next, BATCH_RECORDS))
    if (records.length === 0) {
      await watch.until(() => environment.fresh(() => log.bounds()).end > endOffset, signal)
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
    if (position === null) continue
    const isMine = await environment.write(() => group.commit(mine.memberId, partition, position))
    if (!isMine) mine.stop.abort()
  }
}
