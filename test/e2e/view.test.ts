// The page as a reader uses it: numbers, filters, ranges, the URL, and what it looks like.
import type { Browser, Page } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { drawn, launch, loaded, openPage, shot } from './browser.ts'
import { FixtureServer } from './fixture-server.ts'

let browser: Browser
let server: FixtureServer

beforeAll(async () => {
  browser = await launch()
  const now = Date.now()
  server = new FixtureServer({
    gaps: [{ fromMs: now - 26_000_000, toMs: now - 23_000_000, reason: 'outage' }],
  })
  await server.start()
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

const textOf = (page: Page, selector: string): Promise<string> =>
  page.$eval(selector, element => element.textContent ?? '')
const chips = (page: Page): Promise<string[]> =>
  page.$$eval('.chip bdi', elements => elements.map(element => element.textContent ?? ''))
const search = (page: Page): string => new URL(page.url()).search
const big = (page: Page): Promise<string[]> =>
  page.$$eval('.kpi .big', elements => elements.map(element => element.textContent ?? ''))

/** Resolves when the numbers shown are those of the URL. */
async function settled(page: Page, wanted: string): Promise<void> {
  await page.waitForFunction(text => window.location.search === text, {}, wanted)
  await loaded(page)
}

async function clickRow(page: Page, panel: string, label: string): Promise<void> {
  const row = await page.waitForSelector(
    `::-p-xpath(//section[contains(@class,"${panel}")]//a[contains(.,"${label}")])`,
  )
  await row?.click()
}

describe('the first view', () => {
  it('shows every part, without an error, a policy violation or a request to elsewhere', async () => {
    const { page, problems } = await openPage(browser, server.url)
    await drawn(page)
    const numbers = await big(page)
    expect(numbers).toHaveLength(5)
    for (const text of numbers) expect(text).toMatch(/^\$?[\d,.]+$/)
    expect(await page.$$eval('.panel h2', all => all.map(h => h.textContent))).toEqual([
      'Sales over time',
      'Moving now',
      'Top genres',
      'Top artists',
      'Genre by hour of the day',
      "Genre by buyer's country",
      'Selling now',
      'Where buyers are',
      'Formats',
    ])
    expect(await textOf(page, '.pill')).toContain('Live')
    expect(await textOf(page, '.facts')).toMatch(/33\/min.*behind.*genres known 91%.*UTC\+1/)
    expect(await textOf(page, '.rank-genre')).toContain('Genre unknown')
    expect(await textOf(page, '.rank-country')).toContain('United States')
    expect(await page.$eval('.time canvas', c => c.getAttribute('aria-label'))).toMatch(
      /^Line chart of sales over time/,
    )
    expect(problems).toEqual([])
    await page.close()
  })

  it('says a gap as a gap: a note, a legend and a row of the table [U5]', async () => {
    const { page, problems } = await openPage(browser, `${server.url}/?tables=1`)
    await loaded(page)
    expect(await textOf(page, '.kpis-note')).toContain('50 min of the feed could not be read')
    expect(await textOf(page, '.legend')).toContain('gap')
    expect(await textOf(page, '.time table')).toContain('gap: lower bound')
    await shot(page, 'tables')
    expect(problems).toEqual([])
    await page.close()
  })

  it('shows "—" and never 0 while it does not know, and says that it still fetches', async () => {
    let go: () => void = () => {}
    server.viewDelay = new Promise(resolve => {
      go = resolve
    })
    const { page, problems } = await openPage(browser, server.url)
    await page.waitForSelector('.kpi')
    expect(await big(page)).toEqual(['—', '—', '—', '—', '—'])
    await shot(page, 'loading')
    await page.waitForSelector('.still')
    go()
    await loaded(page)
    expect(await big(page)).not.toContain('—')
    expect(problems).toEqual([])
    await page.close()
  })
})

describe('filters and ranges', () => {
  it('compare with the week before where the history reaches back to it, and so says the URL', async () => {
    const long = new FixtureServer({ days: 9, perMinute: 2 })
    await long.start()
    const { page, problems } = await openPage(browser, `${long.url}/?genre=metal`)
    await loaded(page)
    const changes = () => page.$$eval('.kpi .change', all => all.map(e => e.textContent).join())
    const before = await changes()
    expect(await textOf(page, '.kpis-note')).toContain('Changes compare with the 24 h before.')
    await page.keyboard.press('x')
    await settled(page, '?genre=metal&compare=week')
    expect(await textOf(page, '.kpis-note')).toContain('Changes compare with the same 24 h a week before.')
    expect(await textOf(page, '.time .legend')).toContain('a week before')
    expect(await changes()).not.toBe(before)
    await page.click('.kpis-note button')
    await settled(page, '?genre=metal')
    expect(await changes()).toBe(before)
    expect(problems).toEqual([])
    await page.close()
    await long.stop()
  })

  it('offer no week before where the history is younger', async () => {
    const young = new FixtureServer({ days: 3, perMinute: 2 })
    await young.start()
    const { page } = await openPage(browser, young.url)
    await loaded(page)
    expect(await page.$('.kpis-note button')).toBeNull()
    await page.keyboard.press('x')
    await page.keyboard.press('m')
    await settled(page, '?measure=usd')
    await page.close()
    await young.stop()
  })

  it('go along into the file of sales, by its link and by its key', async () => {
    const { page, problems } = await openPage(browser, `${server.url}/?range=7d&genre=metal&measure=usd`)
    await loaded(page)
    expect(await page.$eval('#export', a => a.getAttribute('href'))).toBe(
      '/api/v1/export.csv?range=7d&genre=metal&tz=60',
    )
    expect(await page.$eval('.export-json', a => a.getAttribute('href'))).toBe(
      '/api/v1/export.json?range=7d&genre=metal&tz=60',
    )
    await page.$eval('#export', a => {
      a.addEventListener('click', event => {
        event.preventDefault()
        document.title = 'asked for the file'
      })
    })
    await page.keyboard.press('e')
    await page.waitForFunction(() => document.title === 'asked for the file')
    expect(problems).toEqual([])
    await page.close()
  })

  it('are shared by key and button: the address of the view is in the clipboard [U21]', async () => {
    const { page, problems } = await openPage(browser, `${server.url}/?genre=metal`)
    await page
      .browserContext()
      .overridePermissions(server.url, ['clipboard-read', 'clipboard-write', 'clipboard-sanitized-write'])
    await page.bringToFront()
    await loaded(page)
    const copied = () => page.evaluate(() => navigator.clipboard.readText())
    await page.keyboard.press('s')
    await page.waitForFunction(() => document.querySelector('.share')?.textContent?.includes('Copied'))
    expect(await copied()).toBe(`${server.url}/?genre=metal`)
    await page.keyboard.press('4')
    await settled(page, '?range=28d&genre=metal')
    await page.click('.share')
    await page.waitForFunction(async () => (await navigator.clipboard.readText()).includes('range=28d'))
    expect(await copied()).toBe(page.url())
    expect(problems).toEqual([])
    await page.close()
  })

  it('are shared by hand where the browser gives no clipboard [U21]', async () => {
    for (const width of [1280, 340]) {
      const { page } = await openPage(browser, `${server.url}/?genre=metal`, { width })
      await loaded(page)
      await page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }))
      await page.click('.share')
      const field = await page.waitForSelector('.share-field input')
      const state = await field!.evaluate(input => [
        (input as HTMLInputElement).value,
        window.getSelection()?.toString(),
        document.documentElement.scrollWidth <= window.innerWidth,
      ])
      const address = `${server.url}/?genre=metal`
      expect(state).toEqual([address, address, true])
      await shot(page, `share-by-hand-${width}`, false)
      await page.keyboard.press('Escape')
      await page.waitForFunction(() => document.querySelector('.share-field') === null)
      expect(search(page)).toBe('?genre=metal')
      await page.close()
    }
  })

  it('are set by a click, stand in the URL, and Back takes them off one by one [U1]', async () => {
    const { page, problems } = await openPage(browser, server.url)
    await loaded(page)
    const all = await big(page)
    await clickRow(page, 'rank-genre', 'Metal')
    await settled(page, '?genre=metal')
    const metal = await big(page)
    expect(metal).not.toEqual(all)
    await clickRow(page, 'rank-country', 'Germany')
    await settled(page, '?genre=metal&country=de')
    await clickRow(page, 'rank-format', 'Vinyl')
    await settled(page, '?genre=metal&country=de&format=vinyl')
    expect(await chips(page)).toEqual(['Metal', 'Germany', 'Vinyl'])
    await shot(page, 'filtered')
    await page.goBack()
    await settled(page, '?genre=metal&country=de')
    expect(await chips(page)).toEqual(['Metal', 'Germany'])
    await page.goBack()
    await settled(page, '?genre=metal')
    expect(await big(page)).toEqual(metal)
    await page.goBack()
    await settled(page, '')
    expect(await big(page)).toEqual(all)
    expect(problems).toEqual([])
    await page.close()
  })

  it('give the identical view in a new browser from the copied URL [U2]', async () => {
    const seen = (page: Page): Promise<string[]> =>
      page.$$eval('.kpis, .chips, .segments, .rank-list, .custom-range', parts =>
        parts.map(part => part.textContent ?? ''),
      )
    const first = await openPage(browser, server.url)
    await loaded(first.page)
    await clickRow(first.page, 'rank-artist', 'Tides')
    await first.page.waitForFunction(() => window.location.search.includes('artist='))
    await loaded(first.page)
    await first.page.keyboard.press('3')
    await first.page.keyboard.press('m')
    await first.page.waitForFunction(() => /range=7d.*measure=usd/.test(window.location.search))
    await loaded(first.page)
    const second = await openPage(browser, first.page.url())
    await loaded(second.page)
    expect(await seen(second.page)).toEqual(await seen(first.page))
    expect(await chips(second.page)).toEqual(await chips(first.page))
    await first.page.close()
    await second.page.close()
  })

  it('a chip is taken off by a click, and Esc undoes the last step', async () => {
    const { page } = await openPage(browser, `${server.url}/?genre=metal&country=us`)
    await loaded(page)
    await page.click('.chip')
    await settled(page, '?country=us')
    await page.keyboard.press('Escape')
    await settled(page, '?genre=metal&country=us')
    await page.close()
  })

  it('a search finds genres, artists and countries, and Enter filters by the first', async () => {
    const { page, problems } = await openPage(browser, server.url)
    await loaded(page)
    await page.keyboard.press('/')
    await page.keyboard.type('germ')
    await page.waitForSelector('.hit[aria-selected="true"]')
    expect(await textOf(page, '.hit')).toContain('Germany')
    await shot(page, 'search', false)
    await page.keyboard.press('Enter')
    await settled(page, '?country=de')
    expect(await chips(page)).toEqual(['Germany'])
    expect(problems).toEqual([])
    await page.close()
  })

  it('a range is changed by a click and by keys, and a custom one is picked in the local zone', async () => {
    const { page, problems } = await openPage(browser, server.url)
    await loaded(page)
    await page.keyboard.press('1')
    await settled(page, '?range=1h')
    await shot(page, 'one-hour')
    await page.keyboard.press('4')
    await settled(page, '?range=28d')
    expect(await textOf(page, '.kpis-note')).toContain('does not reach the 28 days before')
    await drawn(page)
    await shot(page, 'four-weeks')
    await page.keyboard.press('5')
    await page.waitForSelector('.custom-range')
    await page.keyboard.press('1')
    await settled(page, '?range=1h')
    await page.click('.segments button:nth-child(5)')
    await page.waitForSelector('.custom-range')
    const day = new Date(Date.now() - 2 * 86_400_000).toISOString().slice(0, 10)
    await page.$eval(
      'input[name=from]',
      (input, value) => {
        input.value = value
      },
      `${day}T10:00`,
    )
    await page.$eval(
      'input[name=to]',
      (input, value) => {
        input.value = value
      },
      `${day}T14:30`,
    )
    await page.click('.custom-range [type=submit]')
    await page.waitForFunction(() => window.location.search.includes('range=custom'))
    await loaded(page)
    // Berlin is an hour ahead of UTC in winter, two in summer: the URL says UTC.
    const params = new URLSearchParams(search(page))
    const spanMs = Date.parse(params.get('to')!) - Date.parse(params.get('from')!)
    expect(spanMs).toBe(4.5 * 3_600_000)
    expect(['T08:00Z', 'T09:00Z']).toContain(params.get('from')!.slice(10))
    expect(await page.$eval('input[name=from]', input => input.value)).toBe(`${day}T10:00`)
    await shot(page, 'custom')
    expect(problems).toEqual([])
    await page.close()
  })

  it('an empty answer says what was asked and offers ways on', async () => {
    const { page } = await openPage(
      browser,
      `${server.url}/?range=1h&genre=devotional&format=cassette&country=jp`,
    )
    await loaded(page)
    expect(await textOf(page, '.empty-page h2')).toBe(
      'No cassette sales in Devotional from Japan in the last hour.',
    )
    expect(await page.$$eval('.empty-page button', all => all.map(b => b.textContent))).toEqual([
      'Widen to 24 hours',
      'Drop Devotional',
      'Drop Japan',
      'Drop Cassette',
    ])
    await shot(page, 'empty-filter')
    await page.close()
  })

  it('a malformed link is answered with a sentence, not with nothing', async () => {
    const { page } = await openPage(browser, `${server.url}/?range=fortnight`)
    await loaded(page)
    expect(await textOf(page, '.banner.problem')).toContain('range must be one of 1h, 24h, 7d, 28d, custom')
    await page.close()
  })

  it('drawing a stretch on the chart shows that stretch', async () => {
    const { page } = await openPage(browser, server.url)
    await drawn(page)
    const box = (await (await page.$('.time canvas'))!.boundingBox())!
    await page.mouse.move(box.x + box.width * 0.3, box.y + 100)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 0.6, box.y + 110, { steps: 5 })
    await page.mouse.up()
    await page.waitForFunction(() => window.location.search.includes('range=custom'))
    await loaded(page)
    await page.close()
  })

  it('a click on a cell of the heatmap filters by its genre', async () => {
    const { page } = await openPage(browser, server.url)
    await drawn(page)
    const first = await page.$eval('.rank-genre .rank-label', e => e.textContent)
    const canvas = (await page.$('.heatmap canvas'))!
    await canvas.scrollIntoView()
    const box = (await canvas.boundingBox())!
    await page.mouse.click(box.x + box.width * 0.7, box.y + 14)
    await page.waitForSelector('.chip')
    expect(await chips(page)).toEqual([first])
    await page.close()
  })
})

describe('genre by country', () => {
  it('a click on a cell filters by both; with one of them fixed there is nothing to draw [U23]', async () => {
    const { page, problems } = await openPage(browser, server.url)
    await drawn(page)
    expect(await page.$eval('.genre-country canvas', c => c.getAttribute('aria-label'))).toMatch(
      /^Heatmap of sales by genre and buyer's country\. Electronic most in United States, /,
    )
    const canvas = (await page.$('.genre-country canvas'))!
    await canvas.scrollIntoView()
    const box = (await canvas.boundingBox())!
    await page.mouse.click(box.x + box.width - 20, box.y + 14)
    const [genre, country] = await page.$$eval('.rank-genre .rank-label, .rank-country .rank-label', all =>
      ['.rank-genre', '.rank-country'].map(
        (panel, i) => all.filter(e => e.closest(panel) !== null)[i === 0 ? 0 : 9]?.textContent,
      ),
    )
    await page.waitForSelector('.chip + .chip, .chips li + li')
    expect(genre).toBe((await chips(page))[0])
    expect(country).toContain((await chips(page))[1])
    await loaded(page)
    expect(await page.$('.panel.genre-country')).toBeNull()
    expect(problems).toEqual([])
    await page.close()
  })
})

describe('tables', () => {
  it('stand behind every chart and list, with the same numbers, at one key [U22]', async () => {
    for (const width of [1280, 340]) {
      const { page, problems } = await openPage(browser, server.url, { width })
      await drawn(page)
      const bars = await page.$$eval('.rank-list .rank-row', all =>
        all.map(row => ['.rank-label', '.rank-value'].map(part => row.querySelector(part)?.textContent)),
      )
      await page.keyboard.press('t')
      await settled(page, '?tables=1')
      expect(await page.$$eval('.table-scroll', all => all.map(e => e.getAttribute('aria-label')))).toEqual(
        [
          'Sales over time',
          'Top genres',
          'Top artists',
          'Sales by genre and hour',
          'Sales by genre and country',
          'Selling now',
          'Where buyers are',
          'Formats',
        ].map(name => `${name} as a table`),
      )
      expect(await page.$('canvas, .rank-list, .sales')).toBeNull()
      const rows = await page.$$eval('[class*=rank-] tbody tr', all =>
        all.map(row => [row.querySelector('th')?.textContent, row.querySelector('td')?.textContent]),
      )
      expect(rows).toEqual(bars)
      expect(await page.$$eval('.ticker tbody tr', all => all.length)).toBeGreaterThan(20)
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true)
      await shot(page, `all-tables-${width}`)
      await page.click('.ticker tbody button')
      await page.waitForSelector('dialog[open] .detail')
      expect(problems).toEqual([])
      await page.close()
    }
  })
})

describe('the sheet of a sale', () => {
  it('shows what is known and links to Bandcamp over https only, without a way back for that page', async () => {
    const { page, problems } = await openPage(browser, server.url)
    await loaded(page)
    await page.click('.sale button')
    await page.waitForSelector('dialog[open] .detail')
    const link = await page.$eval('dialog[open] a.button.primary', a => [
      a.getAttribute('href'),
      a.rel,
      a.target,
    ])
    expect(link[0]).toMatch(/^https:\/\/[a-z0-9]+\.bandcamp\.com\//)
    expect(link.slice(1)).toEqual(['noopener noreferrer', '_blank'])
    await shot(page, 'sheet', false)
    await page.keyboard.press('Escape')
    await page.waitForFunction(() => document.querySelector('dialog[open]') === null)
    expect(search(page)).toBe('')
    await page.keyboard.press('?')
    await page.waitForSelector('dialog[open] .keys')
    await shot(page, 'help', false)
    expect(problems).toEqual([])
    await page.close()
  })
})
