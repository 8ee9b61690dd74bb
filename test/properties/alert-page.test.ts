// Laws of the page's screens and of an alert in words and curves, on made-up alerts.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Box, bandPath, barsOf, linePath, peakOf } from '../../dashboard/web/src/charts/alert-chart.ts'
import {
  byWeight,
  chanceText,
  chartHours,
  concentrationText,
  confidenceOf,
  factorText,
  isAtLeast,
  isPresent,
  learningDayOf,
  notesOf,
} from '../../dashboard/web/src/state/alert-words.ts'
import {
  type AlertList,
  LIFE_STATES,
  type Place,
  placeUrl,
  readPlace,
} from '../../dashboard/web/src/state/places.ts'
import { SEVERITIES } from '../../schemas/alerts.ts'
import { FOLLOWED_KINDS } from '../../schemas/subscriptions.ts'
import { DAY_MS, HOUR_MS } from '../../schemas/time.ts'
import { alertOf } from '../support/shown-alerts.ts'

const lists: fc.Arbitrary<AlertList> = fc.record({
  kind: fc.option(fc.constantFrom(...FOLLOWED_KINDS)),
  minSeverity: fc.constantFrom(...SEVERITIES),
  state: fc.constantFrom(...LIFE_STATES),
  key: fc.option(fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }).map(text => `tag:${text}`)),
  id: fc.option(fc.stringMatching(/^[0-9a-f]{16}$/)),
})
const days = fc
  .date({ min: new Date('2020-01-01'), max: new Date('2030-01-01'), noInvalidDate: true })
  .map(date => date.toISOString().slice(0, 10))
const places: fc.Arbitrary<Exclude<Place, { screen: 'live' }>> = fc.oneof(
  lists.map(list => ({ screen: 'alerts' as const, list })),
  fc.constant({ screen: 'emerging' as const }),
  fc.option(days).map(day => ({ screen: 'reports' as const, day })),
)

describe('the address of a screen', () => {
  test('[U11] written and read again is the same place', () => {
    fc.assert(
      fc.property(places, place => {
        const { pathname, search } = new URL(placeUrl(place), 'http://localhost')
        expect(readPlace(pathname, search)).toEqual(place)
      }),
    )
  })
  test('that is malformed still shows the screen, and anything else the live one', () => {
    const bad = readPlace('/alerts', '?kind=boom&minSeverity=9&state=&id=../../etc&key=')
    expect(bad).toEqual(readPlace('/alerts', ''))
    expect(readPlace('/reports/yesterday', '')).toEqual({ screen: 'live' })
    expect(readPlace('/', '?genre=metal')).toEqual({ screen: 'live' })
  })
})

const hours = fc.array(
  fc.record({
    purchases: fc.integer({ min: 0, max: 10_000 }),
    expected: fc.double({ min: 0, max: 5_000, noNaN: true }),
  }),
  { minLength: 1, maxLength: 24 },
)

describe('the hours of an alert', () => {
  test('[U12] an hour like the window has the window’s own range', () => {
    const means = fc.double({ min: 0.5, max: 5_000, noNaN: true })
    const spreads = fc.double({ min: 1, max: 4, noNaN: true })
    fc.assert(
      fc.property(means, spreads, (expected, more) => {
        const spread = Math.sqrt(expected) * more
        const range = {
          expected,
          expectedLow: Math.max(0, expected - spread),
          expectedHigh: expected + spread,
        }
        const alert = alertOf(1, { ...range, hours: [{ startMs: 0, purchases: 3, expected }] })
        const [hour] = chartHours(alert)
        expect(hour!.low).toBeCloseTo(range.expectedLow, 4)
        expect(hour!.high).toBeCloseTo(range.expectedHigh, 4)
      }),
    )
  })
  test('are drawn inside of their box, the highest at its top', () => {
    const box: Box = { width: 100, height: 40 }
    fc.assert(
      fc.property(hours, drawn => {
        const all = chartHours(
          alertOf(1, { hours: drawn.map((hour, i) => ({ ...hour, startMs: i * HOUR_MS })) }),
        )
        const numbers = `${bandPath(all, box)} ${linePath(all, box)}`.match(/-?\d+(\.\d+)?/g)!.map(Number)
        for (const number of numbers) expect(number).toBeGreaterThanOrEqual(0)
        for (const number of numbers) expect(number).toBeLessThanOrEqual(box.width)
        const bars = barsOf(all, box)
        expect(bars).toHaveLength(all.length)
        for (const bar of bars) expect(bar.y + bar.height).toBeCloseTo(box.height, 6)
        expect(peakOf(all)).toBe(Math.max(1, ...all.map(hour => Math.max(hour.purchases, hour.high))))
      }),
    )
  })
})

describe('an alert in words', () => {
  test('is surer the more it surprised at its height, and a dot less sure in doubt', () => {
    const sure = (change = {}) =>
      [1.5, 1.6, 3].map(times => {
        const { threshold } = alertOf(1)
        return confidenceOf(alertOf(1, { peakScore: threshold * times, ...change })).dots
      })
    expect(sure()).toEqual([2, 3, 4])
    expect(sure({ learningDay: 4 })).toEqual([1, 2, 3])
    expect(sure({ partial: true })).toEqual([1, 2, 3])
  })
  test('says a factor where something is usual, and none where next to nothing is', () => {
    expect(factorText(alertOf(1, { purchases: 64, expected: 20.6 }))).toBe('3.1×')
    expect(factorText(alertOf(1, { purchases: 2_480, expected: 20 }))).toBe('124×')
    expect(factorText(alertOf(1, { purchases: 9, expected: 0.4 }))).toBeNull()
  })
  test('says how rare it is by chance, and no number that nobody would believe', () => {
    expect(chanceText(2.6)).toBe('about 1 window in 400 by chance')
    expect(chanceText(0.2)).toBe('about 1 window in 2 by chance')
    expect(chanceText(40)).toBe('less than 1 window in a million by chance')
  })
  test('says when one release is most of it, but not of what falls', () => {
    const [first] = alertOf(1).topReleases
    const topReleases = [{ ...first!, share: 0.58 }]
    expect(concentrationText(alertOf(1, { topReleases }))).toBe('1 release = 58%')
    expect(concentrationText(alertOf(1, { topReleases, alertKind: 'drop' }))).toBeNull()
    expect(concentrationText(alertOf(1))).toBeNull()
  })
  test('has a note for learning, a gap and a Bandcamp Friday, each alone', () => {
    expect(notesOf(alertOf(1))).toEqual([])
    expect(notesOf(alertOf(1, { learningDay: 6 }))).toEqual(['learning: day 6 of 21'])
    expect(notesOf(alertOf(1, { partial: true })).join()).toContain('gap')
    expect(notesOf(alertOf(1, { isFrenzy: true, marketRatio: 8 })).join()).toContain('8.0×')
  })
  test('counts the days of learning from the first sale on, and ends after three weeks', () => {
    expect(learningDayOf(null, 5)).toBeNull()
    expect(learningDayOf(0, 1)).toBe(1)
    expect(learningDayOf(0, 20.5 * DAY_MS)).toBe(21)
    expect(learningDayOf(0, 21 * DAY_MS)).toBeNull()
  })
  test('is of the present while its window, or the day behind it, holds the newest sales', () => {
    const hour = alertOf(1, { windowEndMs: 0, windowMs: HOUR_MS })
    const week = alertOf(2, { windowEndMs: 0, windowMs: 7 * DAY_MS })
    const at = (ms: number | null) => [isPresent(hour, ms), isPresent(week, ms)]
    expect(at(null)).toEqual([true, true])
    expect(at(DAY_MS - 1)).toEqual([true, true])
    expect(at(DAY_MS)).toEqual([false, true])
    expect(at(7 * DAY_MS)).toEqual([false, false])
  })
  test('stands before what is less severe, then before what is older', () => {
    const all = [
      alertOf(1, { severity: 'info', openedAtMs: 9 }),
      alertOf(2, { severity: 'major', openedAtMs: 1 }),
      alertOf(3, { severity: 'major', openedAtMs: 5 }),
    ]
    expect(all.sort(byWeight).map(({ openedAtMs }) => openedAtMs)).toEqual([5, 1, 9])
    expect(SEVERITIES.filter(each => isAtLeast(each, 'notable'))).toEqual(['notable', 'major'])
  })
})
