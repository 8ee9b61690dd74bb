// Reads `sales` from given places on, and turns its baskets into what the hub publishes.
import { setImmediate } from 'node:timers/promises'
import type { EventLog } from '../../infra/ports.ts'
import type { SoldItem } from '../../schemas/history.ts'
import type { SalesRecord } from '../../schemas/records.ts'
import type { Positions } from '../core/cursor.ts'
import { soldItemsOf } from '../core/items.ts'
import type { RingEntry } from './ring.ts'

/** How an item is shown: covers are rewritten in simulated mode. */
export type Present = (item: SoldItem) => SoldItem

const READ_RECORDS = 1_000

/** A basket record as it is shown; null for ticks and gaps. */
export function entryOf(
  record: SalesRecord,
  partition: number,
  offset: number,
  present: Present,
): RingEntry | null {
  if (record.kind !== 'sale' && record.kind !== 'amend') return null
  const amended = record.kind === 'amend'
  const sale = amended ? record.sale : record
  const { basketId, soldAtMs } = sale
  return { partition, offset, basketId, soldAtMs, amended, items: soldItemsOf(sale).map(present) }
}

export interface Intake {
  /** Next to read, by partition. */
  positions(): Positions
  /** True where nothing waits to be taken. */
  isEmpty(): boolean
  /** Reads every partition to its end; calls `onFull` whenever `maxPending` baskets wait to be taken. */
  readAll(onFull: () => void): Promise<void>
  /** The baskets read since the last call, in the order they were read. */
  take(): RingEntry[]
}

export interface IntakeOptions {
  readonly log: EventLog
  readonly from: Positions
  readonly present: Present
  readonly maxPending: number
  /** True where the basket was published already: what a crash wrote twice is shown once. */
  readonly isKnown: (basketId: string) => boolean
}

export function createIntake({ log, from, present, maxPending, isKnown }: IntakeOptions): Intake {
  const read = [...from]
  let pending: RingEntry[] = []
  let pendingIds = new Set<string>()

  function add(entry: RingEntry): void {
    if (!entry.amended && (pendingIds.has(entry.basketId) || isKnown(entry.basketId))) return
    pending.push(entry)
    pendingIds.add(entry.basketId)
  }

  async function readPartition(partition: number, onFull: () => void): Promise<void> {
    for (;;) {
      const batch = await log.read('sales', partition, read[partition]!, READ_RECORDS)
      for (const [i, record] of batch.records.entries()) {
        const entry = entryOf(record, partition, batch.firstOffset + i, present)
        if (entry !== null) add(entry)
      }
      read[partition] = batch.firstOffset + batch.records.length
      if (pending.length >= maxPending) onFull()
      if (batch.records.length < READ_RECORDS) return
      // A long way to go: let requests and sockets have their turn.
      await setImmediate()
    }
  }

  return {
    positions: () => [...read],
    isEmpty: () => pending.length === 0,
    async readAll(onFull) {
      for (let p = 0; p < read.length; p++) await readPartition(p, onFull)
    },
    take() {
      const taken = pending
      pending = []
      pendingIds = new Set()
      return taken
    },
  }
}
