// Telemetry: each event is a line and a count; a normal minute is quiet; nothing told can break the teller.
import { describe, expect, test } from 'vitest'
import type { Telemetry } from '../../infra/ports.ts'
import { createLabelGuard } from '../../infra/system/metrics.ts'
import { createTelemetry, type TelemetryOptions } from '../../infra/system/telemetry.ts'
import { createFakeClock } from '../fakes/clock.ts'
import { createFakeTelemetry } from '../fakes/telemetry.ts'

const START_MS = Date.UTC(2026, 10, 20, 12)
const poll = { result: 'new', events: 12, items: 15, duplicates: 3 }

function setup(options: Partial<TelemetryOptions> = {}) {
  const clock = createFakeClock(START_MS)
  const lines: string[] = []
  const write = (line: string) => lines.push(line)
  const system = createTelemetry({ level: 'info', pretty: false, clock, version: '1.2.3', write, ...options })
  const json = () => lines.map(line => JSON.parse(line) as Record<string, unknown>)
  const metric = async (name: string) => {
    const found = (await system.metricsText()).split('\n').find(line => line.startsWith(`${name} `))
    return found === undefined ? undefined : Number(found.slice(name.length))
  }
  return { clock, lines, json, metric, ...system }
}

/** One call of each function of the port, with ordinary values. */
const EVERY_EVENT: { [K in keyof Telemetry]: Parameters<Telemetry[K]> } = {
  pollAnswered: [poll],
  feedOutage: [{ code: '503', retryInMs: 1_000 }],
  feedGap: [{ fromMs: START_MS, toMs: START_MS + 90_000, reason: 'outage' }],
  deadLettered: [{ stage: 'enrich', reason: 'schema', message: 'items.0.url is missing' }],
  pageFetched: [{ outcome: 'html', durationMs: 300 }],
  enriched: [{ known: 3, unknown: 1, amended: 2 }],
  batchHandled: [{ stage: 'panes', partition: 0, records: 9, emitted: 4, lagRecords: 7, durationMs: 5 }],
  counted: [{ stage: 'panes', what: 'too-late', count: 2 }],
  watermark: [{ stage: 'windows', upToMs: START_MS - 45_000 }],
  alertDecided: [{ outcome: 'told', count: 3 }],
  mailSettled: [{ kind: 'alert', result: 'sent' }],
  mailHealth: [{ share: 0.25, overdue: 3 }],
  reportsSettled: [{ lastSuccessMs: START_MS, missed: 1 }],
  outage: [{ what: 'store', code: 'ECONNREFUSED', retryInMs: 500 }],
  info: ['ready', { url: 'http://127.0.0.1:8080' }],
  warn: ['port 8080 is taken', {}],
}

function tellAll(telemetry: Telemetry): void {
  for (const [name, args] of Object.entries(EVERY_EVENT)) {
    ;(telemetry[name as keyof Telemetry] as (...args: unknown[]) => void)(...args)
  }
}

describe('counts', () => {
  test('[C2] every event of the port leaves its mark in the metrics', async () => {
    const { telemetry, metric } = setup({ level: 'silent' })
    tellAll(telemetry)
    const expected: Record<string, number> = {
      'bct_feed_poll_total{result="new"}': 1,
      'bct_feed_poll_total{result="outage"}': 1,
      'bct_events_total{stage="poll",result="new"}': 12,
      'bct_events_total{stage="poll",result="duplicate"}': 3,
      bct_feed_items_total: 15,
      'bct_feed_gap_seconds_total{reason="outage"}': 90,
      'bct_dlq_messages_total{stage="enrich",reason="schema"}': 1,
      'bct_enrich_request_duration_seconds_count{outcome="html"}': 1,
      'bct_enrich_lines_total{genre="known"}': 3,
      'bct_enrich_lines_total{genre="unknown"}': 1,
      bct_enrich_amended_total: 2,
      bct_genre_coverage_ratio: 0.75,
      'bct_stage_records_total{stage="panes"}': 9,
      'bct_stage_emitted_total{stage="panes"}': 4,
      'bct_stage_lag_records{stage="panes",partition="0"}': 7,
      'bct_events_total{stage="panes",result="too-late"}': 2,
      'bct_alerts_total{outcome="told"}': 3,
      'bct_mail_deliveries_total{kind="alert",result="sent"}': 1,
      bct_report_last_success_timestamp_seconds: START_MS / 1_000,
      bct_report_missed_total: 1,
      'bct_watermark_timestamp_seconds{stage="windows"}': (START_MS - 45_000) / 1_000,
      bct_ingest_lag_seconds: 45,
      'bct_outages_total{what="store",code="ECONNREFUSED"}': 1,
      'bct_build_info{version="1.2.3"}': 1,
    }
    const got = await Promise.all(Object.keys(expected).map(async name => [name, await metric(name)]))
    expect(Object.fromEntries(got)).toEqual(expected)
  })

  test('unknown is not zero: lag and coverage are NaN until something is known', async () => {
    const { metric } = setup()
    expect(await metric('bct_ingest_lag_seconds')).toBeNaN()
    expect(await metric('bct_genre_coverage_ratio')).toBeNaN()
  })

  test('[C3] no input can grow a metric without end: what exceeds the bound is `other`', async () => {
    const { telemetry, metricsText } = setup({ level: 'silent' })
    for (let i = 0; i < 10_000; i++) telemetry.outage({ what: 'store', code: `E${i}`, retryInMs: 1 })
    const series = (await metricsText()).split('\n').filter(line => line.startsWith('bct_outages_total{'))
    expect(series.length).toBe(41)
    expect(series.at(-1)).toBe('bct_outages_total{what="store",code="other"} 9960')
    const guard = createLabelGuard(1)
    expect([guard('a'), guard('b'), guard('a')]).toEqual(['a', 'other', 'a'])
  })

  test('the snapshot has the latest values for status', () => {
    const { telemetry, snapshot, clock } = setup({ level: 'silent' })
    tellAll(telemetry)
    telemetry.batchHandled({ ...EVERY_EVENT.batchHandled[0], partition: 1, lagRecords: 5 })
    expect(snapshot()).toEqual({
      polls: 1,
      baskets: 12,
      items: 15,
      duplicates: 3,
      deadLetters: 1,
      lastPoll: { result: 'new', atMs: clock.nowMs() },
      outages: [
        { what: 'feed', code: '503', sinceMs: START_MS },
        { what: 'store', code: 'ECONNREFUSED', sinceMs: START_MS },
      ],
      coverage: 0.75,
      lagRecords: { panes: 12 },
      watermarkMs: { windows: START_MS - 45_000 },
    })
  })

  test('coverage forgets what is older than an hour', async () => {
    const { telemetry, snapshot, clock } = setup()
    telemetry.enriched({ known: 0, unknown: 10, amended: 0 })
    await clock.advance(30 * 60_000)
    telemetry.enriched({ known: 10, unknown: 0, amended: 0 })
    expect(snapshot().coverage).toBe(0.5)
    await clock.advance(30 * 60_000)
    expect(snapshot().coverage).toBe(1)
  })

  test('an outage that nobody mentions any more is over', async () => {
    const { telemetry, snapshot, clock } = setup({ level: 'silent' })
    telemetry.outage({ what: 'store', code: 'ECONNREFUSED', retryInMs: 5_000 })
    await clock.advance(65_000)
    expect(snapshot().outages.length).toBe(1)
    await clock.advance(1)
    expect(snapshot().outages).toEqual([])
  })
})

describe('lines', () => {
  test('a line is one JSON object with ts, level, msg and component', () => {
    const { telemetry, lines, json } = setup()
    telemetry.info('ready', { url: 'http://127.0.0.1:8080' })
    expect(lines[0]!.endsWith('\n')).toBe(true)
    expect(json()).toEqual([
      {
        level: 'info',
        ts: '2026-11-20T12:00:00.000Z',
        component: 'bct',
        url: 'http://127.0.0.1:8080',
        msg: 'ready',
      },
    ])
  })

  test('[C4] a normal minute says one line at most, whatever the stages do', async () => {
    const { telemetry, clock, json } = setup()
    for (let i = 0; i < 60; i++) {
      await clock.advance(32_000)
      telemetry.pollAnswered(poll)
      telemetry.pageFetched({ outcome: 'html', durationMs: 100 })
      telemetry.enriched({ known: 1, unknown: 1, amended: 0 })
      telemetry.batchHandled(EVERY_EVENT.batchHandled[0])
      telemetry.counted({ stage: 'panes', what: 'duplicate', count: 1 })
      telemetry.watermark({ stage: 'windows', upToMs: clock.nowMs() })
    }
    expect(json().length).toBe(30)
    expect(json()[0]).toMatchObject({ level: 'info', msg: 'alive', polls: 2, baskets: 24, coverage: 0.5 })
  })

  test('an outage that goes on says one line a minute, and its end says how long it was', async () => {
    const { telemetry, clock, json } = setup()
    for (let i = 0; i < 7; i++) {
      telemetry.feedOutage({ code: '429', retryInMs: 10_000 })
      await clock.advance(10_000)
    }
    telemetry.pollAnswered({ ...poll, events: 0 })
    const said = json().map(({ level, msg, heldBack, afterS }) => ({ level, msg, heldBack, afterS }))
    expect(said.slice(0, 3)).toEqual([
      { level: 'warn', msg: 'does not answer' },
      { level: 'warn', msg: 'does not answer', heldBack: 5 },
      { level: 'info', msg: 'answers again', afterS: 70 },
    ])
  })

  test('at a terminal a line is short, and hostile text cannot drive it', () => {
    const { telemetry, lines } = setup({ pretty: true })
    const message = '\u001b[2J\u202e<img onerror=1>'
    telemetry.deadLettered({ stage: 'enrich', reason: 'schema', message })
    expect(lines).toEqual(['12:00:00 warn enrich dead letter reason=schema error=�[2J�<img onerror=1>\n'])
  })

  test('a name of ten thousand characters does not fill the log', () => {
    const { telemetry, lines } = setup()
    telemetry.deadLettered({ stage: 'enrich', reason: 'schema', message: 'x'.repeat(10_000) })
    expect(lines[0]!.length).toBeLessThan(700)
  })
})

test('[C5] telling never throws: not with a broken writer, not with nonsense', () => {
  const broken = setup({
    write: () => {
      throw new Error('EPIPE')
    },
  })
  tellAll(broken.telemetry)
  const { telemetry } = setup({ level: 'debug' })
  const circular: Record<string, unknown> = { big: 1n }
  circular.self = circular
  telemetry.info('nonsense', circular)
  telemetry.feedGap({ fromMs: Number.NaN, toMs: Number.NaN, reason: 'outage' })
  telemetry.watermark(undefined as unknown as Parameters<Telemetry['watermark']>[0])
})

test('the fake remembers every event in order', () => {
  const fake = createFakeTelemetry()
  tellAll(fake)
  expect(fake.events.map(e => e.name)).toEqual(Object.keys(EVERY_EVENT))
  expect(fake.of('pollAnswered')).toEqual([poll])
  expect(fake.of('warn')).toEqual(['port 8080 is taken'])
  fake.clear()
  expect(fake.events).toEqual([])
})
