// The simulated site over HTTP, on the loopback interface: feed, item pages, covers, and an oracle for tests.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DAY_MS, floorTo, MINUTE_MS } from '../../schemas/time.ts'
import { faultRulesOf } from './core/faults.ts'
import type { World } from './core/world.ts'
import type { SimulatedFeed } from './feed.ts'
import { answer, HTML_TYPE, JSON_TYPE, type Reply } from './replies.ts'

/** One poller, one page reader, a browser and some tests; more is a mistake. */
const MAX_CONNECTIONS = 256
/** A request has no more than a URL and a few headers. */
const REQUEST_TIMEOUT_MS = 10_000
const MAX_FAULT_BYTES = 65_536
/** The oracle gives eight days at most: the longest history at a first start is seven. */
const MAX_TRUTH_MS = 8 * DAY_MS
const NDJSON_TYPE = 'application/x-ndjson; charset=utf-8'
/** Only paths matter; a URL needs some origin. */
const BASE = 'http://simulator'
const SVG_TYPE = 'image/svg+xml'
/** Covers never change; a day is plenty. */
const COVER_CACHE = 'public, max-age=86400, immutable'

export interface FeedServerOptions {
  readonly world: World
  readonly feed: SimulatedFeed
  /** 0 takes any free one. */
  readonly port: number
  readonly host?: string
}

export interface FeedServer {
  /** `http://127.0.0.1:1234`, without a slash at the end. */
  readonly url: string
  /** Cuts connections that still wait, hanging ones too; idempotent. */
  close(): Promise<void>
}

/** Where the server serves an item page: the mapping that the pages adapter is given in simulated mode. */
export function simulatedPageUrl(serverUrl: string): (pageUrl: string) => URL {
  return pageUrl => {
    const url = new URL('/page', serverUrl)
    url.searchParams.set('url', pageUrl)
    return url
  }
}

interface Call {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly url: URL
}

type Handler = (call: Call) => void | Promise<void>

function send(response: ServerResponse, reply: Reply, more: Readonly<Record<string, string>> = {}): void {
  // No answer at all: the connection stays open until the caller or `close` ends it.
  if (reply.kind === 'hang') return
  const { status, contentType, retryAfterSeconds, text } = reply
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(text),
    'access-control-allow-origin': '*',
    ...(retryAfterSeconds === null ? {} : { 'retry-after': String(retryAfterSeconds) }),
    ...more,
  })
  response.end(response.req.method === 'HEAD' ? undefined : text)
}

const refuse = (response: ServerResponse, status: number, message: string) =>
  send(response, answer(status, JSON_TYPE, JSON.stringify({ error: message })))

function isLoopback(request: IncomingMessage): boolean {
  const address = request.socket.remoteAddress ?? ''
  return address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.')
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MAX_FAULT_BYTES) throw new TypeError('the body is too long')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function numberOf(url: URL, name: string): number {
  return Number(url.searchParams.get(name) ?? Number.NaN)
}

/** Every event that the world holds in `[from, to)` epoch milliseconds, a line each, faults or not. */
async function sendTruth(world: World, { response, url }: Call): Promise<void> {
  const fromMs = numberOf(url, 'from')
  const toMs = numberOf(url, 'to')
  if (!(fromMs <= toMs && toMs - fromMs <= MAX_TRUTH_MS)) {
    refuse(response, 400, 'from and to are epoch milliseconds, at most eight days apart')
    return
  }
  response.writeHead(200, { 'content-type': NDJSON_TYPE })
  for (let at = floorTo(fromMs, MINUTE_MS); at < toMs && !response.destroyed; at += MINUTE_MS) {
    const events = world.eventsOfMinute(at).filter(e => fromMs <= e.soldAtMs && e.soldAtMs < toMs)
    if (events.length === 0) continue
    const goesOn = response.write(`${events.map(event => event.text).join('\n')}\n`)
    if (!goesOn) await Promise.race([once(response, 'drain'), once(response, 'close')])
  }
  response.end()
}

async function setFaults(feed: SimulatedFeed, { request, response }: Call): Promise<void> {
  try {
    const rules = faultRulesOf(JSON.parse(await bodyOf(request)))
    feed.setFaults(rules)
    send(response, answer(200, JSON_TYPE, JSON.stringify(rules)))
  } catch (error) {
    refuse(response, 400, error instanceof Error ? error.message : 'not a list of fault rules')
  }
}

function sendFeed(feed: SimulatedFeed, { response, url }: Call): void {
  const startSeconds = numberOf(url, 'start_date')
  // Without a start the feed falls back to its widest window.
  send(response, feed.reply(Number.isFinite(startSeconds) ? startSeconds : 0))
}

function sendCover(world: World, { response, url }: Call): void {
  const svg = world.coverSvg(url.pathname)
  if (svg === null) refuse(response, 404, 'no such picture')
  else send(response, answer(200, SVG_TYPE, svg), { 'cache-control': COVER_CACHE })
}

/** By `METHOD path`; `/img/` stands for all below it. Paths with two underscores are for loopback callers. */
function routes(world: World, feed: SimulatedFeed): ReadonlyMap<string, Handler> {
  return new Map<string, Handler>([
    ['GET /api/salesfeed/1/get_initial', ({ response }) => send(response, feed.reply(null))],
    ['GET /api/salesfeed/1/get', call => sendFeed(feed, call)],
    ['GET /page', ({ response, url }) => send(response, feed.page(url.searchParams.get('url') ?? ''))],
    ['GET /img/', call => sendCover(world, call)],
    ['GET /__truth', call => sendTruth(world, call)],
    [
      'GET /__status',
      ({ response }) => send(response, answer(200, JSON_TYPE, JSON.stringify(feed.status()))),
    ],
    ['POST /__faults', call => setFaults(feed, call)],
    [
      'GET /',
      ({ response }) => send(response, answer(200, HTML_TYPE, '<title>A simulated Bandcamp</title>')),
    ],
  ])
}

/** A bug in a handler is the caller's 500, or the end of an answer already begun. */
async function answerWith(handler: Handler, call: Call): Promise<void> {
  try {
    await handler(call)
  } catch (error) {
    if (call.response.headersSent) call.response.destroy()
    else refuse(call.response, 500, String(error))
  }
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

/** Rejects where the port cannot be had. */
export async function startFeedServer(options: FeedServerOptions): Promise<FeedServer> {
  const { world, feed, port, host = '127.0.0.1' } = options
  const table = routes(world, feed)
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
    const target = request.url ?? '/'
    if (!URL.canParse(target, BASE)) return refuse(response, 400, 'not a path')
    const url = new URL(target, BASE)
    const method = request.method === 'HEAD' ? 'GET' : request.method
    const handler = table.get(`${method} ${url.pathname.startsWith('/img/') ? '/img/' : url.pathname}`)
    if (handler === undefined) return refuse(response, 404, 'no such path')
    if (url.pathname.startsWith('/__') && !isLoopback(request)) return refuse(response, 403, 'loopback only')
    return void answerWith(handler, { request, response, url })
  })
  server.maxConnections = MAX_CONNECTIONS
  await listen(server, port, host)
  const { port: taken } = server.address() as AddressInfo
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${taken}`,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
