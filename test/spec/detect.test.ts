// Chapter: what is told, and what is not. Small markets in which one thing happens, through the stage.
import { beforeAll, describe, expect, it } from 'vitest'
import { DetectStage } from '../../processors/detect-stage.ts'
import type { Alert, AlertHour } from '../../schemas/alerts.ts'
import type { SalesRecord } from '../../schemas/records.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../schemas/time.ts'
import {
  alertsOf,
  COUNTRIES,
  DAY_MINUTES,
  type Market,
  marketRecords,
  opened,
  SELLERS,
  type Seller,
  START_MS,
  soldItem,
} from '../support/detect.ts'
import { sale } from '../support/sales.ts'

const LEARNT_DAYS = 10
const market: Market = { sellers: SELLERS, countries: COUNTRIES, seed: 2 }
const at = (day: number, hour: number) => day * DAY_MINUTES + hour * 60
const within = (minute: number, from: number, hours: number) => minute >= from && minute < from + hours * 60

/** Alerts opened after the learning days. */
function told(alerts: readonly Alert[]): readonly string[] {
  return opened(alerts)
    .filter(({ openedAtMs }) => openedAtMs > START_MS + (LEARNT_DAYS - 1) * DAY_MS)
    .map(({ alertKind, key }) => `${alertKind} ${key}`)
}

const newcomer: Seller = { host: 'newcomer.bandcamp.com', genre: 'jazz', tags: ['spiritual jazz'], rate: 0 }
const fromStart = at(LEARNT_DAYS, 8)

describe('a genre that sells three times its usual for four hours', () => {
  let alerts: readonly Alert[]
  beforeAll(() => {
    const factor = ({ genre }: Seller, minute: number) =>
      genre === 'jazz' && within(minute, fromStart, 4) ? 3 : 1
    alerts = alertsOf({ ...market, factor }, LEARNT_DAYS + 3)
  })

  it('[D2] opens one alert within the hour, which closes once, and nothing else is told', () => {
    expect(told(alerts)).toEqual(['rise genre:jazz'])
    const mine = alerts.filter(
      ({ key, openedAtMs }) => key === 'genre:jazz' && openedAtMs > START_MS + fromStart * MINUTE_MS,
    )
    expect(new Set(mine.map(({ id }) => id)).size).toBe(1)
    expect(mine.map(({ state }) => state).filter(state => state !== 'updated')).toEqual(['opened', 'closed'])
    expect(mine.map(({ revision }) => revision)).toEqual(mine.map((_, i) => i))
    expect(mine[0]!.openedAtMs - (START_MS + fromStart * MINUTE_MS)).toBeLessThanOrEqual(HOUR_MS)
    expect(mine.at(-1)!.closedAtMs).toBe(mine.at(-1)!.atMs)
  })

  it('[D3] its artists and tags are not told beside it, and other genres do not seem to drop', () => {
    expect(told(alerts).filter(what => /artist|tag|drop/.test(what))).toEqual([])
  })

  it('[D4] the alert explains itself: counts, range, releases, countries, hours, coverage', () => {
    const alert = alerts.find(({ key, state }) => key === 'genre:jazz' && state === 'opened')!
    expect(alert.purchases).toBeGreaterThan(alert.expectedHigh)
    expect(alert.expectedLow).toBeLessThan(alert.expected)
    expect(alert.score).toBeGreaterThanOrEqual(alert.threshold)
    expect(alert.items).toBe(alert.purchases)
    expect(alert.revenueUsdCents).toBe(alert.items * 800)
    expect(alert.topReleases[0]!.url).toMatch(/^https:\/\/jazz-\d\.bandcamp\.com/)
    expect(alert.topReleases[0]!.artistName).toBe('A')
    expect(alert.topReleases.reduce((sum, { share }) => sum + share, 0)).toBeLessThanOrEqual(1.001)
    expect(alert.topCountries.map(({ country }) => country)).toContain('us')
    expect(alert.hours).toHaveLength(48)
    // The day before was as expected: what is drawn of it was counted, not left out.
    const dayBefore = alert.hours.slice(0, 24)
    const sum = (of: (hour: AlertHour) => number) => dayBefore.reduce((total, hour) => total + of(hour), 0)
    expect(sum(hour => hour.purchases) / sum(hour => hour.expected)).toBeCloseTo(1, 0)
    expect(alert.hours.at(-1)!.purchases).toBeGreaterThan(alert.hours.at(-1)!.expected)
    expect(alert.coverage).toBe(1)
    expect(alert.learningDay).toBe(LEARNT_DAYS + 1)
    expect(alert.id).toMatch(/^[0-9a-f]{16}$/)
  })
})

describe('a country that is half of the market', () => {
  it('[D20] stops buying: it drops, and the others do not seem to rise', () => {
    const countries = ['us', 'us', 'us', 'us', 'us', 'us', 'gb', 'de', 'fr', 'jp'] as const
    const others = countries.filter(country => country !== 'us')
    const before = [...marketRecords({ ...market, countries }, 0, fromStart)]
    const factor = () => others.length / countries.length
    const during = [
      ...marketRecords({ ...market, countries: others, factor, seed: 3 }, fromStart, fromStart + 6 * 60),
    ]
    const alerts: Alert[] = []
    const stage = new DetectStage({ sources: 1, quietUpToMs: 0 }, alert => alerts.push(alert))
    for (const batch of [...before, ...during]) stage.handle(0, batch)
    expect(told(alerts)).toContain('drop country:us')
    expect(told(alerts).filter(what => what.startsWith('rise country'))).toEqual([])
  })
})

describe('one artist', () => {
  const burst =
    (count: number, buyers: (n: number) => string) =>
    (minute: number): readonly SalesRecord[] => {
      const n = minute - fromStart
      if (n < 0 || n >= count * 6 || n % 6 !== 0) return []
      const soldAtMs = START_MS + minute * MINUTE_MS
      return [sale(`burst-${n}`, soldAtMs, [soldItem(newcomer, buyers(n / 6))])]
    }

  it('[D5] that sells 30 times in three hours is told, and its tag and genre are not', () => {
    const extra = burst(30, n => COUNTRIES[n % COUNTRIES.length]!)
    expect(told(alertsOf({ ...market, extra }, LEARNT_DAYS + 2))).toEqual([
      'rise artist:newcomer.bandcamp.com',
    ])
  })

  it('[D6] whose 17 records one buyer takes in one checkout, or in several soon after another, is not told', () => {
    const extra = (minute: number): readonly SalesRecord[] => {
      const soldAtMs = START_MS + minute * MINUTE_MS
      const items = Array.from({ length: 17 }, () => soldItem(newcomer, 'de'))
      if (minute === fromStart) return [sale('bulk', soldAtMs, items)]
      const n = minute - fromStart - 2 * DAY_MINUTES
      return n >= 0 && n < 8 ? [sale(`again-${n}`, soldAtMs, items)] : []
    }
    const alerts = alertsOf({ ...market, extra }, LEARNT_DAYS + 4)
    expect(told(alerts)).toEqual([])
  })

  it('[D7] that stops selling drops, and is told once', () => {
    const host = SELLERS[0]!.host
    const factor = (seller: Seller, minute: number) =>
      seller.host === host && within(minute, fromStart, 20) ? 0 : 1
    expect(told(alertsOf({ ...market, factor }, LEARNT_DAYS + 2))).toContain(`drop artist:${host}`)
  })
})

describe('the feed', () => {
  it('[D8] silent for six minutes: one alert for the operator, closed at the next sale, and nothing drops', () => {
    const factor = (_: Seller, minute: number) => (minute >= fromStart && minute < fromStart + 6 ? 0 : 1)
    const alerts = alertsOf({ ...market, factor }, LEARNT_DAYS + 1)
    expect(told(alerts)).toEqual(['feed-silent all'])
    const silent = alerts.filter(({ alertKind }) => alertKind === 'feed-silent')
    expect(silent.map(({ state, severity }) => `${state} ${severity}`)).toEqual([
      'opened major',
      'closed major',
    ])
    expect(silent[1]!.atMs).toBe(START_MS + (fromStart + 7) * MINUTE_MS)
  })

  it('[D9] with a gap of three hours: nothing drops, and windows over the gap say that they are partial', () => {
    const factor = (_: Seller, minute: number) => (within(minute, fromStart, 3) ? 0 : 1)
    const gapAt = START_MS + fromStart * MINUTE_MS
    const gap: SalesRecord = { kind: 'gap', fromMs: gapAt, toMs: gapAt + 3 * HOUR_MS, reason: 'outage' }
    const burst = (minute: number) => {
      if (minute === fromStart) return [gap]
      const isBurst = within(minute, fromStart + 4 * 60, 2) && minute % 4 === 0
      const soldAtMs = START_MS + minute * MINUTE_MS
      const buyer = COUNTRIES[(minute / 4) % COUNTRIES.length]!
      return isBurst ? [sale(`after-${minute}`, soldAtMs, [soldItem(newcomer, buyer)])] : []
    }
    const alerts = alertsOf({ ...market, factor, extra: burst }, LEARNT_DAYS + 1)
    expect(told(alerts).filter(what => what.startsWith('drop'))).toEqual([])
    expect(told(alerts)).toContain('rise artist:newcomer.bandcamp.com')
    const last = alerts.filter(({ key }) => key === 'artist:newcomer.bandcamp.com').at(-1)!
    if (last.windowMs > HOUR_MS) expect(last.partial).toBe(true)
  })

  it('[D10] eight times as busy for a day is told as the market’s rise, and no key rises or drops', () => {
    const factor = (_: Seller, minute: number) => (within(minute, fromStart, 24) ? 8 : 1)
    const alerts = alertsOf({ ...market, factor }, LEARNT_DAYS + 3)
    const during = alerts.filter(
      ({ openedAtMs }) => openedAtMs < START_MS + (fromStart + 26 * 60) * MINUTE_MS,
    )
    expect(told(during)).toEqual(['market-rise all'])
    const rise = alerts.find(({ alertKind }) => alertKind === 'market-rise')!
    expect(rise.marketRatio).toBeGreaterThan(1.5)
  })
})

describe('a Bandcamp Friday', () => {
  it('[D25] on which thirty artists rise at once: the market is told, none of them is', () => {
    const newcomers = Array.from({ length: 30 }, (_, i) => ({
      host: `friday-${i}.bandcamp.com`,
      genre: 'pop',
      tags: [],
      rate: 0.0003,
    }))
    const factor = ({ host }: Seller, minute: number) => {
      if (!within(minute, fromStart, 24)) return 1
      return host.startsWith('friday') ? 900 : 8
    }
    const alerts = alertsOf({ ...market, sellers: [...SELLERS, ...newcomers], factor }, LEARNT_DAYS + 2)
    expect(told(alerts)).toContain('market-rise all')
    expect(told(alerts).filter(what => what.includes('artist:friday')).length).toBeLessThanOrEqual(2)
  })
})

describe('emerging', () => {
  it('[D11] an artist who grows over a week is told as emerging; a day’s burst is not', () => {
    const days = 30
    const beginsAt = at(18, 0)
    const sparse: Seller = {
      host: 'slow.bandcamp.com',
      genre: 'folk',
      tags: ['slow folk'],
      rate: 0.3 / DAY_MINUTES,
    }
    const once: Seller = {
      host: 'once.bandcamp.com',
      genre: 'folk',
      tags: ['once folk'],
      rate: 0.3 / DAY_MINUTES,
    }
    const factor = ({ host }: Seller, minute: number) => {
      if (host === once.host) return within(minute, at(20, 0), 24) ? 40 : 1
      if (host !== sparse.host || minute < beginsAt) return 1
      return 1 + Math.min(60, ((minute - beginsAt) / DAY_MINUTES) * 8)
    }
    const sellers = [...SELLERS.map(seller => ({ ...seller, rate: seller.rate / 3 })), sparse, once]
    const alerts = opened(alertsOf({ ...market, sellers, factor }, days))
    const emerging = alerts.filter(({ alertKind }) => alertKind === 'emerging').map(({ key }) => key)
    expect(emerging).toContain('artist:slow.bandcamp.com')
    expect(emerging).not.toContain('artist:once.bandcamp.com')
  })

  it('[D11] one never seen before emerges within days; a first release that dies down does not', () => {
    const rate = 1 / DAY_MINUTES
    const debut = (host: string): Seller => ({ host, genre: 'folk', tags: [`${host} folk`], rate })
    const [grows, dies] = [debut('grows.bandcamp.com'), debut('dies.bandcamp.com')]
    const beginsAt = at(20, 0)
    const factor = ({ host }: Seller, minute: number) => {
      if (host !== grows.host && host !== dies.host) return 1
      const days = (minute - beginsAt) / DAY_MINUTES
      if (days < 0) return 0
      return host === grows.host ? 2 * days : 20 * Math.exp(-days / 1.5)
    }
    const sellers = [...SELLERS.map(seller => ({ ...seller, rate: seller.rate / 3 })), grows, dies]
    const alerts = opened(alertsOf({ ...market, sellers, factor }, 27))
    const emerging = alerts.filter(({ alertKind }) => alertKind === 'emerging')
    expect(emerging.map(({ key }) => key)).toEqual(['artist:grows.bandcamp.com'])
    expect((emerging[0]!.openedAtMs - START_MS) / MINUTE_MS).toBeLessThan(beginsAt + 6 * DAY_MINUTES)
  })
})
