// What is known of pages: a little of it in memory, all of it in the cache, asked once for each batch.
import {
  type CachedPage,
  type Clock,
  OutageError,
  type PageCache,
  type PageFacts,
  type Telemetry,
} from '../infra/ports.ts'
import { HOUR_MS } from '../schemas/time.ts'
import type { LearntPage } from './lookups.ts'
import { createRecent } from './recent.ts'

export interface KnownFacts {
  readonly facts: PageFacts
  /** Its own page; else another one of the host. */
  readonly exact: boolean
}

export interface PageName {
  readonly url: string
  readonly artistHost: string
}

export interface KnownPages {
  /** What is known of each url; rejects with OutageError where the cache cannot be asked. */
  lookup(pages: ReadonlyMap<string, PageName>): Promise<(page: PageName) => KnownFacts | undefined>
  remember(page: LearntPage): void
  /** Resolves when the cache has everything. */
  idle(): Promise<void>
}

export interface KnownPagesOptions {
  readonly cache: PageCache
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly cacheForMs: number
}

/** 20 MB at most: the cache itself is one call away. */
const MAX_ENTRIES = 20_000
/** Short against the weeks for which facts are good. */
const IN_MEMORY_FOR_MS = HOUR_MS

export function createKnownPages({ cache, clock, telemetry, cacheForMs }: KnownPagesOptions): KnownPages {
  const memory = { maxEntries: MAX_ENTRIES, forMs: IN_MEMORY_FOR_MS, nowMs: () => clock.nowMs() }
  const byUrl = createRecent<KnownFacts>(memory)
  /** Pages that this process read: known before the cache has them. */
  const byHost = createRecent<LearntPage>(memory)
  const writing = new Set<Promise<void>>()

  async function write(page: CachedPage): Promise<void> {
    try {
      await cache.remember([page])
    } catch (error) {
      // Nothing is lost but the effort: after a restart the page is asked for once more.
      const code = error instanceof OutageError ? error.code : String(error)
      telemetry.outage({ what: 'page-cache', code, retryInMs: 0 })
    }
  }

  return {
    async lookup(pages) {
      const here = new Map<string, KnownFacts>()
      const missing: PageName[] = []
      for (const [url, page] of pages) {
        const known = byUrl.get(url)
        if (known === undefined) missing.push(page)
        else here.set(url, known)
      }
      const found = missing.length === 0 ? null : await cache.lookup(missing, clock.nowMs() - cacheForMs)
      for (const { url } of missing) {
        const known = found?.get(url)
        if (known === undefined) continue
        here.set(url, known)
        byUrl.set(url, known)
      }
      return ({ url, artistHost }) => here.get(url) ?? otherPage(byHost.get(artistHost), url)
    },
    remember({ host, url, facts }) {
      const page = { host, url, facts }
      byHost.set(host, page)
      byUrl.set(url, { facts, exact: true })
      const written = write({ url, artistHost: host, facts, fetchedAtMs: clock.nowMs() })
      writing.add(written)
      void written.finally(() => writing.delete(written))
    },
    idle: async () => {
      await Promise.all(writing)
    },
  }
}

function otherPage(page: LearntPage | undefined, url: string): KnownFacts | undefined {
  return page === undefined ? undefined : { facts: page.facts, exact: page.url === url }
}
