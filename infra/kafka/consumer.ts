// A consumer: a member of a Kafka group that holds partitions from assignment to release.
import type { DeadLetter } from '../../schemas/records.ts'
import type { TopicName } from '../../schemas/topics.ts'
import {
  type ConsumeOptions,
  type Consumer,
  OutageError,
  type PartitionTask,
  type Position,
} from '../ports.ts'
import { pause } from '../runtime/pause.ts'
import type { Commit } from './commits.ts'
import type { Fetcher } from './fetcher.ts'
import { Membership, type MembershipParts } from './membership.ts'
import { pauseMs } from './trouble.ts'

export interface ConsumerParts<T extends TopicName> {
  readonly options: ConsumeOptions<T>
  readonly membership: Omit<MembershipParts, 'owned' | 'due' | 'lost'>
  readonly fetcher: Fetcher<T>
  readonly commit: Commit
  committed(partition: number): Promise<Position | null>
  /** Resolves when the letters are in the log. */
  bury(letters: readonly DeadLetter[]): Promise<void>
  /** Ends its connections. */
  disconnect(): Promise<void>
}

/** While it is behind, a member commits this often: less is asked of the broker, little is read again. */
const COMMIT_EVERY_MS = 500

interface Held {
  /** Aborted: no further batch. */
  readonly stop: AbortController
  /** Another member has it: nothing may be committed. */
  isLost: boolean
  ended: Promise<void>
}

interface Member<T extends TopicName> {
  readonly parts: ConsumerParts<T>
  readonly held: Map<number, Held>
  due: ReadonlySet<number>
  isLeaving: boolean
  failure: { readonly error: unknown } | null
  membership: Membership
  close(): Promise<void>
}

export function startConsumer<T extends TopicName>(parts: ConsumerParts<T>): Consumer {
  let left = (): void => {}
  const done = new Promise<void>((resolve, reject) => {
    left = () => (member.failure === null ? resolve() : reject(member.failure.error))
  })
  done.catch(() => {}) // whoever awaits `done` sees it; an unobserved one must not end the process
  let closing: Promise<void> | null = null
  const close = (): Promise<void> => {
    closing ??= leave(member).then(left)
    return closing
  }
  const held = new Map<number, Held>()
  const membership = new Membership({
    ...parts.membership,
    owned: () => [...held.keys()],
    due: partitions => share(member, partitions),
    lost: () => loseAll(member),
  })
  const member: Member<T> = {
    parts,
    held,
    due: new Set(),
    isLeaving: false,
    failure: null,
    membership,
    close,
  }
  membership.done.catch(error => fail(member, error))
  return { done, close }
}

function fail<T extends TopicName>(member: Member<T>, error: unknown): void {
  member.failure ??= { error }
  void member.close()
}

/** What is due and not in hand is taken; what is in hand and not due is let go. */
function share<T extends TopicName>(member: Member<T>, partitions: readonly number[]): void {
  member.due = new Set(partitions)
  for (const [partition, { stop }] of member.held) if (!member.due.has(partition)) stop.abort()
  for (const partition of partitions) if (!member.held.has(partition)) take(member, partition)
}

function take<T extends TopicName>(member: Member<T>, partition: number): void {
  if (member.isLeaving) return
  const mine: Held = { stop: new AbortController(), isLost: false, ended: Promise.resolve() }
  member.held.set(partition, mine)
  mine.ended = hold(member, partition, mine).then(() => {
    member.held.delete(partition)
    if (member.due.has(partition) && !mine.isLost) take(member, partition)
    else member.membership.askAgain()
  })
}

/** A partition from assignment to release; taken up again from its commit after an outage. */
async function hold<T extends TopicName>(member: Member<T>, partition: number, mine: Held): Promise<void> {
  const { parts } = member
  for (let failures = 0; !mine.stop.signal.aborted; failures++) {
    let task: PartitionTask<T> | null = null
    let failure: { readonly error: unknown } | null = null
    try {
      const committed = await parts.committed(partition)
      const assigned = await parts.options.onAssigned(partition, committed)
      task = assigned.task
      await workOn(member, partition, { task, from: assigned.from }, mine)
    } catch (error) {
      failure = { error }
    }
    try {
      await task?.revoked()
    } catch (error) {
      failure ??= { error }
    }
    if (failure === null) return
    if (!(failure.error instanceof OutageError)) return fail(member, failure.error)
    const retryInMs = pauseMs(failures)
    if (!mine.stop.signal.aborted) parts.membership.onTrouble(failure.error, retryInMs)
    await pause(retryInMs, mine.stop.signal)
  }
}

/** Resolves when the partition is to be given up; rejects with what `handle` threw. */
async function workOn<T extends TopicName>(
  member: Member<T>,
  partition: number,
  { task, from }: { readonly task: PartitionTask<T>; readonly from: number },
  mine: Held,
): Promise<void> {
  const { fetcher, commit, bury, options } = member.parts
  const { signal } = mine.stop
  const reader = fetcher.open(partition, from)
  let due: Position | null = null
  let committedAtMs = Number.NEGATIVE_INFINITY
  const identity = () => (mine.isLost ? null : member.membership.identity())
  const commitDue = async (): Promise<void> => {
    if (due === null) return
    const position: Position = due
    due = null
    committedAtMs = performance.now()
    if (!(await commit(partition, position, { identity, stopping: signal }))) mine.stop.abort()
  }
  try {
    for (;;) {
      if (reader.isEmpty() || performance.now() - committedAtMs >= COMMIT_EVERY_MS) await commitDue()
      const run = await reader.next(signal)
      if (run === null) break
      const { firstOffset, records, letters, endOffset } = run
      if (letters.length > 0) await bury(letters)
      if (records.length === 0) continue
      const position = await task.handle({
        topic: options.topic,
        partition,
        firstOffset,
        records,
        endOffset,
      })
      due = position ?? due
    }
    await commitDue()
  } finally {
    reader.close()
  }
}

async function loseAll<T extends TopicName>(member: Member<T>): Promise<void> {
  member.due = new Set()
  const all = [...member.held.values()]
  for (const one of all) {
    one.isLost = true
    one.stop.abort()
  }
  await Promise.all(all.map(({ ended }) => ended))
}

/** It stays a member, and its heart beats, until the running `handle` calls have ended and are committed. */
async function leave<T extends TopicName>(member: Member<T>): Promise<void> {
  member.isLeaving = true
  const all = [...member.held.values()]
  for (const { stop } of all) stop.abort()
  await Promise.all(all.map(({ ended }) => ended))
  await member.membership.leave()
  member.parts.fetcher.close()
  await member.parts.disconnect()
}
