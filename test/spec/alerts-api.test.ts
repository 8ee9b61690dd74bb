// Chapter: alerts over HTTP, on the socket and as a feed. What moved, told to whoever asks.
import { load } from 'cheerio'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { foldAlerts } from '../../dashboard/core/alerts.ts'
import { alertsPageSchema, apiAlertSchema } from '../../dashboard/core/api-alerts.ts'
import type { Dashboard } from '../../dashboard/server/dashboard.ts'
import { MAX_SHOWN_ALERTS } from '../../dashboard/server/live-alerts.ts'
import { OutageError } from '../../infra/ports.ts'
import type { Alert } from '../../schemas/alerts.ts'
import { DAY_MS, MINUTE_MS } from '../../schemas/time.ts'
import { createFakeAlertBook, type FakeAlertBook } from '../fakes/alert-book.ts'
import { alertOf, closed, OPENED_MS } from '../support/shown-alerts.ts'
import {
  type Browser,
  browse,
  createWorld,
  NOON_MS,
  next,
  type Overrides,
  openDashboard,
  statusOf,
} from './api-kit.ts'

const HOSTILE = '<img src=x onerror=alert(1)>\u202eevil\u0000]]>\ufffe&amp;'

let world: ReturnType<typeof createWorld>
let book: FakeAlertBook
let dashboard: Dashboard | null = null
const sockets: Browser[] = []

beforeEach(() => {
  world = createWorld()
  book = createFakeAlertBook()
})
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.close()
  await dashboard?.close()
  dashboard = null
})

async function open(change: Overrides = {}): Promise<void> {
  dashboard = await openDashboard(world, { alerts: book, ...change })
}
const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${dashboard!.url}${path}`, { headers })
const page = async (query: string) =>
  alertsPageSchema.parse(await (await get(`/api/v1/alerts${query}`)).json())
const tell = (...records: readonly Alert[]): Promise<void> =>
  world.log.append(records.map(record => ({ topic: 'alerts', partition: 0, record })))

describe('the list', () => {
  test('[A21] pages hold every alert once, newest opened first, however many open in one moment', async () => {
    // Moments of one, two, three … alerts: pages of four end inside of some.
    const all = Array.from({ length: 28 }, (_, i) => {
      const moment = Math.floor((Math.sqrt(8 * i + 1) - 1) / 2)
      return alertOf(i, { openedAtMs: OPENED_MS - moment * MINUTE_MS })
    })
    book.put(all)
    await open()
    const ids: string[] = []
    let to = ''
    do {
      const { alerts, next: before } = await page(`?limit=4${to}`)
      ids.push(...alerts.map(alert => alert.id))
      to = before === null ? '' : `&to=${encodeURIComponent(before)}`
    } while (to !== '')
    expect(ids).toEqual(foldAlerts(all, []).map(alert => alert.id))
  })

  test('each is what the record says, with the name and the sentence that people read', async () => {
    const alert = alertOf(1)
    book.put([alert])
    await open()
    const [told] = (await page('')).alerts
    const { kind: _, ...record } = alert
    expect(told).toEqual({
      ...record,
      label: 'Ambient',
      title: 'Ambient up 3.1× in 1 h: 64 purchases, usual 15–28',
      artUrl: 'https://f4.bcbits.com/img/a0000000001_7.jpg',
    })
    expect(apiAlertSchema.parse(await (await get(`/api/v1/alerts/${alert.id}`)).json())).toEqual(told)
  })

  test('key, severity, time and openness narrow it', async () => {
    const [a, b, c] = [
      alertOf(1, { severity: 'info' }),
      closed(alertOf(2, { key: 'country:de', severity: 'major' })),
      alertOf(3, { openedAtMs: OPENED_MS - DAY_MS }),
    ]
    book.put([a, b, c])
    await open()
    const ids = async (query: string) => (await page(query)).alerts.map(alert => alert.id)
    expect(await ids('?key=country:de')).toEqual([b.id])
    expect(await ids('?minSeverity=notable')).toEqual([b.id, c.id])
    expect(await ids('?open=true')).toEqual([a.id, c.id])
    expect(await ids('?from=2026-11-22T00:00:00Z')).toEqual([a.id, b.id])
    expect(await ids('?to=2026-11-22T00:00:00Z')).toEqual([c.id])
  })

  test.each([
    ['?limit=201', 'limit'],
    ['?open=yes', 'open'],
    ['?minSeverity=huge', 'minSeverity'],
    ['?from=yesterday', 'from'],
    ['?genre=ambient', 'genre'],
    ['?key=', 'key'],
  ])('%s is refused, naming %s', async (query, parameter) => {
    await open()
    const response = await get(`/api/v1/alerts${query}`)
    expect([response.status, await response.json()]).toMatchObject([400, { error: { parameter } }])
  })

  test.each(['0000000000000009', 'x', '%2e%2e%2f', '000000000000000G'])('there is no alert %s', async id => {
    await open()
    expect((await get(`/api/v1/alerts/${id}`)).status).toBe(404)
  })

  test('as CSV no cell runs in a spreadsheet', async () => {
    book.put([alertOf(1, { key: 'tag:=cmd()' }), closed(alertOf(2))])
    await open()
    const response = await get('/api/v1/alerts.csv')
    expect(response.headers.get('content-disposition')).toBe('attachment; filename=bandcamp-alerts.csv')
    const lines = (await response.text()).split('\r\n')
    expect(lines).toHaveLength(4)
    expect(lines[1]).toContain(",tag:=cmd(),'=cmd(),")
    expect(lines[2]).toContain('2026-11-22T13:10:00.000Z,2026-11-22T15:10:00.000Z,rise,genre:ambient,Ambient')
  })
})

describe('the live line', () => {
  const connect = async (): Promise<Browser> => {
    const socket = await browse(dashboard!.url)
    sockets.push(socket)
    return socket
  }
  const subscribe = (socket: Browser): void => void socket.emit('subscribe', { query: '', cursor: null })

  test('[A22] a browser gets what is open or was opened within a week, then each change as the log grows', async () => {
    const old = NOON_MS - 30 * DAY_MS
    const [open1, ended, gone] = [
      alertOf(1, { openedAtMs: old }),
      closed(alertOf(2)),
      closed(alertOf(3, { openedAtMs: old })),
    ]
    book.put([open1, ended, gone])
    await open()
    const socket = await connect()
    const first = next(socket, 'alerts')
    subscribe(socket)
    expect((await first).alerts.map(alert => alert.id)).toEqual([ended.id, open1.id])

    const grown = next(socket, 'alerts')
    await tell({ ...open1, revision: 1, state: 'updated', severity: 'major' })
    expect((await grown).alerts.map(({ id, revision }) => [id, revision])).toEqual([[open1.id, 1]])
    const opened = next(socket, 'alerts')
    await tell(alertOf(4))
    expect((await opened).alerts.map(alert => alert.id)).toEqual([alertOf(4).id])
  })

  test('[A23] what the log has and the book lacks is shown, and a record that comes twice is pushed once', async () => {
    await tell(alertOf(1))
    await open()
    const socket = await connect()
    const first = next(socket, 'alerts')
    subscribe(socket)
    expect((await first).alerts.map(alert => alert.id)).toEqual([alertOf(1).id])
    const second = next(socket, 'alerts')
    await tell(alertOf(1))
    await tell(alertOf(2))
    expect((await second).alerts.map(alert => alert.id)).toEqual([alertOf(2).id])
  })

  test('the list comes once in a connection, whatever is looked at, and is no longer than a screen', async () => {
    book.put(Array.from({ length: 80 }, (_, i) => alertOf(i)))
    await open()
    const socket = await connect()
    const told: number[] = []
    socket.on('alerts', ({ alerts }) => void told.push(alerts.length))
    for (const query of ['', 'range=1h', 'genre=metal']) {
      const numbers = next(socket, 'summary')
      socket.emit('subscribe', { query, cursor: null })
      await numbers
    }
    expect(told).toEqual([MAX_SHOWN_ALERTS])
    const pushed = next(socket, 'alerts')
    await tell(alertOf(100))
    expect((await pushed).alerts).toHaveLength(1)
  })

  test('where the book does not answer at the start, the dashboard does not start, and leaves nothing behind', async () => {
    const broken = { ...book, alerts: () => Promise.reject(new OutageError('GONE', 'no database')) }
    await expect(open({ alerts: broken })).rejects.toThrow('no database')
    expect(world.clock.sleeping()).toBe(0)
  })
})

describe('the feed', () => {
  const feed = async (query = '', headers: Record<string, string> = {}) => {
    const response = await get(`/alerts.atom${query}`, headers)
    expect(response.status, query).toBe(200)
    return load(await response.text(), { xml: true })
  }
  const titles = async (query: string) =>
    (await feed(query))('entry > title')
      .toArray()
      .map(title => load(title)('title').text())

  test('[A24] an entry keeps its id through all states of its alert, and says when it changed', async () => {
    const alert = alertOf(1)
    book.put([alert])
    await open({ options: { publicUrl: 'https://tracker.example/' } })
    const first = await feed()
    book.put([closed(alert)])
    const second = await feed()
    const id = first('entry > id').text()
    expect(id).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(second('entry > id').text()).toBe(id)
    expect(first('entry > updated').text()).toBe('2026-11-22T13:10:00.000Z')
    expect(second('entry > updated').text()).toBe('2026-11-22T15:10:00.000Z')
    expect(second('entry > published').text()).toBe('2026-11-22T13:10:00.000Z')
    expect(second('feed > updated').text()).toBe('2026-11-22T15:10:00.000Z')
    expect(second('entry > link').attr('href')).toMatch(
      /^https:\/\/tracker\.example\/\?range=custom&.*genre=ambient$/,
    )
    expect(second('feed > link[rel=self]').attr('href')).toBe('https://tracker.example/alerts.atom')
  })

  test('[A25] text from sellers is text in every reader: escaped for XML and for HTML, without controls', async () => {
    const release = { ...alertOf(1).topReleases[0]!, artistName: HOSTILE, title: HOSTILE }
    const links = ['javascript:alert(1)', 'https://x.bandcamp.com/album/"><script>'].map(url => ({
      ...release,
      url,
    }))
    book.put([alertOf(1, { key: 'artist:x.bandcamp.com', topReleases: [release, ...links] })])
    await open()
    const text = await (await get('/alerts.atom')).text()
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there
    expect(text).not.toMatch(/[\u0000-\u0008\u202e\ufffe\uffff]/)
    const xml = load(text, { xml: true })
    for (const part of ['entry > title', 'entry > content']) {
      // What a reader makes of it: CDATA is text, and the text is HTML.
      const shown = load(xml(part).text())
      expect(shown('img, script').length, part).toBe(0)
      expect(shown.text()).toContain('<img src=x onerror=alert(1)>evil')
    }
    const hrefs = load(xml('entry > content').text())('a')
      .toArray()
      .map(a => a.attribs.href)
    expect(hrefs).toEqual([
      'https://band.bandcamp.com/album/a1',
      'https://x.bandcamp.com/album/%22%3E%3Cscript%3E',
    ])
  })

  test('it is filtered as people follow: any of the keys, kinds with the market’s, severity; never the operator’s', async () => {
    book.put([
      alertOf(1),
      alertOf(2, { key: 'country:de', alertKind: 'drop', severity: 'major' }),
      alertOf(3, { key: 'all', alertKind: 'market-rise' }),
      alertOf(4, { key: 'tag:dub-techno', alertKind: 'emerging' }),
      alertOf(5, { key: 'all', alertKind: 'feed-silent', severity: 'major' }),
    ])
    await open()
    const names = async (query: string) =>
      (await titles(query)).map(title => title.split(/ up| down| emer/)[0])
    expect(await names('')).toEqual(['Ambient', 'Germany', 'The whole market', 'dub-techno'])
    expect(await names('?genre=ambient&country=de')).toEqual(['Ambient', 'Germany'])
    expect(await names('?tag=Dub%20Techno')).toEqual(['dub-techno'])
    expect(await names('?kind=rise')).toEqual(['Ambient', 'The whole market'])
    expect(await names('?kind=drop&minSeverity=major')).toEqual(['Germany'])
    expect((await get('/alerts.atom?genre=Am bient')).status).toBe(400)
    expect((await get('/alerts.atom?format=vinyl&kind=feed-silent')).status).toBe(400)
  })

  test('[A26] an unchanged feed is not sent again, by tag or by date; a changed one is', async () => {
    book.put([alertOf(1)])
    await open()
    const response = await get('/alerts.atom')
    expect(response.headers.get('content-type')).toBe('application/atom+xml; charset=utf-8')
    expect(response.headers.get('cache-control')).toBe('public, max-age=60')
    const tag = { 'if-none-match': response.headers.get('etag')! }
    const date = { 'if-modified-since': response.headers.get('last-modified')! }
    const status = (headers: Record<string, string>) => statusOf(`${dashboard!.url}/alerts.atom`, headers)
    expect([await status(tag), await status(date)]).toEqual([304, 304])
    book.put([closed(alertOf(1))])
    expect([await status(tag), await status(date)]).toEqual([200, 200])
  })

  test('without a public address, links lead where the reader found us', async () => {
    book.put([alertOf(1, { key: 'tag:x' })])
    await open()
    expect((await feed())('entry > link').attr('href')).toBe(`${dashboard!.url}/alerts?id=${alertOf(1).id}`)
  })
})
