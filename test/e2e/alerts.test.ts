// What moves, on the live page and on the screen of alerts: as the server tells it, and as a reader sorts it.
import type { Browser, Page } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { HOUR_MS, MINUTE_MS } from '../../schemas/time.ts'
import { closed } from '../support/shown-alerts.ts'
import { drawn, launch, loaded, openPage, shot, textOf } from './browser.ts'
import { makeAlert, someAlerts } from './fixture-alerts.ts'
import { FixtureServer } from './fixture-server.ts'

let browser: Browser
let server: FixtureServer

beforeAll(async () => {
  browser = await launch()
})
afterAll(async () => {
  await browser?.close()
})
beforeEach(async () => {
  server = new FixtureServer({ days: 2, perMinute: 3, alerts: someAlerts(Date.now()) })
  await server.start()
})
afterEach(async () => {
  await server.stop()
})

const names = (page: Page, list: string): Promise<string[]> =>
  page.$$eval(`${list} .mover-name bdi`, all => all.map(e => e.textContent ?? ''))
const pathOf = (page: Page): string => new URL(page.url()).pathname + new URL(page.url()).search

async function movers(page: Page, wanted: readonly string[]): Promise<void> {
  await page.waitForFunction(
    all =>
      [...document.querySelectorAll('.movers .mover-name bdi')].map(e => e.textContent).join('|') === all,
    {},
    wanted.join('|'),
  )
}

async function listed(page: Page, wanted: readonly string[]): Promise<void> {
  await page.waitForFunction(
    all =>
      [...document.querySelectorAll('.alert-list .mover-name bdi')].map(e => e.textContent).join('|') === all,
    {},
    wanted.join('|'),
  )
}

async function press(page: Page, label: string): Promise<void> {
  const button = await page.waitForSelector(`::-p-xpath(//main//button[normalize-space(.)="${label}"])`)
  await button?.click()
}

describe('moving now', () => {
  it('says what is open, most severe first, each with its usual range and how sure it is [U13]', async () => {
    const { page, problems } = await openPage(browser, server.url)
    await drawn(page)
    await movers(page, ['Electronic', 'Hollow Choir', 'Sweden'])
    const rows = await page.$$eval('.movers .mover', all =>
      all.map(row => (row.textContent ?? '').replace(/\s+/g, ' ')),
    )
    expect(rows[0]).toMatch(
      /▲ Rising 3\.1× 64 purchases in 1 h, usual 15–28.*extremely unusual ?as of \d\d:\d\d›$/,
    )
    expect(rows[1]).toMatch(/✦ Emerging 14× 31 purchases in 24 h.*1 release = 58%/)
    expect(rows[2]).toMatch(
      /▼ Falling 0\.4× 14 purchases in 6 h, usual 26–41.*unusual, as far as is known ?as of/,
    )
    expect(await page.$$eval('.movers .spark', all => all.length)).toBe(3)
    expect(rows.join()).not.toContain('learning')
    expect(await textOf(page, '.nav .count')).toBe('1 major')
    await shot(page, 'movers')
    expect(problems).toEqual([])
    await page.close()
  })

  it('is told live, closes live, and stands still while paused [U13]', async () => {
    const { page, problems } = await openPage(browser, server.url)
    await loaded(page)
    await movers(page, ['Electronic', 'Hollow Choir', 'Sweden'])
    const [dub] = someAlerts(Date.now())
    const jazz = makeAlert(77, { key: 'genre:jazz', severity: 'major', openedAtMs: Date.now() - MINUTE_MS })
    server.pushAlerts([jazz])
    await movers(page, ['Jazz', 'Electronic', 'Hollow Choir', 'Sweden'])
    await page.keyboard.press('p')
    await page.waitForSelector('.pill.paused')
    server.pushAlerts([closed(dub!), makeAlert(78, { key: 'genre:folk' })])
    server.push(server.invent(2))
    await page.waitForFunction(() => document.querySelector('.new-count')?.textContent === '2 new')
    expect(await names(page, '.movers')).toEqual(['Jazz', 'Electronic', 'Hollow Choir', 'Sweden'])
    await page.keyboard.press('p')
    await movers(page, ['Jazz', 'Folk', 'Hollow Choir', 'Sweden'])
    expect(problems).toEqual([])
    await page.close()
  })

  it('leaves out what is open and tells of the day before yesterday, and counts it behind the list [U13]', async () => {
    const old = Date.now() - 30 * HOUR_MS
    server.alerts = [
      ...server.alerts,
      makeAlert(80, { key: 'genre:polka', severity: 'major', openedAtMs: old }),
    ]
    const { page, problems } = await openPage(browser, server.url)
    await movers(page, ['Electronic', 'Hollow Choir', 'Sweden'])
    expect(await textOf(page, '.mover-more')).toBe('1 more open')
    expect(await textOf(page, '.nav .count')).toBe('1 major')
    await page.click('.mover-more a')
    await listed(page, ['Electronic', 'Sweden', 'Hollow Choir', 'Polka'])
    expect(await textOf(page, '.screen-head')).toContain('4 open, 3 of them of the last day')
    expect(problems).toEqual([])
    await page.close()
  })

  it('forgets what is not open any more after the line was cut [U13]', async () => {
    const { page } = await openPage(browser, server.url, { expected: /WebSocket|ERR_/ })
    await loaded(page)
    await movers(page, ['Electronic', 'Hollow Choir', 'Sweden'])
    server.alerts = server.alerts.slice(1, 2)
    server.cut()
    await movers(page, ['Sweden'])
    await page.close()
  })

  it('a click filters the view by it, another takes the filter off, and Back goes the same way [U14]', async () => {
    const { page, problems } = await openPage(browser, `${server.url}/?range=1h`)
    await loaded(page)
    await page.click('.mover .key-link')
    await page.waitForFunction(() => window.location.search === '?range=1h&genre=electronic')
    await loaded(page)
    expect(await page.$eval('.mover .key-link', a => a.getAttribute('aria-current'))).toBe('true')
    await page.click('.mover .key-link')
    await page.waitForFunction(() => window.location.search === '?range=1h')
    await page.goBack()
    await page.waitForFunction(() => window.location.search === '?range=1h&genre=electronic')
    expect(problems).toEqual([])
    await page.close()
  })

  it('says what is watched where nothing moves, and how much is learnt', async () => {
    server.alerts = []
    const { page, problems } = await openPage(browser, server.url)
    await loaded(page)
    await page.waitForSelector('.movers .quiet')
    expect(await textOf(page, '.movers .quiet')).toMatch(
      /Nothing unusual now\..*genre, country and format.*learning: day 2 of 21/,
    )
    await shot(page, 'nothing-moves', false)
    expect(problems).toEqual([])
    await page.close()
  })
})

describe('the screen of alerts', () => {
  const ALL = ['Electronic', 'Sweden', 'Hollow Choir', 'dungeon synth', 'Cassette', 'Metal', 'Japan']

  it('is sorted out by kind, size and end; each choice stands in the URL, and Back undoes it [U14]', async () => {
    const { page, problems } = await openPage(browser, `${server.url}/alerts`)
    await listed(page, ALL)
    expect(await page.title()).toBe('Alerts · Bandcamp Tracker')
    await press(page, '▼ Drops')
    await listed(page, ['Sweden', 'Cassette'])
    await press(page, 'Over')
    await listed(page, ['Cassette'])
    expect(pathOf(page)).toBe('/alerts?kind=drop&state=closed')
    const second = await openPage(browser, page.url())
    await listed(second.page, ['Cassette'])
    await second.page.close()
    await page.goBack()
    await listed(page, ['Sweden', 'Cassette'])
    await page.goBack()
    await listed(page, ALL)
    await press(page, 'Major')
    await listed(page, ['Electronic', 'Metal'])
    await press(page, '✦ Emerging')
    await page.waitForSelector('.empty-page')
    expect(await textOf(page, '.empty-page')).toContain('No alert fits this choice')
    await shot(page, 'alerts-empty', false)
    await press(page, 'Show all alerts')
    await listed(page, ALL)
    await shot(page, 'alerts')
    expect(problems).toEqual([])
    await page.close()
  })

  it('unfolds an alert to all that explains it, at an address of its own [U14]', async () => {
    const { page, problems } = await openPage(browser, `${server.url}/alerts`)
    await listed(page, ALL)
    await page.click('.alert-row .unfold')
    await page.waitForSelector('.alert-detail')
    expect(pathOf(page)).toBe('/alerts?id=0000000000000001')
    const detail = await textOf(page, '.alert-detail')
    for (const part of [
      'Window1 h, ',
      '64 purchases, usual 15–28 · 70 sales · $512',
      'extremely unusual: less than 1 window in a million by chance',
      'genre known of 90% of purchases',
      'A Map of Small HoursPale Harbour14 22%',
      'Germany26 41%',
    ])
      expect(detail).toContain(part)
    expect(await page.$eval('.release-list a', a => [a.href, a.rel, a.target])).toEqual([
      'https://artist31.bandcamp.com/album/x31',
      'noopener noreferrer',
      '_blank',
    ])
    expect(await page.$eval('.hours-chart svg', svg => svg.getAttribute('aria-label'))).toMatch(
      /^Bar chart of purchases in each of the last 24 hours, at most 64/,
    )
    await shot(page, 'alert-detail')
    await press(page, 'Table')
    expect(await page.$$eval('.alert-chart tbody tr', rows => rows.length)).toBe(24)
    await page.goBack()
    await page.waitForFunction(() => document.querySelector('.alert-detail') === null)
    expect(problems).toEqual([])
    await page.close()
  })

  it('shows the alert of a link even where it is old and not in the list', async () => {
    const old = closed(makeAlert(0xabc, { key: 'genre:polka', openedAtMs: Date.now() - 900 * HOUR_MS }))
    server.pushAlerts([
      old,
      ...Array.from({ length: 60 }, (_, n) =>
        closed(makeAlert(1_000 + n, { key: `genre:g${n}`, openedAtMs: Date.now() - (30 + n) * HOUR_MS })),
      ),
    ])
    const { page } = await openPage(browser, `${server.url}/alerts?id=${old.id}`)
    await page.waitForSelector(`[data-alert="${old.id}"] .alert-detail`)
    expect((await names(page, '.alert-list')).length).toBeLessThan(60)
    await press(page, 'Older alerts')
    await page.waitForFunction(() => document.querySelectorAll('.alert-row').length === 68)
    expect(
      new Set(await page.$$eval('.alert-row', all => all.map(e => e.getAttribute('data-alert')))).size,
    ).toBe(68)
    await page.close()
  })

  it('brings the alert of a link into sight, and leaves a row that is clicked on where it is', async () => {
    const idOf = (n: number) => `[data-alert="${(2_000 + n).toString(16).padStart(16, '0')}"]`
    const openedAtMs = (n: number) => Date.now() - (30 + n) * HOUR_MS
    server.pushAlerts(
      Array.from({ length: 40 }, (_, n) =>
        closed(makeAlert(2_000 + n, { key: `genre:g${n}`, openedAtMs: openedAtMs(n) })),
      ),
    )
    const { page } = await openPage(browser, `${server.url}/alerts?id=${idOf(30).slice(13, 29)}`)
    await page.waitForSelector(`${idOf(30)} .alert-detail`)
    const topOf = (row: string) => page.$eval(row, e => e.getBoundingClientRect().top)
    const isInSight = (row: string) => {
      const { top } = document.querySelector(row)!.getBoundingClientRect()
      return top >= 0 && top < window.innerHeight
    }
    await page.waitForFunction(isInSight, {}, idOf(30))
    await page.click(`${idOf(30)} .unfold`)
    await page.waitForFunction(() => document.querySelector('.alert-detail') === null)
    const before = await topOf(idOf(31))
    await page.click(`${idOf(31)} .unfold`)
    await page.waitForSelector(`${idOf(31)} .alert-detail`)
    expect(await topOf(idOf(31))).toBe(before)
    await page.close()
  })

  it('leads to one thing’s alerts, its feed and the view that is filtered by it', async () => {
    const { page, problems } = await openPage(browser, `${server.url}/alerts?id=0000000000000001`)
    await page.waitForSelector('.alert-detail')
    await press(page, 'Its earlier alerts')
    await listed(page, ['Electronic'])
    expect(pathOf(page)).toBe('/alerts?key=genre%3Aelectronic')
    expect(await page.$eval('.screen-ways a', a => a.getAttribute('href'))).toBe(
      '/alerts.atom?genre=electronic',
    )
    await page.click('.chip')
    await listed(page, ALL)
    await page.click('.alert-row .unfold')
    await page.waitForSelector('.part-list a')
    await page.click('.part-list a')
    await page.waitForFunction(() => window.location.pathname + window.location.search === '/?country=de')
    await loaded(page)
    expect(problems).toEqual([])
    await page.close()
  })

  it('gets what opens, grows and closes while it is looked at', async () => {
    const { page } = await openPage(browser, `${server.url}/alerts?state=open`)
    await listed(page, ['Electronic', 'Sweden', 'Hollow Choir'])
    server.pushAlerts([makeAlert(77, { key: 'genre:jazz', openedAtMs: Date.now() })])
    await listed(page, ['Jazz', 'Electronic', 'Sweden', 'Hollow Choir'])
    server.pushAlerts([closed(server.alerts[1]!)])
    await listed(page, ['Jazz', 'Sweden', 'Hollow Choir'])
    await page.close()
  })

  it('a screen is left and come back to with the live view as it was [U14]', async () => {
    const { page, problems } = await openPage(browser, `${server.url}/?genre=metal`)
    await loaded(page)
    await page.keyboard.press('a')
    await listed(page, ALL)
    await page.keyboard.press('1')
    expect(pathOf(page)).toBe('/alerts')
    await page.keyboard.press('r')
    await page.waitForFunction(() => document.title === 'Reports · Bandcamp Tracker')
    await page.click('.nav a')
    await page.waitForFunction(() => window.location.search === '?genre=metal')
    await loaded(page)
    expect(await textOf(page, '.chip bdi')).toBe('Metal')
    await page.goBack()
    await page.goBack()
    await listed(page, ALL)
    await page.goBack()
    await page.waitForFunction(() => window.location.search === '?genre=metal')
    expect(problems).toEqual([])
    await page.close()
  })
})
