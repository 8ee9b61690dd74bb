// A made-up alert, to see how a mail looks before anything has moved.
import { type Alert, EVIDENCE_MS } from '../../schemas/alerts.ts'
import { DAY_MS, floorTo, HOUR_MS, MINUTE_MS } from '../../schemas/time.ts'

const HOURS = EVIDENCE_MS / HOUR_MS
/** Two quiet days that end in a busy hour. */
const purchasesOf = (hour: number): number => (hour === HOURS - 1 ? 64 : 14 + (hour % 8))

/** Dub techno in the hour before `nowMs`. */
export function sampleAlert(nowMs: number): Alert {
  const atMs = floorTo(nowMs, MINUTE_MS)
  const url = 'https://example.bandcamp.com/album/an-example'
  return {
    kind: 'alert',
    id: '0000000000000000',
    revision: 0,
    state: 'opened',
    alertKind: 'rise',
    key: 'tag:dub techno',
    dimension: 'tag',
    severity: 'notable',
    openedAtMs: atMs,
    atMs,
    closedAtMs: null,
    windowMs: HOUR_MS,
    windowEndMs: atMs,
    purchases: 64,
    items: 70,
    units: 71,
    revenueUsdCents: 51_200,
    expected: 20.6,
    expectedLow: 15.2,
    expectedHigh: 27.9,
    score: 8.2,
    threshold: 6.5,
    peakScore: 8.2,
    topReleases: [
      { url, artistName: 'An Artist', title: 'An Example', artUrl: null, purchases: 20, share: 0.31 },
    ],
    topCountries: [{ country: 'de', purchases: 45, share: 0.7 }],
    topArtists: [{ artistHost: 'example.bandcamp.com', purchases: 20, share: 0.31 }],
    hours: Array.from({ length: HOURS }, (_, hour) => ({
      startMs: atMs - (HOURS - hour) * HOUR_MS,
      purchases: purchasesOf(hour),
      expected: 20.6,
    })),
    firstSeenMs: atMs - 400 * DAY_MS,
    coverage: 0.92,
    partial: false,
    learningDay: null,
    marketRatio: 1.1,
    isFrenzy: false,
  }
}
