// Every kind of letter, and the ways in which it can look: what tests read, and what a person looks at.
import type { MessageContent } from '../../schemas/subscriptions.ts'
import { DAY_MS, HOUR_MS } from '../../schemas/time.ts'
import { dayInterval } from '../../sinks/report/core/day.ts'
import { mailContent } from '../../sinks/report/core/report-mail.ts'
import { dueAtMs } from '../../sinks/report/core/schedule.ts'
import { someSales } from '../contracts/history.ts'
import { alertOf, dropOf, emergingOf, marketOf, WINDOW_END_MS } from './letters.ts'
import { type ReportWorld, reportFor } from './report.ts'
import { T0 } from './sales.ts'

/** An alert that is over. */
export const closed = alertOf({
  id: 'aaaaaaaaaaaaaaaa',
  key: 'tag:dungeon synth',
  dimension: 'tag',
  state: 'closed',
  openedAtMs: WINDOW_END_MS - HOUR_MS,
  closedAtMs: WINDOW_END_MS + 2 * HOUR_MS,
})

const plainReport = {
  kind: 'report',
  days: ['2026-11-21'],
  zone: 'Europe/London',
  archived: ['reports/daily/2026/11/2026-11-21.v1.pdf'],
  subject: 'Sat 21 Nov: 46,912 sales, $401k',
  lines: ['Sales rose 6% on last Saturday.', 'Sales: 46,912 (▲6% on last Saturday)'],
  isPartial: true,
} as const

const report = {
  ...plainReport,
  lines: ['Sales rose 6% on last Saturday.', 'Germany led.'],
  table: {
    against: ['last Saturday', 'the day before', 'the 28-day median'],
    figures: [
      { label: 'Sales', value: '46,912', changes: ['▲6%', '▲2%', '–'] },
      { label: 'Paid over asking', value: '23%', changes: ['▲2.1 pt', '–', '–'] },
    ],
    movers: [
      { kind: 'emerging', text: 'Gqom', note: '412 sales, 90 expected' },
      { kind: 'drop', text: '#vaporwave', note: '21 sales, 80 expected' },
    ],
    notes: [{ label: 'Data', text: 'PARTIAL: 79% of the day read · 5 h missing' }],
    earlier: [{ day: '2026-11-20', text: 'Fri 20 Nov: 45,001 sales, $390k' }],
  },
} as const

/** One of each. */
export const CONTENTS = {
  rise: { kind: 'alert', alerts: [alertOf()] },
  drop: { kind: 'alert', alerts: [dropOf()] },
  emerging: { kind: 'alert', alerts: [emergingOf()] },
  market: { kind: 'alert', alerts: [marketOf()] },
  group: { kind: 'alert', alerts: [alertOf(), dropOf(), emergingOf()] },
  digest: { kind: 'digest', opened: [alertOf(), dropOf()], closed: [closed] },
  confirm: { kind: 'confirm' },
  already: { kind: 'already-subscribed' },
  operator: {
    kind: 'operator',
    subject: 'The feed is silent',
    lines: ['Since 13:40 UTC.', 'Next: bct status'],
  },
  report,
} as const satisfies Record<string, MessageContent>

/** What else they can hold: names of other scripts, long ones, gaps, learning, a Bandcamp Friday, a lot. */
export const MORE_CONTENTS = {
  'rise-learning-partial': {
    kind: 'alert',
    alerts: [alertOf({ learningDay: 9, partial: true, severity: 'info', score: 2.6, topCountries: [] })],
  },
  'rise-friday': { kind: 'alert', alerts: [alertOf({ isFrenzy: true, marketRatio: 7.9, partial: true })] },
  'rise-long-names': {
    kind: 'alert',
    alerts: [
      alertOf({
        key: `tag:${'experimental-post-industrial-'.repeat(3)}`,
        dimension: 'tag',
        purchases: 12_345,
        expected: 0.4,
        topReleases: alertOf().topReleases.map((release, i) => ({
          ...release,
          title: ['موسيقى مستقلة من القاهرة', 'Rindfleischetikettierungs'.repeat(5), 'a '.repeat(200)][i]!,
          artistName: ['فرقة', 'An Orchestra With Far Too Many Members And Guests To Name', '𝐺𝑂𝑅𝐸'][i]!,
          share: 0.58,
        })),
      }),
    ],
  },
  'drop-partial': { kind: 'alert', alerts: [dropOf({ partial: true })] },
  'market-drop': {
    kind: 'alert',
    alerts: [marketOf({ alertKind: 'market-drop', purchases: 310, marketRatio: 0.2, isFrenzy: false })],
  },
  'day-long': { kind: 'alert', alerts: [alertOf({ windowMs: DAY_MS, windowEndMs: WINDOW_END_MS })] },
  'group-of-nine': {
    kind: 'alert',
    alerts: Array.from({ length: 9 }, (_, i) => {
      const make = [alertOf, dropOf, emergingOf][i % 3]!
      return make({ id: String(i).padStart(16, '0'), peakScore: 20 - i })
    }),
  },
  'report-of-an-earlier-version': plainReport,
  'digest-all-over': {
    kind: 'digest',
    opened: [],
    closed: [closed, dropOf({ ...closed, alertKind: 'drop' })],
  },
  'digest-full': {
    kind: 'digest',
    opened: Array.from({ length: 26 }, (_, i) =>
      alertOf({ id: `1${String(i).padStart(15, '0')}`, key: `tag:tag ${i}`, dimension: 'tag' }),
    ),
    closed: [closed],
  },
} as const satisfies Record<string, MessageContent>

const DAY = '2026-11-20'
const SCHEDULE = { zone: 'UTC', at: '09:00' }

async function mailOf(days: readonly string[], world: ReportWorld = {}): Promise<MessageContent> {
  const reports = await Promise.all(
    days.map(async day => {
      const alerts = [
        { ...alertOf({ key: 'genre:electronic' }), openedAtMs: dayInterval(day, 'UTC').fromMs + HOUR_MS },
      ]
      const report = await reportFor(day, {
        sales: someSales(9_000, 33, 3),
        watermarkMs: T0 + DAY_MS,
        alerts,
        ...world,
      })
      return { report, path: `reports/daily/${day.slice(0, 4)}/${day.slice(5, 7)}/${day}.v1.pdf`, diff: null }
    }),
  )
  return mailContent(reports, SCHEDULE, dueAtMs(days.at(-1)!, SCHEDULE))
}

/** Mails of reports as the reports themselves word them. */
export async function reportContents(): Promise<Readonly<Record<string, MessageContent>>> {
  const { fromMs } = dayInterval(DAY, 'UTC')
  const gaps = [
    { kind: 'gap', fromMs: fromMs + 3 * HOUR_MS, toMs: fromMs + 8 * HOUR_MS, reason: 'outage' },
  ] as const
  const friday = dayInterval('2026-11-06', 'UTC').fromMs + 8 * HOUR_MS
  const frenzy = someSales(3_000, 1, 7).map(each => ({
    ...each,
    basketId: `f${each.basketId}`,
    soldAtMs: each.soldAtMs - T0 + friday + DAY_MS,
  }))
  return {
    'report-of-a-day': await mailOf([DAY]),
    'report-partial': await mailOf([DAY], { gaps }),
    'report-simulated': await mailOf([DAY], { feed: 'simulated' }),
    'report-friday': await mailOf(['2026-11-06'], { sales: [...someSales(9_000, 33, 3), ...frenzy] }),
    'report-first-day': await mailOf([DAY], { sales: someSales(200, 1, 3) }),
    'report-of-three': await mailOf(['2026-11-18', '2026-11-19', DAY]),
  }
}
