// Fetches HTML from hosts that strangers choose: public addresses only, pinned, and bounded in every way.
import { lookup } from 'node:dns/promises'
import type { LookupFunction } from 'node:net'
import type { Readable } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { Agent, type Dispatcher } from 'undici'
import type { Clock } from '../ports.ts'
import { retryAfterMs } from '../runtime/retry-after.ts'
import { isPublicAddress } from './public-address.ts'

/** An address that was checked; the connection goes there and nowhere else. */
export interface PinnedAddress {
  readonly address: string
  readonly family: 4 | 6
}

export interface SafeFetchOptions {
  readonly clock: Clock
  readonly userAgent: string
  /** All addresses of a name; rejects where there are none. Default: the system's resolver. */
  readonly resolve?: (hostname: string) => Promise<readonly PinnedAddress[]>
  /** A dispatcher whose connections go to `pins` only, whatever the name. Default: undici over TLS. */
  readonly dispatcherFor?: (pins: readonly PinnedAddress[]) => Dispatcher
  readonly timeoutMs?: number
}

export type SafeAnswer =
  /** HTTP 200 with HTML. */
  | { readonly kind: 'html'; readonly html: string; readonly finalUrl: string }
  /** Another status. */
  | { readonly kind: 'status'; readonly status: number; readonly retryAfterMs: number | null }
  /** Not fetched, since it would not have been safe. */
  | { readonly kind: 'unsafe'; readonly code: string }
  | { readonly kind: 'failed'; readonly code: string }

/** Custom domains take one hop, `http` → `https` or `www` a second. */
const MAX_REDIRECTS = 2
/** After decompression; real pages have 0.2 MB. */
const MAX_BODY_BYTES = 2_000_000
const TOTAL_TIMEOUT_MS = 10_000
const REDIRECTS = new Set([301, 302, 303, 307, 308])
const HTML = /^\s*(?:text\/html|application\/xhtml\+xml)\b/i

type SafeFetch = (url: string, signal?: AbortSignal) => Promise<SafeAnswer>

/**
 * GET without cookies or credentials: https on port 443, names (never bare addresses) whose every address is
 * public, checked anew on each of at most 2 redirects and connected to by the checked address; 10 s and
 * 2 MB in all. Never rejects.
 */
export function createSafeFetch(options: SafeFetchOptions): SafeFetch {
  const { timeoutMs = TOTAL_TIMEOUT_MS } = options
  return async (url, signal) => {
    const bound = AbortSignal.timeout(timeoutMs)
    const stop = signal === undefined ? bound : AbortSignal.any([signal, bound])
    try {
      return await follow(options, url, stop)
    } catch (error) {
      if (error instanceof Unsafe) return { kind: 'unsafe', code: error.message }
      if (signal?.aborted) return { kind: 'failed', code: 'aborted' }
      return { kind: 'failed', code: bound.aborted ? 'timeout' : codeOf(error) }
    }
  }
}

async function follow(options: SafeFetchOptions, start: string, signal: AbortSignal): Promise<SafeAnswer> {
  const { resolve = resolveBySystem, dispatcherFor = pinnedDispatcher } = options
  let url = checkedUrl(start)
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const pins = await unlessAborted(resolve(url.hostname), signal)
    if (pins.length === 0) throw new Failure('no-address')
    if (!pins.every(({ address }) => isPublicAddress(address))) throw new Unsafe('private-address')
    const dispatcher = dispatcherFor(pins)
    try {
      const answer = await ask(options, dispatcher, url, signal)
      if (!(answer instanceof URL)) return answer
      url = answer
    } finally {
      // each hop has its own connections; nothing is left to be said on them
      dispatcher.destroy().catch(() => {})
    }
  }
  return { kind: 'failed', code: 'too-many-redirects' }
}

/** One request; a URL is where it redirects to, checked. */
async function ask(
  { clock, userAgent }: SafeFetchOptions,
  dispatcher: Dispatcher,
  url: URL,
  signal: AbortSignal,
): Promise<SafeAnswer | URL> {
  const { statusCode, headers, body } = await dispatcher.request({
    origin: url.origin,
    path: url.pathname + url.search,
    method: 'GET',
    headers: { 'user-agent': userAgent, accept: 'text/html', 'accept-encoding': 'gzip, deflate, br' },
    signal,
  })
  body.on('error', () => {}) // destroyed with the dispatcher when nobody reads it
  const header = (name: string): string | null => [headers[name]].flat()[0] ?? null
  if (REDIRECTS.has(statusCode)) return checkedUrl(header('location') ?? '', url)
  if (statusCode !== 200) {
    return {
      kind: 'status',
      status: statusCode,
      retryAfterMs: retryAfterMs(header('retry-after'), clock.nowMs()),
    }
  }
  if (!HTML.test(header('content-type') ?? '')) return { kind: 'failed', code: 'not-html' }
  const html = await readText(body, header('content-encoding'))
  return { kind: 'html', html, finalUrl: url.href }
}

/** Throws Unsafe unless the URL is https, on the default port, without credentials, to a name with a dot. */
function checkedUrl(text: string, base?: URL): URL {
  if (!URL.canParse(text, base?.href)) throw new Unsafe('bad-url')
  const url = new URL(text, base)
  if (url.protocol !== 'https:') throw new Unsafe('not-https')
  if (url.username !== '' || url.password !== '') throw new Unsafe('credentials')
  if (url.port !== '') throw new Unsafe('port')
  if (!HOST_NAME.test(url.hostname)) throw new Unsafe('bad-host')
  return url
}

/** Labels with dots between, the last with a letter: no bare addresses, no `localhost`, no dot at the end. */
const HOST_NAME = /^(?=.{4,253}$)(?:[a-z0-9_-]{1,63}\.)+(?=[0-9-]*[a-z])[a-z0-9-]{2,63}$/

async function readText(body: Readable, encoding: string | null): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of decompressed(body, encoding)) {
    bytes += (chunk as Buffer).length
    if (bytes > MAX_BODY_BYTES) throw new Failure('too-large')
    chunks.push(chunk as Buffer)
  }
  return new TextDecoder().decode(Buffer.concat(chunks))
}

function decompressed(body: Readable, encoding: string | null): Readable {
  const name = encoding?.trim().toLowerCase() ?? 'identity'
  if (name === 'identity' || name === '') return body
  const create = DECOMPRESS[name]
  if (create === undefined) throw new Failure('content-encoding')
  const stream = create()
  body.on('error', error => stream.destroy(error))
  return body.pipe(stream)
}

const DECOMPRESS: Readonly<Record<string, () => ReturnType<typeof createGunzip>>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
}

async function resolveBySystem(hostname: string): Promise<readonly PinnedAddress[]> {
  const found = await lookup(hostname, { all: true })
  return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }))
}

/** TLS to the checked addresses; the name serves for SNI, certificate and Host as usual. */
export function pinnedDispatcher(pins: readonly PinnedAddress[]): Dispatcher {
  const pinned: LookupFunction = (_hostname, { all }, callback) => {
    if (all) callback(null, [...pins])
    else callback(null, pins[0]!.address, pins[0]!.family)
  }
  return new Agent({ connect: { lookup: pinned } })
}

/** What we refuse; its message is the code. */
class Unsafe extends Error {}
/** What went wrong; its message is the code. */
class Failure extends Error {}

function codeOf(error: unknown): string {
  if (error instanceof Failure) return error.message
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code.toLowerCase().replaceAll('_', '-') : 'broken-answer'
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
