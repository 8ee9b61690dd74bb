// How long from an append to the log until a browser has the sale, with few and with many browsers connected.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { io } from 'socket.io-client'
import { startDashboard } from '../dashboard/server/dashboard.ts'
import { openLmdbLog } from '../infra/lmdb/log.ts'
import type { EventLog, History, Telemetry } from '../infra/ports.ts'
import { systemClock } from '../infra/system/clock.ts'
import type { RangeTotals } from '../schemas/history.ts'
import type { Sale } from '../schemas/records.ts'
import type { BenchRow } from './row.ts'
import { sampleSales } from './sample-sales.ts'

interface Load {
  readonly name: string
  readonly browsers: number
  readonly itemsPerSecond: number
  readonly seconds: number
}

const LOADS: readonly Load[] = [
  { name: 'append to browser, 50 browsers, 200 items/s', browsers: 50, itemsPerSecond: 200, seconds: 8 },
  // The busiest second that Bandcamp ever told of had 11 items.
  { name: 'append to browser, 1,000 browsers, 11 items/s', browsers: 1_000, itemsPerSecond: 11, seconds: 8 },
]
/** Appends a second: a stage writes batches, not single sales. */
const APPENDS_PER_SECOND = 10
const CONNECTS_AT_ONCE = 50

/** Comparable between threads of one machine. */
const nowMs = (): number => performance.timeOrigin + performance.now()

// ---------------------------------------------------------------- the browsers, in a thread of their own

interface Order {
  readonly url: string
  readonly browsers: number
  /** Items that each browser waits for. */
  readonly items: number
}

interface Browser {
  /** Subscribed: everything from here on is counted. */
  readonly begun: Promise<void>
  readonly latencies: Promise<number[]>
}

function openBrowser({ url, items }: Order): Browser {
  const socket = io(url, { transports: ['websocket'], forceNew: true })
  const found: number[] = []
  socket.on('connect', () => socket.emit('subscribe', { query: '', cursor: null }))
  const begun = new Promise<void>(resolve => socket.once('sales', () => resolve()))
  const latencies = new Promise<number[]>(resolve => {
    socket.on('sales', (message: { items: { title: string }[] }) => {
      for (const item of message.items) found.push(nowMs() - Number(item.title))
      if (found.length < items) return
      socket.close()
      resolve(found)
    })
  })
  return { begun, latencies }
}

async function runBrowsers(order: Order): Promise<void> {
  const browsers: Browser[] = []
  while (browsers.length < order.browsers) {
    const more = Math.min(CONNECTS_AT_ONCE, order.browsers - browsers.length)
    const opened = Array.from({ length: more }, () => openBrowser(order))
    await Promise.all(opened.map(browser => browser.begun))
    browsers.push(...opened)
  }
  parentPort?.postMessage('ready')
  const found = await Promise.all(browsers.map(browser => browser.latencies))
  parentPort?.postMessage(found.flat().sort((a, b) => a - b))
}

// ---------------------------------------------------------------- the server and the appends

const NOTHING: RangeTotals = {
  items: 0,
  baskets: 0,
  units: 0,
  revenueUsdCents: 0,
  overUsdCents: 0,
  artists: 0,
  knownGenreItems: 0,
}

/** A history that answers at once: the way through the log is what is measured. */
const emptyHistory: History = {
  extent: async () => ({ firstSaleMs: null, watermarkMs: null }),
  totals: async () => NOTHING,
  series: async () => [],
  breakdown: async () => ({
    totals: NOTHING,
    series: [],
    genres: [],
    countries: [],
    formats: [],
    artists: [],
    releases: [],
    genreSeries: new Map(),
    genresOfCountries: new Map(),
    tooLate: null,
    deadLetters: 0,
  }),
  top: async () => [],
  heatmap: async () => [],
  genreCountries: async () => ({ countries: [], rows: [] }),
  gaps: async () => [],
  recent: async () => [],
  search: async () => [],
  deadLetters: async () => [],
  deadLetterCounts: async () => [],
}

const silent = new Proxy({}, { get: () => () => {} }) as Telemetry

/** The title carries the moment of the append. */
const stamped = (sale: Sale, atMs: number): Sale => ({
  ...sale,
  items: sale.items.map(item => ({ ...item, title: String(atMs) })),
})

/** Returns how long each append took until it was durable. */
async function appendAll(log: EventLog, { itemsPerSecond, seconds }: Load): Promise<number[]> {
  const sales = sampleSales(itemsPerSecond * seconds)
  const startMs = nowMs()
  const tookMs: number[] = []
  for (let sent = 0, turn = 1; sent < sales.length; turn++) {
    const due = Math.min(sales.length, Math.floor((turn * itemsPerSecond) / APPENDS_PER_SECOND))
    const atMs = nowMs()
    const entries = sales
      .slice(sent, due)
      .map(sale => ({ topic: 'sales' as const, partition: 0, record: stamped(sale, atMs) }))
    if (entries.length > 0) {
      await log.append(entries)
      tookMs.push(nowMs() - atMs)
    }
    sent = due
    await systemClock.sleep(Math.max(0, startMs + (turn * 1_000) / APPENDS_PER_SECOND - nowMs()))
  }
  return tookMs.sort((a, b) => a - b)
}

const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.floor((sorted.length - 1) * share)]!
const durable = (appends: readonly number[]): string =>
  `of which until durable: median ${at(appends, 0.5).toFixed(1)}, p99 ${at(appends, 0.99).toFixed(1)} ms`

async function measure(load: Load): Promise<BenchRow[]> {
  const dir = mkdtempSync(join(tmpdir(), 'bct-bench-'))
  const log = await openLmdbLog({ dir, partitions: 1 })
  const dashboard = await startDashboard({
    log,
    history: emptyHistory,
    clock: systemClock,
    telemetry: silent,
    options: { port: 0, webDir: null, allowedOrigins: [] },
    feed: () => ({ mode: 'live', modeReason: null, historyProgress: null, ownLagMs: 0, catchingUp: false }),
    artwork: null,
    metrics: null,
    stages: async () => [],
  })
  const order: Order = {
    url: dashboard.url,
    browsers: load.browsers,
    items: load.itemsPerSecond * load.seconds,
  }
  const worker = new Worker(new URL(import.meta.url), { workerData: order })
  try {
    const next = <T>(): Promise<T> =>
      new Promise((resolve, reject) => {
        worker.once('message', resolve)
        worker.once('error', reject)
      })
    await next<'ready'>()
    const answer = next<number[]>()
    const cpu = process.cpuUsage()
    const [latencies, appends] = await Promise.all([answer, appendAll(log, load)])
    const { user, system } = process.cpuUsage(cpu)
    const core = Math.round((user + system) / 10_000 / load.seconds)
    const note = `${latencies.length} deliveries; server and browsers ${core} % of a core`
    const row = { unit: 'ms', runs: 1 }
    return [
      { ...row, name: `${load.name}, median`, median: at(latencies, 0.5), note },
      { ...row, name: `${load.name}, p99`, median: at(latencies, 0.99), note: durable(appends) },
    ]
  } finally {
    await worker.terminate()
    await dashboard.close()
    await log.close()
    rmSync(dir, { recursive: true, force: true })
  }
}

/** Latencies in milliseconds over all browsers and items; half a minute. */
export async function runAppendToBrowser(): Promise<readonly BenchRow[]> {
  const rows: BenchRow[] = []
  for (const load of LOADS) rows.push(...(await measure(load)))
  return rows
}

if (!isMainThread && (workerData as Order | null)?.url !== undefined) await runBrowsers(workerData as Order)
