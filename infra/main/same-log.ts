// Whether a store belongs to a log: a writer that is ahead of the log would skip everything from there on.
import type { EventLog, Store } from '../ports.ts'
import { CommandError, EXIT } from './errors.ts'

const STAGE = 'store-writer'
const TOPICS_STORED = ['sales', 'windows', 'alerts', 'dead-letters'] as const

/** Rejects where the store has read further than the log reaches: the log was deleted, or is another one. */
export async function checkSameLog(log: EventLog, store: Pick<Store, 'progress'>): Promise<void> {
  for (const topic of TOPICS_STORED) {
    // The store is asked first: others may be writing, and the log is never behind what they have read.
    const reads: number[] = []
    for (let partition = 0; partition < log.partitions(topic); partition++)
      reads.push((await store.progress(STAGE, topic, partition)) ?? 0)
    for (const [partition, { end }] of (await log.bounds(topic)).entries()) {
      const read = reads[partition] ?? 0
      if (read <= end) continue
      throw new CommandError(
        EXIT.precondition,
        `the store has read ${read} records of ${topic}, but the log holds ${end}: it was filled from another log`,
        'bring the log back, or start with another --db-schema (or another --data-dir)',
      )
    }
  }
}
