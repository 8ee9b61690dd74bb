// Waiting for what is away: the same work again, with growing pauses, until it is done or not wanted.
import { type Clock, OutageError, type Telemetry } from '../ports.ts'

const FIRST_RETRY_MS = 250
const LONGEST_RETRY_MS = 15_000

export interface Patience {
  readonly clock: Clock
  readonly telemetry: Telemetry
  /** What is away, for whoever reads of it. */
  readonly what: string
  readonly signal: AbortSignal
}

/** How long to wait after so many failures in a row (0 is the first). */
export function outageRetryMs(failures: number, { retryAfterMs }: OutageError): number {
  return Math.min(LONGEST_RETRY_MS, retryAfterMs ?? FIRST_RETRY_MS * 2 ** Math.min(failures, 20))
}

/** Rejects with what is no outage, and with the outage itself where the signal aborts meanwhile. */
export async function throughOutages<T>(
  { clock, telemetry, what, signal }: Patience,
  work: () => Promise<T>,
): Promise<T> {
  for (let failures = 0; ; failures++) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof OutageError) || signal.aborted) throw error
      const retryInMs = outageRetryMs(failures, error)
      telemetry.outage({ what, code: error.code, retryInMs })
      await clock.sleep(retryInMs, signal)
      if (signal.aborted) throw error
    }
  }
}
