// The law of a windows stage that begins where panes were dropped: what it sees in part, it leaves alone.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { FRESH } from '../../processors/aggregate/resume.ts'
import { PanesStage } from '../../processors/panes-stage.ts'
import type { ProcessorPosition } from '../../processors/stage.ts'
import { WindowsStage } from '../../processors/windows-stage.ts'
import type { PaneRecord, SalesRecord, Window, WindowRecord } from '../../schemas/records.ts'
import { arbSalesLog } from '../support/sales.ts'

const LATENESS_MS = 3_600_000

function panesOf(log: readonly SalesRecord[]): readonly PaneRecord[] {
  const out: PaneRecord[] = []
  const options = { allowedLatenessMs: LATENESS_MS, source: 0, outputPartitions: 1 }
  new PanesStage(options, FRESH, (_topic, _partition, record) => out.push(record)).handle(log, 0)
  return out
}

/** As pollers write them: a gap ends by the tick behind it. */
function withShortGaps(log: readonly SalesRecord[]): readonly SalesRecord[] {
  return log.flatMap((record, at): readonly SalesRecord[] => {
    if (record.kind !== 'gap') return [record]
    const tick = log.slice(at).find(later => later.kind === 'tick')
    const toMs = Math.min(record.toMs, tick?.upToMs ?? record.fromMs)
    return toMs > record.fromMs ? [{ ...record, toMs }] : []
  })
}

/** What a new stage writes that finds records from `start` on, killed after some batches. */
function windowsOf(panes: readonly PaneRecord[], start: number, cuts: readonly number[]): readonly Window[] {
  const out: WindowRecord[] = []
  let committed: ProcessorPosition | null = null
  const begin = () => {
    const options = { allowedLatenessMs: LATENESS_MS, partition: 0, partitions: 1, sources: 1 }
    const resume = committed ?? FRESH
    const emit = (_topic: 'windows', _partition: number, record: WindowRecord) => void out.push(record)
    return new WindowsStage({ ...options, isNew: committed === null }, resume, emit)
  }
  let stage = begin()
  let next = start
  for (const cut of [...cuts, 0]) {
    const batch = panes.slice(next, cut === 0 ? panes.length : next + 1 + (cut % 7))
    if (batch.length === 0) break
    stage.handle(batch, next)
    next += batch.length
    committed = stage.position(next) ?? committed
    if (cut % 5 !== 1) continue
    stage = begin()
    next = (committed as ProcessorPosition | null)?.offset ?? start
  }
  const seen = new Set<string>()
  return out.filter((record): record is Window => {
    const text = JSON.stringify(record)
    return record.kind === 'window' && !seen.has(text) && seen.add(text) !== null
  })
}

it('[W9] begun behind dropped panes with no position, it writes whole windows alone, and those as ever', () => {
  const arbCuts = fc.array(fc.integer({ min: 1, max: 1_000 }), { maxLength: 40 })
  fc.assert(
    fc.property(arbSalesLog, fc.nat(), arbCuts, (log, at, cuts) => {
      const panes = panesOf(withShortGaps(log))
      const start = panes.length === 0 ? 0 : at % panes.length
      const firstTick = panes.slice(start).find(record => record.kind === 'tick')
      const fromMs = start === 0 ? Number.NEGATIVE_INFINITY : (firstTick?.upToMs ?? Number.POSITIVE_INFINITY)
      const whole = windowsOf(panes, 0, []).filter(({ startMs }) => startMs >= fromMs)
      expect(windowsOf(panes, start, cuts)).toEqual(whole)
    }),
    { numRuns: 200 },
  )
})
