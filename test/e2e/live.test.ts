// The page while time passes: new sales, pause, amendments, breaks of the line, silence.
import type { Browser, Page } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { launch, loaded, openPage, shot } from './browser.ts'
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
  server = new FixtureServer({ days: 2, perMinute: 3 })
  await server.start()
})
afterEach(async () => {
  await server.stop()
})

const ids = (page: Page): Promise<string[]> =>
  page.$$eval('.sale[data-id]', rows => rows.map(row => row.getAttribute('data-id') ?? ''))
const newIds = async (page: Page): Promise<string[]> => (await ids(page)).filter(id => id.startsWith('new'))
const textOf = (page: Page, selector: string): Promise<string> =>
  page.$eval(selector, element => element.textContent ?? '')
const pill = (page: Page, word: string): Promise<unknown> =>
  page.waitForFunction(wanted => document.querySelector('.pill')?.textContent?.includes(wanted), {}, word)

/** Every push after this reaches the page. */
async function subscribed(page: Page): Promise<void> {
  await loaded(page)
  await pill(page, 'Live')
  await expect.poll(() => server.subscribers, { timeout: 20_000 }).toBe(1)
}

const has = (page: Page, id: string): Promise<unknown> =>
  page.waitForFunction(
    wanted => document.querySelector(`[data-id="${wanted}"]`) !== null,
    { timeout: 60_000 },
    id,
  )

describe('new sales', () => {
  it('appear one by one, newest first, never two within 800 ms [U6]', async () => {
    const { page, problems } = await openPage(browser, server.url)
    await subscribed(page)
    await page.evaluate(() => {
      const seen: number[] = []
      Object.assign(window, { seen })
      new MutationObserver(changes => {
        for (const change of changes) {
          for (const node of change.addedNodes) {
            if (node instanceof HTMLElement && node.dataset.id?.startsWith('new'))
              seen.push(performance.now())
          }
        }
      }).observe(document.querySelector('.sales')!, { childList: true })
    })
    const sales = server.invent(4)
    server.push(sales)
    await has(page, sales[3]!.id)
    expect(await newIds(page)).toEqual(sales.map(sale => sale.id).reverse())
    const at = await page.evaluate(() => (window as unknown as { seen: number[] }).seen)
    expect(at).toHaveLength(4)
    // A row is due on a grid of 200 ms, so two may stand a little closer than the rule on the clock of the
    // page.
    for (let i = 1; i < at.length; i++) expect(at[i]! - at[i - 1]!).toBeGreaterThan(700)
    expect(problems).toEqual([])
    await page.close()
  })

  it('of a flood are told as a number, and none is forgotten in it', async () => {
    const { page } = await openPage(browser, server.url)
    await subscribed(page)
    const soldAtMs = Date.now() - 61_000
    const sales = server.invent(60, n => ({ soldAtMs: soldAtMs + n }))
    server.push(sales)
    await page.waitForSelector('.burst')
    await has(page, sales[59]!.id)
    const told = await page.$$eval('.burst', rows =>
      rows.reduce((sum, row) => sum + Number(row.getAttribute('data-count')), 0),
    )
    expect(told + (await newIds(page)).length).toBe(60)
    await shot(page, 'burst', false)
    await page.close()
  })

  it('replace the row of the same id when they are amended', async () => {
    const { page } = await openPage(browser, server.url)
    await subscribed(page)
    const [sale] = server.invent(1, () => ({ genre: null }))
    server.push([sale!])
    await has(page, sale!.id)
    expect(await textOf(page, `[data-id="${sale!.id}"]`)).toContain('Genre unknown')
    server.push([{ ...sale!, genre: 'jazz' }])
    await page.waitForFunction(
      id => document.querySelector(`[data-id="${id}"]`)?.textContent?.includes('Jazz'),
      {},
      sale!.id,
    )
    expect(await newIds(page)).toEqual([sale!.id])
    await page.close()
  })

  it('change the numbers when the watermark moves', async () => {
    const { page } = await openPage(browser, server.url)
    await subscribed(page)
    const before = await textOf(page, '.kpi .big')
    server.push(server.invent(7))
    server.tick()
    await page.waitForFunction(text => document.querySelector('.kpi .big')?.textContent !== text, {}, before)
    await page.close()
  })
})

describe('a pause', () => {
  it('freezes everything, counts what is new, and catches up on resume [U3]', async () => {
    const { page, problems } = await openPage(browser, server.url)
    await subscribed(page)
    await page.keyboard.press('p')
    await pill(page, 'Paused')
    const frozen = await page.$$eval('.kpis, .sales, .rank-list', parts =>
      parts.map(part => [...part.querySelectorAll('.big, .sale-title, .rank-value')].map(e => e.textContent)),
    )
    const sales = server.invent(12)
    server.push(sales)
    server.tick()
    await page.waitForFunction(() => document.querySelector('.new-count')?.textContent === '12 new')
    const still = await page.$$eval('.kpis, .sales, .rank-list', parts =>
      parts.map(part => [...part.querySelectorAll('.big, .sale-title, .rank-value')].map(e => e.textContent)),
    )
    expect(still).toEqual(frozen)
    await shot(page, 'paused', false)
    await page.click('.pause')
    await pill(page, 'Live')
    await has(page, sales[11]!.id)
    expect(await newIds(page)).toEqual(sales.map(sale => sale.id).reverse())
    await page.waitForFunction(
      text => document.querySelector('.kpi .big')?.textContent !== text,
      {},
      frozen[0]?.[0],
    )
    expect(problems).toEqual([])
    await page.close()
  })
})

describe('a break of the line', () => {
  const expected =
    /ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET|WebSocket connection|ERR_INTERNET/

  it('misses no sale and doubles none, whether cut or restarted [U4]', async () => {
    const { page, problems } = await openPage(browser, server.url, { expected })
    await subscribed(page)
    const sales = server.invent(16)
    server.push(sales.slice(0, 4))
    await has(page, sales[3]!.id)
    server.cut()
    server.push(sales.slice(4, 8))
    await subscribed(page)
    await has(page, sales[7]!.id)
    await server.stop()
    await pill(page, 'Reconnecting')
    server.push(sales.slice(8, 12))
    await server.start()
    await subscribed(page)
    await has(page, sales[11]!.id)
    server.push(sales.slice(12))
    await has(page, sales[15]!.id)
    expect((await newIds(page)).sort()).toEqual(sales.map(sale => sale.id).sort())
    expect(new Set(await ids(page)).size).toBe((await ids(page)).length)
    expect(problems).toEqual([])
    await page.close()
  })

  it('that lasts is said with a count-down and a way to try at once; the numbers stay', async () => {
    const { page } = await openPage(browser, server.url, { expected })
    await subscribed(page)
    const before = await textOf(page, '.kpi .big')
    await server.stop()
    await page.waitForSelector('.banner.disconnected')
    expect(await textOf(page, '.banner.disconnected')).toMatch(
      /Connection lost\. What you see stands at \d\d:\d\d\./,
    )
    await page.waitForFunction(() =>
      /Next try in \d+ s/.test(document.querySelector('.banner.disconnected')?.textContent ?? ''),
    )
    expect(await textOf(page, '.kpi .big')).toBe(before)
    await shot(page, 'disconnected', false)
    await server.start()
    await page.click('.banner.disconnected button')
    await pill(page, 'Live')
    expect(await page.$('.banner.disconnected')).toBeNull()
    await page.close()
  })

  it('at the first load shows the frame and comes to life when the server does', async () => {
    const { page } = await openPage(browser, server.url, { expected })
    await loaded(page)
    await page.evaluate(() => {
      const real = window.fetch
      window.fetch = () => Promise.reject(new TypeError('cut'))
      Object.assign(window, {
        heal: () => {
          window.fetch = real
        },
      })
    })
    await page.keyboard.press('1')
    await pill(page, 'Reconnecting')
    await page.evaluate(() => (window as unknown as { heal: () => void }).heal())
    await pill(page, 'Live')
    await page.waitForFunction(() => document.querySelector('[aria-busy="true"]') === null)
    await page.close()
  })
})

describe('what the server says of the feed', () => {
  it('a simulated feed is said so plainly, with the reason [U7]', async () => {
    server.setStatus({ mode: 'simulated', modeReason: 'Bandcamp could not be reached within 10 s.' })
    const { page } = await openPage(browser, `${server.url}/?genre=metal`)
    await loaded(page)
    expect(await textOf(page, '.banner.simulated')).toMatch(
      /Simulated data\..*invented.*could not be reached/,
    )
    expect(await textOf(page, '.pill')).toContain('Simulated')
    await page.close()
  })

  it('silence is a flat line and a sentence, never a drop', async () => {
    const { page } = await openPage(browser, server.url)
    await subscribed(page)
    server.setStatus({ state: 'silent' })
    await page.waitForSelector('.banner.silent')
    expect(await textOf(page, '.banner.silent')).toContain('not a drop in sales')
    await page.waitForSelector('.pulse.flat')
    await shot(page, 'silent', false)
    await page.close()
  })

  it('an empty store says that the first sale is waited for, and numbers stay unknown where they are', async () => {
    await server.stop()
    server = new FixtureServer({ perMinute: 0, days: 0 })
    await server.start()
    const { page, problems } = await openPage(browser, server.url)
    await page.waitForSelector('.empty-page')
    expect(await textOf(page, '.empty-page')).toContain('No sales recorded yet')
    expect(await textOf(page, '.facts')).toContain('genres known —')
    expect(await page.$$eval('.kpi .big', all => all.map(e => e.textContent))).toEqual([
      '—',
      '—',
      '—',
      '—',
      '—',
    ])
    await shot(page, 'first-run')
    server.setStatus({ state: 'silent' })
    await page.waitForSelector('.banner.silent')
    expect(await textOf(page, '.banner.silent')).toContain('No sale has come yet')
    expect(await textOf(page, '.empty-page')).toContain('perhaps it cannot be reached')
    expect(problems).toEqual([])
    await page.close()
  })

  it('what was before the first sale is said and has no line, and a young history offers its minutes', async () => {
    await server.stop()
    server = new FixtureServer({ days: 0.005, perMinute: 10 })
    await server.start()
    const { page, problems } = await openPage(browser, server.url)
    await loaded(page)
    expect(await textOf(page, '.kpis-note')).toContain('The history begins')
    await page.click('.too-young button')
    await page.waitForFunction(() => window.location.search === '?range=1h')
    await loaded(page)
    expect(await page.$('.too-young')).toBeNull()
    expect(problems).toEqual([])
    await page.close()
  })

  it('a history being written shows how far it is', async () => {
    server.setStatus({ historyProgress: 0.42 })
    const { page } = await openPage(browser, server.url)
    await page.waitForSelector('.banner.learning progress')
    expect(await textOf(page, '.banner.learning')).toContain('42%')
    await page.close()
  })
})
