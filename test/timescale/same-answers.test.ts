// The same rows give the same answers on every server that is supported, with TimescaleDB and without.
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PostgresStore } from '../../infra/postgres/store.ts'
import type { HistoryQuery, TopDimension } from '../../schemas/history.ts'
import { NO_FILTER } from '../../schemas/history.ts'
import { DAY_MS, floorTo, HOUR_MS, MINUTE_MS } from '../../schemas/time.ts'
import { fill, someSales } from '../contracts/history.ts'
import { TEST_SERVERS, type TestServer } from '../support/postgres.ts'
import { T0 } from '../support/sales.ts'
import { storedRows, storedWindows } from '../support/stored.ts'
import { chunksOf, runPolicies, TIMESCALE_SERVERS, withClient } from '../support/timescale.ts'

const SEED = 20_261_122
const QUESTIONS = 60
const DAYS = 24
const DIMENSIONS: readonly TopDimension[] = ['genre', 'artist', 'country', 'format', 'tag', 'item']

interface Question {
  readonly query: HistoryQuery
  readonly bucketMs: number
  readonly dimension: TopDimension
  readonly zoneOffsetMinutes: number
}

const arbQuestion: fc.Arbitrary<Question> = fc.record({
  query: fc
    .record({
      a: fc.integer({ min: 0, max: DAYS * DAY_MS }),
      b: fc.integer({ min: 0, max: DAYS * DAY_MS }),
      grainMs: fc.constantFrom(1, MINUTE_MS, HOUR_MS, DAY_MS),
      filter: fc.record({
        genre: fc.constantFrom(null, null, 'electronic', 'unknown'),
        artist: fc.constantFrom(null, null, null, 'h1.bandcamp.com'),
        country: fc.constantFrom(null, null, 'de'),
        format: fc.constantFrom(null, null, null, 'vinyl' as const),
      }),
    })
    .map(({ a, b, grainMs, filter }) => ({
      fromMs: floorTo(T0 - Math.max(a, b), grainMs),
      toMs: floorTo(T0 + HOUR_MS - Math.min(a, b), grainMs),
      filter,
    })),
  bucketMs: fc.constantFrom(HOUR_MS, 90 * MINUTE_MS, DAY_MS),
  dimension: fc.constantFrom(...DIMENSIONS),
  zoneOffsetMinutes: fc.constantFrom(0, 330, -300),
})

const questions = fc.sample(arbQuestion, { numRuns: QUESTIONS, seed: SEED })

async function answersOf(store: PostgresStore): Promise<readonly unknown[]> {
  const answers: unknown[] = [await store.extent(), await store.search('h1', 10)]
  for (const { query, bucketMs, dimension, zoneOffsetMinutes } of questions) {
    answers.push({
      query,
      totals: await store.totals(query),
      series: await store.series(query, bucketMs),
      top: await store.top(query, dimension, 5),
      heatmap: await store.heatmap(query, zoneOffsetMinutes, 5),
      recent: await store.recent(query.filter, 20, { soldAtMs: query.toMs, id: '' }),
      gaps: await store.gaps(query),
    })
  }
  return answers
}

const SERVERS = [
  ...TEST_SERVERS.map(kind => ({ ...kind, isLayered: false })),
  ...TIMESCALE_SERVERS.map(kind => ({ ...kind, isLayered: true })),
]

describe('the same rows', () => {
  const servers: TestServer[] = []
  const stores: PostgresStore[] = []
  beforeAll(async () => {
    const sales = someSales(500, DAYS)
    for (const { start, isLayered } of SERVERS) {
      const server = await start()
      servers.push(server)
      const store = await server.open()
      stores.push(store)
      await fill(store, sales, floorTo(T0 - 7 * HOUR_MS, MINUTE_MS))
      if (!isLayered) continue
      const schema = server.schemaOf(store)
      await withClient(server, schema, client => runPolicies(client, schema))
    }
  })
  afterAll(async () => {
    for (const server of servers) await server.stop()
  })

  test('are on 18 and 15 without TimescaleDB, and with it, partly compressed', async () => {
    expect(SERVERS.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['embedded PostgreSQL', 'PostgreSQL 15']),
    )
    const layered = stores.filter(store => store.timescale !== null)
    expect(layered.length).toBe(SERVERS.filter(({ isLayered }) => isLayered).length)
    expect(layered).not.toEqual([])
    const at = stores.indexOf(layered[0]!)
    const schema = servers[at]!.schemaOf(layered[0]!)
    const chunks = await withClient(servers[at]!, schema, client => chunksOf(client, schema))
    const { chunks: all, compressed } = chunks.get('sale_items')!
    expect(compressed).toBeGreaterThan(0)
    expect(compressed).toBeLessThan(all)
  })

  test('[S22] are the same tables on every server', async () => {
    const contents = await Promise.all(
      stores.map((store, at) => {
        const schema = servers[at]!.schemaOf(store)
        return withClient(servers[at]!, schema, async client => ({
          rows: await storedRows(client, schema),
          windows: await storedWindows(client, schema),
        }))
      }),
    )
    expect(contents[0]?.rows.length).toBeGreaterThan(500)
    for (const other of contents.slice(1)) expect(other).toEqual(contents[0])
  })

  test('[S22] give the same answers on every server', async () => {
    const answers = await Promise.all(stores.map(answersOf))
    expect(await stores[0]!.totals({ fromMs: 0, toMs: T0, filter: NO_FILTER })).toMatchObject({
      items: expect.any(Number),
    })
    for (const other of answers.slice(1)) expect(other).toEqual(answers[0])
  })
})
