// The windows of a replay: sales as columns through the processors chained in memory, into the store.
import type { Cells } from '../../processors/aggregate/cells.ts'
import type { KeyTable } from '../../processors/aggregate/key-table.ts'
import { windowRecord } from '../../processors/aggregate/window-record.ts'
import { Chain } from '../../processors/chain.ts'
import { WINDOW_MS } from '../../processors/topology.ts'
import type { WindowSink } from '../../processors/windows.ts'
import type { Window, WindowSize } from '../../schemas/records.ts'
import { COLUMN_GAP, COLUMN_TICK, type SalesColumns, salesColumns } from '../../schemas/sales-columns.ts'
import { DAY_MS, floorTo, type Interval, overlaps } from '../../schemas/time.ts'
import type { EventLog, Store } from '../ports.ts'
import { createReplayWriter } from './replay-writer.ts'

export interface ReplayWork {
  readonly log: EventLog
  readonly store: Pick<Store, 'write' | 'progress'>
  readonly interval: Interval
  readonly allowedLatenessMs: number
  /** By partition, the offset next to be written when the replay began: it reads no further. */
  readonly ends: readonly number[]
  readonly signal: AbortSignal
  /** `records` more have been read. */
  readonly onRead: (records: number) => void
  /** Smaller steps, so that tests see many. */
  readonly steps?: { readonly batchRecords: number; readonly rowsPerWrite: number }
}

/** Records per read: a block of the embedded log. Rows per write: fast to write, and soon to stop. */
const BLOCK_RECORDS = 1_000
const STEPS = { batchRecords: BLOCK_RECORDS, rowsPerWrite: 10_000 }
/** A day's windows of all artists and items fire together: they are written in parts. */
const MAX_ROWS_PER_WRITE = 20_000

/**
 * Windows that lie wholly in the interval, as the stages write them: same totals, same revisions. With
 * `doneToMs`, the watermark up to which all of them are in the store, it goes on from there: it reads again
 * from the start of the oldest window that was still open, and gives out only what comes after.
 * Resolves with the watermark reached; null where no tick was met.
 */
export async function rebuildWindows(work: ReplayWork, doneToMs: number | null): Promise<number | null> {
  const { log, interval, allowedLatenessMs, ends, signal } = work
  const { batchRecords, rowsPerWrite } = work.steps ?? STEPS
  const openMs = doneToMs === null ? interval.fromMs : floorTo(doneToMs - allowedLatenessMs, DAY_MS)
  const fromMs = Math.max(interval.fromMs, openMs)
  const sources = log.partitions('sales')
  const next = await offsetsAt(log, fromMs)
  const collected = new Collected(interval)
  const chain = new Chain(
    {
      allowedLatenessMs,
      sources,
      watermarkMs: (await hasTicked(log, next)) ? fromMs : null,
      finalAtMs: doneToMs,
    },
    keys => collected.sinkFor(keys),
  )
  const writer = createReplayWriter(work.store, 'windows', 0)
  let records = 0
  while (!signal.aborted && (chain.windows.watermarkMs ?? 0) < interval.toMs + allowedLatenessMs) {
    const source = furthestBehind(chain, sources)
    const left = ends[source]! - next[source]!
    if (left <= 0) break
    const { firstOffset, columns } = await log.readColumns(
      source,
      next[source]!,
      Math.min(batchRecords, left),
    )
    const count = columns.kinds.length
    if (count === 0) break
    next[source] = firstOffset + count
    records += count
    chain.handle(isWanted(columns, work) ? columns : lastTickOf(columns), source)
    work.onRead(count)
    if (collected.rows.length < rowsPerWrite) continue
    for (const rows of collected.take()) await writer.write({ windows: rows.rows }, rows.watermarkMs, records)
  }
  for (const rows of collected.take()) await writer.write({ windows: rows.rows }, rows.watermarkMs, records)
  await writer.flush()
  return chain.windows.watermarkMs
}

/** However late is in time: for logs into which old sales were imported. */
export const ANY_LATENESS_MS = 36_500 * DAY_MS

/**
 * Where nothing is too late, windows stay open to the end of the log, and so would those after the interval:
 * a batch with nothing of the interval is passed over.
 */
function isWanted({ kinds, timesMs, gaps }: SalesColumns, work: ReplayWork): boolean {
  const { interval, allowedLatenessMs } = work
  if (allowedLatenessMs < ANY_LATENESS_MS || gaps.some(gap => overlaps(gap, interval))) return true
  for (let i = 0; i < kinds.length; i++) {
    const isSale = kinds[i] !== COLUMN_TICK && kinds[i] !== COLUMN_GAP
    if (isSale && timesMs[i]! >= interval.fromMs && timesMs[i]! < interval.toMs) return true
  }
  return false
}

function lastTickOf({ kinds, timesMs }: SalesColumns): SalesColumns {
  const at = kinds.lastIndexOf(COLUMN_TICK)
  return salesColumns(at < 0 ? [] : [{ kind: 'tick', upToMs: timesMs[at]! }])
}

/** By partition: where reading sees every record of `[fromMs, …)`. */
export async function offsetsAt(log: EventLog, fromMs: number): Promise<number[]> {
  const offsets: number[] = []
  for (let p = 0; p < log.partitions('sales'); p++) offsets.push(await log.offsetAtTime('sales', p, fromMs))
  return offsets
}

/** The source whose ticks hold the others back. */
function furthestBehind(chain: Chain, sources: number): number {
  const reached = (source: number) => chain.watermarkOf(source) ?? Number.NEGATIVE_INFINITY
  let found = 0
  for (let source = 1; source < sources; source++) if (reached(source) < reached(found)) found = source
  return found
}

/** True where every partition had its first tick before the offsets: then empty windows count, too. */
async function hasTicked(log: EventLog, offsets: readonly number[]): Promise<boolean> {
  const bounds = await log.bounds('sales')
  for (const [partition, offset] of offsets.entries()) {
    let ticked = false
    for (let at = bounds[partition]!.start; at < offset && !ticked; ) {
      const { firstOffset, columns } = await log.readColumns(
        partition,
        at,
        Math.min(BLOCK_RECORDS, offset - at),
      )
      if (columns.kinds.length === 0) break
      ticked = columns.kinds.includes(COLUMN_TICK)
      at = firstOffset + columns.kinds.length
    }
    if (!ticked) return false
  }
  return true
}

interface Rows {
  readonly rows: readonly Window[]
  /** With the last of them only: then all up to there are written. */
  readonly watermarkMs: number | null
}

/** What the chain gives, kept until the next write. */
class Collected {
  rows: Window[] = []
  readonly #interval: Interval
  #watermarkMs: number | null = null

  constructor(interval: Interval) {
    this.#interval = interval
  }

  sinkFor(keys: KeyTable): WindowSink {
    return {
      window: (size, startMs, cells, slot, partial) =>
        this.#window(keys, size, startMs, cells, slot, partial),
      gap: () => {},
      tick: upToMs => {
        this.#watermarkMs = upToMs
      },
    }
  }

  /** Everything since the last call, in parts. */
  take(): readonly Rows[] {
    const { rows } = this
    this.rows = []
    const parts: Rows[] = []
    for (let at = 0; at + MAX_ROWS_PER_WRITE < rows.length; at += MAX_ROWS_PER_WRITE)
      parts.push({ rows: rows.slice(at, at + MAX_ROWS_PER_WRITE), watermarkMs: null })
    parts.push({ rows: rows.slice(parts.length * MAX_ROWS_PER_WRITE), watermarkMs: this.#watermarkMs })
    return parts
  }

  #window(
    keys: KeyTable,
    size: WindowSize,
    startMs: number,
    cells: Cells,
    slot: number,
    partial: boolean,
  ): void {
    const { fromMs, toMs } = this.#interval
    if (startMs < fromMs || startMs + WINDOW_MS[size] > toMs) return
    this.rows.push(windowRecord(keys, size, startMs, cells, slot, partial))
  }
}
