// How many items a second the store takes, with all their windows, while Node feeds it.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedPostgres } from '../infra/postgres/embedded.ts'
import { openPostgresStore } from '../infra/postgres/store.ts'
import { type BenchRow, median } from './row.ts'
import { createLoad, writeLoad } from './store-load.ts'

const BASKETS = 25_000
const RUNS = 3
const START_MS = Date.UTC(2026, 0, 1)

/** Items a second end to end, into a new embedded server. */
export async function runStoreWrite(): Promise<readonly BenchRow[]> {
  const dataDir = await mkdtemp(join(tmpdir(), 'bct-bench-'))
  const server = await startEmbeddedPostgres({ dataDir })
  const rates: number[] = []
  let rowsPerItem = 0
  try {
    for (let run = 0; run < RUNS; run++) {
      const store = await openPostgresStore({ connection: server.connection, schema: `bench_${run}` })
      const load = createLoad(run + 1, BASKETS, START_MS)
      rowsPerItem = load.rowsPerItem
      rates.push(await writeLoad(store, load))
      await store.drop()
    }
  } finally {
    await server.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
  const note = `${rowsPerItem.toFixed(1)} rows an item: sales, items and windows`
  return [{ name: 'store-write', unit: 'items/s', median: median(rates), runs: RUNS, note }]
}
