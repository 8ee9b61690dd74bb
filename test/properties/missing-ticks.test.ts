// The law of ticks that not every partition got: what a partition counted in time, the windows count.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FRESH } from '../../processors/aggregate/resume.ts'
import { PanesStage } from '../../processors/panes-stage.ts'
import { WindowsStage } from '../../processors/windows-stage.ts'
import type { PaneRecord, SalesRecord, Window } from '../../schemas/records.ts'
import { addTotals, type Totals } from '../../schemas/totals.ts'
import { arbSalesLog, type PlainWindow, plainWindows } from '../support/sales.ts'

const LATENESS_MS = 3_600_000

/** Baskets by parity of their number; each half lacks some of the ticks, never the first or the last. */
function halvesOf(log: readonly SalesRecord[], coin: Iterator<boolean>): readonly SalesRecord[][] {
  const lastAt = log.length - 1
  return [0, 1].map(parity =>
    log.filter((record, at) => {
      if (record.kind === 'tick') return at === 0 || at === lastAt || coin.next().value === true
      if (record.kind === 'gap') return true
      const id = record.kind === 'sale' ? record.basketId : record.sale.basketId
      return Number(id.slice(1)) % 2 === parity
    }),
  )
}

function panesOf(half: readonly SalesRecord[], source: number): readonly PaneRecord[] {
  const out: PaneRecord[] = []
  const options = { allowedLatenessMs: LATENESS_MS, source, outputPartitions: 1 }
  new PanesStage(options, FRESH, (_topic, _partition, record) => out.push(record)).handle(half, 0)
  return out
}

function windowsOf(panes: readonly PaneRecord[]): ReadonlyMap<string, Window> {
  const windows = new Map<string, Window>()
  const options = { allowedLatenessMs: LATENESS_MS, partition: 0, partitions: 1, sources: 2 }
  const stage = new WindowsStage(options, FRESH, (_topic, _partition, record) => {
    if (record.kind === 'window') windows.set(`${record.size} ${record.startMs} ${record.key}`, record)
  })
  stage.handle(panes, 0)
  return windows
}

function interleaved<T>(a: readonly T[], b: readonly T[], coin: Iterator<boolean>): readonly T[] {
  const out: T[] = []
  for (let [i, j] = [0, 0]; i < a.length || j < b.length; ) {
    const isFirst = j === b.length || (i < a.length && coin.next().value === true)
    out.push(isFirst ? a[i++]! : b[j++]!)
  }
  return out
}

/** What each partition accepts by its own ticks, added up; windows with nothing in them left out. */
function expectedOf(halves: readonly SalesRecord[][]): Record<string, Totals> {
  const totals = new Map<string, Totals>()
  for (const half of halves) {
    for (const [id, { partial: _partial, ...window }] of plainWindows(half, LATENESS_MS)) {
      const known = totals.get(id)
      totals.set(id, known === undefined ? window : addTotals(known, window))
    }
  }
  return shown([...totals])
}

function shown(
  windows: readonly (readonly [string, Totals | PlainWindow | Window])[],
): Record<string, Totals> {
  const alive = windows.filter(([, { items }]) => items !== 0).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(
    alive.map(([id, { items, baskets, units, revenueUsdCents, overUsdCents }]) => [
      id,
      { items, baskets, units, revenueUsdCents, overUsdCents },
    ]),
  )
}

describe('ticks that not every partition got', () => {
  it('[W7] a source that lacks ticks of another loses nothing that came in time', () => {
    fc.assert(
      fc.property(arbSalesLog, fc.infiniteStream(fc.boolean()), (log, stream) => {
        const coin = stream[Symbol.iterator]()
        const halves = halvesOf(log, coin)
        const [a, b] = halves.map(panesOf) as [readonly PaneRecord[], readonly PaneRecord[]]
        const windows = windowsOf(interleaved(a, b, coin))
        expect(shown([...windows])).toEqual(expectedOf(halves))
        expect([...windows]).toEqual([...windowsOf([...a, ...b])])
      }),
      { numRuns: 200 },
    )
  })
})
