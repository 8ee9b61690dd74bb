// How long the dashboard's questions take on 90 days of history, and how much that grows from 1 day.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { History } from '../infra/ports.ts'
import { startEmbeddedPostgres } from '../infra/postgres/embedded.ts'
import { migrate } from '../infra/postgres/migrations.ts'
import { openPostgresStore } from '../infra/postgres/store.ts'
import { NO_FILTER, type SalesFilter, type TopDimension } from '../schemas/history.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../schemas/time.ts'
import { loadHistory } from './history-load.ts'
import type { BenchRow } from './row.ts'

const END_MS = Date.UTC(2026, 10, 20, 15, 37)
const RUNS = 21

const FILTERS: Readonly<Record<string, SalesFilter>> = {
  all: NO_FILTER,
  genre: { ...NO_FILTER, genre: 'electronic' },
  country: { ...NO_FILTER, country: 'us' },
  format: { ...NO_FILTER, format: 'vinyl' },
  artist: { ...NO_FILTER, artist: 'artist1.bandcamp.com' },
  'genre+country': { ...NO_FILTER, genre: 'electronic', country: 'us' },
  'country+format': { ...NO_FILTER, country: 'us', format: 'track' },
  'all four': { genre: 'electronic', artist: 'artist1.bandcamp.com', country: 'us', format: 'track' },
}
const RANGES = [
  ['1h', HOUR_MS, MINUTE_MS],
  ['24h', DAY_MS, 15 * MINUTE_MS],
  ['7d', 7 * DAY_MS, HOUR_MS],
  ['30d', 30 * DAY_MS, 4 * HOUR_MS],
] as const
const TOPS: readonly TopDimension[] = ['genre', 'artist', 'country', 'format', 'tag', 'item']

type Question = readonly [name: string, ask: (history: History, shiftMs: number) => Promise<unknown>]

/** Every question of the page, for every range and filter. Each run asks about a slightly different time. */
function questions(): readonly Question[] {
  const list: Question[] = []
  for (const [range, spanMs, bucketMs] of RANGES) {
    for (const [name, filter] of Object.entries(FILTERS)) {
      const query = (shiftMs: number) => ({
        fromMs: END_MS - spanMs - shiftMs,
        toMs: END_MS - shiftMs,
        filter,
      })
      const add = (what: string, ask: Question[1]) => list.push([`${what} ${range} ${name}`, ask])
      add('totals', (h, ms) => h.totals(query(ms)))
      add('series', (h, ms) => h.series(query(ms), bucketMs))
      for (const top of TOPS) add(`top ${top}`, (h, ms) => h.top(query(ms), top, 10))
      add('heatmap', (h, ms) => h.heatmap(query(ms), 60, 12))
    }
  }
  for (const [name, filter] of Object.entries(FILTERS)) {
    list.push([`recent ${name}`, (h, ms) => h.recent(filter, 50, { soldAtMs: END_MS - ms, id: 'x/0' })])
  }
  for (const text of ['a', 'artist12', 'elec', 'tag1', 'artist 77']) {
    list.push([`search ${text}`, h => h.search(text, 10)])
  }
  list.push(['extent', h => h.extent()])
  list.push(['gaps', h => h.gaps({ fromMs: END_MS - 7 * DAY_MS, toMs: END_MS })])
  return list
}

export interface Timed {
  readonly name: string
  readonly firstMs: number
  readonly p50Ms: number
  readonly p95Ms: number
}

export async function timeQuestions(
  history: History,
  runs: number,
  wanted: RegExp = /./,
): Promise<readonly Timed[]> {
  const timed: Timed[] = []
  for (const [name, ask] of questions().filter(([asked]) => wanted.test(asked))) {
    const times: number[] = []
    for (let run = 0; run < runs; run++) {
      const startedMs = performance.now()
      await ask(history, run * MINUTE_MS)
      times.push(performance.now() - startedMs)
    }
    const sorted = times.slice(1).sort((a, b) => a - b)
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
    timed.push({ name, firstMs: times[0] ?? 0, p50Ms: at(0.5), p95Ms: at(0.95) })
  }
  return timed
}

/** The median and the 95th percentile over all questions, and the slowest ones. */
function summarise(days: number, timed: readonly Timed[]): readonly BenchRow[] {
  const slowest = [...timed].sort((a, b) => b.p95Ms - a.p95Ms)
  const p50 = [...timed].sort((a, b) => a.p50Ms - b.p50Ms)[Math.floor(timed.length / 2)]?.p50Ms ?? 0
  const within = timed.filter(t => t.p95Ms < 50).length
  return [
    { name: `history-p50-${days}d`, unit: 'ms', median: p50, runs: RUNS, note: `${timed.length} questions` },
    {
      name: `history-worst-p95-${days}d`,
      unit: 'ms',
      median: slowest[0]?.p95Ms ?? 0,
      runs: RUNS,
      note: `${within} of ${timed.length} under 50 ms; slowest: ${slowest[0]?.name ?? ''}`,
    },
  ]
}

/** Loads `days` of history into a new embedded server and asks everything. */
export async function runHistoryQueries(days = 90): Promise<readonly BenchRow[]> {
  const dataDir = await mkdtemp(join(tmpdir(), 'bct-bench-'))
  const server = await startEmbeddedPostgres({ dataDir })
  const client = new pg.Client(server.connection)
  try {
    await client.connect()
    await migrate(client, 'history')
    await client.query('SET search_path TO history')
    await loadHistory(client, { days, endMs: END_MS })
    await client.end()
    const store = await openPostgresStore({ connection: server.connection, schema: 'history' })
    const timed = await timeQuestions(store, RUNS)
    await store.close()
    return summarise(days, timed)
  } finally {
    await client.end().catch(() => {})
    await server.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
}
