// The loop of whatever watches: look, wait, look again, until told to stop.
import { type Clock, OutageError, type Telemetry } from '../ports.ts'

export interface LookOftenParts {
  /** Rejects with an `OutageError` where log or store are away. */
  readonly look: () => Promise<void>
  readonly everyMs: number
  /** Whose time passes between two looks. */
  readonly clock: Clock
  readonly telemetry: Telemetry
}

/** Looks until the signal aborts; what is away is looked at the next time. A bug ends it. */
export async function lookOften(parts: LookOftenParts, stop: AbortSignal): Promise<void> {
  const { look, everyMs, clock, telemetry } = parts
  while (!stop.aborted) {
    try {
      await look()
    } catch (error) {
      if (!(error instanceof OutageError)) throw error
      telemetry.outage({ what: 'store', code: error.code, retryInMs: everyMs })
    }
    await clock.sleep(everyMs, stop)
  }
}
