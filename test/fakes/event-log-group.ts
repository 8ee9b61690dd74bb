// The consumer groups of the fake event log: members share partitions evenly; a partition is let go before it
// is given on.
import type { Batch, ConsumeOptions, Consumer, PartitionTask, Position } from '../../infra/ports.ts'
import type { TopicName } from '../../schemas/topics.ts'

export interface FakeGroup {
  /** In the order of joining. */
  members: Member[]
  /** By partition: in whose hands it is. */
  readonly owners: (Member | null)[]
  readonly committed: (Position | null)[]
}

export interface Member extends Consumer {
  /** Dies without a word. */
  vanish(): void
  /**
   * Held for dead while it lives: its partitions go to others at once, running `handle` calls commit nothing;
   * when they have ended it joins again, as a new member.
   */
  expel(): void
  /** Internal to the group: take or let go of a partition. */
  take(partition: number): void
  letGo(partition: number): void
}

interface Source<T extends TopicName> {
  read(partition: number, from: number): Batch<T>
  wait(partition: number, end: number, signal: AbortSignal): Promise<void>
}

/** Partition p belongs to member p mod n: even, and the same whoever works it out. */
function rebalance(group: FakeGroup): void {
  const { members, owners } = group
  for (const [partition, owner] of owners.entries()) {
    const target = members[partition % Math.max(1, members.length)] ?? null
    if (owner === target) continue
    if (owner !== null) owner.letGo(partition)
    else if (target !== null) {
      owners[partition] = target
      target.take(partition)
    }
  }
}

/** A partition in a member's hands; `lost`: taken away behind its back. */
interface Held {
  readonly stop: AbortController
  lost: boolean
  ended: Promise<void>
}

export function joinGroup<T extends TopicName>(
  group: FakeGroup,
  options: ConsumeOptions<T>,
  source: Source<T>,
): Member {
  const running = new Map<number, Held>()
  let dead = false
  let failure: { readonly error: unknown } | null = null
  let leaving: Promise<void> | null = null
  let settle: { readonly resolve: () => void; readonly reject: (error: unknown) => void } | null = null
  const done = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject }
  })

  async function work(partition: number, task: PartitionTask<T>, from: number, held: Held) {
    const { signal } = held.stop
    let next = from
    while (!signal.aborted) {
      const batch = source.read(partition, next)
      if (batch.records.length === 0) {
        await source.wait(partition, batch.endOffset, signal)
        continue
      }
      const position = await task.handle(batch)
      if (dead || held.lost) return
      if (position !== null) group.committed[partition] = position
      next = batch.firstOffset + batch.records.length
    }
  }

  async function hold(partition: number, held: Held): Promise<void> {
    let task: PartitionTask<T> | null = null
    try {
      const assigned = await options.onAssigned(partition, group.committed[partition] ?? null)
      task = assigned.task
      if (!dead) await work(partition, task, assigned.from, held)
    } catch (error) {
      fail(error)
    }
    if (dead) return
    await task?.revoked().catch(fail)
    if (dead) return
    if (running.get(partition) === held) running.delete(partition)
    if (held.lost) return
    group.owners[partition] = null
    rebalance(group)
  }

  function leaveGroup(): void {
    group.members = group.members.filter(other => other !== member)
    for (const [partition, owner] of group.owners.entries()) {
      if (owner === member) group.owners[partition] = null
    }
    rebalance(group)
  }

  function fail(error: unknown): void {
    if (dead) return
    failure ??= { error }
    void member.close()
  }

  async function leave(): Promise<void> {
    group.members = group.members.filter(other => other !== member)
    rebalance(group)
    const ends = [...running.values()].map(({ stop, ended }) => {
      stop.abort()
      return ended
    })
    await Promise.all(ends)
    if (failure === null) settle?.resolve()
    else settle?.reject(failure.error)
  }

  const member: Member = {
    done,
    close: () => {
      if (dead) return new Promise<never>(() => {})
      leaving ??= leave()
      return leaving
    },
    vanish: () => {
      dead = true
      for (const { stop } of running.values()) stop.abort()
      leaveGroup()
    },
    expel: () => {
      if (dead || leaving !== null || !group.members.includes(member)) return
      const lost = [...running.values()]
      for (const held of lost) {
        held.lost = true
        held.stop.abort()
      }
      leaveGroup()
      void Promise.all(lost.map(held => held.ended)).then(() => {
        if (dead || leaving !== null) return
        group.members.push(member)
        rebalance(group)
      })
    },
    take: partition => {
      const held: Held = { stop: new AbortController(), lost: false, ended: Promise.resolve() }
      running.set(partition, held)
      held.ended = Promise.resolve().then(() => hold(partition, held))
    },
    letGo: partition => running.get(partition)?.stop.abort(),
  }
  done.catch(() => {}) // whoever awaits `done` sees it; an unobserved one must not end the process
  group.members.push(member)
  rebalance(group)
  return member
}
