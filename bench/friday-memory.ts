// Memory that a day of a Bandcamp Friday takes: panes, windows and rolling open, in a process of their own.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { FRESH } from '../processors/aggregate/resume.ts'
import { PanesStage } from '../processors/panes-stage.ts'
import { RollingStage } from '../processors/rolling-stage.ts'
import { WindowsStage } from '../processors/windows-stage.ts'
import type { PaneRecord, SalesRecord } from '../schemas/records.ts'
import { HOUR_MS, MINUTE_MS } from '../schemas/time.ts'
import type { BenchRow } from './row.ts'
import { worldSales } from './world-sales.ts'

/** 7 August 2026 in the Pacific time zone: the whole of a Bandcamp Friday, and the day that windows hold. */
const FRIDAY_MS = Date.UTC(2026, 7, 7, 7)
const HOURS = 24
const LATENESS = { allowedLatenessMs: HOUR_MS }
const CHILD = '--friday-memory'

interface Figures {
  readonly peakMb: number
  readonly heldMb: number
  readonly keys: number
}

/** The world lives in this process, the stages in another, so that only what they need is counted. */
export async function runFridayMemory(smoke: boolean): Promise<readonly BenchRow[]> {
  const hours = smoke ? 1 : HOURS
  const child = fork(fileURLToPath(import.meta.url), [CHILD], {
    serialization: 'advanced',
    execArgv: ['--expose-gc'],
  })
  let items = 0
  for (const batch of worldSales(FRIDAY_MS, FRIDAY_MS + hours * HOUR_MS, 10 * MINUTE_MS)) {
    for (const record of batch) if (record.kind === 'sale') items += record.items.length
    await ask(child, batch)
  }
  const { peakMb, heldMb, keys } = (await ask(child, null)) as Figures
  child.disconnect()
  const about = `${items} items, ${keys} keys, ${hours} h open`
  return [
    {
      name: 'resident memory, a Bandcamp Friday open, peak',
      unit: 'MB',
      median: peakMb,
      runs: 1,
      note: about,
    },
    { name: 'of it held by the stages', unit: 'MB', median: heldMb, runs: 1 },
  ]
}

async function ask(child: ChildProcess, batch: readonly SalesRecord[] | null): Promise<unknown> {
  const answer = once(child, 'message')
  child.send({ batch })
  return (await answer)[0]
}

function runStages(): void {
  const panes: PaneRecord[] = []
  const one = { ...LATENESS, partition: 0, partitions: 1, sources: 1 }
  const first = { ...LATENESS, source: 0, outputPartitions: 1 }
  const panesStage = new PanesStage(first, FRESH, (_topic, _partition, record) => panes.push(record))
  const windows = new WindowsStage(one, FRESH, () => {})
  const rolling = new RollingStage({ ...one, quietUpToMs: 0 }, () => {})
  let offset = 0
  let peakMb = 0
  const figures = (): Figures => {
    globalThis.gc?.()
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    const heldMb = Math.round((heapUsed + arrayBuffers) / 1e6)
    return { peakMb: Math.round(peakMb), heldMb, keys: windows.windows.openKeys }
  }
  process.on('message', ({ batch }: { readonly batch: readonly SalesRecord[] | null }) => {
    if (batch === null) {
      process.send!(figures())
      return
    }
    panesStage.handle(batch, offset)
    windows.handle(panes, 0)
    rolling.handle(panes, 0)
    panes.length = 0
    offset += batch.length
    peakMb = Math.max(peakMb, process.memoryUsage.rss() / 1e6)
    process.send!({})
  })
}

if (process.argv[2] === CHILD) runStages()
