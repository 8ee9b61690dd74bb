// How much memory a day of a Bandcamp Friday takes: all windows of panes, windows and rolling open, in one
// process.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { FRESH } from '../processors/aggregate/resume.ts'
import { PanesStage } from '../processors/panes-stage.ts'
import { RollingStage } from '../processors/rolling-stage.ts'
import { WindowsStage } from '../processors/windows-stage.ts'
import type { PaneRecord } from '../schemas/records.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../schemas/time.ts'
import type { BenchRow } from './row.ts'
import { worldSales } from './world-sales.ts'

/**
 * 7 August 2026 in the Pacific time zone: the whole of a Bandcamp Friday, and the 24 hours that windows hold.
 */
const FRIDAY_MS = Date.UTC(2026, 7, 7, 7)
const OPTIONS = { allowedLatenessMs: HOUR_MS }
const CHILD = '--child'

/** In a process of its own, so that nothing else counts; the smoke run takes an hour instead of the day. */
export async function runFridayMemory(smoke: boolean): Promise<readonly BenchRow[]> {
  const hours = smoke ? 1 : 24
  const script = fileURLToPath(import.meta.url)
  const out = execFileSync(process.execPath, ['--expose-gc', script, CHILD, String(hours)], {
    encoding: 'utf8',
  })
  const { rssMb, items, keys, holdsMb } = JSON.parse(out) as Record<string, number>
  const note = `${items} items, ${keys} keys open, ${hours} h; the stages hold ${holdsMb} MB of it`
  return [{ name: 'resident memory with a Bandcamp Friday open', unit: 'MB', median: rssMb!, runs: 1, note }]
}

function child(hours: number): void {
  const panes: PaneRecord[] = []
  const panesStage = new PanesStage({ ...OPTIONS, source: 0, outputPartitions: 1 }, FRESH, (_t, _p, r) =>
    panes.push(r),
  )
  const windows = new WindowsStage({ ...OPTIONS, partition: 0, partitions: 1, sources: 1 }, FRESH, () => {})
  const rolling = new RollingStage(
    { ...OPTIONS, partition: 0, partitions: 1, sources: 1, quietUpToMs: 0 },
    () => {},
  )
  let items = 0
  let offset = 0
  let peakMb = 0
  for (const batch of worldSales(FRIDAY_MS, FRIDAY_MS + Math.min(hours * HOUR_MS, DAY_MS), 10 * MINUTE_MS)) {
    for (const record of batch) if (record.kind === 'sale') items += record.items.length
    panesStage.handle(batch, offset)
    windows.handle(panes, 0)
    rolling.handle(panes, 0)
    panes.length = 0
    offset += batch.length
    peakMb = Math.max(peakMb, process.memoryUsage.rss() / 1e6)
  }
  globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  const holdsMb = Math.round((heapUsed + arrayBuffers) / 1e6)
  process.stdout.write(
    JSON.stringify({ rssMb: Math.round(peakMb), items, keys: windows.windows.openKeys, holdsMb }),
  )
}

if (process.argv[2] === CHILD) child(Number(process.argv[3]))
