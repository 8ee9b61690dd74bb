// The law of rolling windows: every leaders record equals a plain top list over the panes of its window.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FRESH } from '../../processors/aggregate/resume.ts'
import { PanesStage } from '../../processors/panes-stage.ts'
import { RollingStage } from '../../processors/rolling-stage.ts'
import { LEADERS_MAX, ROLLING } from '../../processors/topology.ts'
import { DIMENSIONS, dimensionOf } from '../../schemas/keys.ts'
import type { Leaders, Pane, PaneRecord } from '../../schemas/records.ts'
import { floorTo } from '../../schemas/time.ts'
import { arbSalesLog } from '../support/sales.ts'

const LATENESS_MS = 3_600_000

function rolled(panes: readonly PaneRecord[], quietUpToMs = 0): Leaders[] {
  const out: Leaders[] = []
  const options = { allowedLatenessMs: LATENESS_MS, partition: 0, partitions: 1, sources: 1, quietUpToMs }
  new RollingStage(options, (_t, _p, record) => out.push(record)).handle(panes, 0)
  return out
}

function panesOf(log: Parameters<PanesStage['handle']>[0]): PaneRecord[] {
  const out: PaneRecord[] = []
  const options = { allowedLatenessMs: LATENESS_MS, source: 0, outputPartitions: 1 }
  new PanesStage(options, FRESH, (_t, _p, record) => out.push(record)).handle(log, 0)
  return out
}

/** What must be said at each slide, from the newest revision of each pane at that moment. */
function plainLeaders(records: readonly PaneRecord[]): Leaders[] {
  const newest = new Map<string, Pane>()
  const said = new Map<string, number>()
  const out: Leaders[] = []
  for (const [at, record] of records.entries()) {
    if (record.kind === 'pane') newest.set(`${record.startMs} ${record.key}`, record)
    if (record.kind !== 'tick') continue
    for (const { size, sizeMs, slideMs } of ROLLING) {
      const endMs = floorTo(record.upToMs, slideMs)
      if (said.get(size) === endMs) continue
      said.set(size, endMs)
      const inside = [...newest.values()].filter(p => p.startMs >= endMs - sizeMs && p.startMs < endMs)
      const gaps = records.slice(0, at).filter(r => r.kind === 'gap')
      const partial = gaps.some(g => g.fromMs < endMs && endMs - sizeMs < g.toMs)
      for (const dimension of DIMENSIONS)
        out.push({
          ...plainTop(inside, dimension),
          dimension,
          size,
          endMs,
          partial,
          kind: 'leaders',
          source: 0,
        })
    }
  }
  return out
}

function plainTop(panes: readonly Pane[], dimension: string): Pick<Leaders, 'top' | 'distinctKeys'> {
  const sums = new Map<string, Leaders['top'][number]>()
  for (const p of panes) {
    if (dimensionOf(p.key) !== dimension) continue
    const before = sums.get(p.key)
    sums.set(p.key, {
      key: p.key,
      items: (before?.items ?? 0) + p.items,
      baskets: (before?.baskets ?? 0) + p.baskets,
      units: (before?.units ?? 0) + p.units,
      revenueUsdCents: (before?.revenueUsdCents ?? 0) + p.revenueUsdCents,
      overUsdCents: (before?.overUsdCents ?? 0) + p.overUsdCents,
    })
  }
  const alive = [...sums.values()].filter(row => row.items > 0)
  const top = alive.sort((a, b) => b.items - a.items || (a.key < b.key ? -1 : 1)).slice(0, LEADERS_MAX)
  return { top, distinctKeys: alive.length }
}

describe('rolling windows', () => {
  it('[R1] each slide names the keys and totals that a plain sum over its panes gives', () => {
    fc.assert(
      fc.property(arbSalesLog, log => {
        const panes = panesOf(log)
        expect(rolled(panes)).toEqual(plainLeaders(panes))
      }),
      { numRuns: 100 },
    )
  })

  it('[R2] a reader that starts a day later says the same from then on', () => {
    fc.assert(
      fc.property(arbSalesLog, fc.nat(100), (log, at) => {
        const panes = panesOf(log)
        const ticks = panes.filter(r => r.kind === 'tick')
        const quietUpToMs = ticks[at % ticks.length]!.upToMs
        expect(rolled(panes, quietUpToMs)).toEqual(rolled(panes).filter(l => l.endMs > quietUpToMs))
      }),
      { numRuns: 50 },
    )
  })
})
