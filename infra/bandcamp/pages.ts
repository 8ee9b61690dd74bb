// Item pages from Bandcamp, politely: one at a time, spaced, and none at all while Bandcamp says no.
import PQueue from 'p-queue'
import type { Clock, ItemPages, PageAnswer } from '../ports.ts'
import { createSafeFetch, type SafeAnswer, type SafeFetchOptions } from './safe-fetch.ts'

export interface BandcampPagesOptions {
  readonly clock: Clock
  /** Names the program and a contact. */
  readonly userAgent: string
  /** Knows an anti-bot page by its content: `looksChallenged` of the producers. */
  readonly isChallenge: (html: string) => boolean
  /** From the end of one answer to the next request. */
  readonly minSpacingMs?: number
  /** Calls that may wait; further ones are refused at once. */
  readonly maxQueued?: number
  /** Default: `createSafeFetch` with the same clock and user agent. */
  readonly fetch?: (url: string, signal?: AbortSignal) => Promise<SafeAnswer>
  /** For the default fetch: another resolver or dispatcher. */
  readonly network?: Pick<SafeFetchOptions, 'resolve' | 'dispatcherFor' | 'timeoutMs'>
}

const DEFAULT_SPACING_MS = 2_000
/** At two seconds each, a longer queue would answer later than anybody waits. */
const DEFAULT_MAX_QUEUED = 100
/** So many answers of trouble in a row are no accident: the circuit opens. */
const TROUBLES_TO_OPEN = 5
/** Blocks last for minutes: first pause, doubled with every further trouble, up to the longest. */
const FIRST_PAUSE_MS = 60_000
const LONGEST_PAUSE_MS = 1_800_000
/** A shorter pause is waited for, a longer one is answered at once with `refused`. */
const LONGEST_WAIT_MS = 10_000

/**
 * The circuit: after five troubles in a row (429, 403, 5xx, a challenge, no answer) nothing is asked for a
 * minute; then one page is tried, and each further trouble doubles the pause. `Retry-After` holds at once.
 */
export function createBandcampPages(options: BandcampPagesOptions): ItemPages {
  const { clock, minSpacingMs = DEFAULT_SPACING_MS, maxQueued = DEFAULT_MAX_QUEUED } = options
  const fetch = options.fetch ?? createSafeFetch({ ...options.network, clock, userAgent: options.userAgent })
  const queue = new PQueue({ concurrency: 1 })
  let pause = { fromMs: 0, lastsMs: 0 }
  let troubles = 0

  function restOfPauseMs(): number {
    const nowMs = clock.nowMs()
    if (nowMs < pause.fromMs) pause = { ...pause, fromMs: nowMs } // the clock was turned back
    return pause.fromMs + pause.lastsMs - nowMs
  }

  async function ask(url: string, signal: AbortSignal | undefined): Promise<PageAnswer> {
    const waitMs = restOfPauseMs()
    if (waitMs > Math.max(LONGEST_WAIT_MS, minSpacingMs)) return refused('circuit-open', waitMs)
    if (waitMs > 0) await clock.sleep(waitMs, signal)
    if (signal?.aborted) return { kind: 'failed', code: 'aborted' }
    const answer = pageAnswer(await fetch(url, signal), options.isChallenge)
    if (signal?.aborted !== true) troubles = isTrouble(answer) ? troubles + 1 : 0
    const hintMs = answer.kind === 'refused' ? (answer.retryAfterMs ?? 0) : 0
    pause = { fromMs: clock.nowMs(), lastsMs: Math.max(minSpacingMs, hintMs, pauseMs(troubles)) }
    return answer
  }

  return {
    get: async (url, signal) => {
      if (queue.size >= maxQueued) return refused('queue-full', null)
      return queue.add(() => ask(url, signal))
    },
  }
}

/**
 * Pages of the same process, such as the simulator's: no network, no spacing. Null is a page that is not
 * there.
 */
export function createLocalPages(get: (url: string) => Promise<string | null> | string | null): ItemPages {
  return {
    get: async url => {
      const html = await get(url)
      return html === null ? { kind: 'failed', code: 'http-404' } : { kind: 'html', html, finalUrl: url }
    },
  }
}

function pauseMs(troubles: number): number {
  if (troubles < TROUBLES_TO_OPEN) return 0
  return Math.min(FIRST_PAUSE_MS * 2 ** (troubles - TROUBLES_TO_OPEN), LONGEST_PAUSE_MS)
}

function refused(code: string, retryAfterMs: number | null): PageAnswer {
  return { kind: 'refused', code, retryAfterMs }
}

function pageAnswer(answer: SafeAnswer, isChallenge: (html: string) => boolean): PageAnswer {
  switch (answer.kind) {
    case 'html':
      return isChallenge(answer.html) ? { kind: 'challenged' } : answer
    case 'unsafe':
      return refused(answer.code, null)
    case 'failed':
      return answer
    case 'status':
      return statusAnswer(answer.status, answer.retryAfterMs)
  }
}

function statusAnswer(status: number, retryAfterMs: number | null): PageAnswer {
  const code = `http-${status}`
  // A 503 with a date is a refusal; without one it is a broken server. Both count as trouble.
  const says = status === 403 || status === 429 || retryAfterMs !== null
  return says ? refused(code, retryAfterMs) : { kind: 'failed', code }
}

/** Unsafe addresses, missing pages and oversized ones are the seller's doing: Bandcamp is well. */
function isTrouble(answer: PageAnswer): boolean {
  if (answer.kind === 'challenged') return true
  if (answer.kind === 'html') return false
  return /^(?:http-(?:403|429|5\d\d)|timeout|e[a-z-]+|und-err-.*)$/.test(answer.code)
}
