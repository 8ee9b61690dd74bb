// What the contract tests of the event log share: small records, a consumer that notes what happens,
// conditions.
import { vi } from 'vitest'
import type { Batch, Consumer, Entry, EventLog, Position } from '../../infra/ports.ts'
import type { Basket, FeedRecord, Tick } from '../../schemas/records.ts'
import type { TopicName } from '../../schemas/topics.ts'

/** One storage, and any number of logs on it: each `open` is another process, or the same after a restart. */
export interface EventLogHarness {
  open(): Promise<EventLog>
  remove(): Promise<void>
}

export interface HarnessOptions {
  readonly partitions: number | Partial<Record<TopicName, number>>
}

export type MakeHarness = (options: HarnessOptions) => Promise<EventLogHarness>

export const basket = (id: string, soldAtMs = 0, text = `{"id":"${id}"}`): Basket => ({
  kind: 'basket',
  id,
  soldAtMs,
  text,
})

export const tick = (upToMs: number): Tick => ({ kind: 'tick', upToMs })

export const inFeed = (partition: number, record: FeedRecord): Entry<'feed'> => ({
  topic: 'feed',
  partition,
  record,
})

/** `count` baskets `name-0`, `name-1` … for one partition. */
export const baskets = (name: string, count: number, partition = 0): Entry<'feed'>[] =>
  Array.from({ length: count }, (_, i) => inFeed(partition, basket(`${name}-${i}`)))

export const idsOf = (records: readonly FeedRecord[]): string[] =>
  records.map(record => (record.kind === 'basket' ? record.id : `${record.kind}`))

export const after = (batch: Batch): Position => ({
  offset: batch.firstOffset + batch.records.length,
  watermarkMs: null,
  finalAtMs: null,
})

export const eventually = (check: () => void | Promise<void>): Promise<void> =>
  vi.waitFor(check, { timeout: 30_000, interval: 5 })

export interface Witness {
  readonly consumer: Consumer
  /**
   * `assigned 0`, `handled 0`, `revoked 0`: in the order of events, shared by witnesses that share a diary.
   */
  readonly diary: string[]
  /** Ids by partition, in the order handled. */
  readonly seen: Map<number, string[]>
  /** Partitions in hand now. */
  readonly holding: Set<number>
}

export interface WitnessOptions {
  readonly group?: string
  readonly name?: string
  readonly diary?: string[]
  /** Runs inside `handle`, before the batch counts as seen. */
  readonly onBatch?: (batch: Batch<'feed'>) => Promise<void>
  readonly commit?: (batch: Batch<'feed'>) => Position | null
  /** Where to begin, whatever was committed. */
  readonly from?: number
}

/** A member of a group on `feed` that notes everything and, unless told otherwise, commits each batch. */
export async function witness(log: EventLog, options: WitnessOptions = {}): Promise<Witness> {
  const { group = 'group', name = '', diary = [], commit = after } = options
  const seen = new Map<number, string[]>()
  const holding = new Set<number>()
  const consumer = await log.consume({
    group,
    topic: 'feed',
    onAssigned: async (partition, committed) => {
      diary.push(`${name}assigned ${partition}`)
      holding.add(partition)
      return {
        from: options.from ?? committed?.offset ?? 0,
        task: {
          handle: async batch => {
            await options.onBatch?.(batch)
            seen.set(partition, [...(seen.get(partition) ?? []), ...idsOf(batch.records)])
            return commit(batch)
          },
          revoked: async () => {
            diary.push(`${name}revoked ${partition}`)
            holding.delete(partition)
          },
        },
      }
    },
  })
  return { consumer, diary, seen, holding }
}
