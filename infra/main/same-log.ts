// Whether a store belongs to a log: a writer that is ahead of the log would skip everything from there on.
import type { EventLog, Store } from '../ports.ts'
import { CommandError, EXIT } from './errors.ts'

const STAGE = 'store-writer'
const TOPICS_STORED = ['sales', 'windows', 'dead-letters'] as const

/** Rejects where the store has read further than the log reaches: the log was deleted, or is another one. */
export async function checkSameLog(log: EventLog, store: Pick<Store, 'progress'>): Promise<void> {
  for (const topic of TOPICS_STORED) {
    for (const [partition, { end }] of (await log.bounds(topic)).entries()) {
      const read = (await store.progress(STAGE, topic, partition)) ?? 0
      if (read <= end) continue
      throw new CommandError(
        EXIT.precondition,
        `the store has read ${read} records of ${topic}, but the log holds ${end}: it was filled from another log`,
        'bring the log back, or start with another --db-schema (or another --data-dir)',
      )
    }
  }
}
