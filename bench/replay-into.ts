// How fast a replay is through to rows: from the embedded log into a schema of its own, and each part alone.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLmdbLog } from '../infra/lmdb/log.ts'
import { loadConfig } from '../infra/main/config.ts'
import { type ReplayResult, replay } from '../infra/main/replay.ts'
import { DAY_MS, HOUR_MS } from '../schemas/time.ts'
import type { BenchRow } from './row.ts'
import { worldSales } from './world-sales.ts'

/** Ordinary days, no Bandcamp Friday among them. */
const FROM_MS = Date.UTC(2026, 9, 12)
const DAYS = 7
const PARTS = ['sales', 'windows'] as const

/** Seven days (smoke: six hours); `BENCH_DAYS=30` for a month of 1.5 million items and more. */
export async function runReplayInto(smoke: boolean): Promise<readonly BenchRow[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'bct-bench-'))
  const toMs = FROM_MS + (smoke ? 6 * HOUR_MS : Number(process.env.BENCH_DAYS ?? DAYS) * DAY_MS)
  try {
    await fill(dataDir, toMs)
    // First of all a short one: it makes the database and warms the code.
    await into(dataDir, 'warm', PARTS, FROM_MS + HOUR_MS)
    const whole = await into(dataDir, 'whole', PARTS, toMs)
    const { items } = whole
    const rows: BenchRow[] = [rowOf('log into rows and windows', items, whole)]
    for (const part of PARTS)
      rows.push(rowOf(`log into ${part} only`, items, await into(dataDir, part, [part], toMs)))
    return rows
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}

type Timed = ReplayResult & { readonly elapsedMs: number }

function rowOf(name: string, items: number, { elapsedMs, windows }: Timed): BenchRow {
  const note = `${items} items, ${windows} windows, ${(elapsedMs / 1_000).toFixed(1)} s`
  return { name, unit: 'items/s', median: (items / elapsedMs) * 1_000, runs: 1, note }
}

async function fill(dataDir: string, toMs: number): Promise<void> {
  const log = await openLmdbLog({ dir: join(dataDir, 'simulated', 'log'), partitions: 1 })
  for (const batch of worldSales(FROM_MS, toMs, HOUR_MS))
    await log.append(batch.map(record => ({ topic: 'sales', partition: 0, record })))
  await log.close()
}

async function into(
  dataDir: string,
  name: string,
  parts: readonly (typeof PARTS)[number][],
  toMs: number,
): Promise<Timed> {
  const { config } = loadConfig({ flags: { dataDir, mode: 'simulated' }, env: {}, cwd: dataDir })
  const startedMs = performance.now()
  const result = await replay({
    config,
    mode: 'simulated',
    interval: { fromMs: FROM_MS, toMs },
    into: `bench_${name}`,
    parts,
    late: false,
    startProgress: () => ({ update: () => {}, stop: () => {} }),
    nowMs: () => performance.now(),
    signal: new AbortController().signal,
    say: () => {},
  })
  return { ...result, elapsedMs: performance.now() - startedMs }
}
