// The laws of a replay: it writes what the stages write, however many partitions, wherever it is broken off.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ANY_LATENESS_MS, type ReplayWork, rebuildWindows } from '../../infra/main/replay-windows.ts'
import type { StoreBatch } from '../../infra/ports.ts'
import { FRESH } from '../../processors/aggregate/resume.ts'
import { PanesStage } from '../../processors/panes-stage.ts'
import { WINDOW_MS } from '../../processors/topology.ts'
import { WindowsStage } from '../../processors/windows-stage.ts'
import type { SalesRecord, Window, WindowSize } from '../../schemas/records.ts'
import type { Interval } from '../../schemas/time.ts'
import { createFakeEventLog } from '../fakes/event-log.ts'
import { arbSalesLog, plainWindows, sale, T0 } from '../support/sales.ts'

const LATENESS_MS = 3_600_000
const MINUTE_MS = 60_000
const RUNS = Number(process.env.RUNS ?? 60)

/** Sales by their number, ticks and gaps in every partition, as the stages write them. */
function split(records: readonly SalesRecord[], partitions: number): SalesRecord[][] {
  const parts: SalesRecord[][] = Array.from({ length: partitions }, () => [])
  for (const record of records) {
    const id =
      record.kind === 'sale' ? record.basketId : record.kind === 'amend' ? record.sale.basketId : null
    if (id === null) for (const part of parts) part.push(record)
    else parts[Number(id.slice(1)) % partitions]!.push(record)
  }
  return parts
}

/** What the stages write, in their order. */
function liveWindows(parts: readonly SalesRecord[][]): Window[] {
  const windows: Window[] = []
  const allowedLatenessMs = LATENESS_MS
  const stage = new WindowsStage(
    { allowedLatenessMs, partition: 0, partitions: 1, sources: parts.length },
    FRESH,
    (_topic, _partition, record) => {
      if (record.kind === 'window') windows.push(record)
    },
  )
  for (const [source, part] of parts.entries()) {
    const panes = new PanesStage(
      { allowedLatenessMs, source, outputPartitions: 1 },
      FRESH,
      (_topic, _partition, record) => stage.handle([record], 0),
    )
    panes.handle(part, 0)
  }
  return windows
}

const isWithin =
  ({ fromMs, toMs }: Interval) =>
  (window: Window) =>
    window.startMs >= fromMs && window.startMs + WINDOW_MS[window.size] <= toMs

const inTextOrder = (windows: readonly Window[]) => [...new Set(windows.map(w => JSON.stringify(w)))].sort()

const arbInterval: fc.Arbitrary<Interval> = fc
  .record({ from: fc.integer({ min: -100, max: 300 }), minutes: fc.integer({ min: 1, max: 3_000 }) })
  .map(({ from, minutes }) => ({
    fromMs: T0 + from * MINUTE_MS,
    toMs: T0 + (from + minutes) * MINUTE_MS,
  }))

/** A store that keeps what it was given, and may fail before or after it did so. */
function createKeeper(failures: Iterator<'no' | 'before' | 'after'>) {
  const windows: Window[] = []
  let watermarkMs: number | null = null
  return {
    windows,
    watermarkMs: () => watermarkMs,
    write: async (batch: StoreBatch) => {
      const fails = failures.next().value
      if (fails === 'before') throw new Error('store gone before')
      windows.push(...(batch.windows ?? []))
      watermarkMs = batch.watermarkMs ?? watermarkMs
      if (fails === 'after') throw new Error('store gone after')
    },
    progress: async () => null,
  }
}

async function workOn(parts: readonly SalesRecord[][], interval: Interval, batchRecords: number) {
  const log = createFakeEventLog({ partitions: parts.length })
  await log.append(
    parts.flatMap((part, partition) => part.map(record => ({ topic: 'sales' as const, partition, record }))),
  )
  const work: Omit<ReplayWork, 'store'> = {
    log,
    interval,
    allowedLatenessMs: LATENESS_MS,
    ends: parts.map(part => part.length),
    signal: new AbortController().signal,
    onRead: () => {},
    steps: { batchRecords, rowsPerWrite: 1 },
  }
  return work
}

function* never(): Generator<'no'> {
  for (;;) yield 'no'
}

/** Old sales that an import put behind everything else, and the tick that follows. */
function withImported(records: readonly SalesRecord[], minutes: readonly number[]): readonly SalesRecord[] {
  const upToMs = Math.max(...records.map(record => (record.kind === 'tick' ? record.upToMs : 0)))
  const sales = minutes.map((minute, i) => sale(`b${1_000 + i}`, T0 + minute * MINUTE_MS))
  return [...records, ...sales, { kind: 'tick', upToMs: upToMs + 3_000 * MINUTE_MS }]
}

const arbPartitions = fc.integer({ min: 1, max: 3 })
const arbBatch = fc.integer({ min: 1, max: 40 })

describe('replay of windows', () => {
  it('[B1] of any interval and any number of partitions gives the records of the stages, revisions included', async () => {
    const property = fc.asyncProperty(
      arbSalesLog,
      arbPartitions,
      arbInterval,
      arbBatch,
      async (records, partitions, interval, batch) => {
        const parts = split(records, partitions)
        const store = createKeeper(never())
        await rebuildWindows({ ...(await workOn(parts, interval, batch)), store }, null)
        const expected = liveWindows(parts).filter(isWithin(interval))
        expect(inTextOrder(store.windows)).toEqual(inTextOrder(expected))
      },
    )
    await fc.assert(property, { numRuns: 4 * RUNS })
  })

  it('[B19] however late sales came: with any lateness allowed, windows are what all of them add up to', async () => {
    const property = fc.asyncProperty(
      arbSalesLog,
      arbPartitions,
      arbInterval,
      arbBatch,
      fc.array(fc.nat(300), { maxLength: 5 }),
      async (inTime, partitions, interval, batch, minutes) => {
        const records = withImported(inTime, minutes)
        const work = await workOn(split(records, partitions), interval, batch)
        const store = createKeeper(never())
        await rebuildWindows({ ...work, allowedLatenessMs: ANY_LATENESS_MS, store }, null)
        const last = new Map<string, unknown>()
        for (const { kind: _k, key, size, startMs, revision: _r, partial: _p, ...totals } of store.windows)
          if (key !== 'all') last.set(`${size} ${startMs} ${key}`, totals)
        const expected = new Map<string, unknown>()
        for (const [id, { partial: _p, ...totals }] of plainWindows(records, ANY_LATENESS_MS)) {
          const [size, startMs, key] = id.split(' ') as [WindowSize, string, string]
          const toMs = Number(startMs) + WINDOW_MS[size]
          if (key !== 'all' && Number(startMs) >= interval.fromMs && toMs <= interval.toMs)
            expected.set(id, totals)
        }
        const isSome = ([, totals]: [string, unknown]) => (totals as { items: number }).items > 0
        expect(new Map([...last].filter(isSome))).toEqual(new Map([...expected].filter(isSome)))
      },
    )
    await fc.assert(property, { numRuns: 3 * RUNS })
  })

  it('[B2] broken off at any write and started again, it writes what it would have written', async () => {
    const arbFailures = fc.infiniteStream(
      fc.oneof(
        { weight: 5, arbitrary: fc.constant('no' as const) },
        { weight: 1, arbitrary: fc.constantFrom('before' as const, 'after' as const) },
      ),
    )
    const property = fc.asyncProperty(
      arbSalesLog,
      arbPartitions,
      arbInterval,
      arbBatch,
      arbFailures,
      async (records, partitions, interval, batch, failures) => {
        const work = await workOn(split(records, partitions), interval, batch)
        const calm = createKeeper(never())
        await rebuildWindows({ ...work, store: calm }, null)
        const stormy = createKeeper(failures[Symbol.iterator]())
        for (let isDone = false; !isDone; ) {
          isDone = await rebuildWindows({ ...work, store: stormy }, stormy.watermarkMs()).then(
            () => true,
            () => false,
          )
        }
        expect(inTextOrder(stormy.windows)).toEqual(inTextOrder(calm.windows))
      },
    )
    await fc.assert(property, { numRuns: 2 * RUNS })
  })
})
