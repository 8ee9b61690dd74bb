// What the page says of the calendar: Bandcamp Fridays on the line, in its table, and while one lasts.
import type { Browser } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HOUR_MS } from '../../schemas/time.ts'
import { drawn, launch, loaded, openPage, shot, textOf } from './browser.ts'
import { FixtureServer } from './fixture-server.ts'

/** Noon of the Pacific on a Bandcamp Friday: 12 of its 24 hours are left. */
const FRIDAY_NOON_MS = Date.UTC(2026, 10, 6, 20)

let browser: Browser
beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser?.close())

async function serverAt(nowMs: number): Promise<FixtureServer> {
  const server = new FixtureServer({ nowMs, days: 3, perMinute: 3 })
  await server.start()
  return server
}

describe('a Bandcamp Friday', () => {
  it('is said in words while it lasts, on the line and in the table [U20]', async () => {
    const server = await serverAt(FRIDAY_NOON_MS)
    for (const look of [{ dark: false }, { dark: true }, { width: 390 }]) {
      const { page, problems } = await openPage(browser, server.url, look)
      await drawn(page)
      expect(await textOf(page, '.banner.friday')).toMatch(/^Bandcamp Friday\. .* 1[12] h \d\d min left/)
      expect(await textOf(page, '.banner.friday')).toMatch(/until midnight Pacific, 09:00 here\.$/)
      expect(await textOf(page, '.time .legend')).toContain('Bandcamp Friday')
      expect(await page.$eval('.time canvas', canvas => canvas.getAttribute('aria-label'))).toContain(
        'Bandcamp Friday from Fri 6 Nov, 09:00 to Sat 7 Nov, 09:00.',
      )
      await shot(page, `friday${look.dark ? '-dark' : ''}${look.width ?? ''}`)
      await page.keyboard.press('t')
      const rows = await page.$$eval('.time tbody tr', all => all.map(row => row.textContent ?? ''))
      const of = (text: string) => rows.filter(row => row.startsWith(text))
      expect(of('Fri 6 Nov, 09:00')[0]).toContain('Bandcamp Friday')
      expect(of('Fri 6 Nov, 08:45')[0]).not.toContain('Bandcamp Friday')
      expect(problems).toEqual([])
      await page.close()
    }
    await server.stop()
  })

  it('is not spoken of on another day [U20]', async () => {
    const server = await serverAt(FRIDAY_NOON_MS - 48 * HOUR_MS)
    const { page } = await openPage(browser, server.url)
    await loaded(page)
    expect(await page.$('.banner.friday')).toBeNull()
    expect(await textOf(page, '.time .legend')).not.toContain('Friday')
    await page.close()
    await server.stop()
  })
})
