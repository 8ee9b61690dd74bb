// Asks for the pages of hosts that sales want to know, and tells every partition what came.
import type { Clock, ItemPages, PageFacts, Telemetry } from '../infra/ports.ts'
import { HOUR_MS } from '../schemas/time.ts'
import { createHostQueue, LONGEST_RETRY_MS } from './core/host-queue.ts'
import { type NoFacts, outcomeOf } from './core/page-outcome.ts'
import { createRecent } from './recent.ts'

export interface LearntPage {
  readonly host: string
  readonly url: string
  readonly facts: PageFacts
}

/** What a partition hears; it ignores hosts that it does not wait for. */
export interface LookupListener {
  learnt(page: LearntPage): void
  /** No page of the host gave facts. `again`: it will be asked once more by itself. */
  failed(host: string, source: NoFacts, again: boolean): void
}

export interface Lookups {
  /**
   * One more sale wants to know the host of `url`; what is known of it at once comes back. With `again` false
   * nothing was begun. Else the listeners will hear, and the caller owes one `release` unless it hears that
   * facts were learnt or that the host is given up.
   */
  want(host: string, url: string): { readonly source: NoFacts; readonly again: boolean }
  /** One sale fewer wants the host; without any it is not asked. */
  release(host: string): void
  /** Returns how to stop listening. */
  listen(listener: LookupListener): () => void
  /** Nothing is asked any more and nobody hears anything. */
  close(): void
}

export interface LookupsOptions {
  readonly pages: ItemPages
  readonly clock: Clock
  readonly telemetry: Telemetry
  /** Pages asked for at the same time; the port has its own politeness. */
  readonly atOnce: number
}

/** Pages that are no items stay so for a day or two, as far as anybody cares. */
const USELESS_FOR_MS = 24 * HOUR_MS
const MAX_USELESS = 20_000
/** Addresses that belong to no artist: their page would speak for everybody. */
const SHARED_HOSTS = new Set(['bandcamp.com', 'www.bandcamp.com'])

export function createLookups({ pages, clock, telemetry, atOnce }: LookupsOptions): Lookups {
  const queue = createHostQueue()
  const listeners = new Set<LookupListener>()
  const nowMs = (): number => clock.nowMs()
  const useless = createRecent<NoFacts>({ maxEntries: MAX_USELESS, forMs: USELESS_FOR_MS, nowMs })
  const closing = new AbortController()
  let nap = new AbortController()
  let asking = 0

  function pump(): void {
    nap.abort()
    while (asking < atOnce && !closing.signal.aborted) {
      const page = queue.next(nowMs())
      if (page === null) {
        sleepUntilDue()
        break
      }
      void ask(page.host, page.url)
    }
  }

  function sleepUntilDue(): void {
    const dueMs = queue.dueMs()
    if (dueMs === null) return
    const mine = new AbortController()
    nap = mine
    // A clock that was turned back must not make the sleep longer than any retry can be.
    void clock.sleep(Math.min(dueMs - nowMs(), LONGEST_RETRY_MS), mine.signal).then(() => {
      if (!mine.signal.aborted) pump()
    })
  }

  async function ask(host: string, url: string): Promise<void> {
    asking++
    const startedMs = nowMs()
    const outcome = outcomeOf(await pages.get(url, closing.signal))
    asking--
    if (closing.signal.aborted) return
    const name = outcome.kind === 'facts' ? 'page' : outcome.source
    telemetry.pageFetched({ outcome: name, durationMs: nowMs() - startedMs })
    const settled = queue.settle({ host, url }, outcome, nowMs())
    if (outcome.kind === 'facts') {
      for (const listener of listeners) listener.learnt({ host, url, facts: outcome.facts })
    } else {
      if (!outcome.again) useless.set(url, outcome.source)
      if (settled !== 'next-page') {
        for (const listener of listeners) listener.failed(host, outcome.source, settled === 'later')
      }
    }
    pump()
  }

  return {
    want(host, url) {
      const known = SHARED_HOSTS.has(host) ? 'not-an-item' : useless.get(url)
      if (known !== undefined && !queue.has(host)) return { source: known, again: false }
      queue.want(host, known === undefined ? url : null)
      queueMicrotask(pump) // once the whole batch has said what it wants, the most wanted is known
      return { source: queue.source(host), again: true }
    },
    release: host => queue.release(host),
    listen(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close() {
      closing.abort()
      nap.abort()
      listeners.clear()
    },
  }
}
