// Laws of the dashboard's pure core: intervals, cursors, folding, CSV; and of the ring in memory.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatCursor, formatPagePlace, parseCursor, parsePagePlace } from '../../dashboard/core/cursor.ts'
import { foldItems, newestFirst } from '../../dashboard/core/items.ts'
import { COMPARISONS, DEFAULT_QUERY, RANGES, type ViewQuery } from '../../dashboard/core/query.ts'
import { MAX_POINTS, viewWindow } from '../../dashboard/core/ranges.ts'
import { safeCoverUrl } from '../../dashboard/core/safe-text.ts'
import { coverPath } from '../../dashboard/server/covers.ts'
import { createLimiter } from '../../dashboard/server/limiter.ts'
import { createRing, type RingEntry } from '../../dashboard/server/ring.ts'
import { csvCell, csvLine } from '../../schemas/csv.ts'
import { NO_FILTER } from '../../schemas/history.ts'
import { DAY_MS, MINUTE_MS } from '../../schemas/time.ts'

const T0 = Date.UTC(2026, 10, 22)

const viewQueries: fc.Arbitrary<ViewQuery> = fc
  .record({
    range: fc.constantFrom(...RANGES),
    from: fc.integer({ min: -1_000_000, max: 0 }),
    minutes: fc.integer({ min: 1, max: 3_000_000 }),
    compare: fc.constantFrom(...COMPARISONS),
  })
  .map(({ range, from, minutes, compare }) => {
    if (range !== 'custom') return { ...DEFAULT_QUERY, range, compare }
    const fromMs = T0 + from * MINUTE_MS
    return { ...DEFAULT_QUERY, range, compare, fromMs, toMs: fromMs + minutes * MINUTE_MS }
  })
const watermarks = fc.integer({ min: 0, max: DAY_MS }).map(ms => T0 + ms)

describe('what a range means', () => {
  test('[A20] the period before has the same length, and ends where the range begins or is weeks back', () => {
    fc.assert(
      fc.property(viewQueries, watermarks, (query, watermarkMs) => {
        const { now, previous } = viewWindow(query, watermarkMs)
        expect(now.toMs).toBeGreaterThan(now.fromMs)
        expect(now.toMs % MINUTE_MS).toBe(0)
        const lengthMs = now.toMs - now.fromMs
        expect(previous.toMs - previous.fromMs).toBe(lengthMs)
        if (query.compare === 'before') expect(previous.toMs).toBe(now.fromMs)
        const backMs = now.fromMs - previous.fromMs
        if (query.compare === 'week') {
          expect(backMs % (7 * DAY_MS)).toBe(0)
          expect(previous.toMs).toBeLessThanOrEqual(now.fromMs)
          expect(backMs - lengthMs).toBeLessThan(7 * DAY_MS)
        }
      }),
    )
  })

  test('nothing behind the watermark is asked for, unless somebody asks for nothing else', () => {
    fc.assert(
      fc.property(viewQueries, watermarks, (query, watermarkMs) => {
        const { now } = viewWindow(query, watermarkMs)
        expect(now.toMs <= watermarkMs || now.fromMs > watermarkMs - MINUTE_MS).toBe(true)
      }),
    )
  })

  test('points are few, whole at the front, and comparable one by one', () => {
    fc.assert(
      fc.property(viewQueries, watermarks, (query, watermarkMs) => {
        const { now, previous, bucketMs, series, previousSeries } = viewWindow(query, watermarkMs)
        expect(Math.ceil((series.toMs - series.fromMs) / bucketMs)).toBeLessThanOrEqual(MAX_POINTS)
        expect(series.fromMs % bucketMs).toBe(0)
        expect(series.toMs).toBe(now.toMs)
        expect(Math.abs(series.fromMs - now.fromMs)).toBeLessThan(bucketMs)
        const backMs = series.fromMs - previousSeries.fromMs
        expect(backMs % bucketMs).toBe(0)
        expect(series.toMs - previousSeries.toMs).toBe(backMs)
        expect(backMs).toBeGreaterThanOrEqual(now.fromMs - previous.fromMs)
        expect(backMs - (now.fromMs - previous.fromMs)).toBeLessThan(bucketMs)
      }),
    )
  })
})

const items = fc.array(
  fc.record({
    id: fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.nat(12)).map(([basket, n]) => `${basket}/${n}`),
    soldAtMs: fc.nat(5),
    version: fc.nat(),
  }),
)

describe('folding', () => {
  test('is the newest of each id, newest first, whatever the messages it came in', () => {
    fc.assert(
      fc.property(fc.array(items), messages => {
        const folded = messages.reduce<{ id: string; soldAtMs: number; version: number }[]>(
          (held, message) => foldItems(held, message, 1_000),
          [],
        )
        const latest = [...new Map(messages.flat().map(item => [item.id, item])).values()]
        expect(folded).toEqual(latest.sort(newestFirst))
      }),
    )
  })

  test('a message that comes twice changes nothing, and the limit keeps the newest', () => {
    fc.assert(
      fc.property(items, items, fc.integer({ min: 1, max: 9 }), (held, message, limit) => {
        const once = foldItems(held, message, 100)
        expect(foldItems(once, message, 100)).toEqual(once)
        expect(foldItems(held, message, limit)).toEqual(once.slice(0, limit))
      }),
    )
  })

  test('the tenth item of a basket comes after the second', () => {
    const at = (id: string) => ({ id, soldAtMs: 1 })
    expect([at('b/2'), at('b/10'), at('a/11')].sort(newestFirst).map(i => i.id)).toEqual([
      'b/10',
      'b/2',
      'a/11',
    ])
  })
})

describe('cursors', () => {
  test('survive the wire; those of other logs, of other shapes and no cursors at all are refused', () => {
    const offsets = fc.array(fc.nat({ max: Number.MAX_SAFE_INTEGER }), { minLength: 1, maxLength: 24 })
    fc.assert(
      fc.property(offsets, positions => {
        const text = formatCursor('live', positions)
        expect(parseCursor(text, 'live', positions.length)).toEqual(positions)
        expect(parseCursor(text, 'simulated', positions.length)).toBeNull()
        expect(parseCursor(text, 'live', positions.length + 1)).toBeNull()
        expect(text.length).toBeLessThanOrEqual(400)
      }),
    )
    fc.assert(
      fc.property(fc.string(), text => {
        expect(parseCursor(text, 'live', 1)).toBeNull()
      }),
    )
  })

  test('places of a page survive the wire', () => {
    const place = { soldAtMs: T0, id: 'a1b2c3/12' }
    expect(parsePagePlace(formatPagePlace(place))).toEqual(place)
    expect(parsePagePlace("1~' OR 1=1")).toBeNull()
  })
})

describe('CSV', () => {
  /** What RFC 4180 says a reader does. */
  const readBack = (cell: string): string =>
    cell.startsWith('"') ? cell.slice(1, -1).replace(/""/g, '"') : cell

  test('[A7] a cell is its text, and begins with nothing that a spreadsheet runs', () => {
    const nasty = fc.array(
      fc.constantFrom('=', '+', '-', '@', '\t', '\r', '\n', '"', ',', ' ', '\0', '\u202e', 'x'),
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          nasty.map(parts => parts.join('')),
        ),
        text => {
          const back = readBack(csvCell(text))
          expect(back).not.toMatch(/^[=+\-@\t\r\n]/)
          expect(back.replace(/^[\s\u202e]*/, '')).not.toMatch(/^[=+\-@]/)
          const plain = text.replace(/\0/g, '')
          expect([plain, `'${plain}`]).toContain(back)
        },
      ),
    )
  })

  test('numbers stay numbers, also below zero; null is empty', () => {
    expect(csvLine([-1.5, null, 'a,b', '-1.5'])).toBe(`-1.5,,"a,b",'-1.5\r\n`)
  })
})

describe('the ring', () => {
  test('[A10] gives what came behind any place it reaches, and says where it does not', () => {
    const counts = fc.array(fc.array(fc.nat(1), { maxLength: 9 }), { minLength: 1, maxLength: 9 })
    fc.assert(
      fc.property(counts, fc.nat(30), fc.nat(30), (pushes, a, b) => {
        const ring = createRing([0, 0], 16)
        const all: RingEntry[] = []
        const end: [number, number] = [0, 0]
        for (const partitions of pushes) {
          const entries = partitions.map(p => {
            const offset = end[p as 0 | 1]++
            return {
              partition: p,
              offset,
              basketId: `${p}-${offset}`,
              soldAtMs: 0,
              amended: false,
              items: [],
            }
          })
          all.push(...entries)
          ring.push(entries, [...end])
        }
        const place = [a, b]
        const wanted = all.filter(entry => entry.offset >= place[entry.partition]!)
        const got = ring.after(place)
        if (got !== null) expect(got).toEqual(wanted)
        else {
          // The last fourteen are always held: whoever is refused is ahead, or wants an older one.
          const isOld = (entry: RingEntry): boolean => all.indexOf(entry) < all.length - 14
          expect(a > end[0] || b > end[1] || wanted.some(isOld)).toBe(true)
        }
      }),
    )
  })

  test('remembers a bounded number of baskets', () => {
    const ring = createRing([0], 100)
    for (let i = 0; i < 10_000; i++) {
      ring.push(
        [{ partition: 0, offset: i, basketId: `b${i}`, soldAtMs: i, amended: false, items: [] }],
        [i + 1],
      )
    }
    expect([ring.has('b9999'), ring.has('b5000'), ring.newest(NO_FILTER, 5)]).toEqual([true, false, []])
  })
})

test('a limiter runs no more side by side than it may, and everything in the end', async () => {
  const limited = createLimiter(2)
  let running = 0
  let most = 0
  const task = async (n: number): Promise<number> => {
    most = Math.max(most, ++running)
    await new Promise(resolve => setImmediate(resolve))
    running--
    if (n === 3) throw new Error('three')
    return n
  }
  const results = await Promise.allSettled([1, 2, 3, 4, 5].map(n => limited(() => task(n))))
  expect(results.map(r => (r.status === 'fulfilled' ? r.value : null))).toEqual([1, 2, null, 4, 5])
  expect(most).toBe(2)
})

test('a cover that the server rewrites is one that the page loads', () => {
  expect(safeCoverUrl(coverPath('https://f4.bcbits.com/img/a0123456789_7.jpg'))).toBe(
    '/covers/a0123456789_7.svg',
  )
  expect(coverPath('https://f4.bcbits.com/img/../../x.jpg')).toBeNull()
  expect(safeCoverUrl('/covers/../api')).toBeNull()
})
