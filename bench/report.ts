// What the daily report costs: the figures of a day of a million sales, the HTML, the PDF cold and warm.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { createPdfRenderer } from '../infra/chromium/renderer.ts'
import { startEmbeddedPostgres } from '../infra/postgres/embedded.ts'
import { migrate } from '../infra/postgres/migrations.ts'
import { openPostgresStore } from '../infra/postgres/store.ts'
import { systemClock } from '../infra/system/clock.ts'
import { collectReport } from '../sinks/report/collect.ts'
import { addDays } from '../sinks/report/core/day.ts'
import { renderHtml, titleOf } from '../sinks/report/core/render.ts'
import { loadHistory } from './history-load.ts'
import { type BenchRow, median } from './row.ts'

const DAY = '2026-11-20'
/** Windows of the last hours are not asked for in a day that is over. */
const END_MS = Date.UTC(2026, 10, 21, 1)
const ITEMS_PER_DAY = 1_000_000
const SMOKE_ITEMS_PER_DAY = 20_000
/** The day and the day before it, each as large: a Bandcamp Friday cut in two. */
const DAYS = 2
const RUNS = 5
const KIB = 1_024
const MIB = 1_048_576
const US_PER_MS = 1_000
const ZONE = 'Europe/London'
const noAlerts = { alerts: async () => [] }

async function timed<T>(work: () => Promise<T>): Promise<readonly [T, number]> {
  const startedMs = performance.now()
  const result = await work()
  return [result, performance.now() - startedMs]
}

export async function runReport(smoke: boolean): Promise<readonly BenchRow[]> {
  const dataDir = await mkdtemp(join(tmpdir(), 'bct-bench-'))
  const server = await startEmbeddedPostgres({ dataDir })
  const renderer = createPdfRenderer({ executablePath: null, clock: systemClock })
  try {
    const itemsPerDay = smoke ? SMOKE_ITEMS_PER_DAY : ITEMS_PER_DAY
    const client = new pg.Client(server.connection)
    await client.connect()
    await migrate(client, 'bct')
    await client.query('SET search_path TO bct')
    await loadHistory(client, { days: DAYS, itemsPerDay, endMs: END_MS })
    await client.end()
    return await measured(server.connection, renderer)
  } finally {
    await renderer.close()
    await server.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
}

async function measured(
  connection: pg.ClientConfig,
  renderer: ReturnType<typeof createPdfRenderer>,
): Promise<readonly BenchRow[]> {
  const store = await openPostgresStore({ connection })
  try {
    const about = { zone: ZONE, asOfMs: END_MS, revision: 1, build: 'bench', feed: 'simulated' as const }
    const collect = (day: string) => collectReport(store, noAlerts, { ...about, day })
    const beforeBytes = process.memoryUsage().rss
    const often = async (day: string): Promise<number> => {
      const runs: number[] = []
      for (let run = 0; run < RUNS; run++) runs.push((await timed(() => collect(day)))[1])
      return median(runs)
    }
    // Nothing was sold before the first of the two days.
    const firstDay = addDays(DAY, 1 - DAYS)
    const [first, coldMs] = await timed(() => collect(firstDay))
    const firstDayMs = await often(firstDay)
    const report = await collect(DAY)
    const processor = process.cpuUsage()
    const bothMs = await often(DAY)
    const { user, system } = process.cpuUsage(processor)
    // The most since the start of the process: nothing large has come before.
    const peakBytes = process.resourceUsage().maxRSS * KIB
    const [, emptyMs] = await timed(() => collect(addDays(DAY, 20)))
    const options = { paper: 'A4', publicUrl: 'https://tracker.example' } as const
    const [html, htmlMs] = await timed(async () => renderHtml(report, options))
    const pdf = () => renderer.pdf(html, { format: 'A4', title: titleOf(report) })
    const [bytes, firstMs] = await timed(pdf)
    const warm: number[] = []
    for (let run = 0; run < RUNS; run++) warm.push((await timed(pdf))[1])
    const salesOf = (figures: typeof report.figures) => figures.items.value.toLocaleString('en')
    const row = (name: string, value: number, runs: number, text?: string): BenchRow => ({
      name,
      unit: 'ms',
      median: value,
      runs,
      ...(text === undefined ? {} : { note: text }),
    })
    const memory = (name: string, bytes: number, note: string): BenchRow => ({
      ...{ name, unit: 'MB', median: Math.round(bytes / MIB), runs: 1, note },
    })
    return [
      row('model of a day, first', coldMs, 1, `${salesOf(first.figures)} sales`),
      row('model of the same day, again', firstDayMs, RUNS),
      row('model of a day after one as large', bothMs, RUNS, `${salesOf(report.figures)} sales`),
      row('processor time of that, without the database', (user + system) / US_PER_MS / RUNS, RUNS),
      memory(
        'resident memory at the peak',
        peakBytes,
        `${Math.round(beforeBytes / MIB)} MB before the first`,
      ),
      row('model of an empty day', emptyMs, 1),
      row('HTML', htmlMs, 1, `${html.length} characters`),
      row('PDF, browser not running', firstMs, 1, `${bytes.length} bytes`),
      row('PDF, browser warm', median(warm), RUNS),
    ]
  } finally {
    await store.close()
  }
}
