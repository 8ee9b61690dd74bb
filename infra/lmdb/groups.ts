// The tables of consumer groups: members, owners of partitions, committed positions. Runs inside
// transactions.
import type { TopicName } from '../../schemas/topics.ts'
import type { Position } from '../ports.ts'
import type { StateTable } from './environment.ts'
import type { Instance } from './liveness.ts'

/** Larger than any number in a key: the end of a range. */
const LAST = Number.MAX_SAFE_INTEGER

export type IsAlive = (instance: Instance) => boolean

/** What a look at the group finds for one member. */
export interface Share {
  readonly epoch: number
  /** False: it was held for dead and must join again; all its partitions are lost. */
  readonly member: boolean
  /** Other members whose processes are gone. */
  readonly dead: readonly number[]
  /** Free partitions that are due to it: its own once `take` has returned them. */
  readonly toClaim: readonly number[]
  /** Partitions of its own that belong to others: to be released after the running `handle`. */
  readonly toRelease: readonly number[]
}

/**
 * A member is a number that is never given twice: it is the token that fences off one that was held for dead.
 * Partition p belongs to the member at place p mod n, so that all who look agree. `join`, `leave`, `take`,
 * `release` and `commit` must run in a write transaction.
 */
export interface GroupTable {
  /** Changes with every change of members or owners. */
  epoch(): number
  members(): readonly { readonly id: number; readonly instance: Instance }[]
  join(instance: Instance): number
  leave(id: number): void
  /** What is due to a member; changes nothing, and costs no write where nothing is due. */
  look(id: number, isAlive: IsAlive): Share
  /** Drops the dead and claims what is due; returns what it found then. */
  take(id: number, isAlive: IsAlive): Share
  release(id: number, partition: number): void
  /** False, and nothing written, where the partition is not the member's. */
  commit(id: number, partition: number, position: Position): boolean
  positions(): readonly (Position | null)[]
}

/** The lowest offset that any group committed for each partition of a topic; infinite where none did. */
export function readByAll(state: StateTable, topic: TopicName, partitions: number): readonly number[] {
  const lowest = Array.from({ length: partitions }, () => Number.POSITIVE_INFINITY)
  for (const { key, value } of state.getRange({ start: ['position'], end: ['position\uffff'] })) {
    const [, , of, partition] = key as [string, string, string, number]
    if (of === topic && partition < partitions)
      lowest[partition] = Math.min(lowest[partition]!, (value as Position).offset)
  }
  return lowest
}

export function groupTable(
  state: StateTable,
  group: string,
  topic: TopicName,
  partitions: number,
): GroupTable {
  const epochKey = ['epoch', group, topic]
  const memberKey = (id: number): (string | number)[] => ['member', group, topic, id]
  const ownerKey = (partition: number): (string | number)[] => ['owner', group, topic, partition]
  const positionKey = (partition: number): (string | number)[] => ['position', group, topic, partition]

  const epoch = (): number => (state.get(epochKey) as number | undefined) ?? 0
  const owner = (partition: number): number | null =>
    (state.get(ownerKey(partition)) as number | undefined) ?? null
  const bump = (): number => {
    const next = epoch() + 1
    state.put(epochKey, next)
    return next
  }
  const members = (): { readonly id: number; readonly instance: Instance }[] =>
    [...state.getRange({ start: ['member', group, topic], end: memberKey(LAST) })].map(({ key, value }) => ({
      id: Number((key as (string | number)[])[3]),
      instance: value as Instance,
    }))
  const leave = (id: number): void => {
    state.remove(memberKey(id))
    for (let p = 0; p < partitions; p++) if (owner(p) === id) state.remove(ownerKey(p))
    bump()
  }

  const look = (id: number, isAlive: IsAlive): Share => {
    const all = members()
    const dead = all.filter(other => other.id !== id && !isAlive(other.instance)).map(other => other.id)
    const ids = all.map(other => other.id).filter(other => !dead.includes(other))
    const member = ids.includes(id)
    const toClaim: number[] = []
    const toRelease: number[] = []
    for (let p = 0; member && p < partitions; p++) {
      const due = ids[p % ids.length] === id
      const current = owner(p)
      if (due && current === null) toClaim.push(p)
      else if (!due && current === id) toRelease.push(p)
    }
    return { epoch: epoch(), member, dead, toClaim, toRelease }
  }

  return {
    epoch,
    members,
    leave,
    look,
    join: instance => {
      const id = bump()
      state.put(memberKey(id), instance)
      return id
    },
    take: (id, isAlive) => {
      const first = look(id, isAlive)
      for (const other of first.dead) leave(other)
      const share = first.dead.length === 0 ? first : look(id, isAlive)
      for (const partition of share.toClaim) state.put(ownerKey(partition), id)
      if (share.toClaim.length > 0) bump()
      return { ...share, epoch: epoch() }
    },
    release: (id, partition) => {
      if (owner(partition) !== id) return
      state.remove(ownerKey(partition))
      bump()
    },
    commit: (id, partition, position) => {
      if (owner(partition) !== id) return false
      state.put(positionKey(partition), position)
      return true
    },
    positions: () =>
      Array.from(
        { length: partitions },
        (_, p) => (state.get(positionKey(p)) as Position | undefined) ?? null,
      ),
  }
}
