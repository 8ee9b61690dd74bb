// Alerts and subscribers to write letters about.
import type { Alert, AlertHour } from '../../schemas/alerts.ts'
import type { Subscriber } from '../../schemas/subscriptions.ts'
import { DAY_MS, HOUR_MS } from '../../schemas/time.ts'

/** Sunday, 22 November 2026, 14:00 UTC: the end of the window. */
export const WINDOW_END_MS = Date.UTC(2026, 10, 22, 14)

const usual = [3, 2, 2, 1, 2, 3, 5, 8, 11, 13, 15, 16, 17, 18, 20, 21, 22, 24, 26, 27, 26, 24, 22, 21]

/** The 48 hours before the end: as usual, and then what happened. */
export const hoursOf = (lately: readonly number[] = [25, 38, 64], count = 48): AlertHour[] =>
  Array.from({ length: count }, (_, hour) => {
    const expected = usual[(hour + 2 * usual.length - count) % usual.length]!
    return {
      startMs: WINDOW_END_MS - (count - hour) * HOUR_MS,
      purchases: lately[hour - (count - lately.length)] ?? Math.round(expected * (1 + ((hour % 5) - 2) / 8)),
      expected,
    }
  })

export const alertOf = (parts: Partial<Alert> = {}): Alert => ({
  kind: 'alert',
  id: '9f86d081884c7d65',
  revision: 0,
  state: 'opened',
  alertKind: 'rise',
  key: 'genre:dub-techno',
  dimension: 'genre',
  severity: 'notable',
  openedAtMs: WINDOW_END_MS + 60_000,
  atMs: WINDOW_END_MS + 60_000,
  closedAtMs: null,
  windowMs: HOUR_MS,
  windowEndMs: WINDOW_END_MS,
  purchases: 64,
  items: 81,
  units: 83,
  revenueUsdCents: 61_240,
  expected: 20.6,
  expectedLow: 15,
  expectedHigh: 28,
  score: 5.2,
  threshold: 4.5,
  peakScore: 5.2,
  topReleases: [
    {
      url: 'https://deepspace.bandcamp.com/album/night-bus',
      artistName: 'Deep Space Archive',
      title: 'Night Bus to Neukölln',
      artUrl: 'https://f4.bcbits.com/img/a1234567890_7.jpg',
      purchases: 14,
      share: 0.22,
    },
    {
      url: 'https://gore.bandcamp.com/album/x',
      artistName: '𝐺𝑂𝑅𝐸',
      title: '肉と血を超えて',
      artUrl: 'https://f4.bcbits.com/img/a2345678901_7.jpg',
      purchases: 9,
      share: 0.14,
    },
    {
      url: 'https://echoes.bandcamp.com/track/low-tide',
      artistName: 'Echo & the Basement',
      title: 'Low Tide (Version)',
      artUrl: null,
      purchases: 6,
      share: 0.09,
    },
  ],
  topCountries: [
    { country: 'de', purchases: 26, share: 0.41 },
    { country: 'jp', purchases: 8, share: 0.12 },
    { country: 'gb', purchases: 7, share: 0.11 },
  ],
  topArtists: [
    { artistHost: 'deepspace.bandcamp.com', purchases: 14, share: 0.22 },
    { artistHost: 'gore.bandcamp.com', purchases: 9, share: 0.14 },
  ],
  hours: hoursOf(),
  firstSeenMs: WINDOW_END_MS - 40 * DAY_MS,
  coverage: 0.91,
  partial: false,
  learningDay: null,
  marketRatio: 1.1,
  isFrenzy: false,
  ...parts,
})

export const dropOf = (parts: Partial<Alert> = {}): Alert =>
  alertOf({
    id: '60303ae22b998861',
    alertKind: 'drop',
    key: 'country:fr',
    dimension: 'country',
    severity: 'major',
    windowMs: 6 * HOUR_MS,
    purchases: 31,
    items: 40,
    revenueUsdCents: 24_110,
    expected: 96,
    expectedLow: 82,
    expectedHigh: 112,
    score: 7.1,
    hours: hoursOf([12, 9, 8, 5, 4, 2]),
    ...parts,
  })

export const emergingOf = (parts: Partial<Alert> = {}): Alert =>
  alertOf({
    id: 'fd61a03af4f77d87',
    alertKind: 'emerging',
    key: 'artist:salt-lamp.bandcamp.com',
    dimension: 'artist',
    windowMs: 3 * DAY_MS,
    purchases: 17,
    items: 22,
    revenueUsdCents: 14_300,
    expected: 1.2,
    expectedLow: 0,
    expectedHigh: 3,
    score: 9.3,
    firstSeenMs: Date.UTC(2026, 10, 11, 9),
    topReleases: [
      {
        url: 'https://salt-lamp.bandcamp.com/album/halogen',
        artistName: 'Salt Lamp',
        title: 'Halogen',
        artUrl: null,
        purchases: 15,
        share: 0.88,
      },
    ],
    hours: hoursOf([1, 0, 2]).map(hour => ({ ...hour, purchases: hour.purchases % 3, expected: 0.05 })),
    ...parts,
  })

export const marketOf = (parts: Partial<Alert> = {}): Alert =>
  alertOf({
    id: '1b4f0e9851971998',
    alertKind: 'market-rise',
    key: 'all',
    dimension: 'all',
    severity: 'major',
    purchases: 4_120,
    items: 6_800,
    revenueUsdCents: 4_812_300,
    expected: 1_550,
    expectedLow: 1_390,
    expectedHigh: 1_720,
    marketRatio: 2.7,
    isFrenzy: true,
    hours: hoursOf().map(({ purchases, expected, ...hour }) => {
      return { ...hour, purchases: purchases * 64, expected: expected * 70 }
    }),
    ...parts,
  })

export const subscriberOf = (parts: Partial<Subscriber> = {}): Subscriber => ({
  id: '0f8fad5b-d9cb-469f-a165-70867728950e',
  email: 'ada@listener.example',
  state: 'active',
  wishes: {
    alerts: {
      interest: { keys: ['genre:techno', 'tag:dub techno'], kinds: ['rise', 'drop'], minSeverity: 'notable' },
      frequency: 'instant',
    },
    report: false,
    zone: 'Europe/Berlin',
  },
  requestedAtMs: WINDOW_END_MS - 9 * DAY_MS,
  confirmedAtMs: WINDOW_END_MS - 9 * DAY_MS,
  snoozedUntilMs: null,
  mutes: [],
  ...parts,
})
