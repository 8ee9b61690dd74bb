// What detection costs: per sale on top of adding minutes up, and per pass over a hundred thousand keys.
import { KeyTable } from '../processors/aggregate/key-table.ts'
import { FRESH } from '../processors/aggregate/resume.ts'
import { Market } from '../processors/detect/market.ts'
import { SparseBook } from '../processors/detect/sparse.ts'
import { ARTIST, TUNING } from '../processors/detect/tuning.ts'
import { DetectStage } from '../processors/detect-stage.ts'
import { Panes } from '../processors/panes.ts'
import { createLabelledWorld } from '../producers/simulator/core/labelled/world.ts'
import { type SalesColumns, salesColumns } from '../schemas/sales-columns.ts'
import type { BenchRow } from './row.ts'

const DAYS = 5
const RUNS = 3
const KEYS = 100_000
const SWEEPS = 21

export async function runDetect(smoke: boolean): Promise<readonly BenchRow[]> {
  const world = createLabelledWorld({ seed: 7, days: smoke ? 3 : DAYS, warmUpDays: 2 })
  const batches: SalesColumns[] = []
  let sales = 0
  for (const batch of world.hours()) {
    batches.push(salesColumns(batch))
    for (const { kind } of batch) if (kind === 'sale') sales++
  }
  const panes = await median(RUNS, () => addUp(batches))
  const detect = await median(RUNS, () => {
    const stage = new DetectStage({ sources: 1, quietUpToMs: 0 }, () => {})
    for (const batch of batches) stage.handleColumns(0, batch)
  })
  const note = `${sales} sales; ${((detect * 1_000) / sales).toFixed(2)} µs with panes and evidence`
  return [
    {
      name: 'detect, on top of panes',
      unit: 'µs/sale',
      median: ((detect - panes) * 1_000) / sales,
      runs: RUNS,
      note,
    },
    ...(await sweep()),
  ]
}

/** Minutes as both have to add them up. */
function addUp(batches: readonly SalesColumns[]): void {
  const nothing = { pane: () => {}, minute: () => {}, gap: () => {}, tick: () => {} }
  const panes = new Panes({ allowedLatenessMs: 0, keys: new KeyTable() }, nothing, FRESH)
  for (const batch of batches) panes.handle(batch, 0)
}

async function sweep(): Promise<readonly BenchRow[]> {
  const market = new Market()
  const book = new SparseBook(TUNING, market)
  for (let minute = 0; minute < 3_000; minute++) {
    market.advance(minute, 400, 400, false)
    book.slide()
    const places = Int32Array.from({ length: 400 }, (_, i) => book.placeOf((minute * 400 + i) % KEYS, ARTIST))
    book.add({ places, counts: new Uint16Array(400).fill(1), size: 400 }, 400, 400)
  }
  const listed = await median(SWEEPS, () => book.expecting(TUNING.map(({ dropExpected }) => dropExpected)))
  const forgotten = await median(SWEEPS, () => book.forget(() => true))
  const bytes = book.bytesPerKey
  return [
    { name: `list of keys that may drop, ${KEYS} keys`, unit: 'ms', median: listed, runs: SWEEPS },
    { name: `keys to forget, ${KEYS} keys`, unit: 'ms', median: forgotten, runs: SWEEPS },
    { name: 'state of a key beside its text', unit: 'bytes', median: bytes, runs: 1 },
  ]
}

/** Milliseconds. */
async function median(runs: number, run: () => unknown): Promise<number> {
  run()
  const times: number[] = []
  for (let i = 0; i < runs; i++) {
    const startedMs = performance.now()
    run()
    times.push(performance.now() - startedMs)
  }
  return times.sort((a, b) => a - b)[runs >> 1]!
}
