// Runs the store-writer over its topics, as members of one group.
import { createStoreWriter } from '../../sinks/store-writer.ts'
import type { Clock, EventLog, Store, Telemetry } from '../ports.ts'

export interface StoreWriterParts {
  readonly log: EventLog
  readonly store: Store
  /** The time of the machine. */
  readonly pace: Clock
  readonly telemetry: Telemetry
}

/** Writes until it is closed. */
export async function startWriting(
  parts: StoreWriterParts,
): Promise<{ readonly done: Promise<unknown>; close(): Promise<void> }> {
  const { log, store, pace, telemetry } = parts
  const stop = new AbortController()
  const writer = createStoreWriter({ store, telemetry, clock: pace, signal: stop.signal })
  const group = 'store-writer'
  const consumers = await Promise.all([
    log.consume({ group, topic: 'sales', onAssigned: writer.sales }),
    log.consume({ group, topic: 'windows', onAssigned: writer.windows }),
    log.consume({ group, topic: 'alerts', onAssigned: writer.alerts }),
    log.consume({ group, topic: 'dead-letters', onAssigned: writer.deadLetters }),
  ])
  const throwUnlessStopped = (error: unknown): void => {
    if (!stop.signal.aborted) throw error
  }
  return {
    // A write that was given up because we stop is read again at the next start: no failure.
    done: Promise.all(consumers.map(consumer => consumer.done.catch(throwUnlessStopped))),
    close: async () => {
      stop.abort()
      await Promise.all(consumers.map(consumer => consumer.close().catch(() => undefined)))
    },
  }
}
