// How fast the embedded log takes and gives records: small appends, batches, a long read, and what waiting
// costs.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLmdbLog } from '../infra/lmdb/log.ts'
import type { Entry, EventLog } from '../infra/ports.ts'
import type { Sale } from '../schemas/records.ts'
import { type BenchRow, median } from './row.ts'
import { sampleSales } from './sample-sales.ts'

const SMALL_APPENDS = 500
const GROUPED_APPENDS = 5_000
const BATCH_RECORDS = 5_000
const BATCHES = 20
const READ_RUNS = 5
const WAKES = 50
const IDLE_MS = 5_000
const BYTES_PER_MB = 1_048_576

const entriesOf = (sales: readonly Sale[]): Entry<'sales'>[] =>
  sales.map(record => ({ topic: 'sales', partition: 0, record }))

const rate = (
  name: string,
  count: number,
  elapsedMs: number,
  unit = 'records/s',
  note?: string,
): BenchRow => ({
  name,
  unit,
  median: Math.round((count * 1_000) / elapsedMs),
  runs: 1,
  ...(note === undefined ? {} : { note }),
})

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now()
  await work()
  return performance.now() - startedMs
}

export async function runLogThroughput(): Promise<readonly BenchRow[]> {
  const dir = mkdtempSync(join(tmpdir(), 'bct-bench-log-'))
  const log = await openLmdbLog({ dir, partitions: 1 })
  try {
    return [
      ...(await appends(log)),
      ...(await reads(log)),
      ...(await waiting(log, await openLmdbLog({ dir, partitions: 1 }))),
    ]
  } finally {
    await log.close()
    rmSync(dir, { recursive: true, force: true })
  }
}

async function appends(log: EventLog): Promise<BenchRow[]> {
  const small = entriesOf(sampleSales(SMALL_APPENDS + GROUPED_APPENDS))
  const single = await timed(async () => {
    for (const entry of small.slice(0, SMALL_APPENDS)) await log.append([entry])
  })
  const grouped = await timed(() => Promise.all(small.slice(SMALL_APPENDS).map(entry => log.append([entry]))))
  const large = entriesOf(sampleSales(BATCH_RECORDS * BATCHES))
  const batches = await timed(async () => {
    for (let i = 0; i < large.length; i += BATCH_RECORDS) await log.append(large.slice(i, i + BATCH_RECORDS))
  })
  return [
    rate('append one record, awaiting each (fsync)', SMALL_APPENDS, single),
    rate('append one record, all at once (one commit)', GROUPED_APPENDS, grouped),
    rate(`append ${BATCH_RECORDS} sales, awaiting each`, large.length, batches),
  ]
}

async function reads(log: EventLog): Promise<BenchRow[]> {
  const rates: number[] = []
  for (let run = 0; run < READ_RUNS; run++) {
    let at = 0
    const elapsedMs = await timed(async () => {
      for (;;) {
        const { records } = await log.read('sales', 0, at, BATCH_RECORDS)
        if (records.length === 0) return
        at += records.length
      }
    })
    rates.push((at * 1_000) / elapsedMs)
  }
  const rssMb = Math.round(process.memoryUsage().rss / BYTES_PER_MB)
  return [
    { name: 'read all sales', unit: 'records/s', median: Math.round(median(rates)), runs: READ_RUNS },
    { name: 'memory after it, mapped pages included', unit: 'MB', median: rssMb, runs: 1 },
  ]
}

/** Two logs on one folder see each other as two processes do: by polling. */
async function waiting(log: EventLog, other: EventLog): Promise<BenchRow[]> {
  const lateMs: number[] = []
  const stop = new AbortController()
  for (let i = 0; i < WAKES; i++) {
    const since = (await log.bounds('feed')).map(({ end }) => end)
    const woken = log.waitForAppend('feed', since, stop.signal)
    await other.append([{ topic: 'feed', partition: 0, record: { kind: 'tick', upToMs: i } }])
    lateMs.push(await timed(() => woken))
  }
  const idle = log.waitForAppend('leaders', [0], stop.signal)
  const before = process.cpuUsage()
  await new Promise(resolve => setTimeout(resolve, IDLE_MS))
  const { user, system } = process.cpuUsage(before)
  stop.abort()
  await idle
  await other.close()
  const percent = (user + system) / 1_000 / IDLE_MS
  return [
    { name: 'wake after another process appends', unit: 'ms', median: median(lateMs), runs: WAKES },
    { name: 'cost of waiting', unit: '% of a core', median: Math.round(percent * 1_000) / 10, runs: 1 },
  ]
}
