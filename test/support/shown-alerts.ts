// Alerts as the dashboard's tests put them into the book: one that could be true, with whatever is to differ.
import type { Alert } from '../../schemas/alerts.ts'
import { dimensionOf } from '../../schemas/keys.ts'
import { HOUR_MS } from '../../schemas/time.ts'

/** A Sunday, ten minutes past one in the afternoon. */
export const OPENED_MS = Date.UTC(2026, 10, 22, 13, 10)

const RELEASE: Alert['topReleases'][number] = {
  url: 'https://band.bandcamp.com/album/a1',
  artistName: 'A Band',
  title: 'An Album',
  artUrl: 'https://f4.bcbits.com/img/a0000000001_7.jpg',
  purchases: 14,
  share: 0.22,
}

/** Number `n` makes the id. */
export function alertOf(n: number, change: Partial<Alert> = {}): Alert {
  const key = change.key ?? 'genre:ambient'
  const openedAtMs = change.openedAtMs ?? OPENED_MS
  return {
    ...{ kind: 'alert', id: n.toString(16).padStart(16, '0'), revision: 0, state: 'opened' },
    ...{ alertKind: 'rise', key, dimension: dimensionOf(key), severity: 'notable' },
    ...{ openedAtMs, atMs: openedAtMs, closedAtMs: null, windowMs: HOUR_MS, windowEndMs: openedAtMs },
    ...{ purchases: 64, items: 80, units: 82, revenueUsdCents: 61_200 },
    ...{ expected: 20.6, expectedLow: 15.2, expectedHigh: 27.9, score: 9.4, threshold: 5.2, peakScore: 9.4 },
    topReleases: [RELEASE],
    topCountries: [{ country: 'de', purchases: 26, share: 0.41 }],
    topArtists: [{ artistHost: 'band.bandcamp.com', purchases: 14, share: 0.22 }],
    hours: Array.from({ length: 24 }, (_, i) => {
      return { startMs: openedAtMs - (24 - i) * HOUR_MS, purchases: 20 + i, expected: 20.6 }
    }),
    firstSeenMs: openedAtMs - 90 * 24 * HOUR_MS,
    ...{ coverage: 0.91, partial: false, learningDay: null, marketRatio: 1.02, isFrenzy: false },
    ...change,
  }
}

/** The record that ends it, two hours later. */
export function closed(alert: Alert): Alert {
  const atMs = alert.openedAtMs + 2 * HOUR_MS
  return { ...alert, revision: alert.revision + 1, state: 'closed', atMs, closedAtMs: atMs }
}
