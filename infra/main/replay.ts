// Builds results again from the log, with the same processors chained in memory, beside the live ones.

import type { Cells } from '../../processors/aggregate/cells.ts'
import type { KeyTable } from '../../processors/aggregate/key-table.ts'
import { windowRecord } from '../../processors/aggregate/window-record.ts'
import { Chain } from '../../processors/chain.ts'
import { WINDOW_MS } from '../../processors/topology.ts'
import type { WindowSink } from '../../processors/windows.ts'
import { ALL_KEY } from '../../schemas/keys.ts'
import type { Gap, Sale, SalesRecord, Window, WindowSize } from '../../schemas/records.ts'
import { salesColumns } from '../../schemas/sales-columns.ts'
import { type Interval, overlaps } from '../../schemas/time.ts'
import type { Batch, EventLog, Store } from '../ports.ts'
import { type Config, modeDir } from './config.ts'
import { CommandError, EXIT } from './errors.ts'
import type { Progress } from './progress.ts'
import { openResources } from './resources.ts'

export interface ReplayOptions {
  readonly config: Config
  readonly mode: 'live' | 'simulated'
  readonly interval: Interval
  /** Name of the schema that the results go to. */
  readonly into: string
  /** Starts the progress display, once it is known how much there is. */
  readonly startProgress: (title: string, total: number) => Progress
  readonly signal: AbortSignal
}

/** Numbers of the replay, for the closing line. */
export type ReplayResult = Readonly<Record<string, number>>

/** Records per read: big enough for fast writes, small enough to stop soon. */
const BATCH_RECORDS = 5_000

/**
 * Windows that lie wholly in the interval and sales sold in it, as they are once everything within the
 * allowed lateness has come. Repeating a replay into the same schema changes nothing.
 */
export async function replay(options: ReplayOptions): Promise<ReplayResult> {
  const { config, mode, into, signal } = options
  const resources = await openResources({ ...config, dbSchema: into }, modeDir(config, mode))
  try {
    const { log, store } = resources
    if (log.partitions('sales') > 1) {
      const fix = 'replay a log with one partition, or run the stages into another schema'
      throw new CommandError(EXIT.precondition, 'this log has several partitions', fix)
    }
    return await replayPartition(options, log, store, signal)
  } finally {
    await resources.close()
  }
}

async function replayPartition(
  { config, interval, startProgress }: ReplayOptions,
  log: EventLog,
  store: Store,
  signal: AbortSignal,
): Promise<ReplayResult> {
  const collected = new Collected(interval)
  const chain = new Chain(config, keys => collected.sinkFor(keys))
  const from = await log.offsetAtTime('sales', 0, interval.fromMs)
  const untilMs = interval.toMs + config.allowedLatenessMs
  const to = await log.offsetAtTime('sales', 0, untilMs)
  if (to === from)
    throw new CommandError(EXIT.notFound, 'the log holds nothing of that time', 'see bct status')
  const progress = startProgress('Replay', to - from)
  let next = from
  while (next < to && !signal.aborted) {
    const batch = await log.read('sales', 0, next, Math.min(BATCH_RECORDS, to - next))
    if (batch.records.length === 0) break
    next = batch.firstOffset + batch.records.length
    collected.takeSales(batch)
    chain.handle(salesColumns(batch.records))
    await collected.writeTo(store, next)
    progress.update(next - from, `${collected.items} items`)
  }
  progress.stop()
  return {
    items: collected.items,
    baskets: collected.baskets,
    windows: collected.windows,
    gaps: collected.gaps,
  }
}

/** What the chain and the log give, kept until the next write. */
class Collected {
  items = 0
  baskets = 0
  windows = 0
  gaps = 0
  readonly #interval: Interval
  #rows: Window[] = []
  #sales: Sale[] = []
  #gaps: Gap[] = []
  #watermarkMs: number | null = null

  constructor(interval: Interval) {
    this.#interval = interval
  }

  takeSales(batch: Batch<'sales'>): void {
    for (const record of batch.records) {
      const sale = saleOf(record)
      if (sale === null || sale.soldAtMs < this.#interval.fromMs || sale.soldAtMs >= this.#interval.toMs)
        continue
      this.#sales.push(sale)
      if (record.kind !== 'sale') continue
      this.baskets++
      this.items += sale.items.length
    }
  }

  sinkFor(keys: KeyTable): WindowSink {
    return {
      window: (size, startMs, cells, slot, partial) =>
        this.#window(keys, size, startMs, cells, slot, partial),
      gap: gap => {
        if (overlaps(gap, this.#interval)) this.#gaps.push(gap)
      },
      tick: upToMs => {
        this.#watermarkMs = Math.min(upToMs, this.#interval.toMs)
      },
    }
  }

  async writeTo(store: Store, offset: number): Promise<void> {
    const batch = { sales: this.#sales, windows: this.#rows, gaps: this.#gaps }
    this.windows += this.#rows.length
    this.gaps += this.#gaps.length
    this.#rows = []
    this.#sales = []
    this.#gaps = []
    await store.write({
      ...batch,
      ...(this.#watermarkMs === null ? {} : { watermarkMs: this.#watermarkMs }),
      progress: { stage: 'replay', topic: 'sales', partition: 0, offset },
    })
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
    const row = windowRecord(keys, size, startMs, cells, slot, partial)
    if (row.items === 0 && row.key !== ALL_KEY && row.revision === 0) return
    this.#rows.push(row)
  }
}

function saleOf(record: SalesRecord): Sale | null {
  return record.kind === 'sale' ? record : record.kind === 'amend' ? record.sale : null
}
