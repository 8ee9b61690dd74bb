// The store-writer stage: sales, windows, alerts and dead letters into the store, each write with its
// progress.
import type { Clock, ConsumeOptions, PartitionTask, Store, StoreBatch, Telemetry } from '../infra/ports.ts'
import { watchMissed } from '../infra/runtime/missed.ts'
import { throughOutages } from '../infra/runtime/through-outages.ts'
import type { Alert } from '../schemas/alerts.ts'
import type { DeadLetter, Gap, Sale, Settled, Window } from '../schemas/records.ts'
import type { TopicRecords } from '../schemas/topics.ts'

export const STORE_WRITER = 'store-writer'

/** Records of one transaction: large enough to be fast, small enough that a retry costs little. */
const MAX_WRITE_RECORDS = 5_000

export type StoredTopic = 'sales' | 'windows' | 'alerts' | 'dead-letters'

export interface StoreWriterOptions {
  readonly store: Pick<Store, 'write' | 'progress'>
  readonly telemetry: Telemetry
  /** With it, an outage of the store is waited out, however long; without, it stops the consumer. */
  readonly clock?: Clock
  /** Ends the waiting for a store that is away, so that a process can stop: the write in hand rejects. */
  readonly signal?: AbortSignal
}

/** For `log.consume`, one for each topic. */
export interface StoreWriter {
  readonly sales: ConsumeOptions<'sales'>['onAssigned']
  readonly windows: ConsumeOptions<'windows'>['onAssigned']
  readonly alerts: ConsumeOptions<'alerts'>['onAssigned']
  readonly deadLetters: ConsumeOptions<'dead-letters'>['onAssigned']
}

interface Rows {
  readonly sales: Sale[]
  readonly windows: Window[]
  readonly gaps: Gap[]
  readonly deadLetters: DeadLetter[]
  readonly settled: Settled[]
  readonly alerts: Alert[]
  watermarkMs: number | null
}

function take(rows: Rows, record: TopicRecords[StoredTopic], topic: StoredTopic): void {
  switch (record.kind) {
    case 'sale':
      rows.sales.push(record)
      break
    case 'amend':
      rows.sales.push(record.sale)
      break
    case 'window':
      rows.windows.push(record)
      break
    case 'gap':
      // The windows pass on what stands in `sales` already.
      if (topic === 'sales') rows.gaps.push(record)
      break
    case 'alert':
      rows.alerts.push(record)
      break
    case 'dead-letter':
      rows.deadLetters.push(record)
      break
    case 'settled':
      rows.settled.push(record)
      break
    case 'tick':
      rows.watermarkMs = Math.max(rows.watermarkMs ?? record.upToMs, record.upToMs)
      break
  }
}

interface Place {
  readonly topic: StoredTopic
  readonly partition: number
}

/**
 * A tick stands behind everything that belongs before it, so its watermark is true in the same transaction.
 */
function batchOf(
  records: readonly TopicRecords[StoredTopic][],
  { topic, partition }: Place,
  offset: number,
): StoreBatch {
  const lists = { sales: [], windows: [], gaps: [], deadLetters: [], settled: [], alerts: [] }
  const rows: Rows = { ...lists, watermarkMs: null }
  for (const record of records) take(rows, record, topic)
  const { watermarkMs, ...tables } = rows
  return {
    ...tables,
    ...(watermarkMs === null ? {} : { watermarkMs }),
    progress: { stage: STORE_WRITER, topic, partition, offset },
  }
}

/**
 * Rows and progress of a write stand in one transaction, and reading resumes where the store says: whatever
 * dies and whatever is repeated, the tables are what one undisturbed run gives. The group's committed
 * position is information for others and never used here.
 */
export function createStoreWriter(options: StoreWriterOptions): StoreWriter {
  const { store, telemetry, clock } = options
  function onAssigned<T extends StoredTopic>(topic: T): ConsumeOptions<T>['onAssigned'] {
    return async partition => {
      const taken = new AbortController()
      const stop = AbortSignal.any(
        options.signal === undefined ? [taken.signal] : [taken.signal, options.signal],
      )
      const patiently = <R>(work: () => Promise<R>): Promise<R> =>
        clock === undefined ? work() : throughOutages({ clock, telemetry, what: 'store', signal: stop }, work)
      let noteMissed = watchMissed(telemetry, STORE_WRITER, null)
      const task: PartitionTask<T> = {
        async handle(batch) {
          const { records, firstOffset, endOffset } = batch
          noteMissed(batch)
          const startedMs = clock?.nowMs() ?? 0
          for (let at = 0; at < records.length; at += MAX_WRITE_RECORDS) {
            const part: readonly TopicRecords[StoredTopic][] = records.slice(at, at + MAX_WRITE_RECORDS)
            const rows = batchOf(part, { topic, partition }, firstOffset + at + part.length)
            await patiently(() => store.write(rows))
            if (topic === 'windows' && rows.watermarkMs !== undefined) {
              telemetry.watermark({ stage: STORE_WRITER, upToMs: rows.watermarkMs })
            }
          }
          const offset = firstOffset + records.length
          telemetry.batchHandled({
            stage: STORE_WRITER,
            partition,
            records: records.length,
            emitted: 0,
            lagRecords: Math.max(0, endOffset - offset),
            durationMs: (clock?.nowMs() ?? 0) - startedMs,
          })
          return { offset, watermarkMs: null, finalAtMs: null }
        },
        async revoked() {
          taken.abort()
        },
      }
      const from = await patiently(async () => {
        const written = await store.progress(STORE_WRITER, topic, partition)
        const offset = written ?? 0
        noteMissed = watchMissed(
          telemetry,
          STORE_WRITER,
          written === null ? null : { offset, watermarkMs: null },
        )
        // A row for every partition, so that the watermark waits for those that have not told theirs.
        await store.write({ progress: { stage: STORE_WRITER, topic, partition, offset } })
        return offset
      })
      return { task, from }
    }
  }
  return {
    sales: onAssigned('sales'),
    windows: onAssigned('windows'),
    alerts: onAssigned('alerts'),
    deadLetters: onAssigned('dead-letters'),
  }
}
