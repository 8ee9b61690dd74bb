// Laws of the page's pure code: harmless text, the ticker's pace, the URL's grammar, changes and axes.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ApiSoldItem } from '../../dashboard/core/api.ts'
import { coveredHours, timeTicks } from '../../dashboard/core/axis.ts'
import {
  artistLabel,
  changeOf,
  countryFlag,
  countryLabel,
  genreLabel,
  moneyText,
} from '../../dashboard/core/display.ts'
import {
  advance,
  enqueue,
  leaveOut,
  MAX_ROWS,
  type Playout,
  ROW_EVERY_MS,
  startPlayout,
} from '../../dashboard/core/playout.ts'
import { PULSE_SLOT_MS, PULSE_SLOTS, pulseCounts, pulsePath } from '../../dashboard/core/pulse.ts'
import { COMPARISONS, formatViewQuery, parseViewQuery, RANGES } from '../../dashboard/core/query.ts'
import { MAX_SHOWN_LENGTH, safeCoverUrl, safeText, safeUrl } from '../../dashboard/core/safe-text.ts'
import { FORMATS } from '../../schemas/keys.ts'

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc.string({ unit: 'grapheme', maxLength: 400 }),
  fc
    .array(fc.constantFrom('\u202e', '\u2066', '\u200b', 'a', ' ', '\n', '\ud800', '\u0351', '𝐺', '<', '界'))
    .map(a => a.join('')),
)

describe('text for display', () => {
  it('holds no control and no bidi-control character, is one line, bounded and well formed', () => {
    fc.assert(
      fc.property(anyText, text => {
        const shown = safeText(text)
        expect(shown).not.toMatch(/[\p{Cc}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/u)
        expect(shown.length).toBeLessThanOrEqual(MAX_SHOWN_LENGTH)
        expect(shown.isWellFormed()).toBe(true)
        expect(shown).toBe(shown.trim())
      }),
    )
  })

  it('is the same when it is cleaned again', () => {
    fc.assert(
      fc.property(anyText, text => {
        expect(safeText(safeText(text))).toBe(safeText(text))
      }),
    )
  })

  it('leaves honest names as they are', () => {
    for (const name of [
      '𝐺𝑂𝑅𝐸 / 肉と血を超えて',
      'Sigur Rós',
      'مرحبا',
      'Øyvind & 👩‍🚀',
      '<3',
      "O'Brien",
      'نِیم‌فاصله',
    ]) {
      expect(safeText(name)).toBe(name)
    }
  })

  it('cuts a name of 10,000 characters, and says so', () => {
    expect(safeText('x'.repeat(10_000))).toBe(`${'x'.repeat(MAX_SHOWN_LENGTH - 1)}…`)
  })

  it('of characters that show nothing is empty', () => {
    expect(safeText('\u200d\u200c \u202e\u3164')).toBe('')
  })
})

describe('addresses', () => {
  it.each([
    'javascript:alert(1)',
    'http://a.example/',
    '//a.example',
    'data:text/html,x',
    'https://u:p@a.example/',
    'ftp://a',
    '',
  ])('%s becomes no link and no image', text => {
    expect(safeUrl(text)).toBeNull()
    expect(safeCoverUrl(text)).toBeNull()
  })

  it('covers come from the covers host or our own drawings', () => {
    expect(safeCoverUrl('https://f4.bcbits.com/img/a1_7.jpg')).toBe('https://f4.bcbits.com/img/a1_7.jpg')
    expect(safeCoverUrl('/covers/a0000000001_7.svg')).toBe('/covers/a0000000001_7.svg')
    for (const url of [
      'https://f4.bcbits.com.evil.example/a.jpg',
      '/covers/../api.svg',
      '/covers/a.svg?x',
      '//covers/a.svg',
    ]) {
      expect(safeCoverUrl(url)).toBeNull()
    }
  })
})

describe('names, money and changes', () => {
  it('of a page that sells what many made are its host', () => {
    const host = 'label.bandcamp.com'
    for (const name of ['Various Artists', 'various', ' VARIOUS ARTISTS ', 'V/A', 'VA', 'v.a.'])
      expect(artistLabel(name, host)).toBe(host)
    for (const name of ['Various Cruelties', 'VAST', 'Nova', '', 'Vivaldi'])
      expect(artistLabel(name, host)).toBe(name)
  })
  it('say what they are, also where it is not known', () => {
    expect([genreLabel('r-b-soul'), genreLabel('hip-hop-rap'), genreLabel('unknown')]).toEqual([
      'R&B/soul',
      'Hip-hop/rap',
      'Genre unknown',
    ])
    expect([countryLabel('jp'), countryLabel(null), countryFlag('jp'), countryFlag(null)]).toEqual([
      'Japan',
      'Country unknown',
      '🇯🇵',
      '🏳️',
    ])
    expect([moneyText(1_050, 'EUR'), moneyText(50_000, 'JPY'), moneyText(900, 'nonsense')]).toEqual([
      '€10.50',
      '¥50,000',
      '9.00 nonsense',
    ])
  })

  it('a change has a mark, a sign and a word, and turns with its sides', () => {
    expect(changeOf(106, 100)).toEqual({ direction: 'up', text: '▲ +6%', spoken: 'up 6%' })
    expect(changeOf(88, 100)).toEqual({ direction: 'down', text: '▼ −12%', spoken: 'down 12%' })
    expect(changeOf(310, 100).text).toBe('▲ 3.1×')
    expect(changeOf(5, null).direction).toBe('unknown')
    expect(changeOf(5, 0).direction).toBe('new')
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 1, max: 1e6 }), (a, b) => {
        const [there, back] = [changeOf(a, b).direction, changeOf(b, a).direction]
        if (there === 'up') expect(['down', 'level']).toContain(back)
        if (there === 'down') expect(back).not.toBe('down')
      }),
    )
  })
})

describe("the view's query", () => {
  const minute = fc.integer({ min: 20_000_000, max: 60_000_000 }).map(m => m * 60_000)
  const custom = fc.tuple(minute, fc.integer({ min: 1, max: 100_000 })).map(([from, n]) => ({
    range: 'custom' as const,
    fromMs: from,
    toMs: from + n * 60_000,
  }))
  const preset = fc
    .constantFrom(...RANGES.filter(r => r !== 'custom'))
    .map(range => ({ range, fromMs: null, toMs: null }))
  const query = fc
    .tuple(
      fc.oneof(preset, custom),
      fc.record({
        genre: fc.option(fc.stringMatching(/^[a-z0-9-]{1,20}$/)),
        artist: fc.option(fc.stringMatching(/^[a-z0-9.-]{1,40}$/)),
        country: fc.option(fc.constantFrom('de', 'us', 'unknown')),
        format: fc.option(fc.constantFrom(...FORMATS)),
      }),
      fc.constantFrom(...COMPARISONS),
      fc.integer({ min: -840, max: 840 }),
    )
    .map(([range, filter, compare, zoneOffsetMinutes]) => ({ ...range, filter, compare, zoneOffsetMinutes }))

  it('written into a URL and read again is the same view [U2]', () => {
    fc.assert(
      fc.property(query, q => {
        expect(parseViewQuery(formatViewQuery(q))).toEqual({ ok: true, query: q })
      }),
    )
  })

  it('is refused by name where it is malformed, and never throws', () => {
    fc.assert(
      fc.property(fc.string(), text => {
        expect(typeof parseViewQuery(text).ok).toBe('boolean')
      }),
    )
    expect(parseViewQuery('compare=year')).toMatchObject({ ok: false, param: 'compare' })
    expect(parseViewQuery('country=DE')).toMatchObject({ ok: false, param: 'country' })
    expect(parseViewQuery('range=custom&from=2026-01-02T00:00Z&to=2026-01-01T00:00Z')).toMatchObject({
      ok: false,
      param: 'to',
    })
  })
})

const soldAt = (id: string, soldAtMs: number): ApiSoldItem => ({ id, soldAtMs }) as ApiSoldItem
const START_MS = 1_000_000_000
/** Batches as they come: when, and how long before each of their items was sold. */
const batches = fc.array(
  fc.record({
    gapMs: fc.integer({ min: 0, max: 70_000 }),
    agesMs: fc.array(fc.integer({ min: 0, max: 150_000 }), { minLength: 1, maxLength: 60 }),
    leftOut: fc.integer({ min: 0, max: 3 }),
  }),
  { maxLength: 5 },
)

interface Run {
  readonly state: Playout
  readonly rowTimesMs: readonly number[]
  readonly told: number
  readonly longestWaitMs: number
}

/** Plays batches out on a clock that looks five times a second, to the end. */
function run(input: readonly { gapMs: number; agesMs: readonly number[]; leftOut: number }[]): Run {
  let state = startPlayout([], START_MS)
  let nowMs = START_MS
  let told = 0
  let longestWaitMs = 0
  const arrivedMs = new Map<string, number>()
  const rowTimesMs: number[] = []
  const shown = new Set<string>()
  const step = (): void => {
    state = advance(state, nowMs)
    for (const row of state.rows) {
      if (row.kind !== 'item' || shown.has(row.key)) continue
      shown.add(row.key)
      rowTimesMs.push(nowMs)
      longestWaitMs = Math.max(longestWaitMs, nowMs - arrivedMs.get(row.key)!)
    }
    nowMs += 200
  }
  for (const [b, batch] of input.entries()) {
    for (const endMs = nowMs + batch.gapMs; nowMs < endMs; ) step()
    const items = batch.agesMs.map((age, i) => soldAt(`${b}/${i}`, nowMs - age))
    for (const item of items) arrivedMs.set(item.id, nowMs)
    state = enqueue(leaveOut(state, batch.leftOut, nowMs), items, nowMs, true)
    told += items.length + batch.leftOut
  }
  while (state.waiting.length > 0) step()
  return { state, rowTimesMs, told, longestWaitMs }
}

describe("the ticker's pace", () => {
  it('never shows two rows within 800 ms, forgets none, and holds none back for two minutes [U6]', () => {
    fc.assert(
      fc.property(batches, input => {
        const { state, rowTimesMs, told, longestWaitMs } = run(input)
        for (let i = 1; i < rowTimesMs.length; i++) {
          expect(rowTimesMs[i]! - rowTimesMs[i - 1]!).toBeGreaterThanOrEqual(ROW_EVERY_MS)
        }
        expect(state.played).toBe(told)
        expect(longestWaitMs).toBeLessThanOrEqual(120_000)
      }),
      { numRuns: 60 },
    )
  })

  it('plays a minute of sales at their own spacing', () => {
    const ages = [60_000, 50_000, 41_000, 20_000, 1_000]
    const { rowTimesMs } = run([{ gapMs: 0, agesMs: ages, leftOut: 0 }])
    const spacing = rowTimesMs.slice(1).map((at, i) => at - rowTimesMs[i]!)
    expect(spacing).toEqual([10_000, 9_000, 21_000, 19_000])
  })

  it('an item that comes again replaces itself, shown or waiting, and adds no row', () => {
    const items = [soldAt('a', START_MS - 1_000), soldAt('b', START_MS + 60_000)]
    const state = advance(enqueue(startPlayout([], START_MS), items, START_MS, true), START_MS + 1_000)
    const amended = enqueue(
      state,
      items.map(item => ({ ...item, genre: 'jazz' })),
      START_MS + 2_000,
      true,
    )
    expect(amended.rows.map(row => row.key)).toEqual(['a'])
    expect(amended.waiting.map(item => item.id)).toEqual(['b'])
    expect(
      [amended.rows[0], amended.waiting[0]].map(x =>
        x && 'item' in x ? x.item.genre : x && 'genre' in x && x.genre,
      ),
    ).toEqual(['jazz', 'jazz'])
  })

  it('catching up shows what was missed at once, newest first, bounded', () => {
    const items = Array.from({ length: 100 }, (_, i) => soldAt(String(i).padStart(3, '0'), START_MS + i))
    const state = enqueue(startPlayout([], START_MS), items, START_MS, false)
    expect(state.rows.map(row => row.key)).toEqual(
      items
        .map(i => i.id)
        .reverse()
        .slice(0, MAX_ROWS),
    )
    expect(state.waiting).toEqual([])
  })
})

describe('the pulse and the axes', () => {
  it('counts every sale of the last five minutes in one slot', () => {
    const nowMs = START_MS
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: PULSE_SLOT_MS * (PULSE_SLOTS - 1) })), ages => {
        const counts = pulseCounts(
          ages.map(age => nowMs - age),
          nowMs,
        )
        expect(counts).toHaveLength(PULSE_SLOTS)
        expect(counts.reduce((a, b) => a + b, 0)).toBe(ages.length)
      }),
    )
  })

  it('is a flat line without sales', () => {
    expect(pulsePath(new Array(PULSE_SLOTS).fill(0), 300, 34)).toMatch(/^M0 [\d.]+L300\.0 [\d.]+$/)
  })

  it('ticks stand on round local times, within bounds and not too many', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 60_000, max: 9e10 }),
        fc.integer({ min: -720, max: 840 }),
        fc.integer({ min: 1, max: 12 }),
        (span, zone, most) => {
          const { stepMs, ticksMs } = timeTicks(START_MS, START_MS + span, zone, most)
          expect(ticksMs.length).toBeLessThanOrEqual(most + 1)
          for (const at of ticksMs) {
            expect(at >= START_MS && at <= START_MS + span).toBe(true)
            expect((at + zone * 60_000) % stepMs).toBe(0)
          }
        },
      ),
    )
  })

  it('a day covers all hours of the day, an hour one or two', () => {
    expect(coveredHours(0, 86_400_000, 330).filter(Boolean)).toHaveLength(24)
    expect(coveredHours(0, 3_600_000, 60).indexOf(true)).toBe(1)
    expect(coveredHours(0, 3_600_000, 30).filter(Boolean)).toHaveLength(2)
  })
})
