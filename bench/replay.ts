// How fast a replay is: from the embedded log through panes and windows with every key, on one core.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLmdbLog } from '../infra/lmdb/log.ts'
import type { EventLog } from '../infra/ports.ts'
import type { KeyTable } from '../processors/aggregate/key-table.ts'
import { windowRecord } from '../processors/aggregate/window-record.ts'
import { Chain } from '../processors/chain.ts'
import type { WindowSink } from '../processors/windows.ts'
import type { WindowRecord } from '../schemas/records.ts'
import { DAY_MS, MINUTE_MS } from '../schemas/time.ts'
import type { BenchRow } from './row.ts'
import { worldSales } from './world-sales.ts'

const RUNS = 5
/** As `bct replay` reads: whole blocks. */
const BATCH_RECORDS = 5_000
const LATENESS_MS = 3_600_000
/** Ordinary days, no Bandcamp Friday among them. */
const FROM_MS = Date.UTC(2026, 9, 12)

/** Seven days of the simulated world (smoke: six hours), as records of `sales` in an embedded log. */
export async function runReplay(smoke: boolean): Promise<readonly BenchRow[]> {
  const dir = mkdtempSync(join(tmpdir(), 'bct-bench-'))
  const log = await openLmdbLog({ dir, partitions: 1 })
  try {
    const items = await fill(log, FROM_MS, FROM_MS + (smoke ? DAY_MS / 4 : 7 * DAY_MS))
    const decode = await measure(items, () => readAll(log, () => {}))
    let windows = 0
    const replay = await measure(items, async () => {
      windows = 0
      const chain = new Chain({ allowedLatenessMs: LATENESS_MS }, keys => records(keys, () => windows++))
      await readAll(log, columns => chain.handle(columns))
    })
    const rows = (windows / items).toFixed(2)
    return [
      { name: 'log to columns', unit: 'items/s', ...decode },
      {
        name: 'log through panes and windows',
        unit: 'items/s',
        ...replay,
        note: `${items} items, ${rows} windows each`,
      },
    ]
  } finally {
    await log.close()
    rmSync(dir, { recursive: true, force: true })
  }
}

async function fill(log: EventLog, fromMs: number, toMs: number): Promise<number> {
  let items = 0
  for (const batch of worldSales(fromMs, toMs, 60 * MINUTE_MS)) {
    for (const record of batch) if (record.kind === 'sale') items += record.items.length
    await log.append(batch.map(record => ({ topic: 'sales', partition: 0, record })))
  }
  return items
}

type Columns = Awaited<ReturnType<EventLog['readColumns']>>['columns']

async function readAll(log: EventLog, use: (columns: Columns) => void): Promise<void> {
  const end = (await log.bounds('sales'))[0]!.end
  for (let next = 0; next < end; ) {
    const { columns } = await log.readColumns(0, next, BATCH_RECORDS)
    use(columns)
    next += columns.kinds.length
  }
}

/** Makes the records that a store would be given, so that their cost is part of the figure. */
function records(keys: KeyTable, use: (record: WindowRecord) => void): WindowSink {
  return {
    window: (size, startMs, cells, slot, partial) =>
      use(windowRecord(keys, size, startMs, cells, slot, partial)),
    gap: () => {},
    tick: () => {},
  }
}

async function measure(items: number, run: () => Promise<void>): Promise<{ median: number; runs: number }> {
  await run()
  const rates: number[] = []
  for (let i = 0; i < RUNS; i++) {
    const startedMs = performance.now()
    await run()
    rates.push((items / (performance.now() - startedMs)) * 1_000)
  }
  return { median: rates.sort((a, b) => a - b)[RUNS >> 1]!, runs: RUNS }
}
