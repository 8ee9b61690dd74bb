// How long the dashboard's questions take on 90 days of history, and how much that grows from 1 day.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { History } from '../infra/ports.ts'
import { startEmbeddedPostgres } from '../infra/postgres/embedded.ts'
import { migrate } from '../infra/postgres/migrations.ts'
import { openPostgresStore, type PostgresStore } from '../infra/postgres/store.ts'
import { NO_FILTER, type SalesFilter, type TopDimension } from '../schemas/history.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../schemas/time.ts'
import { loadHistory } from './history-load.ts'
import { type BenchRow, median } from './row.ts'
import { createLoad, writeLoad } from './store-load.ts'

const END_MS = Date.UTC(2026, 10, 20, 15, 37)
const RUNS = 21
const WRITE_RUNS = 6
const WRITTEN_BASKETS = 5_000
/** They are a second and a half apart. */
const WRITTEN_MS = WRITTEN_BASKETS * 1_500

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
/** Those that the page asks for. */
const TOPS: readonly TopDimension[] = ['genre', 'artist', 'country', 'format']

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
      add('genre-countries', (h, ms) => h.genreCountries({ ...query(ms), genres: 12, countries: 10 }))
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
  const slowest = [...timed].sort((a, b) => b.p95Ms - a.p95Ms)[0]
  const within = timed.filter(t => t.p95Ms < 50).length
  const note = `${within} of ${timed.length} questions under 50 ms; slowest: ${slowest?.name ?? ''}`
  return [
    { name: `history-p50-${days}d`, unit: 'ms', median: median(timed.map(t => t.p50Ms)), runs: RUNS },
    { name: `history-worst-p95-${days}d`, unit: 'ms', median: slowest?.p95Ms ?? 0, runs: RUNS, note },
  ]
}

/** A schema with `days` of history. */
async function loaded(connection: pg.ClientConfig, days: number): Promise<PostgresStore> {
  const schema = `history_${days}`
  const client = new pg.Client(connection)
  try {
    await client.connect()
    await migrate(client, schema)
    await client.query(`SET search_path TO ${schema}`)
    await loadHistory(client, { days, endMs: END_MS })
  } finally {
    await client.end()
  }
  return openPostgresStore({ connection, schema })
}

/** Questions about the last day, on one day of history and on `days` of them. */
function askingGrows(day: readonly Timed[], all: readonly Timed[], days: number): BenchRow {
  const ratios = all.flatMap(({ name, p50Ms }) => {
    const before = day.find(t => t.name === name)
    return before === undefined || !/ (1h|24h) |recent/.test(name) ? [] : [p50Ms / before.p50Ms]
  })
  const note = `the same ${ratios.length} questions about the last day`
  return { name: `history-growth-1d-${days}d`, unit: 'x', median: median(ratios), runs: RUNS, note }
}

/** What an item more costs, behind one day of history and behind `days` of them; written in turns. */
async function writingGrows(day: PostgresStore, all: PostgresStore, days: number): Promise<BenchRow> {
  const ratios: number[] = []
  for (let run = 0; run < WRITE_RUNS; run++) {
    const load = createLoad(run + 1, WRITTEN_BASKETS, END_MS + run * WRITTEN_MS)
    const [ofDay, ofAll] = [await writeLoad(day, load), await writeLoad(all, load)]
    // The first run warms both.
    if (run > 0) ratios.push(ofDay / ofAll)
  }
  const note = `cost of writing an item behind ${days} days against behind one`
  return { name: `write-growth-1d-${days}d`, unit: 'x', median: median(ratios), runs: ratios.length, note }
}

/** Loads one day and `days` of history into a new embedded server, asks both everything, writes to both. */
export async function runHistoryQueries(days = 90): Promise<readonly BenchRow[]> {
  const dataDir = await mkdtemp(join(tmpdir(), 'bct-bench-'))
  const server = await startEmbeddedPostgres({ dataDir })
  const stores: PostgresStore[] = []
  try {
    const day = await loaded(server.connection, 1)
    stores.push(day)
    const ofDay = await timeQuestions(day, RUNS)
    if (days === 1) return summarise(1, ofDay)
    const all = await loaded(server.connection, days)
    stores.push(all)
    const ofAll = await timeQuestions(all, RUNS)
    const writing = await writingGrows(day, all, days)
    return [...summarise(1, ofDay), ...summarise(days, ofAll), askingGrows(ofDay, ofAll, days), writing]
  } finally {
    for (const store of stores) await store.close()
    await server.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
}
