// Lets go of what is past its time: records, sales, requests nobody confirmed, and what was sent.
import { DAY_MS, HOUR_MS } from '../../schemas/time.ts'
import type { Subscribers } from '../ports.ts'
import { CONFIRM_WITHIN_MS } from '../runtime/links.ts'
import type { Running } from './running.ts'

const EVERY_MS = HOUR_MS / 6
/** What was sent, or given up, can be looked at and sent again for so long. */
export const BODIES_KEPT_MS = 14 * DAY_MS
/**
 * Nothing older than a day is told, by the feed's clock. That clock runs a tenth as fast as the machine's at
 * worst: nine days then, and an alert that is still open is never forgotten.
 */
export const DECISIONS_KEPT_MS = 90 * DAY_MS

interface Kept {
  readonly log: Pick<Running['resources']['log'], 'enforceRetention'>
  readonly store: Pick<Running['resources']['store'], 'enforceRetention' | 'outbox' | 'extent'> & {
    readonly subscribers: Pick<Subscribers, 'forgetUnconfirmed'>
  }
}

/**
 * Once. `nowMs`: of the machine; `feedNowMs`: of the feed, by which sales are old. They are never older than
 * the newest of them says: a clock that is set far ahead takes no history away.
 */
export async function letGo(
  { log, store }: Kept,
  { nowMs, feedNowMs }: { readonly nowMs: number; readonly feedNowMs: number },
): Promise<void> {
  await log.enforceRetention(nowMs)
  const { watermarkMs } = await store.extent()
  if (watermarkMs !== null) await store.enforceRetention(Math.min(feedNowMs, watermarkMs))
  await store.subscribers.forgetUnconfirmed(nowMs - CONFIRM_WITHIN_MS)
  await store.outbox.forgetBodies(nowMs - BODIES_KEPT_MS)
  await store.outbox.forgetDecisions(nowMs - DECISIONS_KEPT_MS)
}

/** Now and then, until it stops. An outage waits for the next time. */
export async function maintain({ options, choice, resources, stop }: Running): Promise<void> {
  const { telemetry } = options.system
  while (!stop.signal.aborted) {
    await choice.clock.sleep(EVERY_MS, stop.signal)
    if (stop.signal.aborted) return
    try {
      await letGo(resources, { nowMs: options.clock.nowMs(), feedNowMs: choice.clock.nowMs() })
    } catch (error) {
      telemetry.warn('retention could not be enforced; it will be tried again', { error: String(error) })
    }
  }
}
