// Which sales wait for which hosts, and for how long a tick waits with them.
import type { Clock } from '../infra/ports.ts'
import type { Sale } from '../schemas/records.ts'
import { excuse, learn } from './core/page-outcome.ts'
import type { Lookups } from './lookups.ts'

/** A sale with at least one host that nothing is known of. */
export interface PendingSale {
  readonly offset: number
  /** The watermark that held before `offset`. */
  readonly watermarkMs: number | null
  /** As it is known now. */
  sale: Sale
  /** Hosts whose answer may still come. */
  readonly hosts: Set<string>
  /** Hosts that have not answered at all: what a tick waits for. */
  readonly unheard: Set<string>
  /** On its way to, or in, the topic `sales`. */
  phase: 'open' | 'appending' | 'appended'
  /** As `sales` holds it. */
  written: Sale
}

export interface WaitersOptions {
  readonly lookups: Lookups
  readonly clock: Clock
  /** Called when a host of the sale will not answer any more, or has answered. */
  readonly settled: (pending: PendingSale) => void
}

export interface Waiters {
  /** The sale waits for a host, of which `url` is a page. */
  wait(pending: PendingSale, host: string, url: string): void
  /** No tick waits for the sale any longer; the sale itself does. */
  letPass(pending: PendingSale): void
  /** The sale waits for nothing any longer. */
  leave(pending: PendingSale): void
  /** Resolves when all hosts have answered in some way, after `maxMs`, or when interrupted. */
  heardAll(maxMs: number): Promise<void>
  /** From now on no tick waits. */
  interrupt(): void
  close(): void
}

export function createWaiters({ lookups, clock, settled }: WaitersOptions): Waiters {
  const byHost = new Map<string, Set<PendingSale>>()
  let unheard = 0
  let nap = new AbortController()
  let interrupted = false

  const stopListening = lookups.listen({
    learnt(page) {
      for (const pending of dismiss(page.host)) {
        pending.sale = learn(pending.sale, page)
        settled(pending)
      }
    },
    failed(host, source, again) {
      for (const pending of again ? (byHost.get(host) ?? []) : dismiss(host)) {
        hear(pending, host)
        if (pending.phase === 'open') pending.sale = excuse(pending.sale, host, source)
        if (!again) settled(pending)
      }
    },
  })

  function hear(pending: PendingSale, host: string): void {
    if (!pending.unheard.delete(host)) return
    unheard--
    if (unheard === 0) nap.abort()
  }

  /** The host is done with: who waited for it waits for it no more. */
  function dismiss(host: string): readonly PendingSale[] {
    const waiting = [...(byHost.get(host) ?? [])]
    byHost.delete(host)
    for (const pending of waiting) {
      pending.hosts.delete(host)
      hear(pending, host)
    }
    return waiting
  }

  return {
    wait(pending, host, url) {
      const { source, again } = lookups.want(host, url)
      if (source !== 'pending') pending.sale = excuse(pending.sale, host, source)
      if (!again) return
      pending.hosts.add(host)
      const waiting = byHost.get(host)
      if (waiting === undefined) byHost.set(host, new Set([pending]))
      else waiting.add(pending)
      if (source !== 'pending') return
      pending.unheard.add(host)
      unheard++
    },
    letPass(pending) {
      for (const host of pending.hosts) hear(pending, host)
    },
    leave(pending) {
      for (const host of pending.hosts) {
        hear(pending, host)
        const waiting = byHost.get(host)
        waiting?.delete(pending)
        if (waiting?.size === 0) byHost.delete(host)
        lookups.release(host)
      }
      pending.hosts.clear()
    },
    async heardAll(maxMs) {
      if (unheard === 0 || interrupted) return
      nap = new AbortController()
      await clock.sleep(maxMs, nap.signal)
    },
    interrupt() {
      interrupted = true
      nap.abort()
    },
    close: stopListening,
  }
}
