// The sale rows of a replay: sales and gaps of the interval, from every partition into the store.
import type { Gap, Sale, SalesRecord } from '../../schemas/records.ts'
import { overlaps } from '../../schemas/time.ts'
import type { ReplayWork } from './replay-windows.ts'
import { createReplayWriter, REPLAY_STAGE } from './replay-writer.ts'

const BATCH_RECORDS = 5_000

/**
 * Rows of the sales of the interval that came before the allowed lateness was over, as the store-writer
 * writes them. Goes on where the store says it stopped. A repeat changes nothing.
 */
export async function rebuildRows(work: ReplayWork, starts: readonly number[]): Promise<void> {
  for (const [partition, start] of starts.entries()) {
    if (work.signal.aborted) return
    await rebuildPartition(work, partition, start)
  }
}

async function rebuildPartition(work: ReplayWork, partition: number, start: number): Promise<void> {
  const { log, store, interval, ends, signal } = work
  const untilMs = interval.toMs + work.allowedLatenessMs
  const writer = createReplayWriter(store, 'sales', partition)
  let next = (await store.progress(REPLAY_STAGE, 'sales', partition)) ?? start
  let watermarkMs: number | null = null
  const end = ends[partition]!
  while (next < end && !signal.aborted && (watermarkMs ?? 0) < untilMs) {
    const batch = await log.read('sales', partition, next, Math.min(BATCH_RECORDS, end - next))
    const count = batch.records.length
    if (count === 0) break
    next = batch.firstOffset + count
    const sales: Sale[] = []
    const gaps: Gap[] = []
    for (const record of batch.records) {
      const sale = saleOf(record)
      if (sale !== null && sale.soldAtMs >= interval.fromMs && sale.soldAtMs < interval.toMs) sales.push(sale)
      if (record.kind === 'gap' && overlaps(record, interval)) gaps.push(record)
      if (record.kind === 'tick') watermarkMs = Math.max(watermarkMs ?? record.upToMs, record.upToMs)
    }
    await writer.write({ sales, gaps }, watermarkMs, next)
    work.onRead(count)
  }
  await writer.flush()
}

function saleOf(record: SalesRecord): Sale | null {
  return record.kind === 'sale' ? record : record.kind === 'amend' ? record.sale : null
}
