// The letter of the daily report: the answer, its figures, and the ways to the whole of it.
import { load } from 'cheerio'
import { describe, expect, test } from 'vitest'
import { API_PATHS } from '../../dashboard/core/query.ts'
import { CONTENTS, MORE_CONTENTS, reportContents } from '../support/letter-contents.ts'
import { flat, hrefs, letter } from '../support/written-letters.ts'

describe('a letter of the report', () => {
  const { html, text, preheader } = letter(CONTENTS.report)

  test('[N110] has the answer first, figures as a table against the days that are known, and what moved', () => {
    expect(preheader).toBe('Sales rose 6% on last Saturday.')
    const $ = load(html)
    const texts = (selector: string) =>
      $(selector)
        .toArray()
        .map(each => flat($(each).text()))
    expect(texts('th[scope=col]')).toEqual(['last Saturday', 'the day before'])
    expect(texts('tr:has(> th[scope=row])')).toEqual([
      'Sales 46,912 ▲6% ▲2%',
      'Paid over asking 23% ▲2.1 pt –',
    ])
    expect(flat(text)).toContain('Sales: 46,912 (▲6% on last Saturday, ▲2% on the day before)')
    expect(flat(text)).toContain('Paid over asking: 23% (▲2.1 pt on last Saturday)')
    expect(flat(text)).toContain('✦ Gqom 412 sales, 90 expected ▼ #vaporwave 21 sales, 80 expected')
    expect(flat(text)).toMatch(/^DAILY REPORT · PARTIAL · Europe\/London Saturday 21 November 2026 /)
  })

  test('[N110] leads to the report, its numbers, each day that comes with it, and all of them', () => {
    const ways = hrefs(html).map(href => href.replace('https://tracker.example', ''))
    expect(ways).toEqual(
      expect.arrayContaining([
        '/reports/2026-11-21',
        `${API_PATHS.reportFiles}/reports/daily/2026/11/2026-11-21.v1.csv`,
        '/reports/2026-11-20',
        '/reports',
      ]),
    )
    const odd = letter({ ...CONTENTS.report, archived: ['../../secret.pdf'] })
    expect(hrefs(odd.html).filter(href => href.includes('secret'))).toEqual([])
  })

  test('[N110] one that an earlier version posted says all of its lines', () => {
    const old = letter(MORE_CONTENTS['report-of-an-earlier-version'])
    expect(flat(old.text)).toContain('Sales rose 6% on last Saturday. Sales: 46,912 (▲6% on last Saturday)')
    expect(load(old.html)('th').length).toBe(0)
  })

  test('[N110] of one day or of several, partial or not: its subject is whole and within 60 characters', async () => {
    const contents = await reportContents()
    const subjects = Object.entries(contents).map(([name, content]) => [name, letter(content).subject])
    for (const [, subject] of subjects) {
      expect(subject!.length).toBeLessThanOrEqual(60)
      expect(subject).not.toContain('…')
    }
    expect(Object.fromEntries(subjects)).toMatchObject({
      'report-partial': expect.stringMatching(/^PARTIAL · Fri 20 Nov: /),
      'report-simulated': expect.stringMatching(/^\[simulated\] Fri 20 Nov: /),
      'report-of-three': expect.stringMatching(/^3 reports · Fri 20 Nov: /),
    })
  })
})
