// The screen of reports: days, states, files, versions, and what there is before the first one.
import type { Browser } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launch, openPage, shot, textOf } from './browser.ts'
import { makeReport, someReports } from './fixture-alerts.ts'
import { FixtureServer } from './fixture-server.ts'

let browser: Browser
let server: FixtureServer

beforeAll(async () => {
  browser = await launch()
  server = new FixtureServer({ days: 1, perMinute: 1 })
  await server.start()
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

const NOW = Date.now()

describe('the screen of reports', () => {
  it('lists days with their state, sentence and files, and says when the next one is due [U19]', async () => {
    server.reports = someReports(NOW)
    const { page, problems } = await openPage(browser, `${server.url}/reports`)
    await page.waitForSelector('.report-day h2')
    const [newest, partial, failed, unsent] = await page.$$eval('li.report-day', all =>
      all.map(e => (e.textContent ?? '').replace(/\s+/g, ' ')),
    )
    expect(newest).toMatch(/sent.*46,912 sales.*PDF.*412 kB.*CSV.*38 kB.*JSON.*61 kB/)
    expect(partial).toMatch(/sent.*partial.*version 3.*2 earlier versions/)
    expect(failed).toMatch(/failed.*No Chromium was found\..*No files/)
    expect(unsent).toMatch(/not sent: only 41% of the day was read.*PDF/)
    expect(unsent?.match(/41%/g)).toHaveLength(1)
    expect(await textOf(page, '.screen-head')).toMatch(
      /The next one is due in .* A day is a day in Europe\/London/,
    )
    const [pdf, csv] = await page.$$eval('.report-day .files a', all =>
      all.map(a => [a.getAttribute('href'), a.target, a.hasAttribute('download')] as const),
    )
    const day = server.reports.reports[0]!.day
    const path = `/reports/files/reports/daily/${day.slice(0, 4)}/${day.slice(5, 7)}/${day}.v1`
    expect(pdf).toEqual([`${path}.pdf`, '_blank', false])
    expect(csv).toEqual([`${path}.csv`, '', true])
    await page.click('.report-day summary')
    expect(await page.$$eval('.older-version', all => all.map(e => e.textContent?.slice(0, 9)))).toEqual([
      'Version 2',
      'Version 1',
    ])
    await shot(page, 'reports')
    expect(problems).toEqual([])
    await page.close()
  })

  it('asks again when the last report has become another', async () => {
    server.reports = { ...someReports(NOW), reports: [makeReport('2026-11-20')] }
    const { page } = await openPage(browser, `${server.url}/reports`)
    await page.waitForSelector('#report-2026-11-20')
    await expect.poll(() => server.subscribers, { timeout: 20_000 }).toBeGreaterThan(0)
    server.reports = { ...server.reports, reports: [makeReport('2026-11-21'), makeReport('2026-11-20')] }
    const report = { lastDay: '2026-11-21', lastState: 'sent', nextAtMs: NOW, zone: 'UTC' } as const
    server.setStatus({ report })
    await page.waitForSelector('#report-2026-11-21')
    await page.close()
    server.setStatus({ report: null })
  })

  it('a link names a day; one of which there is no report says so', async () => {
    server.reports = { ...someReports(NOW), reports: [makeReport('2026-11-21'), makeReport('2026-11-20')] }
    const { page } = await openPage(browser, `${server.url}/reports/2026-11-20`)
    await page.waitForSelector('#report-2026-11-20[aria-current]')
    await page.close()
    const other = await openPage(browser, `${server.url}/reports/2024-02-29`)
    await other.page.waitForSelector('.banner[role=status]')
    expect(await textOf(other.page, 'main .banner')).toMatch(
      /^There is no report of Thursday,? 29 February 2024\.$/,
    )
    await other.page.close()
  })

  it('before the first one says what will be here, and mails it by the same dialog', async () => {
    server.reports = { zone: 'UTC', nextAtMs: NOW + 3_600_000, reports: [] }
    const { page, problems } = await openPage(browser, `${server.url}/reports`)
    await page.waitForSelector('.empty-page')
    expect(await textOf(page, '.empty-page')).toContain('No report yet')
    await shot(page, 'reports-empty', false)
    await page.click('.screen-ways button')
    await page.waitForSelector('dialog[open] form')
    await page.type('#email', 'reader@example.org')
    await page.keyboard.press('Enter')
    await page.waitForSelector('.signed-up')
    expect(server.signUps.at(-1)?.wishes).toMatchObject({ alerts: null, report: true })
    expect(problems).toEqual([])
    await page.close()
  })
})
