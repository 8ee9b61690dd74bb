// A report stage on fakes: subscribers, an archive, a history that has come some way, short reports.

import type { PostedMessage, ReportRuns } from '../../infra/ports.ts'
import type { HistoryExtent } from '../../schemas/history.ts'
import type { Wishes } from '../../schemas/subscriptions.ts'
import { HOUR_MS } from '../../schemas/time.ts'
import { dayInterval } from '../../sinks/report/core/day.ts'
import { type DailyReport, type Figure, MEASURES } from '../../sinks/report/core/model.ts'
import type { ReportParts } from '../../sinks/report/parts.ts'
import { createFakeArchive, type FakeArchive } from '../fakes/archive.ts'
import { createFakeClock, type FakeClock } from '../fakes/clock.ts'
import { createFakeDelivery, type FakeDelivery } from '../fakes/delivery.ts'
import { createFakePdfRenderer, type FakePdfRenderer } from '../fakes/pdf.ts'
import { createFakeReportRuns } from '../fakes/report-runs.ts'
import { createFakeTelemetry, type FakeTelemetry } from '../fakes/telemetry.ts'

export const WANTS_REPORT: Wishes = { alerts: null, report: true, zone: 'UTC' }

export interface ReportFigures {
  readonly items?: number
  readonly completeness?: number
}

/** A report whose every figure is `items`. */
export function sampleReport(
  { day, zone, asOfMs, revision }: { day: string; zone: string; asOfMs: number; revision: number },
  { items = 100, completeness = 1 }: ReportFigures = {},
): DailyReport {
  const interval = dayInterval(day, zone)
  const figure: Figure = { value: items, dayBefore: null, weekBefore: null, usual: null }
  return {
    kind: 'daily',
    ...interval,
    day,
    zone,
    asOfMs,
    revision,
    build: 'test',
    feed: 'live',
    isPartial: completeness < 0.95,
    dayBefore: day,
    weekBefore: day,
    isPerHour: false,
    figures: Object.fromEntries(MEASURES.map(measure => [measure, figure])) as DailyReport['figures'],
    days: [],
    byHour: [],
    genres: [],
    countries: [],
    artists: [],
    releases: [],
    formats: [],
    heatmap: [],
    overIndexed: [],
    movers: [],
    alerts: [],
    bandcampFriday: null,
    quality: { completeness, unread: [], gaps: [], coverage: 0.9, tooLate: 0, deadLetters: 0 },
    summary: [`${items} sales.`],
  }
}

export interface ReportWorld {
  /** The time of the feed, and of the machine: they go alike. */
  readonly clock: FakeClock
  readonly runs: ReportRuns
  readonly archive: FakeArchive
  readonly delivery: FakeDelivery
  readonly pdf: FakePdfRenderer
  readonly telemetry: FakeTelemetry
  extent: HistoryExtent
  /** What is read of a day, from now on. */
  figures: (day: string) => ReportFigures
  /** Another process. */
  parts(holder: string, over?: Partial<ReportParts>): ReportParts
  /** Messages of reports that were ever posted, and those to the operator. */
  mails(): Promise<readonly PostedMessage[]>
  operatorNews(): Promise<readonly string[]>
}

export const OPERATOR = 'operator@example.org'

/** Three who want the report and one who does not; the history began long ago and has come up to now. */
export async function createReportWorld(startMs: number, zone = 'UTC', at = '09:00'): Promise<ReportWorld> {
  const clock = createFakeClock(startMs)
  const [runs, archive, delivery, pdf, telemetry] = [
    createFakeReportRuns(),
    createFakeArchive(),
    createFakeDelivery(),
    createFakePdfRenderer(),
    createFakeTelemetry(),
  ]
  for (const name of ['ann', 'bob', 'cleo']) {
    await delivery.subscribers.add(`${name}@example.org`, WANTS_REPORT, startMs)
  }
  await delivery.subscribers.add('dora@example.org', { ...WANTS_REPORT, report: false }, startMs)
  await delivery.subscribers.request('eve@example.org', WANTS_REPORT, startMs)
  const messages = () => delivery.outbox.messages(1_000)
  const world: ReportWorld = {
    clock,
    runs,
    archive,
    delivery,
    pdf,
    telemetry,
    extent: { firstSaleMs: 0, watermarkMs: Number.MAX_SAFE_INTEGER },
    figures: () => ({}),
    parts: (holder, over = {}) => ({
      runs,
      history: { extent: async () => world.extent },
      archive,
      pdf,
      outbox: delivery.outbox,
      subscribers: delivery.subscribers,
      collect: async (day, asOfMs, revision) =>
        sampleReport({ day, zone, asOfMs, revision }, world.figures(day)),
      html: (report, changes) => `<html><h1>${report.day}</h1>${changes.join('\n')}</html>`,
      schedule: { zone, at },
      paper: 'A4',
      allowedLatenessMs: HOUR_MS,
      operatorEmail: OPERATOR,
      holder,
      clock,
      pace: clock,
      telemetry,
      ...over,
    }),
    mails: async () => (await messages()).filter(message => message.content.kind === 'report'),
    operatorNews: async () =>
      (await messages()).flatMap(({ content }) => (content.kind === 'operator' ? [content.subject] : [])),
  }
  return world
}
