// A member of a consumer group: takes its share of partitions, gives them up, comes back when it was held for
// dead.
import type { TopicName } from '../../schemas/topics.ts'
import {
  type ConsumeOptions,
  type Consumer,
  OutageError,
  type PartitionTask,
  type Position,
} from '../ports.ts'
import { pause } from '../runtime/pause.ts'
import type { Cursor } from './cursor.ts'
import type { Group, Share } from './group.ts'
import { pauseMs } from './trouble.ts'

export interface ConsumerParts<T extends TopicName> {
  readonly options: ConsumeOptions<T>
  readonly group: Group
  readonly sessionMs: number
  readonly heartbeatEveryMs: number
  committed(partition: number): Promise<Position | null>
  open(partition: number, from: number): Cursor<T>
  /** Resolves when the partition may reach beyond `offset`, or when the signal aborts. */
  untilBeyond(partition: number, offset: number, signal: AbortSignal): Promise<void>
  readonly onTrouble: (error: unknown, retryInMs: number) => void
}

/** Enough that the cost of a batch vanishes, few enough that a partition moves within a second. */
const BATCH_RECORDS = 1_000
/** While it is behind, a member commits this often: little is read again. */
const COMMIT_EVERY_MS = 500

interface Held {
  /** Aborted: no further batch. */
  readonly stop: AbortController
  /** Under which it was claimed: what fences its commits. */
  readonly memberId: number
  ended: Promise<void>
}

interface Member<T extends TopicName> {
  readonly parts: ConsumerParts<T>
  readonly held: Map<number, Held>
  /** Its number in the group; another after every joining. */
  id: number
  /** Of the last heartbeat that went through, monotonic ms. */
  seenAtMs: number
  /** Ends the pause between two heartbeats. */
  poke: AbortController
  readonly leaving: AbortController
  failure: { readonly error: unknown } | null
}

export async function startConsumer<T extends TopicName>(parts: ConsumerParts<T>): Promise<Consumer> {
  const member: Member<T> = {
    parts,
    held: new Map(),
    id: await parts.group.join(),
    seenAtMs: performance.now(),
    poke: new AbortController(),
    leaving: new AbortController(),
    failure: null,
  }
  const done = run(member).then(() => {
    if (member.failure !== null) throw member.failure.error
  })
  done.catch(() => {}) // whoever awaits `done` sees it; an unobserved one must not end the process
  return {
    done,
    close: async () => {
      stop(member)
      await done.catch(() => {})
    },
  }
}

function stop<T extends TopicName>(member: Member<T>): void {
  member.leaving.abort()
  for (const { stop } of member.held.values()) stop.abort()
  member.poke.abort()
}

function fail<T extends TopicName>(member: Member<T>, error: unknown): void {
  member.failure ??= { error }
  stop(member)
}

/** Beats until it leaves, and while the handles that still run end. */
async function run<T extends TopicName>(member: Member<T>): Promise<void> {
  const { group, heartbeatEveryMs, onTrouble, sessionMs } = member.parts
  const isAtWork = (): boolean => !member.leaving.signal.aborted || member.held.size > 0
  for (let failures = 0; isAtWork(); ) {
    member.poke = new AbortController()
    let pauseForMs = heartbeatEveryMs
    try {
      const startedAtMs = performance.now()
      await act(member, await group.beat(member.id), startedAtMs)
      failures = 0
    } catch (error) {
      if (!(error instanceof OutageError)) fail(member, error)
      // Others may have taken what we hold: our handles are not to run beside theirs.
      if (performance.now() - member.seenAtMs > sessionMs)
        for (const { stop } of member.held.values()) stop.abort()
      pauseForMs = Math.max(heartbeatEveryMs, pauseMs(failures++))
      if (!member.leaving.signal.aborted) onTrouble(error, pauseForMs)
    }
    if (isAtWork()) await pause(pauseForMs, member.poke.signal)
  }
  await group.leave(member.id).catch((error: unknown) => {
    // It is held for dead in a moment anyway.
    if (!(error instanceof OutageError)) member.failure ??= { error }
  })
}

async function act<T extends TopicName>(member: Member<T>, share: Share, beganAtMs: number): Promise<void> {
  if (!share.isMember) {
    // All its partitions are others' now: their handles may end, but commit nothing.
    const all = [...member.held.values()]
    for (const { stop } of all) stop.abort()
    await Promise.all(all.map(({ ended }) => ended))
    if (member.leaving.signal.aborted) return
    member.id = await member.parts.group.join()
    member.poke.abort()
    return
  }
  member.seenAtMs = beganAtMs
  for (const partition of share.toRelease) {
    const held = member.held.get(partition)
    if (held !== undefined) held.stop.abort()
    // Let go of already, when the database could not be told.
    else await member.parts.group.release(member.id, partition)
  }
  for (const partition of share.due) if (!member.held.has(partition)) take(member, partition)
}

function take<T extends TopicName>(member: Member<T>, partition: number): void {
  if (member.leaving.signal.aborted) return
  const mine: Held = { stop: new AbortController(), memberId: member.id, ended: Promise.resolve() }
  member.held.set(partition, mine)
  mine.ended = hold(member, partition, mine)
    .catch((error: unknown) => fail(member, error))
    .then(() => {
      member.held.delete(partition)
      member.poke.abort()
    })
}

/** A partition from claim to release; taken up again from its commit after an outage. */
async function hold<T extends TopicName>(member: Member<T>, partition: number, mine: Held): Promise<void> {
  const { parts } = member
  const { signal } = mine.stop
  for (let failures = 0; !signal.aborted; failures++) {
    let task: PartitionTask<T> | null = null
    let outage: OutageError | null = null
    try {
      const assigned = await parts.options.onAssigned(partition, await parts.committed(partition))
      task = assigned.task
      await workOn(member, partition, assigned, mine)
    } catch (error) {
      if (!(error instanceof OutageError)) fail(member, error)
      else outage = error
    }
    await task?.revoked()
    if (outage === null) break
    const retryInMs = pauseMs(failures)
    if (!signal.aborted) parts.onTrouble(outage, retryInMs)
    await pause(retryInMs, signal)
  }
  await parts.group.release(mine.memberId, partition).catch((error: unknown) => {
    // It goes to others when this member leaves, or at a heartbeat that finds it due to them.
    if (!(error instanceof OutageError)) throw error
  })
}

/** Resolves when the partition is to be given up; rejects with what `handle` or the log threw. */
async function workOn<T extends TopicName>(
  { parts }: Member<T>,
  partition: number,
  { task, from }: { readonly task: PartitionTask<T>; readonly from: number },
  mine: Held,
): Promise<void> {
  const { signal } = mine.stop
  const cursor = parts.open(partition, from)
  let due: Position | null = null
  let committedAtMs = Number.NEGATIVE_INFINITY
  const commit = async (): Promise<void> => {
    if (due === null) return
    const position: Position = due
    due = null
    committedAtMs = performance.now()
    if (!(await parts.group.commit(mine.memberId, partition, position))) mine.stop.abort()
  }
  while (!signal.aborted) {
    const batch = await cursor.read(BATCH_RECORDS, signal)
    if (signal.aborted) break
    if (batch.records.length === 0) {
      await commit()
      await parts.untilBeyond(partition, cursor.next, signal)
      continue
    }
    due = (await task.handle(batch)) ?? due
    if (performance.now() - committedAtMs >= COMMIT_EVERY_MS) await commit()
  }
  await commit()
}
