// Chapter: the HTTP API. What a page or a script may ask, and what it gets.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { salesPageSchema, statusSchema, summarySchema, viewSchema } from '../../dashboard/core/api.ts'
import type { Dashboard } from '../../dashboard/server/dashboard.ts'
import { OutageError, TooWideError } from '../../infra/ports.ts'
import type { HistoryQuery } from '../../schemas/history.ts'
import { HOUR_MS, MINUTE_MS } from '../../schemas/time.ts'
import {
  createWorld,
  type itemOf,
  LIVE,
  NOON_MS,
  type Overrides,
  openDashboard,
  saleOf,
  statusOf,
  until,
  type World,
} from './api-kit.ts'

let world: World
let dashboard: Dashboard | null = null

beforeEach(() => {
  world = createWorld()
})
afterEach(async () => {
  await dashboard?.close()
  dashboard = null
})

async function open(change: Overrides = {}): Promise<void> {
  dashboard = await openDashboard(world, change)
}
const get = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${dashboard!.url}${path}`, init)
async function json<T = Record<string, never>>(path: string): Promise<T> {
  const response = await get(path)
  expect(response.status, path).toBe(200)
  return (await response.json()) as T
}

/** One sale a minute for `minutes` before the watermark, the newest a second before it. */
const minutely = (minutes: number, change: Parameters<typeof itemOf>[1] = {}) =>
  Array.from({ length: minutes }, (_, i) => saleOf(`b${i}`, NOON_MS - i * MINUTE_MS - 1_000, change))

describe('a view', () => {
  test('[A1] "now" is the watermark: the last hour is the hour before it, whatever the clock says', async () => {
    await world.keep(minutely(90))
    world.clock.jumpTo(NOON_MS + 20 * MINUTE_MS)
    await open()
    const view = viewSchema.parse(await json('/api/v1/view?range=1h'))
    expect([view.summary.fromMs, view.summary.toMs]).toEqual([NOON_MS - HOUR_MS, NOON_MS])
    expect(view.summary.now.items).toBe(60)
    expect(view.summary.series.map(p => p.items)).toEqual(Array(60).fill(1))
  })

  test('[A33] says which Bandcamp Fridays the range touches, and whether Bandcamp named them', async () => {
    await open()
    const fridays = async (from: string, to: string) =>
      summarySchema.parse(await json(`/api/v1/summary?from=${from}&to=${to}`)).fridays
    const november = { fromMs: Date.UTC(2026, 10, 6, 8), toMs: Date.UTC(2026, 10, 7, 8), isAnnounced: true }
    expect(await fridays('2026-11-06T07:00Z', '2026-11-06T08:00Z')).toEqual([])
    expect(await fridays('2026-11-06T07:00Z', '2026-11-06T08:01Z')).toEqual([november])
    expect(await fridays('2026-11-07T07:59Z', '2026-11-07T09:00Z')).toEqual([november])
    expect(await fridays('2026-11-07T08:00Z', '2026-11-07T09:00Z')).toEqual([])
    expect((await fridays('2027-02-05T09:00Z', '2027-02-05T10:00Z'))[0]?.isAnnounced).toBe(false)
  })

  test('every answer is what its schema says, with nothing in the history at all', async () => {
    await open()
    const view = viewSchema.strict().parse(await json('/api/v1/view'))
    expect(view.status.state).toBe('starting')
    expect(view.summary).toMatchObject({ watermarkMs: null, previous: null })
    expect(view.recent).toEqual([])
  })

  test('[A2] the period before is compared only where the history reaches back to its start', async () => {
    await world.keep(minutely(119))
    await open()
    const short = summarySchema.parse(await json('/api/v1/summary?range=1h'))
    expect([short.previous, short.previousSeries, short.topGenres[0]?.previousItems]).toEqual([
      null,
      null,
      null,
    ])
    await dashboard!.close()
    await world.keep([saleOf('first', NOON_MS - 2 * HOUR_MS)])
    await open()
    const long = summarySchema.parse(await json('/api/v1/summary?range=1h'))
    expect(long.previous?.items).toBe(60)
    expect(long.previousSeries?.reduce((sum, p) => sum + p.items, 0)).toBe(60)
    expect(long.topGenres[0]).toMatchObject({ value: 'metal', items: 60, previousItems: 60 })
  })

  test('[A34] a list holds who brought most, though twelve others sold more, with the period before', async () => {
    const others = Array.from({ length: 12 }, (_, n) => {
      const artistHost = `o${n}.bandcamp.com`
      return saleOf(`o${n}`, NOON_MS - MINUTE_MS, { artistHost }, { artistHost })
    })
    const dear = { artistHost: 'dear.bandcamp.com' }
    await world.keep([
      saleOf('first', NOON_MS - 2 * HOUR_MS),
      saleOf('d1', NOON_MS - HOUR_MS - MINUTE_MS, { ...dear, paidUsdCents: 1_000 }),
      saleOf('d2', NOON_MS - MINUTE_MS, { ...dear, paidUsdCents: 90_000 }),
      ...others,
    ])
    await open()
    const { topArtists } = summarySchema.parse(await json('/api/v1/summary?range=1h'))
    expect(topArtists).toHaveLength(13)
    expect(topArtists.at(-1)).toMatchObject({
      ...{ value: 'dear.bandcamp.com', items: 1, previousItems: 1 },
      ...{ revenueUsdCents: 90_000, previousRevenueUsdCents: 1_000 },
    })
  })

  test('[A2] an artist who was far behind in the period before is compared all the same', async () => {
    const before = NOON_MS - HOUR_MS - MINUTE_MS
    const others = Array.from({ length: 301 }, (_, n) =>
      saleOf(`o${n}`, before, { artistHost: `o${n}.bandcamp.com` }, { artistHost: `o${n}.bandcamp.com` }),
    )
    const rising = { artistHost: 'rising.bandcamp.com' }
    const fresh = { artistHost: 'fresh.bandcamp.com' }
    await world.keep([
      saleOf('first', NOON_MS - 2 * HOUR_MS),
      ...others,
      saleOf('then', before, rising),
      saleOf('now', NOON_MS - 1, rising, rising, rising, fresh, fresh),
    ])
    await open()
    const { topArtists } = summarySchema.parse(await json('/api/v1/summary?range=1h'))
    expect(topArtists.map(row => [row.value, row.items, row.previousItems])).toEqual([
      ['rising.bandcamp.com', 3, 1],
      ['fresh.bandcamp.com', 2, 0],
    ])
  })

  test('a filter holds for every number, list and row of the view', async () => {
    await world.keep([...minutely(30), saleOf('other', NOON_MS - 5_000, { genre: 'ambient', country: 'jp' })])
    await open()
    const view = viewSchema.parse(await json('/api/v1/view?range=1h&genre=ambient&country=jp'))
    expect(view.summary.now.items).toBe(1)
    expect(view.recent.map(item => item.id)).toEqual(['other/0'])
    expect(view.summary.topCountries.map(row => row.value)).toEqual(['jp'])
  })

  test('the heatmap counts hours of the reader’s zone', async () => {
    await world.keep([saleOf('b', NOON_MS - 1)])
    await open()
    const { heatmap } = summarySchema.parse(await json('/api/v1/summary?range=1h&tz=330'))
    expect(heatmap[0]?.itemsByHour.indexOf(1)).toBe(19)
  })

  test('[A3] the newest sales come from the log even while the history lags behind it', async () => {
    await world.keep([saleOf('old', NOON_MS - MINUTE_MS)])
    await world.tell(saleOf('old', NOON_MS - MINUTE_MS), saleOf('new', NOON_MS - 1_000, {}, {}))
    await open()
    const view = viewSchema.parse(await json('/api/v1/view'))
    expect(view.recent.map(item => item.id)).toEqual(['new/1', 'new/0', 'old/0'])
  })

  test('a thousand readers of one view cost one set of questions', async () => {
    await world.keep(minutely(10))
    let questions = 0
    const history = {
      ...world.store,
      totals: (query: HistoryQuery) => {
        questions++
        return world.store.totals(query)
      },
    }
    await open({ history })
    await Promise.all(Array.from({ length: 50 }, () => json('/api/v1/summary?range=1h')))
    const once = questions
    await Promise.all(Array.from({ length: 50 }, () => json('/api/v1/summary?range=1h&')))
    expect(questions).toBe(once)
    expect(once).toBeLessThanOrEqual(4)
  })
})

test('an unchanged summary is not sent again', async () => {
  await world.keep(minutely(10))
  await open()
  const first = await get('/api/v1/summary?range=1h')
  const etag = first.headers.get('etag')!
  expect(await statusOf(`${dashboard!.url}/api/v1/summary?range=1h`, { 'if-none-match': etag })).toBe(304)
})

describe('questions that cannot be answered', () => {
  test.each([
    ['/api/v1/view?range=2h', 'range'],
    ['/api/v1/view?rnage=1h', 'rnage'],
    ['/api/v1/view?genre=', 'genre'],
    ['/api/v1/view?genre=%27;drop', 'genre'],
    ['/api/v1/view?genre=a&genre=b', 'genre'],
    ['/api/v1/view?country=DEU', 'country'],
    ['/api/v1/view?format=8-track', 'format'],
    ['/api/v1/view?tz=9999', 'tz'],
    ['/api/v1/view?from=2026-11-22T10:00Z', 'to'],
    ['/api/v1/view?range=1h&from=2026-11-22T10:00Z', 'from'],
    ['/api/v1/view?from=2026-11-22T10:00Z&to=2026-11-22T09:00Z', 'to'],
    ['/api/v1/sales?limit=1e3', 'limit'],
    ['/api/v1/sales?before=yesterday', 'before'],
    ['/api/v1/sales?range=1h', 'range'],
    ['/api/v1/search', 'q'],
    ['/api/v1/status?full=1', 'full'],
  ])('[A4] %s is refused, naming %s and what to give', async (path, parameter) => {
    await open()
    const response = await get(path)
    const { error } = (await response.json()) as {
      error: { code: string; parameter: string; message: string }
    }
    expect([response.status, error.code, error.parameter]).toEqual([400, 'bad-query', parameter])
    expect(error.message.length).toBeGreaterThan(10)
  })

  test('an outage of the history is told as one that passes, a bug is not shown', async () => {
    let fail: Error | null = null
    const history = {
      ...world.store,
      recent: async (...args: Parameters<typeof world.store.recent>) => {
        if (fail !== null) throw fail
        return world.store.recent(...args)
      },
    }
    await open({ history })
    fail = new TooWideError('31 days at most: ask for a shorter period')
    const wide = await get('/api/v1/sales')
    expect(wide.status).toBe(400)
    expect(await wide.json()).toEqual({
      error: { code: 'too-wide', message: '31 days at most: ask for a shorter period' },
    })
    fail = new OutageError('ECONNREFUSED', 'no database')
    const outage = await get('/api/v1/sales')
    expect([outage.status, outage.headers.get('retry-after')]).toEqual([503, '5'])
    fail = new Error('secret of the house')
    const bug = await get('/api/v1/sales')
    expect(bug.status).toBe(500)
    expect(await bug.text()).not.toContain('secret')
    expect(world.telemetry.of('warn')).toContain('dashboard: a request failed')
  })
})

describe('sales, search and status', () => {
  test('[A5] pages of sales hold every item once, newest first', async () => {
    const sales = Array.from({ length: 30 }, (_, i) =>
      saleOf(`b${i % 7}-${i}`, NOON_MS - (i >> 2) * 1_000, {}, {}, {}),
    )
    await world.keep(sales)
    await open()
    const ids: string[] = []
    let before = ''
    do {
      const page = salesPageSchema.parse(await json(`/api/v1/sales?limit=7${before}`))
      ids.push(...page.items.map(item => item.id))
      before = page.next === null ? '' : `&before=${encodeURIComponent(page.next)}`
    } while (before !== '')
    const all = await world.store.recent(
      { genre: null, artist: null, country: null, format: null },
      1_000,
      null,
    )
    expect(ids).toEqual(all.map(item => item.id))
    expect(new Set(ids).size).toBe(90)
  })

  test('"german" finds Germany, with its sales of the last week', async () => {
    await world.keep(minutely(12))
    await open()
    const { hits } = await json<{ hits: object[] }>('/api/v1/search?q=German')
    expect(hits).toEqual([{ dimension: 'country', value: 'de', label: 'Germany', items: 12 }])
  })

  test('[A6] the status says why the numbers stop: silent, catching up, starting', async () => {
    await world.keep(minutely(20))
    await open()
    const status = async () => statusSchema.parse(await json('/api/v1/status'))
    expect(await status()).toMatchObject({
      state: 'alive',
      coverage: 1,
      itemsPerMinute: 1,
      lastSaleMs: NOON_MS - 1_000,
    })
    await world.clock.advance(3 * MINUTE_MS + 1_000)
    expect((await status()).state).toBe('silent')
    world.feed.info = { ...LIVE, ownLagMs: MINUTE_MS }
    await world.clock.advance(1_000)
    expect((await status()).state).toBe('alive')
    world.feed.info = { ...LIVE, catchingUp: true }
    await world.clock.advance(1_000)
    expect((await status()).state).toBe('catching-up')
  })

  test('[A6] a feed that has shown nothing since the start is silent after the same time', async () => {
    await open()
    const state = async () => statusSchema.parse(await json('/api/v1/status')).state
    expect(await state()).toBe('starting')
    await world.clock.advance(3 * MINUTE_MS)
    expect(await state()).toBe('starting')
    await world.clock.advance(1_000)
    expect(await state()).toBe('silent')
  })
})

describe('the export', () => {
  test('[A7] a CSV says what was asked, holds the view’s sales, and runs no formula', async () => {
    await world.keep([
      saleOf('evil', NOON_MS - 1_000, {
        artistName: '=HYPERLINK("http://x")',
        title: 'a,"b"\r\nc',
        albumTitle: '\t+1',
      }),
      saleOf('before', NOON_MS - 2 * HOUR_MS),
      saleOf('at the end', NOON_MS),
    ])
    await open()
    const response = await get('/api/v1/export.csv?range=1h&genre=metal')
    expect(response.headers.get('content-disposition')).toMatch(
      /^attachment; filename=bandcamp-sales-.*\.csv$/,
    )
    const lines = new TextDecoder('utf-8', { ignoreBOM: true }).decode(await response.arrayBuffer())
    expect(lines).toContain('# query: range=1h&genre=metal')
    expect(lines).toContain('# from (UTC): 2026-11-22T13:00:00.000Z')
    expect(lines).toContain(`"'=HYPERLINK(""http://x"")"`)
    expect(lines).toContain(`"a,""b""\r\nc"`)
    expect(lines).toContain(`'\t+1`)
    expect(lines).not.toContain('before')
    expect(lines.split('sold_at')[1]).not.toContain('at the end')
  })

  test('JSON holds the same sales, page after page', async () => {
    await world.keep(Array.from({ length: 2_500 }, (_, i) => saleOf(`b${i}`, NOON_MS - 1 - i)))
    await open()
    const { about, sales } = await json<{ about: object; sales: { id: string }[] }>(
      '/api/v1/export.json?range=1h',
    )
    expect(about).toHaveProperty('query', 'range=1h')
    expect(new Set(sales.map(item => item.id)).size).toBe(2_500)
  })
})

describe('operations and documentation', () => {
  test('[A8] healthz asks nobody; readyz is 503 while the history does not answer', async () => {
    let gone = false
    const history = {
      ...world.store,
      extent: async () => (gone ? Promise.reject(new OutageError('GONE', 'gone')) : world.store.extent()),
    }
    await open({ history })
    expect((await get('/readyz')).status).toBe(200)
    gone = true
    expect((await get('/readyz')).status).toBe(503)
    expect((await get('/healthz')).status).toBe(200)
    expect(await (await get('/metrics')).text()).toBe('app_up 1\n')
  })

  test('the API describes itself in OpenAPI 3.1, and its page loads only our own files', async () => {
    await open()
    const document = await json<{ openapi: string; paths: object }>('/api/openapi.json')
    expect(document.openapi).toBe('3.1.0')
    expect(Object.keys(document.paths)).toEqual(expect.arrayContaining(['/api/v1/view', '/api/v1/stream']))
    const page = await (await get('/api/docs')).text()
    for (const [, file] of page.matchAll(/(?:src|href)="([^"]+)"/g))
      expect((await get(file!)).status, file).toBe(200)
    expect(page).not.toMatch(/<script>|style=|onload/)
  })
})

describe('security', () => {
  test('[A9] the policy lets in nothing inline and no strangers', async () => {
    await open()
    const { host } = new URL(dashboard!.url)
    const headers = (await get('/')).headers
    const policy = headers.get('content-security-policy')!
    expect(policy).toContain("script-src 'self';")
    expect(policy).toContain(`connect-src 'self' ws://${host} wss://${host};`)
    expect(policy).toContain('frame-src https://bandcamp.com')
    expect(policy).not.toContain('unsafe')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('x-powered-by')).toBeNull()
  })

  test('an address that leads nowhere is a page for a browser, and a problem for a program', async () => {
    await open()
    const page = await get('/nowhere', { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } })
    expect([page.status, page.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8'])
    expect(await page.text()).toContain('<a href="/alerts">')
    const problem = await get('/nowhere')
    expect(problem.status).toBe(404)
    expect(await problem.json()).toMatchObject({ error: { code: 'not-found' } })
  })

  test('covers of the simulated world are drawn here, and every answer names them', async () => {
    const artwork = (url: string) =>
      url.endsWith('a0000000001_7.jpg') ? '<svg xmlns="http://www.w3.org/2000/svg"/>' : null
    await world.keep([saleOf('b', NOON_MS - 1)])
    await world.tell(saleOf('c', NOON_MS - 1, { artUrl: 'javascript:alert(1)' }))
    await open({ artwork })
    const view = viewSchema.parse(await json('/api/v1/view'))
    expect(view.recent.map(item => item.artUrl)).toEqual([null, '/covers/a0000000001_7.svg'])
    expect(view.summary.topArtists[0]?.artUrl).toBe('/covers/a0000000001_7.svg')
    const cover = await get('/covers/a0000000001_7.svg')
    expect(cover.headers.get('content-type')).toContain('image/svg+xml')
    expect((await get('/covers/none.svg')).status).toBe(404)
    expect((await get('/covers/..%2f..%2fetc.svg')).status).toBe(404)
  })
})

test('the watermark is looked at every second, and new numbers follow it', async () => {
  await world.keep(minutely(10))
  await open()
  expect(summarySchema.parse(await json('/api/v1/summary?range=1h')).now.items).toBe(10)
  await world.keep([saleOf('later', NOON_MS + 1_000)], NOON_MS + MINUTE_MS)
  await world.clock.advance(1_000)
  const summary = summarySchema.parse(await json('/api/v1/summary?range=1h'))
  expect([summary.toMs, summary.now.items]).toEqual([NOON_MS + MINUTE_MS, 11])
})

test('closing releases the port at once and may be repeated', async () => {
  await open()
  const { url } = dashboard!
  await Promise.all([dashboard!.close(), dashboard!.close()])
  await expect(fetch(`${url}/healthz`)).rejects.toThrow()
  await until(() => world.clock.sleeping() === 0)
})
