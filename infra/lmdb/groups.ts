// The tables of consumer groups: members, owners of partitions, committed positions. Runs inside transactions.
import type { TopicName } from '../../schemas/topics.ts'
import type { Position } from '../ports.ts'
import type { StateTable } from './environment.ts'
import type { Instance } from './liveness.ts'

/** Larger than any number in a key: the end of a range. */
const LAST = Number.MAX_SAFE_INTEGER

/** What a member is to do after a look at the group. */
export interface Share {
  /** False: it was held for dead and must join again; all its partitions are lost. */
  readonly member: boolean
  /** Partitions it has now been given. */
  readonly claimed: readonly number[]
  /** Partitions of its own that belong to others: to be released after the running `handle`. */
  readonly toRelease: readonly number[]
}

/**
 * A member is a number that is never given twice: it is the token that fences off one that was held for dead.
 * Partition p belongs to the member at place p mod n, so that all who look agree. Every method but `epoch`,
 * `members` and `positions` must run in a write transaction.
 */
export interface GroupTable {
  /** Changes with every change of members or owners. */
  epoch(): number
  members(): readonly { readonly id: number; readonly instance: Instance }[]
  join(instance: Instance): number
  leave(id: number): void
  /** Drops the dead, claims what is free and due. */
  share(id: number, isAlive: (instance: Instance) => boolean): Share
  release(id: number, partition: number): void
  /** False, and nothing written, where the partition is not the member's. */
  commit(id: number, partition: number, position: Position): boolean
  positions(): readonly (Position | null)[]
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

  return {
    epoch,
    members,
    leave,
    join: instance => {
      const id = bump()
      state.put(memberKey(id), instance)
      return id
    },
    share: (id, isAlive) => {
      for (const other of members()) if (other.id !== id && !isAlive(other.instance)) leave(other.id)
      const ids = members().map(other => other.id)
      if (!ids.includes(id)) return { member: false, claimed: [], toRelease: [] }
      const claimed: number[] = []
      const toRelease: number[] = []
      for (let p = 0; p < partitions; p++) {
        const due = ids[p % ids.length] === id
        const current = owner(p)
        if (due && current === null) {
          state.put(ownerKey(p), id)
          claimed.push(p)
        } else if (!due && current === id) toRelease.push(p)
      }
      if (claimed.length > 0) bump()
      return { member: true, claimed, toRelease }
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
