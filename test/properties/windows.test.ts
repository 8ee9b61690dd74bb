// The laws of panes and windows, each stated as an equality with a plain computation or with an undisturbed
// run.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FRESH } from '../../processors/aggregate/resume.ts'
import { Chain } from '../../processors/chain.ts'
import { PanesStage } from '../../processors/panes-stage.ts'
import type { ProcessorPosition } from '../../processors/stage.ts'
import type { WindowSink } from '../../processors/windows.ts'
import { WindowsStage } from '../../processors/windows-stage.ts'
import { ALL_KEY } from '../../schemas/keys.ts'
import { partitionOf } from '../../schemas/partition.ts'
import type { PaneRecord, SalesRecord, Window, WindowRecord } from '../../schemas/records.ts'
import { salesColumns } from '../../schemas/sales-columns.ts'
import { arbSalesLog, type PlainWindow, plainWindows } from '../support/sales.ts'

const LATENESS_MS = 3_600_000
const RUNS = Number(process.env.RUNS ?? 60)

/** The state that a sink that upserts the highest revision ends with. */
function settled(records: readonly WindowRecord[]): ReadonlyMap<string, PlainWindow> {
  const held = new Map<string, Window>()
  for (const record of records) {
    if (record.kind !== 'window') continue
    const id = `${record.size} ${record.startMs} ${record.key}`
    const before = held.get(id)
    if (before === undefined || record.revision >= before.revision) held.set(id, record)
  }
  return new Map(
    [...held].map(([id, { items, baskets, units, revenueUsdCents, overUsdCents, partial }]) => [
      id,
      { items, baskets, units, revenueUsdCents, overUsdCents, partial },
    ]),
  )
}

/** Windows that nothing is in any more (all amended away) say the same as no window. */
function withoutEmpty(windows: ReadonlyMap<string, PlainWindow>): Record<string, PlainWindow> {
  return Object.fromEntries(
    [...windows]
      .filter(([id, w]) => w.items !== 0 || id.endsWith(` ${ALL_KEY}`))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}

function chained(log: readonly SalesRecord[]): WindowRecord[] {
  const out: WindowRecord[] = []
  const chain = new Chain(
    { allowedLatenessMs: LATENESS_MS },
    (keys): WindowSink => ({
      window: (size, startMs, cells, slot, partial) =>
        out.push({
          kind: 'window',
          key: keys.key(cells.keys[slot]!),
          size,
          startMs,
          revision: cells.revisions[slot]!,
          partial,
          ...cells.totals(slot),
        }),
      gap: gap => out.push(gap),
      tick: upToMs => out.push({ kind: 'tick', upToMs }),
    }),
  )
  chain.handle(salesColumns(log))
  return out
}

/**
 * A stage over a growing log, that can be killed after any batch and started again from what it committed.
 */
interface Running<I, O> {
  handle(records: readonly I[], firstOffset: number): void
  position(next: number): ProcessorPosition | null
  readonly out: O[]
}

/**
 * Runs a stage over `log` in batches. At each kill everything since the last commit is forgotten but its
 * output stays (at-least-once); `commitEvery` batches the position is kept.
 */
function withCrashes<I, O>(
  log: readonly I[],
  start: (resume: ProcessorPosition | null, out: O[]) => Running<I, O>,
  cuts: readonly number[],
): O[] {
  const out: O[] = []
  let committed: ProcessorPosition | null = null
  let stage = start(null, out)
  let next = 0
  for (const cut of cuts) {
    const size = 1 + (cut % 7)
    const batch = log.slice(next, next + size)
    stage.handle(batch, next)
    next += batch.length
    if (cut % 3 === 0) committed = stage.position(next) ?? committed
    if (cut % 5 === 0) {
      stage = start(committed, out)
      next = committed?.offset ?? 0
    }
  }
  stage.handle(log.slice(next), next)
  return out
}

function startPanes(resume: ProcessorPosition | null, out: PaneRecord[]): Running<SalesRecord, PaneRecord> {
  const stage = new PanesStage(
    { allowedLatenessMs: LATENESS_MS, source: 0, outputPartitions: 1 },
    resume ?? FRESH,
    (_topic, _partition, record) => out.push(record),
  )
  return { handle: (r, o) => stage.handle(r, o), position: n => stage.position(n), out }
}

function startWindows(sources: number, partition = 0, partitions = 1) {
  return (resume: ProcessorPosition | null, out: WindowRecord[]): Running<PaneRecord, WindowRecord> => {
    const stage = new WindowsStage(
      { allowedLatenessMs: LATENESS_MS, partition, partitions, sources },
      resume ?? FRESH,
      (_topic, _p, record) => out.push(record),
    )
    return { handle: (r, o) => stage.handle(r, o), position: n => stage.position(n), out }
  }
}

const arbCuts = fc.array(fc.nat(1000), { maxLength: 60, size: 'max' })

describe('panes and windows', () => {
  it('[W1] every window equals a plain grouping of the sales that came in time', () => {
    fc.assert(
      fc.property(arbSalesLog, log => {
        expect(withoutEmpty(settled(chained(log)))).toEqual(withoutEmpty(plainWindows(log, LATENESS_MS)))
      }),
      { numRuns: RUNS },
    )
  })

  it('[W2] records between the stages give the same windows, in the same order, as the chain in memory', () => {
    fc.assert(
      fc.property(arbSalesLog, log => {
        const panes = withCrashes(log, startPanes, [])
        const windows = withCrashes(panes, startWindows(1), [])
        const plain = ({ kind, ...rest }: WindowRecord) => ({ kind, ...rest, source: undefined })
        expect(windows.map(plain)).toEqual(chained(log).map(plain))
      }),
      { numRuns: RUNS },
    )
  })

  it('[W3] killed and resumed anywhere, panes and windows write what they would have written', () => {
    fc.assert(
      fc.property(arbSalesLog, arbCuts, arbCuts, (log, paneCuts, windowCuts) => {
        const calm = withCrashes(withCrashes(log, startPanes, []), startWindows(1), [])
        const stormy = withCrashes(withCrashes(log, startPanes, paneCuts), startWindows(1), windowCuts)
        expect(distinct(stormy)).toEqual(distinct(calm))
      }),
      { numRuns: 5 * RUNS },
    )
  })

  it('[W4] two source partitions, interleaved anyhow, give the windows of one', () => {
    fc.assert(
      fc.property(arbSalesLog, fc.infiniteStream(fc.boolean()), arbCuts, (log, coin, cuts) => {
        const halves = split(log)
        const panes = halves.map((half, source) => {
          const out: PaneRecord[] = []
          const stage = new PanesStage(
            { allowedLatenessMs: LATENESS_MS, source, outputPartitions: 1 },
            FRESH,
            (_t, _p, record) => out.push(record),
          )
          stage.handle(half, 0)
          return out
        }) as [PaneRecord[], PaneRecord[]]
        const mixed = interleave(panes[0], panes[1], coin)
        const windows = withCrashes(mixed, startWindows(2), cuts)
        expect(withoutEmpty(settled(windows))).toEqual(withoutEmpty(plainWindows(log, LATENESS_MS)))
        expect(distinct(windows)).toEqual(
          distinct(withCrashes([...panes[0], ...panes[1]], startWindows(2), [])),
        )
      }),
      { numRuns: RUNS },
    )
  })

  it('[W5] three partitions of keys together hold each window once and all of them', () => {
    fc.assert(
      fc.property(arbSalesLog, log => {
        const byPartition: PaneRecord[][] = [[], [], []]
        const stage = new PanesStage(
          { allowedLatenessMs: LATENESS_MS, source: 0, outputPartitions: 3 },
          FRESH,
          (_t, partition, record) => byPartition[partition]!.push(record),
        )
        stage.handle(log, 0)
        const windows = byPartition.map((panes, p) => withCrashes(panes, startWindows(1, p, 3), []))
        const merged: Record<string, PlainWindow> = {}
        for (const [partition, records] of windows.entries()) {
          for (const [id, window] of settled(records)) {
            expect(merged[id]).toBeUndefined()
            expect(partitionOf(id.split(' ').slice(2).join(' '), 3)).toBe(partition)
            merged[id] = window
          }
        }
        expect(withoutEmpty(new Map(Object.entries(merged)))).toEqual(
          withoutEmpty(plainWindows(log, LATENESS_MS)),
        )
      }),
      { numRuns: RUNS },
    )
  })
})

/**
 * Distinct records by their whole content, sorted: repeats after a crash are allowed, other contents are not.
 */
function distinct(records: readonly WindowRecord[]): string[] {
  return [...new Set(records.map(record => JSON.stringify(record)))].sort()
}

/** Baskets by parity of their number; ticks and gaps in both, as a poller writes them. */
function split(log: readonly SalesRecord[]): [SalesRecord[], SalesRecord[]] {
  const halves: [SalesRecord[], SalesRecord[]] = [[], []]
  for (const record of log) {
    if (record.kind === 'tick' || record.kind === 'gap') {
      for (const half of halves) half.push(record)
      continue
    }
    const id = record.kind === 'sale' ? record.basketId : record.sale.basketId
    halves[Number(id.slice(1)) % 2]!.push(record)
  }
  return halves
}

function interleave<T>(a: readonly T[], b: readonly T[], coin: Iterable<boolean>): T[] {
  const out: T[] = []
  let [i, j] = [0, 0]
  for (const heads of coin) {
    if (i === a.length && j === b.length) break
    if ((heads && i < a.length) || j === b.length) out.push(a[i++]!)
    else out.push(b[j++]!)
  }
  return out
}
