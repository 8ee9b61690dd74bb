// What anybody may write into a title, what everybody must be able to read, and what a small screen can hold.
import axe from 'axe-core'
import type { Browser, Page } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { drawn, launch, loaded, openPage, type PageOptions, shot } from './browser.ts'
import { makeAlert, someAlerts, someReports } from './fixture-alerts.ts'
import { FixtureServer } from './fixture-server.ts'

let browser: Browser
let server: FixtureServer

const RLO = '\u202e'
const HOSTILE = [
  '<img src=x onerror="document.title=\'owned\';alert(1)">',
  '"><script>document.title="owned"</script>',
  `${RLO}gnp.exe \u2066evil\u2069`,
  'x'.repeat(10_000),
  'Z\u0351\u036b\u0343\u036a\u0302\u0348\u0349a'.repeat(40),
  '𝐺𝑂𝑅𝐸 / 肉と血を超えて',
  '{{constructor.constructor("alert(1)")()}}',
  'مرحبا بالعالم',
]

beforeAll(async () => {
  browser = await launch()
  server = new FixtureServer({ days: 3, perMinute: 4 })
  const hostile = server.invent(HOSTILE.length * 12, n => {
    const text = HOSTILE[n % HOSTILE.length]!
    return {
      artistHost: `hostile${n % HOSTILE.length}.bandcamp.com`,
      artistName: text,
      title: text,
      albumTitle: text,
      tags: [text.slice(0, 300)],
      url: n % 2 === 0 ? 'javascript:alert(1)' : `https://hostile${n}.bandcamp.com/album/x`,
      artUrl: 'https://evil.example/pixel.gif',
    }
  })
  server.log.push(...hostile)
  server.reports = someReports(Date.now())
  server.alerts = [
    ...someAlerts(Date.now()).slice(0, 3),
    ...HOSTILE.map((text, n) => {
      const key = n % 2 === 0 ? `tag:${text.toLowerCase()}` : `artist:hostile${n}.bandcamp.com`
      const url = n % 3 === 0 ? 'javascript:alert(1)' : `https://hostile${n}.bandcamp.com/album/x`
      const release = { url, artistName: text, title: text, artUrl: 'https://evil.example/pixel.gif' }
      return makeAlert(0x900 + n, {
        key,
        openedAtMs: Date.now() - n * 60_000,
        topReleases: [{ ...release, purchases: 40, share: 0.9 }],
        topCountries: [{ country: text.slice(0, 400), purchases: 3, share: 0.1 }],
        topArtists: [{ artistHost: text.slice(0, 400), purchases: 3, share: 0.1 }],
      })
    }),
  ]
  server.watermarkMs = Date.now() - 30_000
  await server.start()
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

async function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
}

describe('hostile text', () => {
  it.each([
    [1280, 900],
    [390, 844],
  ])('is text and nothing else, on the page and in the sheet, at %i pixels [U8]', async (width, height) => {
    const { page, problems } = await openPage(browser, `${server.url}/?range=1h`, { width, height })
    await drawn(page)
    expect(await page.title()).toBe('Bandcamp Tracker')
    expect(await page.$$eval('main img[src="x"], main script', all => all.length)).toBe(0)
    const texts = await page.$$eval('bdi', all => all.map(e => e.textContent ?? ''))
    expect(texts.some(text => text.includes('<img src=x onerror='))).toBe(true)
    expect(texts.some(text => text.includes('𝐺𝑂𝑅𝐸 / 肉と血を超えて'))).toBe(true)
    for (const text of texts) {
      expect(text).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/)
      expect(text.length).toBeLessThanOrEqual(160)
    }
    expect(await overflow(page)).toBeLessThanOrEqual(0)
    await shot(page, `hostile-${width}`)
    const count = (await page.$$('.sale button')).length
    for (let i = 0; i < Math.min(count, HOSTILE.length); i++) {
      await page.$$eval('.sale button', (all, n) => (all[n] as HTMLElement).click(), i)
      await page.waitForSelector('dialog[open] .detail')
      const hrefs = await page.$$eval('dialog[open] a', all => all.map(a => a.href))
      for (const href of hrefs) expect(href).toMatch(/^(https:\/\/|http:\/\/127\.0\.0\.1:\d+\/)/)
      expect(await overflow(page)).toBeLessThanOrEqual(0)
      await page.keyboard.press('Escape')
      await page.waitForFunction(() => document.querySelector('dialog[open]') === null)
    }
    expect(problems).toEqual([])
    await page.close()
  })

  it.each([
    [1280, 900],
    [390, 844],
  ])('of alerts is text and nothing else, listed and unfolded, at %i pixels [U8]', async (width, height) => {
    const { page, problems } = await openPage(browser, `${server.url}/alerts`, { width, height })
    await page.waitForSelector('.alert-row[data-alert]')
    const rows = await page.$$eval('.alert-row', all => all.map(e => e.getAttribute('data-alert') ?? ''))
    expect(rows).toHaveLength(HOSTILE.length + 3)
    for (const id of rows) {
      await page.$eval(`[data-alert="${id}"] .unfold`, button => (button as HTMLElement).click())
      await page.waitForSelector(`[data-alert="${id}"] .alert-detail`)
      const hrefs = await page.$$eval('.alert-detail a', all => all.map(a => a.href))
      for (const href of hrefs) expect(href).toMatch(/^(https:\/\/|http:\/\/127\.0\.0\.1:\d+\/)/)
      const texts = await page.$$eval('bdi', all => all.map(e => e.textContent ?? ''))
      for (const text of texts) {
        expect(text).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/)
        expect(text.length).toBeLessThanOrEqual(160)
      }
      expect(await overflow(page)).toBeLessThanOrEqual(0)
    }
    expect(await page.$$eval('main img[src="x"], main script', all => all.length)).toBe(0)
    await page.$eval('[data-alert="0000000000000900"] .unfold', button => (button as HTMLElement).click())
    await page.waitForSelector('[data-alert="0000000000000900"] .alert-detail')
    await shot(page, `hostile-alerts-${width}`)
    await page.click('.alert-ways .primary')
    await page.waitForSelector('dialog[open] .chip')
    expect(await overflow(page)).toBeLessThanOrEqual(0)
    expect(await page.title()).toBe('Alerts · Bandcamp Tracker')
    expect(problems).toEqual([])
    await page.close()
  })

  it('covers come from one host only, and one that does not load leaves a drawn sleeve', async () => {
    const plain = new FixtureServer({ days: 2, perMinute: 2 })
    await plain.start()
    const { page, problems } = await openPage(browser, plain.url, {
      covers: 'broken',
      expected: /ERR_FAILED/,
    })
    await loaded(page)
    await page.waitForFunction(() => document.querySelectorAll('.sale .sleeve').length > 3)
    await shot(page, 'sleeves', false)
    expect(problems).toEqual([])
    await page.close()
    await plain.stop()
  })
})

describe('a small screen', () => {
  it.each([390, 340])('of %i pixels holds the page without scrolling sideways [U9]', async width => {
    const { page, problems } = await openPage(browser, server.url, { width, height: 844 })
    await drawn(page)
    expect(await overflow(page)).toBeLessThanOrEqual(0)
    const small = await page.$$eval('.rank-row, .pause, .icon-button, .search input, .tables-toggle', all =>
      all
        .map(e => [e.className, Math.round(e.getBoundingClientRect().height)] as const)
        .filter(([, h]) => h < 44),
    )
    expect(small).toEqual([])
    await shot(page, `narrow-${width}`)
    expect(problems).toEqual([])
    await page.close()
  })
})

describe('the other screens on a small one', () => {
  const cases = [390, 340].flatMap(width =>
    ['/alerts?id=0000000000000001', '/emerging', '/reports'].map(path => [path, width] as const),
  )
  it.each(cases)(
    '%s of %i pixels scrolls not sideways, and what is touched is 44 px high [U9]',
    async (path, width) => {
      const { page, problems } = await openPage(browser, `${server.url}${path}`, { width, height: 844 })
      await page.waitForSelector('.alert-detail, li.report-day, .emerging-board li')
      expect(await overflow(page)).toBeLessThanOrEqual(0)
      const touched =
        '.nav a, .mover, .screen-ways .button, .files .button, .report-day summary, .part-list li'
      const small = await page.$$eval(touched, all =>
        all
          .map(e => [e.className, Math.round(e.getBoundingClientRect().height)] as const)
          .filter(([, h]) => h < 44),
      )
      expect(small).toEqual([])
      await shot(page, `narrow-${width}-${path.slice(1, 4)}`)
      await page.keyboard.press('n')
      await page.waitForSelector('dialog[open] form')
      expect(await overflow(page)).toBeLessThanOrEqual(0)
      await shot(page, `narrow-${width}-sign-up`, false)
      expect(problems).toEqual([])
      await page.close()
    },
  )
})

interface AxeAnswer {
  readonly violations: readonly {
    readonly id: string
    readonly impact: string
    readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[]
  }[]
}

async function serious(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  const answer = await page.evaluate(() =>
    (window as unknown as { axe: { run: () => Promise<AxeAnswer> } }).axe.run(),
  )
  return answer.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.slice(0, 3).map(node => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary}`),
    )
}

describe('accessibility', () => {
  const themes: readonly (readonly [string, PageOptions, string])[] = [
    ['light', {}, ''],
    ['dark', { dark: true }, ''],
    ['light, filtered, as tables', {}, '?genre=electronic&country=us&tables=1'],
    ['dark, on a phone', { dark: true, width: 390, height: 844 }, '?range=7d&measure=usd'],
  ]
  it.each(themes)('has no serious or critical violation: %s [U10]', async (_, options, query) => {
    const { page } = await openPage(browser, `${server.url}/${query}`, options)
    await drawn(page)
    expect(await serious(page)).toEqual([])
    await page.$eval('.sale button, .ticker td button, .ticker th button', button =>
      (button as HTMLElement).click(),
    )
    await page.waitForSelector('dialog[open] .detail')
    expect(await serious(page)).toEqual([])
    await page.close()
  })

  const screens = [
    ['/alerts?id=0000000000000001', '.alert-detail'],
    ['/alerts?kind=emerging&minSeverity=major', '.empty-page'],
    ['/emerging', 'li.alert-row'],
    ['/reports', 'li.report-day'],
  ] as const
  const looks: readonly PageOptions[] = [{}, { dark: true }, { dark: true, width: 390, height: 844 }]
  it.each(screens.flatMap(screen => looks.map(look => [...screen, look] as const)))(
    'has no serious or critical violation: %s, %s %o, and signing up there [U10]',
    async (path, selector, options) => {
      const { page } = await openPage(browser, `${server.url}${path}`, options)
      await page.waitForSelector(selector)
      await page.waitForFunction(() => document.querySelector('main [aria-busy="true"]') === null)
      expect(await serious(page)).toEqual([])
      await page.keyboard.press('n')
      await page.waitForSelector('dialog[open] form')
      await page.click('dialog [type=submit]')
      await page.waitForSelector('#email-problem')
      expect(await serious(page)).toEqual([])
      await page.type('#email', 'reader@example.org')
      await page.keyboard.press('Enter')
      await page.waitForSelector('.signed-up')
      expect(await serious(page)).toEqual([])
      await page.close()
    },
  )

  it('the theme is toggled, kept, and follows the system until then', async () => {
    const { page } = await openPage(browser, server.url, { dark: true })
    await loaded(page)
    const theme = (): Promise<string | undefined> =>
      page.evaluate(() => document.documentElement.dataset.theme)
    expect(await theme()).toBe('dark')
    await page.keyboard.press('d')
    expect(await theme()).toBe('light')
    await page.reload()
    expect(await theme()).toBe('light')
    await page.close()
  })
})
