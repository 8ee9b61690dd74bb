// Bandcamp's public sales feed over HTTP, or any server that speaks its wire format.
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { Agent, type Dispatcher } from 'undici'
import type { Clock, FeedAnswer, SalesFeed } from '../ports.ts'
import { retryAfterMs } from '../runtime/retry-after.ts'

export interface BandcampFeedOptions {
  readonly clock: Clock
  /** Names the program and a contact. */
  readonly userAgent: string
  /** Where `/api/salesfeed/1/…` is; the simulator's server may stand in. */
  readonly baseUrl?: string
  /** Until the answer begins, and between two pieces of it; the whole may take four times as long. */
  readonly timeoutMs?: number
  /**
   * Of the answer's text, unpacked. 64 MiB are 90,000 items: more than a day, or two of the busiest hours.
   */
  readonly maxBytes?: number
}

const DEFAULT_BASE_URL = 'https://bandcamp.com'
const DEFAULT_TIMEOUT_MS = 15_000
const DEFAULT_MAX_BYTES = 64 * 1024 * 1024
const WHOLE_ANSWER_TIMEOUTS = 4
/** A refusal is about us, and lasts: coming back soon makes it last longer. */
const FORBIDDEN_RETRY_MS = 900_000
/** Challenges were seen to last for minutes. */
const CHALLENGED_RETRY_MS = 120_000
const MS_PER_SECOND = 1_000

/** Marks of Fastly's "Client Challenge", which comes with status 200. */
function isChallenge(text: string): boolean {
  return /^\s*</.test(text) && /client challenge|\/_fs-ch-/i.test(text)
}

function outage(code: string, retryMs: number | null = null): FeedAnswer {
  return { kind: 'outage', code, retryAfterMs: retryMs }
}

/** What went wrong; its message is the code. */
class Failure extends Error {}

function codeOf(error: unknown): string {
  if (error instanceof Failure) return error.message
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code.toLowerCase().replaceAll('_', '-') : 'broken-answer'
}

/** The body, unpacked; a body that ends too early is an error, not a short text. */
async function readText(body: Readable, encoding: string | null, maxBytes: number): Promise<string> {
  const name = encoding?.trim().toLowerCase() ?? ''
  if (!['', 'identity', 'gzip', 'x-gzip'].includes(name)) throw new Failure('content-encoding')
  // The callback is only there to be had: the error comes out of the loop below.
  const stream = name.endsWith('gzip') ? pipeline(body, createGunzip(), () => undefined) : body
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of stream) {
    bytes += (chunk as Buffer).length
    if (bytes > maxBytes) throw new Failure('too-large')
    chunks.push(chunk as Buffer)
  }
  return new TextDecoder().decode(Buffer.concat(chunks))
}

async function answerOf(
  { statusCode, headers, body }: Dispatcher.ResponseData,
  nowMs: number,
  maxBytes: number,
): Promise<FeedAnswer> {
  const header = (name: string): string | null => [headers[name]].flat()[0] ?? null
  if (statusCode !== 200) {
    await body.dump({ limit: 64 * 1024 }).catch(() => undefined)
    const asked = retryAfterMs(header('retry-after'), nowMs)
    if (statusCode === 403) return outage('forbidden', Math.max(asked ?? 0, FORBIDDEN_RETRY_MS))
    return outage(`http-${statusCode}`, asked)
  }
  const text = await readText(body, header('content-encoding'), maxBytes)
  return isChallenge(text) ? outage('challenged', CHALLENGED_RETRY_MS) : { kind: 'body', text }
}

/** Start times are floored to whole seconds, as the feed counts. One connection, kept open between polls. */
export function createBandcampFeed(options: BandcampFeedOptions): SalesFeed {
  const { clock, userAgent, baseUrl = DEFAULT_BASE_URL } = options
  const { timeoutMs = DEFAULT_TIMEOUT_MS, maxBytes = DEFAULT_MAX_BYTES } = options
  const agent = new Agent({ connections: 1, headersTimeout: timeoutMs, bodyTimeout: timeoutMs })
  const headers = { 'user-agent': userAgent, accept: 'application/json', 'accept-encoding': 'gzip' }
  const base = new URL(baseUrl)
  const prefix = `${base.pathname.replace(/\/$/, '')}/api/salesfeed/1`

  return {
    async get(startMs, signal) {
      const query = startMs === null ? 'get_initial' : `get?start_date=${Math.floor(startMs / MS_PER_SECOND)}`
      const bound = AbortSignal.timeout(timeoutMs * WHOLE_ANSWER_TIMEOUTS)
      const stop = signal === undefined ? bound : AbortSignal.any([signal, bound])
      try {
        const path = `${prefix}/${query}`
        const response = await agent.request({
          origin: base.origin,
          path,
          method: 'GET',
          headers,
          signal: stop,
        })
        return await answerOf(response, clock.nowMs(), maxBytes)
      } catch (error) {
        if (signal?.aborted) return outage('aborted')
        return outage(bound.aborted ? 'timeout' : codeOf(error))
      }
    },
  }
}
