// The report's model, sentences, CSV and mail: days that are longer, cut in two, empty or partial.
import { describe, expect, it } from 'vitest'
import type { Sale } from '../../schemas/records.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../schemas/time.ts'
import { renderCsv } from '../../sinks/report/core/csv.ts'
import { addDays, dayInterval, grainOf, hoursOf } from '../../sinks/report/core/day.ts'
import { headline, headlineWithin, tableOf } from '../../sinks/report/core/headline.ts'
import { completeness, reportJson } from '../../sinks/report/core/model.ts'
import { renderHtml } from '../../sinks/report/core/render.ts'
import { shareText, shownText } from '../../sinks/report/core/words.ts'
import { hardSales, reportFor } from '../support/report.ts'
import { item, sale } from '../support/sales.ts'
import { alertOf } from '../support/shown-alerts.ts'

/** One sale every `minutes` of the stretch. */
function steady(fromMs: number, toMs: number, minutes: number, name = 's'): readonly Sale[] {
  const count = Math.floor((toMs - fromMs) / (minutes * MINUTE_MS))
  return Array.from({ length: count }, (_, i) =>
    sale(`${name}${i}`, fromMs + i * minutes * MINUTE_MS, [item()]),
  )
}

const LONDON = 'Europe/London'
const around = (day: string, zone: string) => ({
  fromMs: dayInterval(addDays(day, -30), zone).fromMs,
  toMs: dayInterval(addDays(day, 2), zone).toMs,
})

describe('a day of 25 hours', () => {
  const day = '2026-10-25'
  const { fromMs, toMs } = around(day, LONDON)
  const world = { zone: LONDON, sales: steady(fromMs, toMs, 10), watermarkMs: toMs }

  it('[Y2] has 25 hours, one of them twice, and is compared per hour', async () => {
    const report = await reportFor(day, world)
    expect(report.hours).toBe(25)
    expect(report.byHour.map(h => h.label).slice(0, 4)).toEqual(['00:00', '01:00', '01:00', '02:00'])
    expect(report.figures.items.value).toBe(150)
    // 150 in 25 hours are no more than 144 in 24.
    expect(report.figures.items.dayBefore).toEqual({ before: 144, change: expect.closeTo(0, 10) })
    expect(report.isPerHour).toBe(true)
    expect(report.summary.join(' ')).toContain('25-hour day')
    expect(renderHtml(report, { paper: 'A4', publicUrl: null })).toContain('UTC+1, then UTC+0')
  })
  it('[Y2] does not begin at midnight where midnight does not exist, and half hours are half', () => {
    const cairo = dayInterval('2026-04-24', 'Africa/Cairo')
    expect([cairo.hours, hoursOf(cairo, 'Africa/Cairo')[0]?.hour]).toEqual([23, 1])
    const lordHowe = dayInterval('2026-04-05', 'Australia/Lord_Howe')
    const slots = hoursOf(lordHowe, 'Australia/Lord_Howe')
    expect([lordHowe.hours, slots.length]).toEqual([24.5, 25])
    expect(grainOf(hoursOf(dayInterval('2026-11-20', 'Asia/Kathmandu'), 'Asia/Kathmandu'))).toBe(
      15 * MINUTE_MS,
    )
    expect(() => dayInterval('2026-02-30', 'UTC')).toThrow(RangeError)
    expect(() => dayInterval('2026-02-03', 'Mars/Olympus')).toThrow(RangeError)
  })
})

describe('a Bandcamp Friday', () => {
  // Midnight to midnight Pacific, which is 08:00 to 08:00 in London.
  const begins = Date.UTC(2026, 10, 6, 8)
  const { fromMs, toMs } = around('2026-11-06', LONDON)
  const usual = steady(fromMs, toMs, 10)
  const frenzy = [...usual, ...steady(begins, begins + DAY_MS, 1, 'f')]
  const on = (day: string, sales: readonly Sale[]) =>
    reportFor(day, { zone: LONDON, sales, watermarkMs: toMs })

  it('[Y10] that a local day cuts in two is told in both days, with its hours', async () => {
    const friday = await on('2026-11-06', frenzy)
    expect(friday.bandcampFriday).toMatchObject({
      part: 'begins',
      by: 'calendar and market',
      day: '2026-11-06',
    })
    expect(friday.bandcampFriday?.fromMs).toBe(begins)
    expect(friday.summary.join(' ')).toMatch(/Bandcamp Friday.*goes on into the next/)
    const saturday = await on('2026-11-07', frenzy)
    expect(saturday.bandcampFriday).toMatchObject({ part: 'ends', toMs: begins + DAY_MS })
    expect(saturday.summary.join(' ')).toMatch(/Bandcamp Friday.*ends in this day/)
    const pacific = await reportFor('2026-11-06', {
      zone: 'America/Los_Angeles',
      sales: frenzy,
      watermarkMs: toMs,
    })
    expect(pacific.bandcampFriday?.part).toBe('whole')
  })
  it('[Y10] is none where the market is as usual, and a guess where nothing is known of what is usual', async () => {
    expect((await on('2026-11-06', usual)).bandcampFriday).toBeNull()
    const young = usual.filter(s => s.soldAtMs >= dayInterval('2026-11-05', LONDON).fromMs)
    expect((await on('2026-11-06', young)).bandcampFriday?.by).toBe('calendar')
    expect((await on('2026-10-30', usual)).bandcampFriday).toBeNull()
  })
})

describe('days with little to say', () => {
  it('[Y3] an empty day says so, and one before the history is no day of zero', async () => {
    const { fromMs, toMs } = around('2026-11-15', 'UTC')
    const silent = dayInterval('2026-11-15', 'UTC')
    const sales = steady(fromMs, toMs, 10).filter(
      s => s.soldAtMs < silent.fromMs || s.soldAtMs >= silent.toMs,
    )
    const report = await reportFor('2026-11-15', { sales, watermarkMs: toMs })
    expect([completeness(report), report.isPartial]).toEqual([1, false])
    expect(report.summary[0]).toBe('Nothing was sold on this day.')
    expect(headline(report)).toBe('Sun 15 Nov: no sales')
    // An average of nothing is no average of nought.
    const shown = (label: string) => tableOf(report).figures.find(figure => figure.label === label)?.value
    expect([shown('Sales'), shown('Average paid'), shown('Paid over asking')]).toEqual(['0', '–', '–'])
    expect(renderHtml(report, { paper: 'A4', publicUrl: null })).not.toMatch(/NaN|undefined|Infinity/)
    const before = await reportFor('2026-01-15', { sales, watermarkMs: toMs })
    expect([completeness(before), before.isPartial]).toEqual([0, true])
    expect(before.summary.join(' ')).not.toContain('Nothing was sold on this day')
  })
  it('[Y3] the note says what came late and what could not be read, and nothing where it is not known', async () => {
    const report = await reportFor('2026-11-20')
    const noteOf = (tooLate: number | null, deadLetters: number) => {
      const told = { ...report, quality: { ...report.quality, tooLate, deadLetters } }
      const last = tableOf(told).notes.at(-1)!.text
      const page = renderHtml(told, { paper: 'A4', publicUrl: null })
      for (const part of last.split(' · ').slice(1))
        if (/late|readable/.test(part)) expect(page).toContain(part)
      return last
    }
    expect(report.quality.tooLate).toBeNull()
    expect(noteOf(null, 0)).not.toMatch(/late|readable/)
    expect(noteOf(0, 0)).toContain('no sale came late')
    expect(noteOf(1, 0)).toContain('1 sale came late and counts here')
    expect(noteOf(1_234, 3)).toContain(
      '1,234 sales came late and count here · 3 records of the feed not readable',
    )
  })

  it('[Y3] names a few gaps by the clock of the zone', async () => {
    const { fromMs } = dayInterval('2026-11-18', LONDON)
    const gap = (hour: number) => ({
      ...{ kind: 'gap' as const, reason: 'outage' as const },
      ...{ fromMs: fromMs + hour * HOUR_MS + 10 * MINUTE_MS, toMs: fromMs + hour * HOUR_MS + 24 * MINUTE_MS },
    })
    const page = async (hours: readonly number[]) =>
      renderHtml(await reportFor('2026-11-18', { zone: LONDON, gaps: hours.map(gap) }), {
        paper: 'A4',
        publicUrl: null,
      })
    expect(await page([3])).toContain('gap 03:10–03:24')
    expect(await page([3, 5])).toContain('gaps 03:10–03:24, 05:10–05:24')
    expect(await page([1, 3, 5, 7])).toContain('not read in 4 stretches')
  })

  it('[Y3] a partial day says it in its subject, its banner and its note', async () => {
    const { fromMs, toMs } = around('2026-11-12', 'UTC')
    const at = dayInterval('2026-11-12', 'UTC').fromMs
    const gap = {
      kind: 'gap' as const,
      fromMs: at + HOUR_MS,
      toMs: at + 7 * HOUR_MS,
      reason: 'outage' as const,
    }
    const report = await reportFor('2026-11-12', {
      sales: steady(fromMs, toMs, 10),
      gaps: [gap],
      watermarkMs: toMs,
    })
    expect(completeness(report)).toBe(0.75)
    expect(headline(report)).toMatch(/^PARTIAL · Thu 12 Nov/)
    expect(tableOf(report).notes.at(-1)?.text).toMatch(/^PARTIAL: 75% of the day read · 6 h missing/)
    expect(report.byHour.filter(h => h.partial)).toHaveLength(6)
    const html = renderHtml(report, { paper: 'A4', publicUrl: null })
    expect(html).toContain('What is missing')
    // Six hours of the clock were not read: no cell, no line and no spark says zero there.
    expect(html.match(/<td class="unread">/g)).toHaveLength(6 * report.heatmap.length)
    const line = /<path d="([^"]*)" fill="none" stroke="#0072B2"/.exec(html)?.[1] ?? ''
    expect([line.match(/M/g)?.length, line.match(/[ML]/g)?.length]).toEqual([2, 18])
    expect(html).toContain('the feed could not be reached')
  })
  it('shares are never rounded to all or nothing', () => {
    expect([shareText(0.9996), shareText(0.0001), shareText(1), shareText(0), shareText(0.345)]).toEqual([
      '99.9%',
      '0.1%',
      '100%',
      '0%',
      '35%',
    ])
  })
})

describe('what is written of a report', () => {
  const DAY = '2026-11-19'
  const alert = alertOf(1, { key: 'genre:rock', openedAtMs: Date.UTC(2026, 10, 19, 11) })

  it('[Y4] is the same for the same answers: HTML, CSV, JSON and mail', async () => {
    const [a, b] = [await reportFor(DAY, { alerts: [alert] }), await reportFor(DAY, { alerts: [alert] })]
    const options = { paper: 'A4', publicUrl: 'https://t.example' } as const
    expect(renderHtml(a, options)).toBe(renderHtml(b, options))
    expect(renderCsv(a)).toBe(renderCsv(b))
    expect(JSON.parse(reportJson(a))).toEqual(b)
    expect([headline(a), tableOf(a)]).toEqual([headline(b), tableOf(b)])
  })
  it('[Y4] a headline that must be short says less, and is cut in no word', async () => {
    const report = await reportFor(DAY, { alerts: [alert] })
    const movers = ['Dub techno', 'Gqom', 'Shoegaze'].map(label => {
      return {
        dimension: 'genre',
        value: label,
        label,
        kind: 'rise',
        items: 99,
        expected: 9,
        score: 9,
      } as const
    })
    const busy = { ...report, movers: movers.map(mover => ({ ...mover, confidence: 'clear' as const })) }
    const full = headline(busy)
    const lengths = Array.from({ length: full.length }, (_, i) => full.length - i)
    const said = lengths.map(chars => headlineWithin(busy, chars))
    said.forEach((text, i) => {
      expect(text.length).toBeLessThanOrEqual(lengths[i]!)
    })
    const sales = full.slice(0, full.indexOf('. Dub'))
    expect([...new Set(said)].slice(0, 4)).toEqual([
      `${sales}. Dub techno, Gqom and Shoegaze moved most.`,
      `${sales}. Dub techno and Gqom moved most.`,
      `${sales}. Dub techno moved most.`,
      sales,
    ])
  })
  it('tells the alerts of the day and how they ended', async () => {
    const over = { closedAtMs: alert.openedAtMs + 3 * HOUR_MS, state: 'closed' as const }
    const both = [alert, alertOf(2, { ...over, key: 'country:de', openedAtMs: alert.openedAtMs })]
    const html = renderHtml(await reportFor(DAY, { alerts: both }), {
      paper: 'A4',
      publicUrl: 'https://t.example',
    })
    expect(html).toContain('still open')
    expect(html).toContain('over after 3 h')
    expect(html).toContain('https://t.example/alerts?id=')
  })
  it('[Y7] no cell of the CSV is a formula, and no name breaks a line', async () => {
    const csv = renderCsv(await reportFor(DAY, { sales: hardSales(DAY) }))
    const lines = csv.trimEnd().split('\r\n')
    expect(lines.filter(line => /(^|,)"?\s*[=+@]/.test(line))).toEqual([])
    expect(csv).toContain(`'=HYPERLINK`)
    expect(csv.replaceAll('\r\n', '')).not.toMatch(/[\r\n\u202e]/)
    for (const line of lines) expect(line.length).toBeLessThan(400)
  })
  it('[Y7] safe text is one short line whatever comes, and never empty where there is a fallback', () => {
    expect(shownText('a\u202eb\u0000\nc')).toBe('ab c')
    expect([...shownText('x'.repeat(100_000))]).toHaveLength(90)
    expect(shownText('\u200d\u200d', 'somebody')).toBe('somebody')
    expect(shownText('𝐺'.repeat(200)).endsWith('𝐺…')).toBe(true)
  })
})
