// Fetching pages from hosts that strangers choose: what is refused before any socket opens, and what is
// bounded.
import type { RequestListener } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { isPublicAddress } from '../../infra/bandcamp/public-address.ts'
import { createSafeFetch, type PinnedAddress, pinnedDispatcher } from '../../infra/bandcamp/safe-fetch.ts'
import { retryAfterMs } from '../../infra/runtime/retry-after.ts'
import { createFakeClock } from '../fakes/clock.ts'
import { createLocalWeb, type LocalWeb } from '../fakes/local-web.ts'

const PUBLIC: PinnedAddress = { address: '151.101.1.28', family: 4 }
const NOW_MS = Date.parse('2026-01-01T00:00:00Z')
const webs: LocalWeb[] = []
afterEach(async () => {
  for (const web of webs.splice(0)) await web.close()
})

const page: RequestListener = (_request, response) => {
  response.setHeader('content-type', 'text/html; charset=UTF-8')
  response.end('<html>ok</html>')
}

/** A fetcher whose names resolve to what `addresses` says, one entry for each time it is asked. */
async function fetcher(handler: RequestListener, addresses: readonly string[][] = [], timeoutMs = 10_000) {
  const web = await createLocalWeb(handler)
  webs.push(web)
  const resolved: string[] = []
  const fetch = createSafeFetch({
    clock: createFakeClock(NOW_MS),
    userAgent: 'test (contact@example.org)',
    timeoutMs,
    resolve: async hostname => {
      const answer = addresses[resolved.length]
      resolved.push(hostname)
      return answer?.map(address => ({ address, family: address.includes(':') ? 6 : 4 })) ?? [PUBLIC]
    },
    dispatcherFor: web.dispatcherFor,
  })
  return { web, fetch, resolved }
}

const redirectTo =
  (...targets: string[]): RequestListener =>
  (request, response) => {
    const target = targets.shift()
    if (target === undefined) return page(request, response)
    response.writeHead(302, { location: target }).end()
  }

describe('1. What never reaches a socket', () => {
  it.each([
    ['http://artist.bandcamp.com/album/x', 'not-https'],
    ['file:///etc/passwd', 'not-https'],
    ['javascript:alert(1)', 'not-https'],
    ['ftp://artist.bandcamp.com/', 'not-https'],
    ['gopher://artist.bandcamp.com/', 'not-https'],
    ['//artist.bandcamp.com/album/x', 'bad-url'],
    ['', 'bad-url'],
    ['https://', 'bad-url'],
    ['https://user@artist.bandcamp.com/', 'credentials'],
    ['https://user:pass@artist.bandcamp.com/', 'credentials'],
    ['https://artist.bandcamp.com:8443/', 'port'],
    ['https://artist.bandcamp.com:22/', 'port'],
    ['https://127.0.0.1/', 'bad-host'],
    ['https://0x7f000001/', 'bad-host'],
    ['https://2130706433/', 'bad-host'],
    ['https://0177.0.0.1/', 'bad-host'],
    ['https://127.1/', 'bad-host'],
    ['https://127.0.0.1./', 'bad-host'],
    ['https://１２７.0.0.1/', 'bad-host'],
    ['https://169.254.169.254/latest/meta-data/', 'bad-host'],
    ['https://8.8.8.8/', 'bad-host'],
    ['https://[::1]/', 'bad-host'],
    ['https://[::ffff:10.0.0.1]/', 'bad-host'],
    ['https://[64:ff9b::7f00:1]/', 'bad-host'],
    ['https://localhost/', 'bad-host'],
    ['https://localhost./', 'bad-host'],
    ['https://metadata/', 'bad-host'],
    ['https://artist.bandcamp.com./', 'bad-host'],
    [`https://${'a.'.repeat(130)}com/`, 'bad-host'],
  ])('[E3] %s is refused as %s', async (url, code) => {
    const { web, fetch, resolved } = await fetcher(page)
    expect(await fetch(url)).toEqual({ kind: 'unsafe', code })
    expect(resolved).toEqual([])
    expect(web.connectedTo).toEqual([])
  })

  const PRIVATE_ADDRESSES = [
    '0.0.0.0',
    '10.0.0.1',
    '100.64.0.1',
    '100.100.100.200',
    '127.0.0.1',
    '127.255.255.254',
    '168.63.129.16',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.192',
    '192.0.2.1',
    '192.88.99.1',
    '192.168.1.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::7f00:1',
    '::ffff:10.0.0.1',
    '::ffff:a9fe:a9fe',
    '64:ff9b::7f00:1',
    '64:ff9b:1::1',
    '100::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
    'fc00::1',
    'fd00:ec2::254',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'ff02::1',
  ]
  it.each(PRIVATE_ADDRESSES)('[E3] a name that leads to %s is refused', async address => {
    expect(isPublicAddress(address)).toBe(false)
    const { web, fetch } = await fetcher(page, [[address]])
    expect(await fetch('https://artist.bandcamp.com/')).toEqual({ kind: 'unsafe', code: 'private-address' })
    expect(web.connectedTo).toEqual([])
  })

  it('[E3] one private address among public ones is enough to refuse', async () => {
    const { web, fetch } = await fetcher(page, [['151.101.1.28', '10.0.0.1']])
    expect(await fetch('https://artist.bandcamp.com/')).toEqual({ kind: 'unsafe', code: 'private-address' })
    expect(web.connectedTo).toEqual([])
  })

  it.each(['151.101.1.28', '8.8.8.8', '2606:4700::6810:84e5', '::ffff:8.8.8.8'])('%s is public', address => {
    expect(isPublicAddress(address)).toBe(true)
  })

  it('text that is no address is not public', () => {
    for (const text of ['', 'localhost', '1.2.3.4.5', 'g::1']) expect(isPublicAddress(text)).toBe(false)
  })
})

describe('2. Names that change their mind', () => {
  it('[E3] the connection goes to the address that was checked: the name is asked once for each hop', async () => {
    const { web, fetch, resolved } = await fetcher(page, [['151.101.1.28'], ['127.0.0.1']])
    expect((await fetch('https://rebind.example.org/')).kind).toBe('html')
    expect(resolved).toEqual(['rebind.example.org'])
    expect(web.connectedTo).toEqual(['151.101.1.28'])
  })

  it('[E3] a redirect to the same name is checked again', async () => {
    const { web, fetch } = await fetcher(redirectTo('/again'), [['151.101.1.28'], ['127.0.0.1']])
    expect(await fetch('https://rebind.example.org/')).toEqual({ kind: 'unsafe', code: 'private-address' })
    expect(web.connectedTo).toEqual(['151.101.1.28'])
  })

  it('the default dispatcher connects to the pinned address and names the host in TLS', async () => {
    let received = Buffer.alloc(0)
    const server = createServer(socket => {
      socket.on('error', () => {})
      socket.once('data', chunk => {
        received = chunk
        socket.destroy()
      })
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const dispatcher = pinnedDispatcher([{ address: '127.0.0.1', family: 4 }])
    const { port } = server.address() as AddressInfo
    const origin = `https://artist.bandcamp.com:${port}`
    await expect(dispatcher.request({ origin, path: '/', method: 'GET' })).rejects.toThrow()
    expect(received.includes('artist.bandcamp.com')).toBe(true)
    await dispatcher.destroy()
    await new Promise(resolve => server.close(resolve))
  })
})

describe('3. Redirects', () => {
  it.each([
    ['https://169.254.169.254/latest/meta-data/', 'bad-host'],
    ['http://artist.bandcamp.com/', 'not-https'],
    ['file:///etc/passwd', 'not-https'],
    ['https://user@label.example.org/', 'credentials'],
    ['https://label.example.org:8080/', 'port'],
    ['//[::1]/', 'bad-host'],
  ])('[E3] a redirect to %s is refused', async (target, code) => {
    const { web, fetch } = await fetcher(redirectTo(target))
    expect(await fetch('https://artist.bandcamp.com/album/x')).toEqual({ kind: 'unsafe', code })
    expect(web.asked).toEqual(['artist.bandcamp.com/album/x'])
  })

  it('two are followed, to a domain of the artist’s own too; the answer says where it came from', async () => {
    const { web, fetch } = await fetcher(redirectTo('https://label.example.org/album/x', '/music'))
    expect(await fetch('https://artist.bandcamp.com/album/x')).toEqual({
      kind: 'html',
      html: '<html>ok</html>',
      finalUrl: 'https://label.example.org/music',
    })
    expect(web.asked).toEqual([
      'artist.bandcamp.com/album/x',
      'label.example.org/album/x',
      'label.example.org/music',
    ])
  })

  it('a third is not', async () => {
    const { web, fetch } = await fetcher(redirectTo('/1', '/2', '/3'))
    expect(await fetch('https://artist.bandcamp.com/')).toEqual({
      kind: 'failed',
      code: 'too-many-redirects',
    })
    expect(web.asked).toHaveLength(3)
  })
})

describe('4. Bounds', () => {
  const ANY = 'https://artist.bandcamp.com/album/x'
  const html = (body: Buffer, headers: Record<string, string> = {}): RequestListener => {
    return (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html', ...headers })
      response.end(body)
    }
  }

  it('[E4] a body of 2 MB is taken, one byte more is not', async () => {
    const whole = await fetcher(html(Buffer.alloc(2_000_000, 'a')))
    expect(await whole.fetch(ANY)).toMatchObject({ kind: 'html' })
    const more = await fetcher(html(Buffer.alloc(2_000_001, 'a')))
    expect(await more.fetch(ANY)).toEqual({ kind: 'failed', code: 'too-large' })
  })

  it('[E4] compressed bodies are read, and bombs are counted as they unfold', async () => {
    const text = Buffer.from('<html>日本</html>')
    const zipped = await fetcher(html(gzipSync(text), { 'content-encoding': 'gzip' }))
    expect(await zipped.fetch(ANY)).toMatchObject({ html: '<html>日本</html>' })
    const brotli = await fetcher(html(brotliCompressSync(text), { 'content-encoding': 'br' }))
    expect(await brotli.fetch(ANY)).toMatchObject({ html: '<html>日本</html>' })
    const bomb = await fetcher(html(gzipSync(Buffer.alloc(200_000_000)), { 'content-encoding': 'gzip' }))
    expect(await bomb.fetch(ANY)).toEqual({ kind: 'failed', code: 'too-large' })
  })

  it('broken compression, unknown compression and other types fail, and say how', async () => {
    const broken = await fetcher(html(Buffer.from('no gzip'), { 'content-encoding': 'gzip' }))
    expect(await broken.fetch(ANY)).toEqual({ kind: 'failed', code: 'z-data-error' })
    const odd = await fetcher(html(Buffer.from('x'), { 'content-encoding': 'gzip, gzip' }))
    expect(await odd.fetch(ANY)).toEqual({ kind: 'failed', code: 'content-encoding' })
    const json = await fetcher(html(Buffer.from('{}'), { 'content-type': 'application/json' }))
    expect(await json.fetch(ANY)).toEqual({ kind: 'failed', code: 'not-html' })
  })

  it('[E4] a server that never answers, or never ends, costs the time limit and no more', async () => {
    const silent = await fetcher(() => {}, [], 50)
    expect(await silent.fetch(ANY)).toEqual({ kind: 'failed', code: 'timeout' })
    const endless = await fetcher(
      (_q, r) => r.writeHead(200, { 'content-type': 'text/html' }).write('<'),
      [],
      50,
    )
    expect(await endless.fetch(ANY)).toEqual({ kind: 'failed', code: 'timeout' })
  })

  it('a resolver that never answers costs the time limit; one without an answer fails', async () => {
    const options = { clock: createFakeClock(NOW_MS), userAgent: 'test', timeoutMs: 50 }
    const stuck = createSafeFetch({ ...options, resolve: () => new Promise(() => {}) })
    expect(await stuck(ANY)).toEqual({ kind: 'failed', code: 'timeout' })
    const unknown = createSafeFetch({
      ...options,
      resolve: () => Promise.reject(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' })),
    })
    expect(await unknown(ANY)).toEqual({ kind: 'failed', code: 'enotfound' })
    expect(await createSafeFetch({ ...options, resolve: async () => [] })(ANY)).toEqual({
      kind: 'failed',
      code: 'no-address',
    })
  })

  it('who no longer wants the page is answered at once', async () => {
    const { fetch } = await fetcher(() => stop.abort())
    const stop = new AbortController()
    expect(await fetch(ANY, stop.signal)).toEqual({ kind: 'failed', code: 'aborted' })
    expect(await fetch(ANY, stop.signal)).toEqual({ kind: 'failed', code: 'aborted' })
  })

  it('a server that hangs up fails', async () => {
    const { fetch } = await fetcher(request => request.socket.destroy())
    expect((await fetch(ANY)).kind).toBe('failed')
  })

  it('says who asks, and sends no cookie even after one was set', async () => {
    const seen: unknown[] = []
    const { fetch } = await fetcher((request, response) => {
      const { cookie, authorization, 'user-agent': agent } = request.headers
      seen.push({ cookie, authorization, agent })
      response.writeHead(302, { location: '/next', 'set-cookie': 'a=b' }).end()
    })
    await fetch(ANY)
    expect(seen).toEqual(Array(3).fill({ agent: 'test (contact@example.org)' }))
  })
})

describe('5. Other answers', () => {
  it('another status comes with the wait that the server asks for', async () => {
    const { fetch } = await fetcher((_request, response) =>
      response.writeHead(429, { 'retry-after': '3' }).end(),
    )
    expect(await fetch('https://artist.bandcamp.com/')).toEqual({
      kind: 'status',
      status: 429,
      retryAfterMs: 3_000,
    })
  })

  it.each([
    ['120', 120_000],
    ['0', 0],
    ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
    ['99999999999', 86_400_000],
    ['soon', null],
    ['-5', 0],
    ['', null],
    [null, null],
  ])('Retry-After %s means %s ms', (header, waitMs) => {
    expect(retryAfterMs(header, NOW_MS)).toBe(waitMs)
  })
})
