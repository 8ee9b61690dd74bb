// The board of emerging names: who grows now, who grew before, since when they are known and how sure it is.
import type { Browser } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DAY_MS, HOUR_MS } from '../../schemas/time.ts'
import { closed } from '../support/shown-alerts.ts'
import { launch, openPage, shot, textOf } from './browser.ts'
import { makeAlert, someAlerts } from './fixture-alerts.ts'
import { FixtureServer } from './fixture-server.ts'

let browser: Browser
let server: FixtureServer
const nowMs = Date.now()

const emerging = (n: number, name: string, change = {}) =>
  makeAlert(n, {
    key: `artist:a${n}.bandcamp.com`,
    alertKind: 'emerging',
    openedAtMs: nowMs - n * HOUR_MS,
    windowMs: DAY_MS,
    firstSeenMs: nowMs - 9 * DAY_MS,
    topReleases: [
      {
        ...{ url: `https://a${n}.bandcamp.com/album/x`, artistName: name, title: 'X' },
        ...{ artUrl: null, purchases: 9, share: 0.3 },
      },
    ],
    topCountries: [{ country: 'jp', purchases: 9, share: 0.3 }],
    ...change,
  })

beforeAll(async () => {
  browser = await launch()
  const over = closed(emerging(60, 'Long Ago'))
  const alerts = [...someAlerts(nowMs), emerging(5, '<b>Evil</b>\u202e'), over]
  server = new FixtureServer({ days: 3, perMinute: 3, alerts })
  await server.start()
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

describe('the board of emerging names', () => {
  it('tells growing from over, when each was first seen, where, and how sure it is [U24]', async () => {
    for (const look of [{}, { dark: true }, { width: 390 }, { width: 340 }]) {
      const { page, problems } = await openPage(browser, `${server.url}/emerging`, look)
      await page.waitForSelector('.emerging-board .alert-day')
      const parts = await page.$$eval('.emerging-board .alert-day', all =>
        all.map(part => [
          part.querySelector('h2')?.textContent,
          ...[...part.querySelectorAll('.mover-name bdi')].map(e => e.textContent),
        ]),
      )
      expect(parts).toEqual([
        ['Growing now', 'Hollow Choir', '<b>Evil</b>'],
        ['Grew before', 'Long Ago'],
      ])
      const rows = await page.$$eval('.emerging-board .alert-row', all =>
        all.map(row => (row.textContent ?? '').replace(/\s+/g, ' ')),
      )
      expect(rows[0]).toMatch(
        /✦ Emerging 14×.*31 purchases.*very unusual.*or before, when the history begins/,
      )
      expect(rows[1]).toMatch(/first seen .*or before.*bought in .*Japan 30%.*told since/)
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true)
      await shot(page, `emerging${'dark' in look ? '-dark' : ''}${'width' in look ? look.width : ''}`)
      expect(problems).toEqual([])
      await page.close()
    }
  })

  it('before anything is told, each screen says once that it learns [U24]', async () => {
    const young = new FixtureServer({ days: 1, perMinute: 1, alerts: [] })
    await young.start()
    for (const [path, empty] of [
      ['/emerging', '.empty-page'],
      ['/alerts', '.empty-page'],
      ['/', '.empty.quiet'],
    ] as const) {
      const { page, problems } = await openPage(browser, `${young.url}${path}`)
      await page.waitForSelector(empty)
      await page.waitForFunction(() => /learning: day/.test(document.body.textContent ?? ''))
      expect((await textOf(page, 'body')).match(/learning: day/g)).toHaveLength(1)
      expect(problems).toEqual([])
      await page.close()
    }
    await young.stop()
  })

  it('is reached from every screen, grows live, and leads to the view and to the alert [U24]', async () => {
    const { page, problems } = await openPage(browser, `${server.url}/reports`)
    await page.click('.nav a[href="/emerging"]')
    await page.waitForSelector('.emerging-board .alert-day')
    expect(await page.title()).toBe('Emerging · Bandcamp Tracker')
    server.pushAlerts([emerging(1, 'Just Now', { firstSeenMs: nowMs - 2 * DAY_MS }), makeAlert(90)])
    await page.waitForFunction(() => document.querySelectorAll('.emerging-board .alert-row').length === 4)
    expect(await textOf(page, '.emerging-board')).toMatch(/Just Now artist.*?first seen .*, 2 days ago/)
    await page.click('.emerging-board .more')
    await page.waitForFunction(() => window.location.pathname === '/alerts')
    await page.goBack()
    await page.waitForSelector('.emerging-board .mover-name a')
    await page.click('.emerging-board .mover-name a')
    await page.waitForSelector('.chip')
    expect(new URL(page.url()).search).toContain('artist=')
    expect(problems).toEqual([])
    await page.close()
  })
})
