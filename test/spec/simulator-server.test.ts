// The simulated site over real HTTP on the loopback: every path, the oracle, faults, and a clean end.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createWorld } from '../../producers/simulator/core/world.ts'
import { createSimulatedFeed } from '../../producers/simulator/feed.ts'
import { type FeedServer, simulatedPageUrl, startFeedServer } from '../../producers/simulator/server.ts'
import { MINUTE_MS } from '../../schemas/time.ts'
import { createFakeClock } from '../fakes/clock.ts'

const world = createWorld({ seed: 11 })
const NOON_MS = Date.UTC(2026, 10, 20, 12)
const clock = createFakeClock(NOON_MS + 30_000)
const feed = createSimulatedFeed({ world, clock })
let server: FeedServer

beforeAll(async () => {
  server = await startFeedServer({ world, feed, port: 0 })
})
afterAll(() => server.close())

const get = (path: string, init?: RequestInit) => fetch(`${server.url}${path}`, init)
const setFaults = (rules: unknown) => get('/__faults', { method: 'POST', body: JSON.stringify(rules) })

describe('the server', () => {
  it('answers the feed’s two calls with the same text as the port in process', async () => {
    const initial = await get('/api/salesfeed/1/get_initial')
    expect(initial.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect({ kind: 'body', text: await initial.text() }).toEqual(await feed.get(null))
    const start = NOON_MS - 3 * MINUTE_MS
    const more = await get(`/api/salesfeed/1/get?start_date=${start / 1000}`)
    expect({ kind: 'body', text: await more.text() }).toEqual(await feed.get(start))
  })

  it('gives the widest window where start_date is missing or no number', async () => {
    for (const query of ['', '?start_date=', '?start_date=yesterday']) {
      const answer = await (await get(`/api/salesfeed/1/get${query}`)).json()
      expect(answer).toMatchObject({ start_date: NOON_MS / 1000 - 600, end_date: NOON_MS / 1000 })
    }
  })

  it('serves item pages where simulatedPageUrl says', async () => {
    const url = `https:${world.eventsOfMinute(NOON_MS)[0]!.event.items[0]!.url}`
    const page = await fetch(simulatedPageUrl(server.url)(url))
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(await page.text()).toBe(world.pageHtml(url))
    expect((await fetch(simulatedPageUrl(server.url)('https://nobody.example/'))).status).toBe(404)
  })

  it('serves covers as SVG, to be kept', async () => {
    const cover = await get('/img/a1234567890_7.jpg')
    expect(cover.headers.get('content-type')).toBe('image/svg+xml')
    expect(cover.headers.get('cache-control')).toContain('max-age')
    expect(await cover.text()).toBe(world.coverSvg('a1234567890_7.jpg'))
    expect((await get('/img/none.png')).status).toBe(404)
  })

  it('[X6] gives the truth as NDJSON: all events of an interval, faults or not', async () => {
    await setFaults([{ kind: 'late-sales' }, { kind: 'schema-drift' }])
    const from = NOON_MS - 90_500
    const to = NOON_MS + 5 * MINUTE_MS + 1
    const lines = (await (await get(`/__truth?from=${from}&to=${to}`)).text()).trim().split('\n')
    await setFaults([])
    const all = Array.from({ length: 9 }, (_, i) =>
      world.eventsOfMinute(NOON_MS + (i - 3) * MINUTE_MS),
    ).flat()
    const wanted = all.filter(({ soldAtMs }) => from <= soldAtMs && soldAtMs < to).map(({ text }) => text)
    expect(lines).toEqual(wanted)
    expect((await get('/__truth?from=0&to=9e15')).status).toBe(400)
    expect((await get('/__truth')).status).toBe(400)
  })

  it('takes faults at run time, says them in its status, and refuses nonsense', async () => {
    expect((await setFaults([{ kind: 'rate-limited', times: 1, retryAfterSeconds: 5 }])).status).toBe(200)
    const limited = await get('/api/salesfeed/1/get_initial')
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '5'])
    const status = (await (await get('/__status')).json()) as { struck: Record<string, number> }
    expect(status).toMatchObject({ seed: 11, nowMs: NOON_MS + 30_000, endMs: NOON_MS })
    expect(status.struck['rate-limited']).toBe(1)
    for (const bad of [
      {},
      [{ kind: 'meteor' }],
      [{ kind: 'hang', rate: 'x' }],
      [null],
      [{ kind: 'hang', on: 'moon' }],
    ]) {
      expect((await setFaults(bad)).status).toBe(400)
    }
    expect((await get('/__faults', { method: 'POST', body: '{' })).status).toBe(400)
    expect((await get('/__faults', { method: 'POST', body: ' '.repeat(100_000) })).status).toBe(400)
    await setFaults([])
  })

  it('says 404 to other paths and methods', async () => {
    expect((await get('/api/other')).status).toBe(404)
    expect((await get('/api/salesfeed/1/get_initial', { method: 'DELETE' })).status).toBe(404)
  })

  it('closes at once, even with a caller hanging, and twice', async () => {
    const own = createSimulatedFeed({ world, clock, faults: [{ kind: 'hang' }] })
    const other = await startFeedServer({ world, feed: own, port: 0 })
    const hanging = fetch(`${other.url}/api/salesfeed/1/get_initial`).catch(() => 'cut off')
    await expect.poll(() => own.status().struck.hang).toBe(1)
    await other.close()
    await other.close()
    expect(await hanging).toBe('cut off')
  })
})
