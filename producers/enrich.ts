// Stage `enrich`: baskets of the feed become sales with a genre, in the order of the feed around its ticks.
import type {
  Batch,
  Clock,
  ConsumeOptions,
  Entry,
  EventLog,
  ItemPages,
  PageCache,
  PartitionTask,
  Position,
  Telemetry,
} from '../infra/ports.ts'
import type { DeadLetter, SalesRecord } from '../schemas/records.ts'
import { DAY_MS, HOUR_MS, SECOND_MS } from '../schemas/time.ts'
import { knownItems } from './amender.ts'
import { applyKnown, isPending, type Line, normaliseBatch, pagesOf, splitAtWaits } from './enrich-batch.ts'
import { createKnownPages, type KnownPages } from './known-pages.ts'
import { createLookups } from './lookups.ts'
import { createPendingSales, type PendingSales } from './pending-sales.ts'

export interface EnrichOptions {
  /** How long a tick waits for pages, at most. */
  readonly enrichWaitMs?: number
  /**
   * A sale is amended while it was sold less than this before the watermark; at most the allowed lateness.
   */
  readonly amendForMs?: number
  /** Sales of one partition that are looked for at the same time; the oldest are given up. */
  readonly maxPending?: number
  /** Facts of a page are good for so long. */
  readonly cacheForMs?: number
  /** Pages asked for at the same time, before the port's own politeness. */
  readonly lookupsAtOnce?: number
}

export interface EnrichParts {
  readonly log: EventLog
  readonly pages: ItemPages
  readonly cache: PageCache
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly options?: EnrichOptions
}

export interface Enrich {
  /** For `log.consume({ group: 'enrich', topic: 'feed', onAssigned })`. */
  readonly onAssigned: ConsumeOptions<'feed'>['onAssigned']
  /**
   * To be called before the consumer is closed: no tick waits any longer (its sales go through as `pending`
   * and are looked for again after the restart) and no page is asked for. Resolves when the cache has all
   * pages.
   */
  close(): Promise<void>
}

const STAGE = 'enrich'
/** An hour of sales at ten times the usual rate with a cold cache: some 30 MB. */
const MAX_PENDING = 20_000
const DEFAULTS = {
  enrichWaitMs: 20 * SECOND_MS,
  amendForMs: HOUR_MS,
  maxPending: MAX_PENDING,
  cacheForMs: 28 * DAY_MS,
  // The port asks for one page at a time; were more handed to it, the most wanted could not go first.
  lookupsAtOnce: 1,
}

type Settings = typeof DEFAULTS

/**
 * At-least-once: everything is appended before its position is committed, and the position stays at the
 * oldest sale that is still looked for. After a crash such sales are read and looked for again; a repeat that
 * knows less changes nothing behind `sales` (KNOWLEDGE_RANK). Bad baskets become dead letters.
 */
export function createEnrich(parts: EnrichParts): Enrich {
  const settings: Settings = { ...DEFAULTS, ...parts.options }
  const known = createKnownPages({ ...parts, ...settings })
  const lookups = createLookups({ ...parts, atOnce: settings.lookupsAtOnce })
  const open = new Set<PendingSales>()
  lookups.listen({ learnt: known.remember, failed: () => {} })
  let closing = false

  return {
    onAssigned: async (partition, committed) => {
      const pendings = createPendingSales({ ...parts, ...settings, lookups, partition })
      open.add(pendings)
      if (closing) pendings.interrupt()
      const handle = createHandle(parts, settings, {
        partition,
        known,
        pendings,
        watermarkMs: committed?.watermarkMs ?? null,
        behindSinceMs: null,
      })
      const revoked = async (): Promise<void> => {
        open.delete(pendings)
        await pendings.close()
      }
      return { from: committed?.offset ?? 0, task: { handle, revoked } }
    },
    async close() {
      closing = true
      for (const pendings of open) pendings.interrupt()
      lookups.close()
      await known.idle()
    },
  }
}

interface State {
  readonly partition: number
  readonly known: KnownPages
  readonly pendings: PendingSales
  watermarkMs: number | null
  /** When the batches began that did not reach the end of the log: they share one wait. */
  behindSinceMs: number | null
}

type Handle = PartitionTask<'feed'>['handle']

function createHandle(parts: EnrichParts, { enrichWaitMs }: Settings, state: State): Handle {
  const { clock, log, telemetry } = parts
  const { partition, known, pendings } = state

  async function append(lines: readonly Line[], letters: readonly DeadLetter[]): Promise<Written> {
    const records = lines.map(line => (isPending(line) ? pendings.take(line) : line))
    const entries: Entry[] = records.map(record => ({ topic: 'sales', partition, record }))
    for (const record of letters) entries.push({ topic: 'dead-letters', partition: 0, record })
    if (entries.length > 0) await log.append(entries)
    for (const line of lines) if (isPending(line)) pendings.appended(line)
    return { entries: entries.length, ...coverage(records) }
  }

  /** What is left of the time that ticks of this batch may wait. */
  function waitLeftMs(startedMs: number, isBehind: boolean): number {
    const sinceMs = state.behindSinceMs ?? startedMs
    state.behindSinceMs = isBehind ? sinceMs : null
    // A clock that was turned back makes no wait longer.
    return Math.min(enrichWaitMs, enrichWaitMs - (clock.nowMs() - sinceMs))
  }

  return async (batch): Promise<Position> => {
    pendings.check()
    const startedMs = clock.nowMs()
    const next = batch.firstOffset + batch.records.length
    const { sales, letters } = normaliseBatch(batch, startedMs)
    const factsOf = await known.lookup(pagesOf(sales))
    const lines = batch.records.flatMap((record, i): readonly Line[] => {
      if (record.kind === 'tick') {
        state.watermarkMs = Math.max(state.watermarkMs ?? record.upToMs, record.upToMs)
      }
      if (record.kind !== 'basket') return [record]
      const normalised = sales.get(record)
      if (normalised === undefined) return []
      const { sale, unknown } = applyKnown(normalised, factsOf)
      if (unknown.size === 0) return [sale]
      return [pendings.add({ offset: batch.firstOffset + i, watermarkMs: state.watermarkMs }, sale, unknown)]
    })
    const { early, rest } = splitAtWaits(lines)
    const written = [await append(early, letters)]
    const waitMs = waitLeftMs(startedMs, next < batch.endOffset)
    if (rest.length > 0) {
      if (waitMs > 0) await pendings.heardAll(waitMs)
      written.push(await append(rest, []))
    }
    pendings.expire(state.watermarkMs)
    report(telemetry, { batch, letters, written, durationMs: clock.nowMs() - startedMs })
    if (state.watermarkMs !== null) telemetry.watermark({ stage: STAGE, upToMs: state.watermarkMs })
    const { offset, watermarkMs } = pendings.oldest() ?? { offset: next, watermarkMs: state.watermarkMs }
    return { offset, watermarkMs, finalAtMs: null }
  }
}

interface Written {
  readonly entries: number
  readonly knownItems: number
  readonly items: number
}

function coverage(records: readonly SalesRecord[]): Omit<Written, 'entries'> {
  let known = 0
  let items = 0
  for (const record of records) {
    if (record.kind !== 'sale') continue
    known += knownItems(record)
    items += record.items.length
  }
  return { knownItems: known, items }
}

interface Report {
  readonly batch: Batch<'feed'>
  readonly letters: readonly DeadLetter[]
  readonly written: readonly Written[]
  readonly durationMs: number
}

function report(telemetry: Telemetry, { batch, letters, written, durationMs }: Report): void {
  const sum = (field: keyof Written): number => written.reduce((total, each) => total + each[field], 0)
  for (const { reason, message } of letters) telemetry.deadLettered({ stage: STAGE, reason, message })
  const known = sum('knownItems')
  telemetry.enriched({ known, unknown: sum('items') - known, amended: 0 })
  telemetry.batchHandled({
    stage: STAGE,
    partition: batch.partition,
    records: batch.records.length,
    emitted: sum('entries'),
    lagRecords: batch.endOffset - batch.firstOffset - batch.records.length,
    durationMs,
  })
}
