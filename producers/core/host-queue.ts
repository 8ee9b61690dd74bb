// The hosts whose genre is wanted, and which of their pages is to be asked for next.
import { MINUTE_MS, SECOND_MS } from '../../schemas/time.ts'
import type { NoFacts, PageOutcome } from './page-outcome.ts'

export interface HostPage {
  readonly host: string
  readonly url: string
}

/** `later`: the host is asked again by itself. `given-up`: none of its pages helps; it is forgotten. */
export type Settled = 'learnt' | 'next-page' | 'later' | 'given-up'

export interface HostQueue {
  /** One more sale wants the host; `url` is a page that may tell, null: none is known to help. */
  want(host: string, url: string | null): void
  /** One sale fewer; a host that nobody wants is forgotten, unless it is being asked. */
  release(host: string): void
  has(host: string): boolean
  /** Why nothing is known of a host so far; `pending` before its first answer. */
  source(host: string): NoFacts
  /** The page to ask for at `nowMs`, now being asked: never two of one host. Null where none is due. */
  next(nowMs: number): HostPage | null
  /** When the next host is due; null where all are being asked or none is there. */
  dueMs(): number | null
  settle(page: HostPage, outcome: PageOutcome, nowMs: number): Settled
}

interface Host {
  readonly name: string
  /** Pages not asked yet, best first. */
  urls: string[]
  /** Counts up with every new host. */
  readonly turn: number
  wanted: number
  source: NoFacts
  asking: boolean
  failures: number
  notBeforeMs: number
}

/** A host with many useless pages must not keep the line busy. */
const MAX_URLS = 3
const FIRST_RETRY_MS = 30 * SECOND_MS
export const LONGEST_RETRY_MS = 10 * MINUTE_MS

export function createHostQueue(): HostQueue {
  const hosts = new Map<string, Host>()
  let turns = 0

  function begin(name: string): Host {
    const fresh = { wanted: 0, asking: false, failures: 0, notBeforeMs: Number.NEGATIVE_INFINITY }
    const host: Host = { name, urls: [], turn: turns++, source: 'pending', ...fresh }
    hosts.set(name, host)
    return host
  }

  return {
    want(name, url) {
      const host = hosts.get(name) ?? begin(name)
      host.wanted++
      if (url !== null) offer(host, url)
    },
    release(name) {
      const host = hosts.get(name)
      if (host === undefined) return
      host.wanted--
      if (host.wanted <= 0 && !host.asking) hosts.delete(name)
    },
    has: name => hosts.has(name),
    source: name => hosts.get(name)?.source ?? 'pending',
    next(nowMs) {
      let best: Host | null = null
      for (const host of hosts.values()) {
        if (host.asking || host.notBeforeMs > nowMs) continue
        if (best === null || isBefore(host, best)) best = host
      }
      const url = best?.urls.shift()
      if (best === null || url === undefined) return null
      best.asking = true
      return { host: best.name, url }
    },
    dueMs() {
      let due: number | null = null
      for (const { asking, notBeforeMs } of hosts.values()) {
        if (!asking && (due === null || notBeforeMs < due)) due = notBeforeMs
      }
      return due
    },
    settle(page, outcome, nowMs) {
      const host = hosts.get(page.host)
      const settled = host === undefined ? 'given-up' : settleHost(host, page.url, outcome, nowMs)
      if (settled === 'learnt' || settled === 'given-up' || host?.wanted === 0) hosts.delete(page.host)
      return settled
    },
  }
}

/** Most wanted first; among equals the newest, since its tick still waits. */
function isBefore(a: Host, b: Host): boolean {
  return a.wanted === b.wanted ? a.turn > b.turn : a.wanted > b.wanted
}

function settleHost(host: Host, url: string, outcome: PageOutcome, nowMs: number): Settled {
  host.asking = false
  if (outcome.kind === 'facts') return 'learnt'
  host.source = outcome.source
  host.urls = host.urls.filter(other => other !== url)
  if (!outcome.again) return host.urls.length > 0 ? 'next-page' : 'given-up'
  const backoffMs = Math.min(FIRST_RETRY_MS * 2 ** host.failures, LONGEST_RETRY_MS)
  host.failures++
  host.notBeforeMs = nowMs + Math.max(backoffMs, outcome.retryAfterMs ?? 0)
  host.urls.unshift(url)
  return 'later'
}

/** Merch pages say nothing of a genre, so others are asked before them. */
function offer(host: Host, url: string): void {
  if (host.urls.includes(url) || host.urls.length >= MAX_URLS) return
  const isMerch = (other: string): boolean => other.includes('/merch/')
  const at = isMerch(url) ? -1 : host.urls.findIndex(isMerch)
  if (at < 0) host.urls.push(url)
  else host.urls.splice(at, 0, url)
}
