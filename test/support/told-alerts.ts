// Alerts for tests of delivery: a genre that rises, unless a test says otherwise.
import type { Alert } from '../../schemas/alerts.ts'
import { dimensionOf } from '../../schemas/keys.ts'
import { HOUR_MS, MINUTE_MS } from '../../schemas/time.ts'

/** A Wednesday, 12:00 UTC. */
export const NOON_MS = Date.UTC(2026, 10, 18, 12)

/** An alert opened a minute before noon; `n` makes its id. */
export function alertOf(n: number, over: Partial<Alert> = {}): Alert {
  const key = over.key ?? 'genre:techno'
  const openedAtMs = over.openedAtMs ?? NOON_MS - MINUTE_MS
  return {
    kind: 'alert',
    id: n.toString(16).padStart(16, '0'),
    revision: 0,
    state: 'opened',
    alertKind: 'rise',
    key,
    dimension: dimensionOf(key),
    severity: 'notable',
    openedAtMs,
    atMs: openedAtMs,
    closedAtMs: null,
    windowMs: HOUR_MS,
    windowEndMs: openedAtMs,
    purchases: 64,
    items: 70,
    units: 70,
    revenueUsdCents: 51_200,
    expected: 21,
    expectedLow: 15,
    expectedHigh: 28,
    score: 8.2,
    threshold: 5,
    peakScore: 8.2,
    topReleases: [
      {
        url: 'https://artist.bandcamp.com/album/one',
        artistName: 'Artist',
        title: 'One',
        artUrl: null,
        purchases: 12,
        share: 0.19,
      },
    ],
    topCountries: [{ country: 'de', purchases: 40, share: 0.62 }],
    topArtists: [{ artistHost: 'artist.bandcamp.com', purchases: 12, share: 0.19 }],
    hours: Array.from({ length: 24 }, (_, hour) => ({
      startMs: openedAtMs - (24 - hour) * HOUR_MS,
      purchases: hour === 23 ? 64 : 20,
      expected: 21,
    })),
    firstSeenMs: openedAtMs - 90 * 24 * HOUR_MS,
    coverage: 0.9,
    partial: false,
    learningDay: null,
    marketRatio: 1,
    isFrenzy: false,
    ...over,
  }
}
