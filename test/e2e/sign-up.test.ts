// Signing up on the page: what is asked for is what is sent, mistakes stand beside their field, the keyboard
// leads through.
import type { Browser, Page } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { NO_MAIL } from '../support/no-mail.ts'
import { launch, loaded, openPage, shot, textOf } from './browser.ts'
import { someAlerts } from './fixture-alerts.ts'
import { FixtureServer, SIGN_UP_ANSWER } from './fixture-server.ts'

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

const followed = (page: Page): Promise<string[]> =>
  page.$$eval('dialog[open] .chip bdi', all => all.map(e => e.textContent ?? ''))
const focused = (page: Page): Promise<string> =>
  page.evaluate(() => document.activeElement?.id || document.activeElement?.className || '')

async function open(path: string, options = {}) {
  const watched = await openPage(browser, `${server.url}${path}`, options)
  await loaded(watched.page)
  await watched.page.keyboard.press('n')
  await watched.page.waitForSelector('dialog[open] form')
  return watched
}

async function check(page: Page, label: string): Promise<void> {
  const box = await page.waitForSelector(
    `::-p-xpath(//dialog//label[contains(normalize-space(.),"${label}")])`,
  )
  await box?.click()
}

async function add(page: Page, text: string, wanted: string): Promise<void> {
  await page.type('#keys', text)
  const hit = await page.waitForSelector(`::-p-xpath(//*[@id="keys-hits"]/*[contains(.,"${wanted}")])`)
  await hit?.click()
  await page.waitForFunction(
    name => [...document.querySelectorAll('dialog .chip bdi')].some(e => e.textContent === name),
    {},
    wanted,
  )
}

describe('signing up', () => {
  it('sends what was chosen, once, and says what happens next [U15]', async () => {
    const { page, problems } = await open('/?genre=metal&country=de')
    expect(await followed(page)).toEqual(['Metal', 'Germany'])
    await page.click('dialog .chip')
    expect(await followed(page)).toEqual(['Germany'])
    await add(page, 'vinyl', 'Vinyl')
    await add(page, 'dub', 'dub techno')
    await check(page, 'Drops')
    await check(page, 'The daily report')
    await page.select('#severity', 'major')
    await page.select('#frequency', 'daily')
    await page.select('#zone', 'Asia/Tokyo')
    await page.type('#email', '  reader@example.org ')
    await shot(page, 'sign-up', false)
    await page.keyboard.press('Enter')
    await page.waitForSelector('.signed-up')
    expect(server.signUps).toEqual([
      {
        email: 'reader@example.org',
        wishes: {
          alerts: {
            interest: {
              keys: ['country:de', 'format:vinyl', 'tag:dub techno'],
              kinds: ['rise', 'emerging'],
              minSeverity: 'major',
            },
            frequency: 'daily',
          },
          report: true,
          zone: 'Asia/Tokyo',
        },
      },
    ])
    expect(await textOf(page, '.signed-up')).toMatch(
      new RegExp(`^${SIGN_UP_ANSWER}.*reader@example.org.*48 hours and confirm.*Nothing is sent before`),
    )
    expect(await page.$('.folder-note')).toBeNull()
    await shot(page, 'signed-up', false)
    expect(problems).toEqual([])
    await page.close()
  })

  it('wishes for everything in the reader’s zone unless something is chosen [U15]', async () => {
    const { page } = await open('/')
    await page.type('#email', 'reader@example.org')
    await page.keyboard.press('Enter')
    await page.waitForSelector('.signed-up')
    expect(server.signUps[0]?.wishes).toEqual({
      alerts: {
        interest: { keys: [], kinds: ['rise', 'drop', 'emerging'], minSeverity: 'notable' },
        frequency: 'instant',
      },
      report: false,
      zone: 'Europe/Berlin',
    })
    await page.close()
  })

  it('sends nothing while something is wrong; the sentence stands beside the field that has the focus [U16]', async () => {
    const { page, problems } = await open('/', { expected: /400/ })
    await page.type('#email', 'nobody')
    await page.keyboard.press('Enter')
    await page.waitForSelector('#email-problem')
    expect(await focused(page)).toBe('email')
    expect(
      await page.$eval('#email', e => [e.getAttribute('aria-invalid'), e.getAttribute('aria-describedby')]),
    ).toEqual(['true', 'email-problem'])
    await shot(page, 'sign-up-problem', false)
    for (const kind of ['Rises', 'Drops', 'Emerging']) await check(page, kind)
    await page.click('dialog [type=submit]')
    await page.waitForSelector('#kinds-problem')
    await check(page, 'Alerts')
    await page.click('dialog [type=submit]')
    await page.waitForSelector('#wish-problem')
    expect(await focused(page)).toBe('wish')
    expect(server.signUps).toEqual([])
    await check(page, 'The daily report')
    await page.type('#email', '@example.org')
    server.refuseSignUp = { status: 400, message: 'email: mail cannot go there', parameter: 'email' }
    await page.click('dialog [type=submit]')
    await page.waitForFunction(
      () => document.querySelector('#email-problem')?.textContent === 'email: mail cannot go there',
    )
    expect(await focused(page)).toBe('email')
    expect(server.signUps).toHaveLength(1)
    server.refuseSignUp = null
    await page.click('dialog [type=submit]')
    await page.waitForSelector('.signed-up')
    expect(server.signUps[1]?.wishes).toEqual({ alerts: null, report: true, zone: 'Europe/Berlin' })
    expect(problems).toEqual([])
    await page.close()
  })

  it.each([
    [404, 'Nobody can sign up here: whoever runs this tracker adds people. Ask them.'],
    [429, 'Too many people sign up just now; wait as Retry-After says.'],
    [503, 'The server cannot be reached just now. What you filled in is still here.'],
  ])('that is refused with %i is told so, and keeps what was filled in [U16]', async (status, message) => {
    server.refuseSignUp = { status, message }
    const { page } = await open('/?genre=metal', { expected: /40|42|50/ })
    await page.type('#email', 'reader@example.org')
    await page.keyboard.press('Enter')
    await page.waitForSelector('#form-problem')
    expect(await textOf(page, '#form-problem')).toBe(message)
    expect(await page.$eval('#email', e => (e as HTMLInputElement).value)).toBe('reader@example.org')
    expect(await followed(page)).toEqual(['Metal'])
    await page.close()
  })

  it('says before and after where no mail leaves the machine, and for whom the folder is [U17]', async () => {
    server.setStatus({
      mail: { ...NO_MAIL, place: '/var/lib/tracker/mail' },
    })
    const { page } = await open('/')
    expect(await textOf(page, '.folder-note')).toMatch(
      /No mail leaves this machine.*\/var\/lib\/tracker\/mail.*operator/,
    )
    await page.type('#email', 'reader@example.org')
    await page.keyboard.press('Enter')
    await page.waitForSelector('.signed-up')
    expect(await textOf(page, '.folder-note')).toContain('operator')
    await shot(page, 'sign-up-folder', false)
    await page.close()
  })

  it('keeps the focus inside of the dialog and gives it back to what opened it [U18]', async () => {
    const { page, problems } = await openPage(browser, server.url)
    await loaded(page)
    await page.focus('.alert-me')
    await page.keyboard.press('Enter')
    await page.waitForSelector('dialog[open] form')
    expect(await focused(page)).toBe('wish')
    const inside = (): Promise<boolean> =>
      page.evaluate(() => {
        const { activeElement } = document
        return activeElement === document.body || activeElement?.closest('dialog[open]') !== null
      })
    for (let i = 0; i < 30; i++) {
      await page.keyboard.press('Tab')
      expect(await inside()).toBe(true)
    }
    await page.focus('#keys')
    await page.keyboard.type('germ')
    await page.waitForSelector('#keys-hits .hit')
    await page.keyboard.press('Escape')
    expect(await page.$('dialog[open]')).not.toBeNull()
    await page.keyboard.press('Escape')
    await page.waitForFunction(() => document.querySelector('dialog[open]') === null)
    expect(await focused(page)).toContain('alert-me')
    await page.keyboard.press('Enter')
    await page.waitForSelector('dialog[open] form')
    expect(problems).toEqual([])
    await page.close()
  })

  it('of one alert follows what the alert is about', async () => {
    const { page } = await openPage(browser, `${server.url}/alerts?id=0000000000000002`)
    const button = await page.waitForSelector('.alert-ways .primary')
    await button?.click()
    await page.waitForSelector('dialog[open] form')
    expect(await followed(page)).toEqual(['Hollow Choir'])
    await page.close()
  })
})
