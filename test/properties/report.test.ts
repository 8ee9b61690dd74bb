// The report against SQL: its figures are those of the raw sale rows, for any day in any zone.
import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PostgresStore } from '../../infra/postgres/store.ts'
import { UNKNOWN } from '../../schemas/keys.ts'
import { HOUR_MS, MINUTE_MS } from '../../schemas/time.ts'
import { collectReport } from '../../sinks/report/collect.ts'
import { addDays, dayInterval, dayOf, hoursOf } from '../../sinks/report/core/day.ts'
import type { DailyReport, RankedRow } from '../../sinks/report/core/model.ts'
import { someSales } from '../contracts/history.ts'
import { createFakeStore } from '../fakes/store.ts'
import { windowsOf } from '../support/history.ts'
import { TEST_SERVERS, type TestServer } from '../support/postgres.ts'
import { T0 } from '../support/sales.ts'

/** Whole, half and quarter hours, clocks that change in October and November, the edges of the world. */
const ZONES = [
  'UTC',
  'Europe/London',
  'America/New_York',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Africa/Cairo',
  'America/St_Johns',
  'Pacific/Kiritimati',
  'Pacific/Pago_Pago',
] as const
const DAYS = 40
const SALES = someSales(4_000, DAYS)
const watermarkMs = T0
const noAlerts = { alerts: async () => [] }
const about = { revision: 1, build: 'test', feed: 'live' } as const

function arbDay(first: number, last: number) {
  return fc.record({
    zone: fc.constantFrom(...ZONES),
    ago: fc.integer({ min: first, max: last }),
  })
}

interface Sums {
  readonly items: number
  readonly baskets: number
  readonly revenue: number
}

/** Kept apart from the product on purpose: the database knows zones and distinct baskets by itself. */
class Rows {
  readonly #client: pg.Client
  constructor(client: pg.Client) {
    this.#client = client
  }

  async by(expression: string, zone: string, day: string): Promise<ReadonlyMap<string, Sums>> {
    const { rows } = await this.#client.query<Sums & { readonly value: string }>(
      `SELECT ${expression.replaceAll('LOCAL', '(sold_at AT TIME ZONE $1)')}::text AS value, count(*)::float8 AS items,
         count(DISTINCT basket_id)::float8 AS baskets, sum(revenue_usd_cents)::float8 AS revenue
       FROM sale_items WHERE (sold_at AT TIME ZONE $1)::date = $2::date GROUP BY 1`,
      [zone, day],
    )
    return new Map(rows.map(({ value, ...sums }) => [value, sums]))
  }

  async all(zone: string, day: string) {
    const { rows } = await this.#client.query(
      `SELECT count(*)::float8 AS items, count(DISTINCT basket_id)::float8 AS baskets,
         coalesce(sum(units), 0)::float8 AS units, coalesce(sum(revenue_usd_cents), 0)::float8 AS "revenueUsdCents",
         coalesce(sum(over_usd_cents), 0)::float8 AS over, count(DISTINCT artist_host)::float8 AS artists,
         count(*) FILTER (WHERE genre <> 'unknown')::float8 AS known
       FROM sale_items WHERE (sold_at AT TIME ZONE $1)::date = $2::date`,
      [zone, day],
    )
    return rows[0] as Readonly<Record<string, number>>
  }
}

const sumsOf = (rows: readonly RankedRow[]) =>
  new Map(
    rows.map(r => [r.value, { items: r.items, baskets: r.baskets, revenue: r.revenueUsdCents }] as const),
  )

function itemsByClockHour({ byHour }: DailyReport): ReadonlyMap<string, number> {
  const sums = new Map<string, number>()
  for (const { label, items } of byHour) {
    if (items === 0) continue
    const hour = String(Number(label.slice(0, 2)))
    sums.set(hour, (sums.get(hour) ?? 0) + items)
  }
  return sums
}

describe.each(TEST_SERVERS)('the report on $name', ({ start }) => {
  let server: TestServer
  let store: PostgresStore
  let client: pg.Client

  beforeAll(async () => {
    server = await start()
    store = await server.open()
    const progress = { stage: 'test', topic: 'sales' as const, partition: 0, offset: 1 }
    // A third of the sales came too late for their windows: rows have them, windows do not.
    const inTime = SALES.filter((_, i) => i % 3 !== 0)
    await store.write({ sales: SALES, watermarkMs, progress })
    await store.write({
      windows: windowsOf(inTime, watermarkMs),
      watermarkMs,
      progress: { ...progress, topic: 'windows' },
    })
    client = new pg.Client(server.connection)
    await client.connect()
    await client.query(`SET search_path TO ${server.schemaOf(store)}`)
  })
  afterAll(async () => {
    await client.end()
    await server.stop()
  })

  it('[Y1] says what SQL over the raw rows says, for random days and zones', async () => {
    const rows = new Rows(client)
    await fc.assert(
      fc.asyncProperty(arbDay(1, DAYS + 1), async ({ zone, ago }) => {
        const day = addDays(dayOf(T0, zone), -ago)
        const report = await collectReport(store, noAlerts, { ...about, day, zone, asOfMs: T0 })
        const { known, over, ...all } = await rows.all(zone, day)
        const { items, baskets, units, revenueUsdCents, artists, overShare } = report.figures
        expect({
          items: items.value,
          baskets: baskets.value,
          units: units.value,
          revenueUsdCents: revenueUsdCents.value,
          artists: artists.value,
        }).toEqual(all)
        expect(overShare.value).toBe(revenueUsdCents.value === 0 ? 0 : over! / revenueUsdCents.value)
        expect(report.quality.coverage).toBe(items.value === 0 ? null : known! / items.value)
        expect(sumsOf(report.genres)).toEqual(await rows.by('genre', zone, day))
        expect(sumsOf(report.countries)).toEqual(await rows.by('country', zone, day))
        expect(sumsOf(report.artists)).toEqual(await rows.by('artist_host', zone, day))
        expect(sumsOf(report.formats)).toEqual(await rows.by('format', zone, day))
        const releases = await rows.by('url', zone, day)
        for (const [url, sums] of sumsOf(report.releases)) expect(sums).toEqual(releases.get(url))
        const hours = await rows.by('extract(hour FROM LOCAL)', zone, day)
        expect(itemsByClockHour(report)).toEqual(new Map([...hours].map(([h, s]) => [h, s.items])))
        for (const { genre, itemsByHour } of report.heatmap) {
          const cells = await rows.by(
            `CASE WHEN genre = '${genre}' THEN extract(hour FROM LOCAL) END`,
            zone,
            day,
          )
          expect(itemsByHour).toEqual(itemsByHour.map((_, h) => cells.get(String(h))?.items ?? 0))
        }
      }),
      { numRuns: 8 },
    )
  })

  it('[Y1] the day before, the week before and their changes are those of SQL too', async () => {
    const rows = new Rows(client)
    await fc.assert(
      fc.asyncProperty(arbDay(1, DAYS - 9), async ({ zone, ago }) => {
        const day = addDays(dayOf(T0, zone), -ago)
        const { figures, genres } = await collectReport(store, noAlerts, { ...about, day, zone, asOfMs: T0 })
        for (const [days, compared] of [
          [1, 'dayBefore'],
          [7, 'weekBefore'],
        ] as const) {
          const other = addDays(day, -days)
          const then = await rows.all(zone, other)
          const hours = dayInterval(day, zone).hours / dayInterval(other, zone).hours
          const change = figures.items.value / then.items! / hours - 1
          expect(figures.items[compared]?.before).toBe(then.items)
          expect(figures.items[compared]?.change).toBeCloseTo(change, 10)
          const byGenre = await rows.by('genre', zone, other)
          for (const row of genres) expect(row[compared]?.before).toBe(byGenre.get(row.value)?.items ?? 0)
        }
        const before = [...(await rows.by('genre', zone, addDays(day, -1)))]
          .filter(([genre]) => genre !== UNKNOWN)
          .sort((a, b) => b[1].items - a[1].items || (a[0] < b[0] ? -1 : 1))
          .map(([genre]) => genre)
        for (const row of genres.filter(r => r.rank > 0)) {
          expect(row.rankBefore).toBe(before.indexOf(row.value) + 1)
        }
      }),
      { numRuns: 4 },
    )
  })
})

describe('days and hours', () => {
  const arbZoneDay = fc.record({
    zone: fc.constantFrom(...ZONES, 'America/Santiago', 'America/Havana', 'Asia/Beirut', 'Atlantic/Azores'),
    n: fc.integer({ min: 0, max: 1_100 }),
  })

  it('[Y2] days of a zone follow each other without a hole, and hours fill their day', () => {
    fc.assert(
      fc.property(arbZoneDay, ({ zone, n }) => {
        const day = addDays('2025-12-01', n)
        const interval = dayInterval(day, zone)
        expect(dayInterval(addDays(day, 1), zone).fromMs).toBe(interval.toMs)
        expect([dayOf(interval.fromMs, zone), dayOf(interval.toMs - 1, zone)]).toEqual([day, day])
        const slots = hoursOf(interval, zone)
        const local = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', hourCycle: 'h23' })
        expect(slots[0]?.fromMs).toBe(interval.fromMs)
        expect(slots.at(-1)?.toMs).toBe(interval.toMs)
        for (const [i, slot] of slots.entries()) {
          expect(slot.toMs).toBe(slots[i + 1]?.fromMs ?? interval.toMs)
          expect(slot.toMs - slot.fromMs).toBeLessThanOrEqual(HOUR_MS)
          for (const ms of [slot.fromMs, slot.toMs - 1]) expect(Number(local.format(ms))).toBe(slot.hour)
        }
      }),
      { numRuns: 100 },
    )
  })
})

describe('what was not read', () => {
  it('[Y3] is never compared: a gap changes no figure of other days, and hides those of its own', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({ ago: fc.integer({ min: 8, max: 9 }), minutes: fc.integer({ min: 80, max: 1_440 }) }),
        async ({ ago, minutes }) => {
          const store = createFakeStore()
          const progress = { stage: 'test', topic: 'sales' as const, partition: 0, offset: 1 }
          const gapDay = addDays('2026-11-20', -ago)
          const { fromMs } = dayInterval(gapDay, 'UTC')
          const gap = {
            kind: 'gap' as const,
            fromMs,
            toMs: fromMs + minutes * MINUTE_MS,
            reason: 'outage' as const,
          }
          const sales = someSales(200, 12).filter(s => s.soldAtMs < gap.fromMs || s.soldAtMs >= gap.toMs)
          await store.write({ sales, gaps: [gap], watermarkMs, progress })
          const reportOf = (day: string) =>
            collectReport(store, noAlerts, { ...about, day, zone: 'UTC', asOfMs: T0 })
          const own = await reportOf(gapDay)
          expect(own.isPartial).toBe(true)
          expect(own.quality.completeness).toBeCloseTo(1 - minutes / 1_440, 10)
          expect(own.figures.items).toMatchObject({ dayBefore: null, weekBefore: null, usual: null })
          expect([own.movers, own.genres.filter(g => g.weekBefore !== null)]).toEqual([[], []])
          expect((await reportOf(addDays(gapDay, 1))).figures.items.dayBefore).toBeNull()
          const week = await reportOf(addDays(gapDay, 7))
          expect(week.figures.items.weekBefore).toBeNull()
          expect(week.figures.items.dayBefore).not.toBeNull()
        },
      ),
      { numRuns: 3 },
    )
  })
})
