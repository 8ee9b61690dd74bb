// Pictures in letters: drawn from our own SVG alone, small, and the same wherever they are drawn.
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { createPainter } from '../../infra/resvg/painter.ts'
import { alertChart } from '../../sinks/alert-mailer/letters/chart.ts'
import { alertOf, dropOf, emergingOf, hoursOf, marketOf } from '../support/letters.ts'

const painter = createPainter()
const sizeOf = (png: Uint8Array): readonly [number, number] => {
  const view = new DataView(png.buffer, png.byteOffset)
  return [view.getUint32(16), view.getUint32(20)]
}
const hash = (png: Uint8Array): string => createHash('sha256').update(png).digest('hex')
const svg = (inside: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 60 20">${inside}</svg>`

describe('the picture of an alert', () => {
  test.each([
    ['a rise', alertOf()],
    ['a drop', dropOf()],
    ['what emerges', emergingOf()],
    ['the market', marketOf()],
    ['a hundred thousand purchases an hour', alertOf({ hours: hoursOf([99_999]) })],
    ['nothing at all', alertOf({ hours: hoursOf().map(hour => ({ ...hour, purchases: 0, expected: 0 })) })],
  ])('[N50] of %s is a PNG of at most 40 kB', async (_name, alert) => {
    const picture = alertChart(alert, 'Europe/Berlin', 'alt')!
    const png = await painter.png(picture.svg, picture.widthPx * 2)
    expect(Buffer.from(png.subarray(0, 8)).toString('latin1')).toBe('\x89PNG\r\n\x1a\n')
    expect(sizeOf(png)).toEqual([picture.widthPx * 2, picture.heightPx * 2])
    expect(png.length).toBeLessThan(40_000)
  })

  test('[N50] is the same bytes at every drawing', async () => {
    const { svg: drawing } = alertChart(alertOf(), 'Asia/Kolkata', 'alt')!
    const all = await Promise.all([1, 2, 3].map(() => painter.png(drawing, 600)))
    expect(new Set(all.map(hash)).size).toBe(1)
  })

  test('[N50] holds nothing of a seller: names change no byte of it', () => {
    const hostile = alertOf({ key: 'tag:</text><script>', dimension: 'tag', topReleases: [], topArtists: [] })
    expect(alertChart(hostile, 'UTC', '"><x>')!.svg).toBe(alertChart(alertOf(), 'UTC', '')!.svg)
  })

  test('there is none where there are no hours to draw', () => {
    expect(alertChart(alertOf({ hours: [] }), 'UTC', '')).toBeNull()
  })

  test('its bars stand for the purchases: twice as many are twice as high', () => {
    const heights = (purchases: number): number => {
      const { svg: drawing } = alertChart(alertOf({ hours: hoursOf([100, purchases]) }), 'UTC', '')!
      return Number([...drawing.matchAll(/height="([\d.]+)" fill="#0072b2"/g)].at(-1)![1])
    }
    expect(heights(80) / heights(40)).toBeCloseTo(2, 1)
    expect(heights(0)).toBe(0)
  })
})

describe('the painter', () => {
  test('[N50] writes with its own font: the picture differs from one without text', async () => {
    const text = svg('<text x="2" y="15" font-family="Nobody Has This" font-size="12">12:00</text>')
    expect(hash(await painter.png(text, 120))).not.toBe(hash(await painter.png(svg(''), 120)))
  })

  test('[N50] reads neither files nor the network, whatever the SVG asks for', async () => {
    const asked: string[] = []
    const server = createServer((request, response) => {
      asked.push(request.url ?? '')
      response.end()
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const blank = hash(await painter.png(svg(''), 60))
    for (const href of [`http://127.0.0.1:${port}/a.png`, import.meta.filename, 'file:///etc/passwd']) {
      const image = svg(`<image width="60" height="20" href="${href}" xlink:href="${href}"/>`)
      expect(hash(await painter.png(image, 60))).toBe(blank)
    }
    await new Promise(resolve => server.close(resolve))
    expect(asked).toEqual([])
  })

  test('refuses what is no SVG, and pictures out of bounds', async () => {
    await expect(painter.png('not an svg', 100)).rejects.toThrow()
    for (const width of [0, -1, 1.5, 4_001, Number.NaN]) {
      await expect(painter.png(svg(''), width)).rejects.toBeInstanceOf(RangeError)
    }
    await expect(painter.png(svg(' '.repeat(1_000_000)), 100)).rejects.toBeInstanceOf(RangeError)
  })
})
