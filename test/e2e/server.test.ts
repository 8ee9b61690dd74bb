// The real server and the real page together: its policy lets the page work and nothing else happens.
import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Browser } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Dashboard } from '../../dashboard/server/dashboard.ts'
import { systemClock } from '../../infra/system/clock.ts'
import { MINUTE_MS } from '../../schemas/time.ts'
import { createWorld, openDashboard, saleOf } from '../spec/api-kit.ts'
import { drawn, launch, openPage } from './browser.ts'

const PAGE_DIR = path.join(import.meta.dirname, '../../dist/dashboard/web')
const isBuilt = existsSync(path.join(PAGE_DIR, 'index.html'))
if (!isBuilt) console.warn('skipped: the page is not built (npm run build:web)')

const COVER =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><rect width="1" height="1" fill="red"/></svg>'

describe.skipIf(!isBuilt)('the page on its own server', () => {
  const world = createWorld()
  const startMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS
  let browser: Browser
  let dashboard: Dashboard

  beforeAll(async () => {
    const sales = Array.from({ length: 300 }, (_, i) => saleOf(`old${i}`, startMs - 1_000 - i * 20_000))
    await world.keep(sales, startMs)
    browser = await launch()
    dashboard = await openDashboard(world, {
      clock: systemClock,
      artwork: () => COVER,
      options: { webDir: PAGE_DIR },
    })
  })
  afterAll(async () => {
    await browser?.close()
    await dashboard?.close()
  })

  it('shows the history, draws its charts, and gets the sales that come', async () => {
    const { page, problems } = await openPage(browser, dashboard.url)
    await drawn(page)
    const covers = '.cover img[src^="/covers/"]'
    await page.waitForFunction(
      selector => document.querySelector<HTMLImageElement>(selector)?.naturalWidth !== 0,
      {},
      covers,
    )
    await world.tell(saleOf('fresh', Date.now()))
    await page.waitForSelector('[data-id="fresh/0"]')
    await page.close()
    expect(problems).toEqual([])
  })

  it('documents its API without loading or running anything of others', async () => {
    const { page, problems } = await openPage(browser, `${dashboard.url}/api/docs`)
    await page.waitForSelector('.opblock-summary-path')
    await page.click('.opblock-summary-control')
    await page.waitForSelector('.opblock-body')
    await page.close()
    expect(problems).toEqual([])
  })

  it('tells the page when it goes, and takes it back when it is there again', async () => {
    const { page } = await openPage(browser, dashboard.url, { expected: /./ })
    await drawn(page)
    const { port } = new URL(dashboard.url)
    await dashboard.close()
    await page.waitForFunction(() => /connection lost/i.test(document.body.textContent))
    await world.tell(saleOf('meanwhile', Date.now()))
    dashboard = await openDashboard(world, {
      clock: systemClock,
      options: { webDir: PAGE_DIR, port: Number(port) },
    })
    await page.waitForSelector('[data-id="meanwhile/0"]')
    await page.close()
  })
})
