// A member of a consumer group: takes its share of partitions, gives them up, comes back when it was held for
// dead.
import type { TopicName } from '../../schemas/topics.ts'
import type { ConsumeOptions, Consumer, PartitionTask } from '../ports.ts'
import { type ConsumerNeeds, type Held, workOn } from './partition-worker.ts'

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
  const { environment, group, liveness } = member.needs
  while (member.shareAgain) {
    member.shareAgain = false
    const due = environment.fresh(() => group.look(member.id, liveness.isAlive))
    const idle = due.dead.length === 0 && due.toClaim.length === 0
    const found = idle ? due : await environment.write(() => group.take(member.id, liveness.isAlive))
    if (member.leaving !== null) return
    member.epoch = found.epoch
    for (const partition of found.toRelease) member.held.get(partition)?.stop.abort()
    for (const partition of idle ? [] : found.toClaim) take(member, partition, close)
    if (!found.member) await rejoin(member)
  }
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
  const mine: Held = { stop: new AbortController(), memberId: member.id, ended: Promise.resolve() }
  member.held.set(partition, mine)
  mine.ended = hold(member, partition, mine, close)
}

/** A partition from claim to release. */
async function hold<T extends TopicName>(
  member: Member<T>,
  partition: number,
  mine: Held,
  close: Close,
): Promise<void> {
  const { environment, group } = member.needs
  let task: PartitionTask<T> | null = null
  try {
    const committed = environment.fresh(() => group.positions())[partition] ?? null
    const assigned = await member.options.onAssigned(partition, committed)
    task = assigned.task
    await workOn(member.options.topic, partition, assigned, mine, member.needs)
  } catch (error) {
    fail(member, error, close)
  }
  try {
    await task?.revoked()
    await environment.write(() => group.release(mine.memberId, partition))
  } catch (error) {
    fail(member, error, close)
  }
  member.held.delete(partition)
  reshare(member, close)
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
    member.failure ??= { error }
  }
}
