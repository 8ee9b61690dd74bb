// One poller at a time: polls only while it holds the lease, so that a second one waits instead of doubling.
import { type Clock, type Lease, OutageError, type Store, type Telemetry } from '../infra/ports.ts'
import { SECOND_MS } from '../schemas/time.ts'
import type { Poller } from './poll.ts'

export const POLL_LEASE = 'poll'
/** A store that is gone is asked again at this pace. */
const RETRY_MS = 5 * SECOND_MS

export interface LeasedPollerParts {
  readonly store: Pick<Store, 'acquireLease'>
  readonly poller: Poller
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly signal: AbortSignal
}

/** Null where the signal aborted. The store may be gone for a while: that is an outage, and waited out. */
async function acquire({ store, clock, telemetry, signal }: LeasedPollerParts): Promise<Lease | null> {
  while (!signal.aborted) {
    try {
      return await store.acquireLease(POLL_LEASE, signal)
    } catch (error) {
      if (signal.aborted) return null
      const code = error instanceof OutageError ? error.code : 'lease-failed'
      telemetry.outage({ what: 'poll-lease', code, retryInMs: RETRY_MS })
      await clock.sleep(RETRY_MS, signal)
    }
  }
  return null
}

/**
 * Polls while it holds the lease `poll`, waits while another has it, and comes back when it was lost; each
 * time the end of the log is read again, since another may have written. Resolves when the signal aborts;
 * rejects with what the poller throws (a bug). The lease is always released.
 */
export async function runPollerUnderLease(parts: LeasedPollerParts): Promise<void> {
  const { poller, telemetry, signal } = parts
  while (!signal.aborted) {
    const lease = await acquire(parts)
    if (lease === null) return
    try {
      telemetry.info('this process polls the feed')
      await poller.run(AbortSignal.any([signal, lease.lost]))
    } finally {
      // A lease that is lost, or a store that is gone, has nothing left to release.
      await lease.release().catch(() => undefined)
    }
    if (!signal.aborted) telemetry.warn('the lease to poll was lost: waiting to have it again')
  }
}
