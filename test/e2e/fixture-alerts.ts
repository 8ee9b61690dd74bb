// Invented alerts and reports for the page's tests: shaped by the server's own presentation.
import { presentAlert } from '../../dashboard/core/alerts.ts'
import type { ApiAlert, ReportDay, ReportsPage } from '../../dashboard/core/api-alerts.ts'
import { type Alert, SEVERITIES } from '../../schemas/alerts.ts'
import { HOUR_MS, MINUTE_MS } from '../../schemas/time.ts'
import { alertOf, closed } from '../support/shown-alerts.ts'

/** Hours up to `endMs`: `usual` with a daily wave, and `now` in the last one. */
function hoursUpTo(endMs: number, usual: number, now: number): Alert['hours'] {
  return Array.from({ length: 24 }, (_, i) => {
    const expected = usual * (1 + 0.45 * Math.sin((i / 24) * 2 * Math.PI - 1.4))
    const wobble = 1 + 0.22 * Math.sin(i * 2.4)
    const purchases =
      i === 23 ? now : i === 22 ? Math.round((now + expected) / 2) : Math.round(expected * wobble)
    return { startMs: endMs - (24 - i) * HOUR_MS, purchases, expected }
  })
}

export function makeAlert(n: number, change: Partial<Alert> = {}): Alert {
  const openedAtMs = change.openedAtMs ?? Date.now() - 40 * MINUTE_MS
  const { purchases, expected } = { ...alertOf(n), ...change }
  return alertOf(n, { openedAtMs, hours: hoursUpTo(openedAtMs, expected, purchases), ...change })
}

const cover = (n: number): string => `https://f4.bcbits.com/img/a${String(n).padStart(10, '0')}_7.jpg`
const release = (n: number, title: string, artistName: string, purchases: number, share: number) => ({
  url: `https://artist${n}.bandcamp.com/album/x${n}`,
  artistName,
  title,
  artUrl: cover(n * 1_234_567),
  purchases,
  share,
})

/** A rise, a drop and an emerging artist that are open, and some that are over, newest opened first. */
export function someAlerts(nowMs: number): readonly Alert[] {
  const dub = makeAlert(1, {
    key: 'genre:electronic',
    dimension: 'genre',
    severity: 'major',
    openedAtMs: nowMs - 40 * MINUTE_MS,
    peakScore: 16.1,
    score: 16.1,
    items: 70,
    revenueUsdCents: 51_200,
    coverage: 0.9,
    topReleases: [
      release(31, 'A Map of Small Hours', 'Pale Harbour', 14, 0.22),
      release(52, '星の下で', '夜間飛行', 9, 0.14),
      release(73, 'Kiosk (2×LP, black)', 'Night Static', 6, 0.09),
    ],
    topCountries: [
      { country: 'de', purchases: 26, share: 0.41 },
      { country: 'jp', purchases: 8, share: 0.12 },
      { country: 'gb', purchases: 7, share: 0.11 },
    ],
    topArtists: [
      { artistHost: 'artist31.bandcamp.com', purchases: 14, share: 0.22 },
      { artistHost: 'artist52.bandcamp.com', purchases: 9, share: 0.14 },
    ],
  })
  const artist = makeAlert(2, {
    key: 'artist:hollowchoir.bandcamp.com',
    alertKind: 'emerging',
    openedAtMs: nowMs - 3 * HOUR_MS,
    windowMs: 24 * HOUR_MS,
    purchases: 31,
    expected: 2.2,
    expectedLow: 0.8,
    expectedHigh: 4.1,
    peakScore: 9.4,
    topReleases: [
      release(11, 'Undertow', 'Hollow Choir', 18, 0.58),
      release(12, 'Nine Rooms', 'Hollow Choir', 8, 0.26),
    ],
    topArtists: [{ artistHost: 'hollowchoir.bandcamp.com', purchases: 31, share: 1 }],
    firstSeenMs: nowMs - 6 * 24 * HOUR_MS,
  })
  const country = makeAlert(3, {
    key: 'country:se',
    alertKind: 'drop',
    severity: 'info',
    openedAtMs: nowMs - 95 * MINUTE_MS,
    windowMs: 6 * HOUR_MS,
    purchases: 14,
    expected: 33,
    expectedLow: 26,
    expectedHigh: 41,
    peakScore: 5.6,
    learningDay: 9,
  })
  const older = (['tag:dungeon synth', 'format:cassette', 'genre:metal', 'country:jp'] as const).map(
    (key, i) =>
      closed(
        makeAlert(10 + i, {
          key,
          severity: SEVERITIES[i % 3]!,
          alertKind: i === 1 ? 'drop' : 'rise',
          openedAtMs: nowMs - (20 + i * 26) * HOUR_MS,
          partial: i === 2,
          ...(i === 1 ? { purchases: 6, hours: hoursUpTo(nowMs - 46 * HOUR_MS, 20.6, 6) } : {}),
        }),
      ),
  )
  return [dub, country, artist, ...older]
}

export const shown = (alert: Alert): ApiAlert => presentAlert(alert, artUrl => artUrl)

const DAY_MS = 24 * HOUR_MS
const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

export function makeReport(day: string, change: Partial<ReportDay> = {}, versions = 1): ReportDay {
  return {
    day,
    zone: 'Europe/London',
    state: 'sent',
    reason: null,
    isPartial: false,
    headline: '46,912 sales, $401k, ▲6% on last Saturday. Dub techno, gqom and shoegaze moved most.',
    versions: Array.from({ length: versions }, (_, i) => {
      const version = versions - i
      const path = `reports/daily/${day.slice(0, 4)}/${day.slice(5, 7)}/${day}.v${version}`
      return {
        version,
        files: [
          { kind: 'pdf', path: `${path}.pdf`, bytes: 412_000 },
          { kind: 'csv', path: `${path}.csv`, bytes: 38_200 },
          { kind: 'json', path: `${path}.json`, bytes: 61_000 },
        ],
      }
    }),
    ...change,
  }
}

export function someReports(nowMs: number): ReportsPage {
  const day = (back: number): string => dayOf(nowMs - back * DAY_MS)
  return {
    zone: 'Europe/London',
    nextAtMs: Math.floor(nowMs / DAY_MS) * DAY_MS + DAY_MS + 9 * HOUR_MS,
    reports: [
      makeReport(day(1)),
      makeReport(day(2), { isPartial: true }, 3),
      makeReport(day(3), { state: 'failed', headline: null, reason: 'No Chromium was found.' }, 0),
      makeReport(day(4), { state: 'skipped', reason: 'only 41% of the day was read' }),
    ],
  }
}
