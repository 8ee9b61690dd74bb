// Chapter: the lives of alerts. True while open, over when it is over, and as grave as they matter.
import { beforeAll, describe, expect, it } from 'vitest'
import { Severities, type Weighed, weightOf } from '../../processors/detect/severity.ts'
import { UsualRanges } from '../../processors/detect/usual.ts'
import type { Alert } from '../../schemas/alerts.ts'
import type { Key } from '../../schemas/keys.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../schemas/time.ts'
import {
  alertsOf,
  COUNTRIES,
  CountedMarket,
  DAY_MINUTES,
  GENRES,
  opened,
  poisson,
  randomFrom,
  SELLERS,
  type Seller,
  START_MS,
} from '../support/detect.ts'

const KEY = 'genre:jazz'
const LEARNT = 10 * DAY_MINUTES

interface Played {
  readonly alerts: readonly Alert[]
  /** Purchases of the key in each minute. */
  readonly counts: readonly number[]
}

/** Eight genres, in which one moves by a factor of the minutes since it was learnt. */
function play(factorAt: (minute: number) => number, days: number): Played {
  const market = new CountedMarket()
  const random = randomFrom(11)
  const counts: number[] = []
  for (let minute = 0; minute < LEARNT + days * DAY_MINUTES; minute++) {
    const purchases = new Map<Key, number>()
    for (const genre of GENRES) {
      const factor = genre === 'jazz' ? factorAt(minute - LEARNT) : 1
      purchases.set(`genre:${genre}`, poisson(2 * factor, random))
    }
    counts.push(purchases.get(KEY)!)
    let all = 0
    for (const n of purchases.values()) all += n
    market.feed(all, purchases)
  }
  const alerts = market.alerts.filter(
    ({ key, openedAtMs }) => key === KEY && openedAtMs > START_MS + 9 * DAY_MS,
  )
  return { alerts, counts }
}

const minuteOf = (timeMs: number): number => (timeMs - START_MS) / MINUTE_MS

function countIn({ counts }: Played, windowEndMs: number, windowMs: number): number {
  const end = minuteOf(windowEndMs)
  return counts.slice(end - windowMs / MINUTE_MS, end).reduce((sum, n) => sum + n, 0)
}

/** Hours of twice, five and ten times, and back. */
const staircase = (minute: number): number => {
  const hour = minute / 60
  return hour < 0 || hour >= 15 ? 1 : hour < 5 ? 2 : hour < 10 ? 5 : 10
}

describe('a genre that goes on rising, and comes back', () => {
  let played: Played
  beforeAll(() => {
    played = play(staircase, 3)
  })

  it('[D41] an open alert says how it is: never half too little, or twice too much, for long', () => {
    const { alerts } = played
    expect(alerts.filter(({ state }) => state === 'updated').length).toBeGreaterThanOrEqual(4)
    let worst = 0
    for (const [i, alert] of alerts.entries()) {
      const untilMs = alerts[i + 1]?.atMs ?? alert.atMs
      // The look after the hour in which it rests.
      for (
        let atMs = alert.atMs + 65 * MINUTE_MS;
        alert.state !== 'closed' && atMs < untilMs;
        atMs += 5 * MINUTE_MS
      ) {
        const now = countIn(played, atMs, alert.windowMs)
        const isAnother = now >= 1.5 * alert.purchases || now <= 0.5 * alert.purchases
        const isChance = Math.abs(now - alert.purchases) < 2 * Math.sqrt(alert.purchases)
        if (isAnother && !isChance) worst++
      }
    }
    expect(worst).toBe(0)
  })

  it('[D41] every number in it is the truth of its window: now, at the height, and at the end', () => {
    for (const alert of played.alerts) {
      for (const { windowEndMs, windowMs, purchases } of [
        alert,
        alert.peak!,
        ...(alert.end ? [alert.end] : []),
      ]) {
        expect(purchases).toBe(countIn(played, windowEndMs, windowMs))
      }
      expect(alert.peak!.windowEndMs).toBeLessThanOrEqual(alert.windowEndMs)
    }
  })

  it('[D41] its height does not shrink, and is what a closed one tells, to a tenth of its surprise', () => {
    const last = played.alerts.at(-1)!
    expect(last.state).toBe('closed')
    expect(last.peak).toMatchObject({ purchases: last.purchases, windowEndMs: last.windowEndMs })
    expect(last.score * 1.1).toBeGreaterThanOrEqual(last.peakScore)
    const most = Math.max(...played.alerts.map(({ score }) => score))
    expect(last.score).toBeGreaterThanOrEqual(most)
    const peaks = played.alerts.map(({ peakScore }) => peakScore)
    expect(peaks).toEqual(peaks.toSorted((a, b) => a - b))
  })

  it('[D42] it rests: two updates of its size are an hour apart, and all of them are few', () => {
    const { alerts } = played
    for (const [i, alert] of alerts.entries()) {
      if (alert.change === 'size') expect(alert.atMs - alerts[i - 1]!.atMs).toBeGreaterThanOrEqual(HOUR_MS)
    }
    expect(alerts.length).toBeLessThanOrEqual(14)
    expect(alerts.filter(({ change }) => change === 'severity').length).toBeLessThanOrEqual(2)
  })

  it('[D43] it ends when the last hours are usual, though the day still holds the rise, and says so', () => {
    const { alerts } = played
    expect(opened(alerts)).toHaveLength(1)
    const { closedAtMs, end } = alerts.at(-1)!
    const overMinute = LEARNT + 15 * 60
    expect(minuteOf(closedAtMs!)).toBeGreaterThan(overMinute)
    expect(minuteOf(closedAtMs!)).toBeLessThanOrEqual(overMinute + 8 * 60)
    expect(end).toMatchObject({ reason: 'calm', windowEndMs: closedAtMs })
    expect(end!.purchases).toBeLessThanOrEqual(end!.expectedHigh)
  })
})

describe('a genre that rises for some hours', () => {
  it.each([2, 3, 4, 5, 6])(
    '[D41] %i of them: the closed alert tells its height, whenever it was told',
    hours => {
      const { alerts } = play(minute => (minute >= 0 && minute < hours * 60 ? 3 : 1), 1)
      const last = alerts.at(-1)!
      expect(last.state).toBe('closed')
      expect(last.score * 1.1).toBeGreaterThanOrEqual(last.peakScore)
    },
  )
})

describe('a genre that rises to stay', () => {
  const level = (from: number, to: number, then: number) => (minute: number) =>
    minute < from * DAY_MINUTES ? 1 : minute < to * DAY_MINUTES ? 2.5 : then

  it('[D44] is the new usual after two days, and does not rise again by staying there', () => {
    const { alerts } = play(level(0, 99, 1), 12)
    expect(opened(alerts)).toHaveLength(1)
    const { closedAtMs, openedAtMs, end } = alerts.at(-1)!
    expect(closedAtMs! - openedAtMs).toBe(2 * DAY_MS)
    expect(end!.reason).toBe('new-usual')
    expect(end!.purchases).toBeGreaterThan(2 * end!.expected)
  })

  it('[D44] rises again where it goes beyond, and has not dropped where it comes back to what it was', () => {
    const beyond = play(level(0, 6, 6), 7).alerts
    expect(opened(beyond).map(({ alertKind }) => alertKind)).toEqual(['rise', 'rise'])
    const back = play(level(0, 6, 1), 9).alerts
    expect(opened(back).map(({ alertKind }) => alertKind)).toEqual(['rise'])
    const below = play(level(0, 6, 0.4), 9).alerts
    expect(opened(below).map(({ alertKind }) => alertKind)).toEqual(['rise', 'drop'])
  })

  it('[D44] what is usual of a key lies between where it was and where it settled, for four weeks', () => {
    const ranges = new UsualRanges()
    ranges.note(1, 0.01, 0)
    ranges.note(1, 0.04, 100)
    expect([ranges.factor(1, 1, 0.02), ranges.factor(1, -1, 0.02)]).toEqual([2, 0.5])
    expect([ranges.factor(1, 1, 0.05), ranges.factor(1, -1, 0.005)]).toEqual([1, 1])
    expect([ranges.factor(2, 1, 0.02), ranges.factor(2, -1, 0.02)]).toEqual([1, 1])
    ranges.dropBefore(100 + 28 * DAY_MINUTES)
    expect(ranges.has(1)).toBe(true)
    ranges.dropBefore(101 + 28 * DAY_MINUTES)
    expect(ranges.has(1)).toBe(false)
  })
})

describe('an artist whose record comes out', () => {
  const host = 'debut.bandcamp.com'
  const artist: Seller = { host, genre: 'folk', tags: [], rate: 1 / DAY_MINUTES }
  const sellers = [...SELLERS.map(seller => ({ ...seller, rate: seller.rate / 3 })), artist]
  /** 300 sales that die down within days. */
  const burst = (fromDay: number) => (seller: Seller, minute: number) => {
    const days = minute / DAY_MINUTES - fromDay
    return seller.host !== host ? 1 : days < 0 ? 1 : 1 + 200 * Math.exp(-days / 1.5)
  }
  const dropsOf = (fromDay: number, days: number) =>
    alertsOf({ sellers, countries: COUNTRIES, seed: 3, factor: burst(fromDay) }, days).filter(
      ({ key, alertKind }) => key === `artist:${host}` && alertKind === 'drop',
    )

  it('[D45] rises, and does not drop when it dies down', () => {
    expect(dropsOf(11, 26)).toEqual([])
  })

  it('[D45] does not drop either where the history begins in the middle of it', () => {
    expect(dropsOf(0, 20)).toEqual([])
  })
})

describe('severity', () => {
  const weighed = (over: Partial<Weighed>): Weighed => ({
    kind: 'rise',
    minutes: 60,
    n: 60,
    mu: 20,
    score: 30,
    threshold: 5,
    ...over,
  })

  it('[D46] weighs purchases beyond the usual, of a day at most, by the surprise in thresholds', () => {
    expect(weightOf(weighed({}))).toBe(240)
    expect(weightOf(weighed({ minutes: 7 * DAY_MINUTES, n: 300, mu: 20 }))).toBe(240)
    expect(weightOf(weighed({ kind: 'drop', n: 0, mu: 40 }))).toBe(240)
  })

  it('[D46] one in ten of the alerts of four weeks is major, three more are notable', () => {
    const severities = new Severities()
    const alerts = Array.from({ length: 200 }, (_, i) => weighed({ n: 40 + i }))
    for (const alert of alerts) severities.ended(alert, 0)
    severities.endDay(DAY_MINUTES)
    const told = alerts.map(alert => severities.of(alert))
    expect(told.filter(severity => severity === 'major')).toHaveLength(20)
    expect(told.filter(severity => severity === 'notable')).toHaveLength(60)
    severities.endDay(29 * DAY_MINUTES)
    expect(severities.of(alerts[0]!)).toBe('notable')
  })

  it('[D46] however rare, what is small or not sure is not major; a silent feed always is', () => {
    const severities = new Severities()
    expect(severities.of(weighed({ n: 1_000 }))).toBe('major')
    expect(severities.of(weighed({ n: 39, score: 500 }))).toBe('notable')
    expect(severities.of(weighed({ n: 100_000, score: 9 }))).toBe('notable')
    expect(severities.of(weighed({ n: 100_000, score: 5.5 }))).toBe('info')
    expect(severities.of(weighed({ kind: 'feed-silent', n: 0, mu: 30, score: 1 }))).toBe('major')
  })
})
