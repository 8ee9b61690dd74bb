// Alerts for tests of the API: a genre that rises, unless a test says otherwise.
import type { Alert } from '../../schemas/alerts.ts'
import { dimensionOf } from '../../schemas/keys.ts'
import { HOUR_MS } from '../../schemas/time.ts'

/** When they open: within the day of the fixtures. */
export const OPENED_MS = Date.UTC(2026, 10, 22, 13, 10)
const CLOSES_AFTER_MS = 2 * HOUR_MS

/** The same alert when it has closed, two hours after it opened. */
export function closed(alert: Alert): Alert {
  const closedAtMs = alert.openedAtMs + CLOSES_AFTER_MS
  return { ...alert, revision: alert.revision + 1, state: 'closed', atMs: closedAtMs, closedAtMs }
}

/** An open alert; `n` makes its id. */
export function alertOf(n: number, over: Partial<Alert> = {}): Alert {
  const key = over.key ?? 'genre:ambient'
  const openedAtMs = over.openedAtMs ?? OPENED_MS
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
    expected: 20.6,
    expectedLow: 15,
    expectedHigh: 28,
    score: 8.2,
    threshold: 5,
    peakScore: 8.2,
    topReleases: [
      {
        url: 'https://band.bandcamp.com/album/a1',
        artistName: 'Artist',
        title: 'One',
        artUrl: 'https://f4.bcbits.com/img/a0000000001_7.jpg',
        purchases: 12,
        share: 0.19,
      },
    ],
    topCountries: [{ country: 'de', purchases: 40, share: 0.62 }],
    topArtists: [{ artistHost: 'band.bandcamp.com', purchases: 12, share: 0.19 }],
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
