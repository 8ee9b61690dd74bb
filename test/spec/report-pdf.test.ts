// The printed report: what a reader's software finds in it, and what never gets in or out.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findBrowser } from '../../infra/chromium/find.ts'
import { type FontFace, facesOf, fontRules, neededFaces } from '../../infra/chromium/fonts.ts'
import { withoutClock } from '../../infra/chromium/normalise.ts'
import { createPdfRenderer } from '../../infra/chromium/renderer.ts'
import { SetupError } from '../../infra/ports.ts'
import { formatLabel, genreLabel } from '../../schemas/names.ts'
import { figureText, MEASURE_NAMES } from '../../sinks/report/core/headline.ts'
import type { DailyReport, Measure } from '../../sinks/report/core/model.ts'
import { renderHtml, titleOf } from '../../sinks/report/core/render.ts'
import { countText } from '../../sinks/report/core/words.ts'
import { someSales } from '../contracts/history.ts'
import { createFakeClock } from '../fakes/clock.ts'
import { TEST_BROWSERS } from '../support/browsers.ts'
import { type ReadPdf, readPdf } from '../support/pdf-text.ts'
import { HARD_NAMES, hardSales, reportFor } from '../support/report.ts'

const DAY = '2026-11-19'
const clock = createFakeClock(0)
const PUBLIC = 'https://tracker.example'
/** Text of a PDF comes in pieces: blanks between letters mean nothing. */
const squeezed = (text: string) => text.normalize('NFC').replace(/\s+/g, '')

describe.each(TEST_BROWSERS)('the report printed by $name', ({ find }) => {
  const renderer = createPdfRenderer({ executablePath: null, clock, find })
  let report: DailyReport
  let html: string
  let read: ReadPdf
  let page: readonly string[]

  beforeAll(async () => {
    report = await reportFor(DAY, { sales: [...someSales(1_500, 30), ...hardSales(DAY)] })
    html = renderHtml(report, { paper: 'A4', publicUrl: PUBLIC })
    read = await readPdf(await renderer.pdf(html, { format: 'A4', title: titleOf(report) }))
    page = read.pages.map(squeezed)
  }, 120_000)
  afterAll(() => renderer.close())

  it('[Y5] says in its text every figure of the model', () => {
    for (const measure of ['items', 'revenueUsdCents', 'baskets', 'averageUsdCents', 'overShare'] as const) {
      const text = figureText(measure satisfies Measure, report.figures[measure].value)
      expect(page[0]).toContain(squeezed(`${MEASURE_NAMES[measure]}${text}`))
    }
    expect(page[0]).toContain(squeezed(report.summary.join(' ')))
    for (const row of report.genres) {
      expect(page[0]).toContain(squeezed(`${genreLabel(row.value)}${countText(row.items)}`))
    }
    for (const row of report.formats) {
      expect(page[1]).toContain(squeezed(`${formatLabel(row.value)}${countText(row.items)}`))
    }
    for (const { genre, itemsByHour } of report.heatmap) {
      const cells = itemsByHour.map(items => (items === 0 ? '·' : String(items))).join('')
      expect(page[1]).toContain(squeezed(genreLabel(genre) + cells))
    }
  })

  it('[Y6] is tagged: title, language, headings, tables with headers, pictures with words, bookmarks', () => {
    expect(read.title).toBe(titleOf(report))
    expect(read.isTagged).toBe(true)
    expect(read.lang).toBe('en')
    const roles = new Set(read.elements.map(e => e.role))
    expect([...roles]).toEqual(
      expect.arrayContaining(['H1', 'H2', 'Table', 'TR', 'TH', 'TD', 'Figure', 'Link']),
    )
    const figures = read.elements.filter(e => e.role === 'Figure')
    expect(figures.filter(f => (f.alt ?? '') === '')).toEqual([])
    expect(figures.map(f => f.alt).join(' ')).toContain('Sales by hour')
    expect(read.outline).toContain('Thursday 19 November 2026')
    expect(
      read.outline.filter(title => /^(Top|By hour|Genre by hour|Formats|Alerts)/.test(title)).length,
    ).toBe(8)
  })

  it('[Y12] has a glyph for every script that sellers write, and their letters can be copied', () => {
    for (const text of ['𝐺𝑂𝑅𝐸', '肉と血を超えて', '새소년', '草东没有派对', 'Ελλάδα', 'Кино']) {
      expect(page[0]).toContain(squeezed(text))
    }
    // Shaped scripts come back in another order or form: their letters are there.
    for (const letter of ['เ', 'พ', 'ह', 'द', '♥', '★', '∀', 'ℝ']) expect(page[0]).toContain(letter)
  })

  it('[Y7] a seller writes text and nothing else: no markup, no script, no link but https', () => {
    expect(html).not.toMatch(/<img src=x|<script|javascript:/)
    expect(page[0]).toContain(squeezed('<img src=x onerror='))
    expect(read.pages.join('')).not.toMatch(/\u202e/)
    expect(read.links.length).toBeGreaterThan(10)
    expect(read.links.filter(link => !link.startsWith('https://'))).toEqual([])
  })

  it('[Y9] is two pages of A4 or Letter, and three where it is partial, whatever the names', async () => {
    expect([read.pages.length, Math.round(read.size[0]), Math.round(read.size[1])]).toEqual([2, 595, 842])
    const letter = renderHtml(report, { paper: 'Letter', publicUrl: null })
    const onLetter = await readPdf(await renderer.pdf(letter, { format: 'Letter', title: 'L' }))
    expect([onLetter.pages.length, Math.round(onLetter.size[0]), Math.round(onLetter.size[1])]).toEqual([
      2, 612, 791,
    ])
    expect(squeezed(onLetter.pages[0]!)).toContain('page1/2')
    const partial = await reportFor(DAY, { watermarkMs: report.fromMs + 10 * 3_600_000 })
    const three = renderHtml(partial, { paper: 'A4', publicUrl: null })
    const printed = await readPdf(await renderer.pdf(three, { format: 'A4', title: 'P' }))
    expect(printed.pages).toHaveLength(3)
    expect(squeezed(printed.pages[0]!)).toContain('PARTIAL')
    expect(squeezed(printed.pages[2]!)).toContain('Whatismissing')
  })

  it('[Y8] asks nothing of any network, whatever the page wants', async () => {
    let asked = 0
    const server = createServer((_, response) => {
      asked += 1
      response.end('body { color: red }')
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const wants = `<!doctype html><html><head><title>x</title><link rel="stylesheet" href="${at}/a.css">
      <link rel="preconnect" href="${at}"><link rel="prefetch" href="${at}/b">
      <style>@import url(${at}/d.css); @font-face { font-family: f; src: url(${at}/e) } body { font-family: f; background: url(${at}/g) }</style>
      <script src="${at}/h.js"></script></head><body onload="fetch('${at}/i')"><img src="${at}/j"><iframe src="${at}/k"></iframe>
      <object data="${at}/l"></object><video src="${at}/m" poster="${at}/n"></video><p>still printed</p></body></html>`
    try {
      const pdf = await readPdf(await renderer.pdf(wants, { format: 'A4', title: 'x' }))
      expect(pdf.pages.join('')).toContain('still printed')
      const leaves = `<html><head><meta http-equiv="refresh" content="0;url=${at}/c"></head><body>gone</body></html>`
      await renderer.pdf(leaves, { format: 'A4', title: 'x' })
      expect(asked).toBe(0)
    } finally {
      await new Promise(resolve => server.close(resolve))
    }
  })
})

describe('the browser', () => {
  const PAGE = '<!doctype html><html><head></head><body>one</body></html>'
  const A4 = { format: 'A4', title: 'x' } as const

  it('[Y11] is found where it is configured, in PATH, or in the package, in this order', async () => {
    const unpack = async () => ({ path: '/package/chromium', args: [] })
    const env = { PATH: '/nowhere' }
    const found = findBrowser({ executablePath: process.execPath, env, unpack })
    expect((await found).path).toBe(process.execPath)
    expect((await findBrowser({ executablePath: null, env, places: [], unpack })).path).toBe(
      '/package/chromium',
    )
    const bad = await findBrowser({ executablePath: '/no/chrome', env, unpack }).catch(e => e)
    expect(bad).toBeInstanceOf(SetupError)
    expect(bad.message).toContain('/no/chrome')
  })

  it('[Y11] that is no browser is said to be none, with what to do', async () => {
    const find = async () => ({ path: '/bin/true', args: [] })
    const renderer = createPdfRenderer({ executablePath: null, clock, find })
    const error = await renderer.pdf(PAGE, A4).catch(e => e)
    expect(error).toBeInstanceOf(SetupError)
    expect(error.message).toContain('/bin/true did not start')
    await renderer.close()
  })

  it('[Y11] is kept warm, closed when idle, and started again when wanted', async () => {
    let starts = 0
    const own = createFakeClock(0)
    const find = async () => {
      starts += 1
      return TEST_BROWSERS[0]!.find()
    }
    const renderer = createPdfRenderer({ executablePath: null, clock: own, find, idleMs: 1_000 })
    await renderer.pdf(PAGE, A4)
    await renderer.pdf(PAGE, A4)
    expect(starts).toBe(1)
    await own.advance(1_001)
    await renderer.pdf(PAGE, A4)
    expect(starts).toBe(2)
    await renderer.close()
  }, 120_000)
})

describe('what the renderer does to bytes and fonts', () => {
  it('[Y4] takes dates and random identifiers out of a PDF and moves nothing', () => {
    const bytes = (day: string, id: string) =>
      Buffer.from(
        `%PDF-1.4\n<</CreationDate (D:${day}101010+00'00')\n/ModDate (D:${day}101010+00'00')>>\n/ID [<${id}> <${id}>]`,
        'latin1',
      )
    const [a, b] = [withoutClock(bytes('20261122', 'ab12')), withoutClock(bytes('19991231', 'ffff'))]
    expect(Buffer.from(a).equals(Buffer.from(b))).toBe(true)
    expect(a.length).toBe(bytes('20261122', 'ab12').length)
    const binary = Uint8Array.from({ length: 512 }, (_, i) => i % 256)
    expect(withoutClock(binary)).toEqual(binary)
  })

  it('[Y12] brings the files of the characters that occur, and no others', async () => {
    const css = `@font-face { font-family: 'A'; font-weight: 400; src: url(./a.woff2); unicode-range: U+41-5A; }
      @font-face { font-family: 'B'; font-weight: 400; src: url(./b.woff2); unicode-range: U+30-39,U+41-5A; }`
    const faces = facesOf(css, new URL('file:///fonts/x.css'))
    const families = async (text: string, has: (face: FontFace, code: number) => boolean = () => true) =>
      (await neededFaces(faces, text, async (face, code) => has(face, code))).map(f => f.family)
    expect(await families('AB')).toEqual(['A'])
    expect(await families('A7')).toEqual(['A', 'B'])
    expect(await families('é\u200d')).toEqual([])
    // The sheet of A claims a letter that its file has not.
    expect(await families('AC', ({ family }, code) => family === 'B' || code !== 0x43)).toEqual(['A', 'B'])
    const rules = await fontRules('plain latin')
    expect(rules.match(/font-weight:\d+/g)).toEqual(['font-weight:400', 'font-weight:600', 'font-weight:700'])
    expect(await fontRules('𝐺ℝ')).toMatch(/^@font-face\{font-family:'Noto Sans Math'/)
    for (const [artist, title] of HARD_NAMES.slice(0, 3)) {
      expect((await fontRules(artist + title)).match(/@font-face/g)!.length).toBeGreaterThan(3)
    }
  })
})
