// A member of a consumer group: takes its share of partitions, gives them up, comes back when it was held for
// dead.
import type { TopicName } from '../../schemas/topics.ts'
import { type ConsumeOptions, type Consumer, OutageError, type PartitionTask } from '../ports.ts'
import { pause } from '../runtime/pause.ts'
import { outageRetryMs } from '../runtime/through-outages.ts'
import { type ConsumerNeeds, type Held, workOn } from './partition-worker.ts'

/** The group's tables are tried again at this pace while the disk is full: closing waits no longer for it. */
const TABLES_RETRY_MS = 500

interface Member<T extends TopicName> {
  readonly options: ConsumeOptions<T>
  readonly needs: ConsumerNeeds
  readonly held: Map<number, Held>
  /** Its number in the group; another after every joining. */
  id: number
  /** The state of the group that it has acted upon. */
  epoch: number
  failure: { readonly error: unknown } | null
  leaving: Promise<void> | null
  sharing: Promise<void> | null
  shareAgain: boolean
  /** Unsubscribes from everything. */
  forgetAll: () => void
}

export async function startConsumer<T extends TopicName>(
  options: ConsumeOptions<T>,
  needs: ConsumerNeeds,
): Promise<Consumer> {
  const { environment, group, watch, liveness } = needs
  liveness.start()
  const id = await environment.write(() => group.join(liveness.self))
  const member: Member<T> = {
    options,
    needs,
    held: new Map(),
    id,
    epoch: -1,
    failure: null,
    leaving: null,
    sharing: null,
    shareAgain: false,
    forgetAll: () => {},
  }
  let left = (): void => {}
  const done = new Promise<void>((resolve, reject) => {
    left = () => (member.failure === null ? resolve() : reject(member.failure.error))
  })
  done.catch(() => {}) // whoever awaits `done` sees it; an unobserved one must not end the process

  const close = (): Promise<void> => {
    member.leaving ??= leave(member).then(left)
    return member.leaving
  }
  const guard = (look: () => boolean): (() => void) => {
    return () => {
      try {
        if (look()) reshare(member, close)
      } catch (error) {
        fail(member, error, close)
      }
    }
  }
  const unsubscribe = watch.subscribe(guard(() => environment.fresh(() => group.epoch()) !== member.epoch))
  const unbeat = liveness.onBeat(guard(() => environment.fresh(() => group.members()).some(isDead)))
  function isDead(other: { readonly instance: typeof liveness.self }): boolean {
    return !liveness.isAlive(other.instance)
  }
  member.forgetAll = () => {
    unsubscribe()
    unbeat()
  }
  reshare(member, close)
  return { done, close }
}

type Close = () => Promise<void>

function fail<T extends TopicName>(member: Member<T>, error: unknown, close: Close): void {
  member.failure ??= { error }
  void close()
}

/** Asks for a look at the group: at once, or again after the one that runs. */
function reshare<T extends TopicName>(member: Member<T>, close: Close): void {
  if (member.leaving !== null) return
  member.shareAgain = true
  member.sharing ??= share(member, close)
    .catch(error => fail(member, error, close))
    .finally(() => {
      member.sharing = null
    })
}

async function share<T extends TopicName>(member: Member<T>, close: Close): Promise<void> {
  while (member.shareAgain) {
    member.shareAgain = false
    try {
      await look(member, close)
    } catch (error) {
      if (!(error instanceof OutageError)) throw error
      if (member.leaving !== null) return
      member.needs.onTrouble(error, TABLES_RETRY_MS)
      await pause(TABLES_RETRY_MS)
      member.shareAgain = true
    }
  }
}

async function look<T extends TopicName>(member: Member<T>, close: Close): Promise<void> {
  const { environment, group, liveness } = member.needs
  const due = environment.fresh(() => group.look(member.id, liveness.isAlive))
  const idle = due.dead.length === 0 && due.toClaim.length === 0
  const found = idle ? due : await environment.write(() => group.take(member.id, liveness.isAlive))
  if (member.leaving !== null) return
  member.epoch = found.epoch
  for (const partition of found.toRelease) member.held.get(partition)?.stop.abort()
  for (const partition of idle ? [] : found.toClaim) take(member, partition, close)
  if (!found.member) await rejoin(member)
}

/** All its partitions are others' now: their handles may end, but commit nothing. */
async function rejoin<T extends TopicName>(member: Member<T>): Promise<void> {
  const { environment, group, liveness } = member.needs
  await endAll(member)
  if (member.leaving !== null) return
  member.id = await environment.write(() => group.join(liveness.self))
  member.shareAgain = true
}

function take<T extends TopicName>(member: Member<T>, partition: number, close: Close): void {
  const mine: Held = {
    stop: new AbortController(),
    memberId: member.id,
    failures: 0,
    ended: Promise.resolve(),
  }
  member.held.set(partition, mine)
  mine.ended = hold(member, partition, mine, close)
}

/** A partition from claim to release; taken up again from its commit after an outage. */
async function hold<T extends TopicName>(
  member: Member<T>,
  partition: number,
  mine: Held,
  close: Close,
): Promise<void> {
  const { signal } = mine.stop
  try {
    while (!signal.aborted) {
      const outage = await workUntilOutage(member, partition, mine)
      if (outage === null) break
      const retryInMs = outageRetryMs(mine.failures++, outage)
      if (!signal.aborted) member.needs.onTrouble(outage, retryInMs)
      await pause(retryInMs, signal)
    }
  } catch (error) {
    fail(member, error, close)
  }
  await release(member, partition, mine).catch((error: unknown) => fail(member, error, close))
  member.held.delete(partition)
  reshare(member, close)
}

/** Resolves with the outage that it met, or with null where the partition is to be given up. */
async function workUntilOutage<T extends TopicName>(
  { options, needs }: Member<T>,
  partition: number,
  mine: Held,
): Promise<OutageError | null> {
  let task: PartitionTask<T> | null = null
  let outage: OutageError | null = null
  try {
    const committed = needs.environment.fresh(() => needs.group.positions())[partition] ?? null
    const assigned = await options.onAssigned(partition, committed)
    task = assigned.task
    await workOn(options.topic, partition, assigned, mine, needs)
  } catch (error) {
    if (!(error instanceof OutageError)) {
      await task?.revoked().catch(() => undefined)
      throw error
    }
    outage = error
  }
  await task?.revoked()
  return outage
}

async function release<T extends TopicName>(member: Member<T>, partition: number, mine: Held): Promise<void> {
  const { environment, group, onTrouble } = member.needs
  for (;;) {
    try {
      return await environment.write(() => group.release(mine.memberId, partition))
    } catch (error) {
      if (!(error instanceof OutageError)) throw error
      // Who leaves is held for dead in a moment, and all it had is free.
      if (member.leaving !== null) return
      onTrouble(error, TABLES_RETRY_MS)
      await pause(TABLES_RETRY_MS)
    }
  }
}

async function endAll<T extends TopicName>(member: Member<T>): Promise<void> {
  const all = [...member.held.values()]
  for (const { stop } of all) stop.abort()
  await Promise.all(all.map(({ ended }) => ended))
}

async function leave<T extends TopicName>(member: Member<T>): Promise<void> {
  const { environment, group } = member.needs
  member.forgetAll()
  await member.sharing
  await endAll(member)
  try {
    await environment.write(() => group.leave(member.id))
  } catch (error) {
    if (!(error instanceof OutageError)) member.failure ??= { error }
  }
}
