// The ports of a simulated process: each call is a step of the scheduler, and may fail or be done in part.
import type { Mail } from '../../../infra/main/mail-part.ts'
import type { StageConfig } from '../../../infra/main/stages.ts'
import type { ConsumeOptions, Entry, EventLog, PageCache, Position, Store } from '../../../infra/ports.ts'
import type { TopicName } from '../../../schemas/topics.ts'
import type { FakeEventLog } from '../../fakes/event-log.ts'
import type { SeededFeed } from './feed.ts'
import type { Owner, Scheduler } from './scheduler.ts'
import { outage, type Storage } from './storage.ts'

export interface ProcessParts {
  readonly scheduler: Scheduler
  readonly storage: Storage
  readonly feed: SeededFeed
  readonly config: StageConfig
  /** Absent where nobody is mailed. */
  readonly mailFor?: (owner: Owner) => Mail
  /** Share of appends that come in two steps, and of those that fail in part. */
  readonly tornAppendShare: number
  readonly failedAppendShare: () => number
}

/** A topic and partition of an entry, as text. */
function placeOf({ topic, partition }: Entry): string {
  return `${topic}/${partition}`
}

/** A part of an append as a log of many partitions may have it: of each partition the first few. */
function someOf(entries: readonly Entry[], unit: () => number): readonly Entry[] {
  const left = new Map<string, number>()
  for (const entry of entries) left.set(placeOf(entry), (left.get(placeOf(entry)) ?? 0) + 1)
  for (const [place, count] of left) left.set(place, Math.floor(unit() * (count + 1)))
  return entries.filter(entry => {
    const more = left.get(placeOf(entry))!
    left.set(placeOf(entry), more - 1)
    return more > 0
  })
}

/** Of each partition what `first` does not have, in order. */
function restOf(entries: readonly Entry[], first: readonly Entry[]): readonly Entry[] {
  const taken = new Set(first)
  return entries.filter(entry => !taken.has(entry))
}

function describe(entries: readonly Entry[]): string {
  const counts = new Map<string, number>()
  for (const entry of entries) {
    const name = `${placeOf(entry)} ${entry.record.kind}`
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return [...counts].map(([name, count]) => `${count} ${name}`).join(', ')
}

export function steppedLog(owner: Owner, log: FakeEventLog, parts: ProcessParts): EventLog {
  const { scheduler, storage, feed } = parts
  const { rng } = scheduler
  const step = <T>(label: string, effect: () => T | Promise<T>): Promise<T> =>
    scheduler.step(owner, label, () => {
      if (storage.logIsAway) throw outage('the log')
      return effect()
    })

  const write = (entries: readonly Entry[]): Promise<void> => {
    if (entries.some(({ topic, record }) => topic === 'feed' && record.kind === 'tick')) feed.took(owner)
    return log.append(entries)
  }

  async function append(entries: readonly Entry[]): Promise<void> {
    if (entries.some(({ topic }) => topic === 'feed') && storage.lease.isWithout(owner))
      throw new Error('the feed is written without the lease')
    const fails = rng.unit() < parts.failedAppendShare()
    if (fails || rng.unit() < parts.tornAppendShare) {
      const first = someOf(entries, () => rng.unit())
      const rest = restOf(entries, first)
      if (first.length > 0) await step(`append of ${describe(first)} first`, () => write(first))
      if (fails) throw outage('the log')
      if (rest.length > 0) await step(`append of ${describe(rest)}`, () => write(rest))
    } else {
      await step(`append of ${describe(entries)}`, () => write(entries))
    }
  }

  return {
    partitions: topic => log.partitions(topic),
    append,
    read: (topic, partition, from, most) =>
      step(`read ${topic}/${partition}`, () => log.read(topic, partition, from, most)),
    readColumns: (partition, from, most) => step('readColumns', () => log.readColumns(partition, from, most)),
    bounds: topic => step(`bounds ${topic}`, () => log.bounds(topic)),
    offsetAtTime: (topic, partition, timeMs) =>
      step(`seek ${topic}/${partition}`, () => log.offsetAtTime(topic, partition, timeMs)),
    committed: (group, topic) => step(`committed ${group}`, () => log.committed(group, topic)),
    waitForAppend: (topic, since, signal) => log.waitForAppend(topic, since, signal),
    enforceRetention: async () => {},
    close: () => log.close(),
    consume: options =>
      step(`join ${options.group}`, () => log.consume(steppedTask(owner, scheduler, options))),
  }
}

/** A step before each batch is handled, and one before its position is committed. */
function steppedTask<T extends TopicName>(
  owner: Owner,
  scheduler: Scheduler,
  options: ConsumeOptions<T>,
): ConsumeOptions<T> {
  return {
    ...options,
    onAssigned: async (partition, committed) => {
      const at = `${options.group} ${options.topic}/${partition}`
      await scheduler.step(owner, `${at} assigned at ${committed?.offset ?? 'nothing'}`, () => {})
      const { task, from } = await options.onAssigned(partition, committed)
      return {
        from,
        task: {
          handle: async (batch): Promise<Position | null> => {
            const { firstOffset, records } = batch
            await scheduler.step(owner, `${at} handle ${firstOffset}+${records.length}`, () => {})
            const position = await task.handle(batch)
            await scheduler.step(owner, `${at} commit ${position?.offset ?? 'nothing'}`, () => {})
            return position
          },
          revoked: async () => {
            await scheduler.step(owner, `${at} revoked`, () => {})
            await task.revoked()
          },
        },
      }
    },
  }
}

export function steppedStore(owner: Owner, { scheduler, storage }: ProcessParts): Store {
  const { store } = storage
  const step = <T>(label: string, effect: () => Promise<T>): Promise<T> =>
    scheduler.step(owner, label, () => {
      if (storage.storeIsAway) throw outage('the store')
      return effect()
    })
  return {
    write: async batch => {
      const { topic, partition, offset } = batch.progress
      await step(`store write ${topic}/${partition} to ${offset}`, () => store.write(batch))
      // Written, and the answer is lost with the connection.
      if (storage.storeIsAway) throw outage('the store')
    },
    progress: (stage, topic, partition) =>
      step(`store progress ${topic}/${partition}`, () => store.progress(stage, topic, partition)),
    acquireLease: (_name, signal) => step('lease', () => storage.lease.acquire(owner, signal)),
    enforceRetention: async () => 0,
    close: async () => {},
  }
}

export function steppedCache(owner: Owner, { scheduler, storage }: ProcessParts): PageCache {
  const { store } = storage
  const step = <T>(label: string, effect: () => Promise<T>): Promise<T> =>
    scheduler.step(owner, label, () => {
      if (storage.storeIsAway) throw outage('the store')
      return effect()
    })
  return {
    lookup: (pages, notBeforeMs) => step('cache lookup', () => store.lookup(pages, notBeforeMs)),
    remember: pages => step('cache remember', () => store.remember(pages)),
  }
}
