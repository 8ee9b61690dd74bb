// The page against the dashboard's own server, on a log and a store in memory: the two speak the same words.
import type { Browser, Page } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Dashboard, DashboardParts } from '../../dashboard/server/dashboard.ts'
import { systemClock } from '../../infra/system/clock.ts'
import type { Sale } from '../../schemas/records.ts'
import { createFakeDelivery } from '../fakes/delivery.ts'
import { createWorld, openDashboard, saleOf, type World } from '../spec/api-kit.ts'
import { NO_MAIL } from '../support/no-mail.ts'
import { closed } from '../support/shown-alerts.ts'
import { drawn, launch, loaded, openPage, shot } from './browser.ts'
import { makeAlert, someAlerts, someReports } from './fixture-alerts.ts'
import { PAGE_DIR } from './fixture-server.ts'

const HOUR_MS = 3_600_000
const SALES_BEFORE = 240
const COVER = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><rect width="1" height="1"/></svg>'

let browser: Browser
let world: World
let dashboard: Dashboard

/** A sale of a genre, told to the log as a stage would. */
function told(id: string, soldAtMs: number): Sale {
  return saleOf(id, soldAtMs, { title: `Title ${id}`, url: `https://band.bandcamp.com/album/${id}` })
}

function open(port: number, parts: Partial<DashboardParts> = {}): Promise<Dashboard> {
  const options = { port, webDir: PAGE_DIR }
  return openDashboard(world, { clock: systemClock, artwork: () => COVER, ...parts, options })
}

beforeAll(async () => {
  browser = await launch()
})
afterAll(async () => {
  await browser?.close()
})
beforeEach(async () => {
  world = createWorld(2)
  const now = systemClock.nowMs()
  const genres = ['metal', 'techno', 'ambient', null] as const
  const sales = Array.from({ length: SALES_BEFORE }, (_, i) => {
    const change = {
      genre: genres[i % 4]!,
      country: i % 3 === 0 ? 'de' : 'us',
      url: `https://band.bandcamp.com/a${i}`,
    }
    return saleOf(`old${i}`, now - 90_000 - i * HOUR_MS * 0.2, change)
  })
  await world.keep(sales, now - 60_000)
  dashboard = await open(0)
})
afterEach(async () => {
  await dashboard.close()
})

const has = (page: Page, basketId: string): Promise<unknown> =>
  page.waitForFunction(id => document.querySelector(`[data-id="${id}/0"]`) !== null, {}, basketId)
const newIds = (page: Page): Promise<string[]> =>
  page.$$eval('.sale[data-id^="new"]', rows => rows.map(row => row.getAttribute('data-id') ?? ''))
const pill = (page: Page, word: string): Promise<unknown> =>
  page.waitForFunction(wanted => document.querySelector('.pill')?.textContent?.includes(wanted), {}, word)

describe('the page on the real server', () => {
  it('loads under its policy, with covers of its own, filters by a click and finds by a search', async () => {
    const { page, problems } = await openPage(browser, dashboard.url)
    await drawn(page)
    await pill(page, 'Live')
    expect(await page.$eval('.kpi .big', e => e.textContent)).toBe('120')
    await page.waitForFunction(
      () => (document.querySelector<HTMLImageElement>('.sale img')?.naturalWidth ?? 0) > 0,
    )
    expect(await page.$eval('.sale img', img => new URL(img.src).pathname)).toMatch(/^\/covers\/\w+\.svg$/)
    await page.click('.rank-genre a')
    await page.waitForFunction(() => window.location.search.startsWith('?genre='))
    await loaded(page)
    expect(await page.$eval('.kpi .big', e => e.textContent)).toBe('30')
    await page.keyboard.press('/')
    await page.keyboard.type('germ')
    await page.waitForSelector('.hit')
    await page.keyboard.press('Enter')
    await page.waitForFunction(() => window.location.search.includes('country=de'))
    await loaded(page)
    await page.keyboard.press('3')
    await page.waitForFunction(() => window.location.search.includes('range=7d'))
    await drawn(page)
    await shot(page, 'real-server')
    expect(problems).toEqual([])
    await page.close()
  })

  it('misses no sale and doubles none when the server is restarted on the same port [U4]', async () => {
    const expected = /ERR_CONNECTION|WebSocket/
    const { page, problems } = await openPage(browser, dashboard.url, { expected })
    await loaded(page)
    await pill(page, 'Live')
    const at = (i: number): number => systemClock.nowMs() - 60_000 + i
    await world.tell(told('new1', at(1)), told('new2', at(2)))
    await has(page, 'new2')
    const { port } = new URL(dashboard.url)
    await dashboard.close()
    await pill(page, 'Reconnecting')
    await world.tell(told('new3', at(3)), told('new4', at(4)))
    dashboard = await open(Number(port))
    await pill(page, 'Live')
    await has(page, 'new4')
    await world.tell(told('new5', at(5)))
    await has(page, 'new5')
    const sale = told('new1', at(1))
    const amend = {
      kind: 'amend',
      sale: { ...sale, items: sale.items.map(item => ({ ...item, genre: 'jazz' })) },
    } as const
    await world.tell(amend)
    await page.waitForFunction(() =>
      document.querySelector('[data-id="new1/0"]')?.textContent?.includes('Jazz'),
    )
    expect((await newIds(page)).sort()).toEqual(['new1/0', 'new2/0', 'new3/0', 'new4/0', 'new5/0'])
    expect(problems).toEqual([])
    await page.close()
  })
})

describe('alerts, signing up and reports on the real server', () => {
  const PDF = new TextEncoder().encode('%PDF-1.7 a report')

  it('speak the page’s words: told live, unfolded by a link, signed up once, listed and opened', async () => {
    await dashboard.close()
    const fake = createFakeDelivery()
    const all = someAlerts(systemClock.nowMs())
    fake.alertBook.put(all)
    const reports = someReports(systemClock.nowMs())
    const mail = { ...NO_MAIL, place: '/data/mail' }
    dashboard = await open(0, {
      alerts: fake.alertBook,
      delivery: {
        subscribers: fake.subscribers,
        outbox: fake.outbox,
        signUp: true,
        status: async () => mail,
        clock: { nowMs: () => systemClock.nowMs(), sleep: async () => {} },
      },
      reports: {
        list: async () => reports,
        file: async path => (path.endsWith('.pdf') ? PDF : null),
        status: async () => ({ lastDay: null, lastState: null, nextAtMs: reports.nextAtMs, zone: 'UTC' }),
      },
    })
    const { page, problems } = await openPage(browser, `${dashboard.url}/alerts?id=${all[0]!.id}`)
    await page.waitForSelector(`[data-alert="${all[0]!.id}"] .alert-detail`)
    expect(await page.$$eval('.alert-row', rows => rows.length)).toBe(all.length)
    const jazz = makeAlert(0x99, { key: 'genre:jazz', openedAtMs: systemClock.nowMs() })
    await world.log.append([{ topic: 'alerts', partition: 0, record: jazz }])
    await page.waitForSelector(`[data-alert="${jazz.id}"].is-open`)
    await world.log.append([{ topic: 'alerts', partition: 0, record: closed(jazz) }])
    await page.waitForSelector(`[data-alert="${jazz.id}"].is-over`)
    await page.click('.alert-ways .primary')
    await page.waitForSelector('dialog[open] form .folder-note')
    await page.type('#email', 'reader@example.org')
    await page.keyboard.press('Enter')
    await page.waitForSelector('.signed-up')
    const [letter, ...more] = await fake.outbox.messages(10)
    expect([letter?.recipient, letter?.content.kind, more.length]).toEqual([
      'reader@example.org',
      'confirm',
      0,
    ])
    expect((await fake.subscribers.subscribers())[0]?.wishes.alerts?.interest.keys).toEqual([all[0]!.key])
    await page.goto(`${dashboard.url}/reports`)
    await page.waitForSelector('.report-day .files a')
    const answer = await page.$eval('.report-day .files a', async link => {
      const response = await fetch((link as HTMLAnchorElement).href)
      return [response.status, response.headers.get('content-type'), await response.text()]
    })
    expect(answer).toEqual([200, 'application/pdf', '%PDF-1.7 a report'])
    expect(problems).toEqual([])
    await page.close()
  })

  it('are told as not being there where the installation has none', async () => {
    const { page } = await openPage(browser, dashboard.url, { expected: /404/ })
    await loaded(page)
    await page.waitForFunction(() => document.querySelector('.movers') === null)
    await page.keyboard.press('a')
    await page.waitForFunction(() =>
      /keeps no alerts/.test(document.querySelector('main')?.textContent ?? ''),
    )
    await page.keyboard.press('r')
    await page.waitForFunction(() =>
      /makes no reports/.test(document.querySelector('main')?.textContent ?? ''),
    )
    await page.close()
  })
})
