// The sales of one partition whose genre is still looked for, and the amendments that come of it.
import type { Clock, EventLog, Telemetry } from '../infra/ports.ts'
import type { Sale } from '../schemas/records.ts'
import { createAmender } from './amender.ts'
import type { Lookups } from './lookups.ts'
import { createWaiters, type PendingSale } from './waiters.ts'

export interface PendingSalesOptions {
  readonly log: EventLog
  readonly lookups: Lookups
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly partition: number
  readonly amendForMs: number
  readonly maxPending: number
}

export interface PendingSales {
  /** Begins to look for hosts of the sale, each by one of its pages. */
  add(
    place: Pick<PendingSale, 'offset' | 'watermarkMs'>,
    sale: Sale,
    pages: ReadonlyMap<string, string>,
  ): PendingSale
  /** Resolves when all hosts have answered in some way, after `maxMs`, or when interrupted. */
  heardAll(maxMs: number): Promise<void>
  /** What is to be appended now. */
  take(pending: PendingSale): Sale
  /** What was taken is in the log: from here on, what is learnt is amended. */
  appended(pending: PendingSale): void
  /** Gives up what was sold too long before this watermark, and the oldest above `maxPending`. */
  expire(watermarkMs: number | null): void
  /** The oldest sale that is still looked for, or whose amendment is on its way. */
  oldest(): PendingSale | null
  /** Throws what an amendment could not be appended for. */
  check(): void
  /** Nobody waits any longer. */
  interrupt(): void
  /** Forgets everything; resolves when no amendment is on its way. */
  close(): Promise<void>
}

export function createPendingSales(options: PendingSalesOptions): PendingSales {
  const { telemetry, maxPending } = options
  const pendings = new Map<number, PendingSale>()
  const amender = createAmender({ ...options, done: settle })
  const waiters = createWaiters({ ...options, settled: settle })

  /** Amends what the log does not know yet; forgets what is settled for good. */
  function settle(pending: PendingSale): void {
    if (pending.phase !== 'appended' || pendings.get(pending.offset) !== pending) return
    if (pending.sale !== pending.written) amender.amend(pending)
    else if (pending.hosts.size === 0) pendings.delete(pending.offset)
  }

  function giveUp(pending: PendingSale): void {
    pendings.delete(pending.offset)
    waiters.leave(pending)
  }

  return {
    add(place, sale, pages) {
      const sets = { hosts: new Set<string>(), unheard: new Set<string>() }
      const pending: PendingSale = { ...place, sale, ...sets, phase: 'open', written: sale }
      pendings.set(pending.offset, pending)
      for (const [host, url] of pages) waiters.wait(pending, host, url)
      return pending
    },
    heardAll: waiters.heardAll,
    take(pending) {
      pending.phase = 'appending'
      pending.written = pending.sale
      waiters.letPass(pending)
      return pending.sale
    },
    appended(pending) {
      pending.phase = 'appended'
      settle(pending)
    },
    expire(watermarkMs) {
      amender.watermark(watermarkMs)
      for (const pending of pendings.values()) if (!amender.inTime(pending.sale)) giveUp(pending)
      const evicted = pendings.size - maxPending
      if (evicted <= 0) return
      for (const pending of [...pendings.values()].slice(0, evicted)) giveUp(pending)
      telemetry.counted({ stage: 'enrich', what: 'evicted', count: evicted })
    },
    oldest: () => pendings.values().next().value ?? null,
    check: amender.check,
    interrupt: waiters.interrupt,
    async close() {
      waiters.close()
      for (const pending of pendings.values()) giveUp(pending)
      await amender.idle()
    },
  }
}
