// Appends amendments: sales again, with genres learnt after they went through.
import type { Entry, EventLog, Telemetry } from '../infra/ports.ts'
import type { Sale } from '../schemas/records.ts'
import type { PendingSale } from './waiters.ts'

export interface AmenderOptions {
  readonly log: EventLog
  readonly telemetry: Telemetry
  readonly partition: number
  /** A sale is amended while it was sold less than this before the watermark. */
  readonly amendForMs: number
  /** Called when an amendment is in the log, or came too late. */
  readonly done: (pending: PendingSale) => void
}

export interface Amender {
  /** What is known of the sale by now will be appended. */
  amend(pending: PendingSale): void
  watermark(watermarkMs: number | null): void
  inTime(sale: Sale): boolean
  /** Throws what an append rejected with. */
  check(): void
  /** Resolves when nothing is on its way. */
  idle(): Promise<void>
}

/** Appends amendments one call at a time, so that a later one of a sale never overtakes an earlier one. */
export function createAmender({ log, telemetry, partition, amendForMs, done }: AmenderOptions): Amender {
  const due = new Set<PendingSale>()
  let watermarkMs: number | null = null
  let flushing: Promise<void> = Promise.resolve()
  let isFlushing = false
  let failure: { readonly error: unknown } | null = null

  const inTime = (sale: Sale): boolean => watermarkMs === null || sale.soldAtMs > watermarkMs - amendForMs

  async function appendDue(): Promise<void> {
    const taken = [...due]
    due.clear()
    const entries: Entry[] = []
    let learnt = 0
    for (const pending of taken) {
      if (inTime(pending.sale)) {
        learnt += knownItems(pending.sale) - knownItems(pending.written)
        entries.push({ topic: 'sales', partition, record: { kind: 'amend', sale: pending.sale } })
      }
      pending.written = pending.sale
    }
    if (entries.length > 0) await log.append(entries)
    if (learnt > 0) telemetry.enriched({ known: 0, unknown: 0, amended: learnt })
    for (const pending of taken) done(pending)
  }

  async function flush(): Promise<void> {
    try {
      while (due.size > 0 && failure === null) await appendDue()
    } catch (error) {
      failure = { error }
    } finally {
      isFlushing = false // in the same step in which the loop ended: nothing due is left behind
    }
  }

  return {
    amend(pending) {
      due.add(pending)
      if (isFlushing || failure !== null) return
      isFlushing = true
      flushing = Promise.resolve().then(flush) // all sales of the page that came go into one append
    },
    watermark(ms) {
      watermarkMs = ms
    },
    inTime,
    check() {
      if (failure !== null) throw failure.error
    },
    async idle() {
      while (isFlushing) await flushing
    },
  }
}

/** Items whose genre is known. */
export function knownItems(sale: Sale): number {
  return sale.items.reduce((sum, item) => sum + (item.genre === null ? 0 : 1), 0)
}
