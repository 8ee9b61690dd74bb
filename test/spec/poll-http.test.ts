// Chapter: the feed over HTTP. What a server may do, and what the poller hears of it. Real sockets, loopback
// only.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { createBandcampFeed } from '../../infra/bandcamp/feed.ts'
import { createFakeClock } from '../fakes/clock.ts'
import { FEED_T0, feedAnswer } from '../support/feed.ts'

const ANSWER = feedAnswer({ startMs: FEED_T0, endMs: FEED_T0 + 60_000 }, ['{"a":"é"}'])
const open: Server[] = []

type Handler = (request: IncomingMessage, response: ServerResponse) => void

async function feedOn(handler: Handler, over: { timeoutMs?: number; maxBytes?: number; path?: string } = {}) {
  const { path = '', ...options } = over
  const server = createServer(handler)
  open.push(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const clock = createFakeClock(FEED_T0)
  return createBandcampFeed({
    clock,
    userAgent: 'test/1 (+mailto:a@b.example)',
    baseUrl: `http://127.0.0.1:${port}${path}`,
    ...options,
  })
}

afterEach(() => {
  for (const server of open.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

describe('asking', () => {
  it('[P23] get_initial without a start, and get with whole seconds', async () => {
    const seen: string[] = []
    const feed = await feedOn((request, response) => {
      seen.push(
        `${request.method} ${request.url} ${request.headers['user-agent']} ${request.headers['accept-encoding']}`,
      )
      response.end(ANSWER)
    })
    expect(await feed.get(null)).toEqual({ kind: 'body', text: ANSWER })
    await feed.get(FEED_T0 + 1_999)
    const who = 'test/1 (+mailto:a@b.example) gzip'
    expect(seen).toEqual([
      `GET /api/salesfeed/1/get_initial ${who}`,
      `GET /api/salesfeed/1/get?start_date=${FEED_T0 / 1000 + 1} ${who}`,
    ])
  })

  it('[P23] below the path of the base address', async () => {
    let seen: string | undefined
    const feed = await feedOn(
      (request, response) => {
        seen = request.url
        response.end(ANSWER)
      },
      { path: '/world/' },
    )
    await feed.get(null)
    expect(seen).toBe('/world/api/salesfeed/1/get_initial')
  })

  it('[P23] takes gzip', async () => {
    const feed = await feedOn((_, response) => {
      response.setHeader('content-encoding', 'gzip').end(gzipSync(ANSWER))
    })
    expect(await feed.get(null)).toEqual({ kind: 'body', text: ANSWER })
  })

  it('[P23] text that is no JSON is an answer too: what it means is not the adapter’s business', async () => {
    const feed = await feedOn((_, response) => void response.end('<html>hello</html>'))
    expect(await feed.get(null)).toEqual({ kind: 'body', text: '<html>hello</html>' })
  })
})

const CHALLENGE =
  '<!DOCTYPE html><html><head><title>Client Challenge</title></head><script src="/_fs-ch-1/a.js">'
const inTwoMinutes = new Date(FEED_T0 + 120_000).toUTCString()
const rows: readonly (readonly [string, Handler, string, number | null])[] = [
  ['429 with seconds', (_, r) => void r.writeHead(429, { 'retry-after': '7' }).end(), 'http-429', 7_000],
  [
    '503 with a date',
    (_, r) => void r.writeHead(503, { 'retry-after': inTwoMinutes }).end(),
    'http-503',
    120_000,
  ],
  ['500', (_, r) => void r.writeHead(500).end('oops'), 'http-500', null],
  ['404', (_, r) => void r.writeHead(404).end(), 'http-404', null],
  [
    'a redirect',
    (_, r) => void r.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
    'http-302',
    null,
  ],
  ['403', (_, r) => void r.writeHead(403).end('<title>Error 54113</title>'), 'forbidden', 900_000],
  ['a challenge with status 200', (_, r) => void r.end(CHALLENGE), 'challenged', 120_000],
  [
    'a packed answer cut short',
    (_, r) => void r.setHeader('content-encoding', 'gzip').end(gzipSync(ANSWER).subarray(0, 60)),
    'z-buf-error',
    null,
  ],
  [
    'a packing nobody asked for',
    (_, r) => void r.setHeader('content-encoding', 'br').end('x'),
    'content-encoding',
    null,
  ],
  ['a reset before the answer', q => void q.socket.destroy(), 'und-err-socket', null],
  [
    'a reset within the answer',
    (q, r) => {
      r.writeHead(200, { 'content-length': '1000' })
      r.write('{"start', () => q.socket.destroy())
    },
    'und-err-socket',
    null,
  ],
]

describe('an outage is told by a short code, and by when to come back', () => {
  it.each(rows)('[P23] %s', async (_, handler, code, retryAfterMs) => {
    const feed = await feedOn(handler)
    expect(await feed.get(null)).toEqual({ kind: 'outage', code, retryAfterMs })
  })

  it('[P23] a server that never answers', async () => {
    const feed = await feedOn(() => undefined, { timeoutMs: 50 })
    expect(await feed.get(null)).toMatchObject({ kind: 'outage', code: expect.stringMatching(/timeout/) })
  })

  it('[P23] a server that drips for ever', async () => {
    const feed = await feedOn(
      (_, response) => {
        const drip = () => void response.write(' ', () => setImmediate(drip))
        drip()
      },
      { timeoutMs: 50 },
    )
    expect(await feed.get(null)).toMatchObject({ kind: 'outage', code: 'timeout' })
  })

  it('[P23] an answer over the bound, packed small', async () => {
    const feed = await feedOn(
      (_, response) =>
        void response.setHeader('content-encoding', 'gzip').end(gzipSync(' '.repeat(5_000_000))),
      { maxBytes: 1_000_000 },
    )
    expect(await feed.get(null)).toMatchObject({ kind: 'outage', code: 'too-large' })
  })

  it('[P23] nobody listens', async () => {
    const feed = await feedOn(() => undefined)
    await new Promise(resolve => open.pop()!.close(resolve))
    expect(await feed.get(null)).toMatchObject({ kind: 'outage', code: 'econnrefused' })
  })

  it('[P23] the caller has gone', async () => {
    const stop = new AbortController()
    const feed = await feedOn(() => stop.abort())
    expect(await feed.get(null, stop.signal)).toMatchObject({ kind: 'outage', code: 'aborted' })
    expect(await feed.get(null, stop.signal)).toMatchObject({ kind: 'outage', code: 'aborted' })
  })

  it('[P23] after any of them the next call is answered', async () => {
    let calls = 0
    const feed = await feedOn((request, response) => {
      if (calls++ === 0) request.socket.destroy()
      else response.end(ANSWER)
    })
    expect((await feed.get(null)).kind).toBe('outage')
    expect(await feed.get(null)).toEqual({ kind: 'body', text: ANSWER })
  })
})
