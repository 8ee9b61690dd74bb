// Takes a batch of the feed apart for `enrich`: sales, dead letters, pages to look up, and what must wait for
// what.
import type { Batch } from '../infra/ports.ts'
import type { DeadLetter, FeedRecord, Gap, Sale, Tick } from '../schemas/records.ts'
import { hashOf } from './core/identity.ts'
import { normaliseBasket, type Rejected } from './core/normalise.ts'
import { withFacts } from './core/page-outcome.ts'
import type { KnownFacts, PageName } from './known-pages.ts'
import type { PendingSale } from './waiters.ts'

/** 64 KiB, as dead letters may hold; a character takes at most three bytes (four in two characters). */
const MAX_DEAD_LETTER_CHARS = 21_845

export interface NormalisedBatch {
  readonly sales: ReadonlyMap<FeedRecord, Sale>
  readonly letters: readonly DeadLetter[]
}

/** `nowMs` is written into dead letters and nowhere else. */
export function normaliseBatch(batch: Batch<'feed'>, nowMs: number): NormalisedBatch {
  const sales = new Map<FeedRecord, Sale>()
  const letters: DeadLetter[] = []
  for (const [i, record] of batch.records.entries()) {
    if (record.kind !== 'basket') continue
    const { sale, rejected } = normaliseBasket(record)
    if (sale !== null) sales.set(record, sale)
    const place = { topic: batch.topic, partition: batch.partition, offset: batch.firstOffset + i }
    for (const each of rejected) letters.push(deadLetter(place, each, nowMs))
  }
  return { sales, letters }
}

function deadLetter(
  place: Pick<DeadLetter, 'topic' | 'partition' | 'offset'>,
  { position, reason, message, text }: Rejected,
  atMs: number,
): DeadLetter {
  const { topic, partition, offset } = place
  const bytes = text.slice(0, MAX_DEAD_LETTER_CHARS)
  const id = hashOf('enrich', topic ?? '', partition ?? '', offset ?? '', position, text)
  return { kind: 'dead-letter', id, stage: 'enrich', ...place, reason, message, bytes, atMs }
}

/** The pages of all items, by url. */
export function pagesOf(sales: ReadonlyMap<FeedRecord, Sale>): ReadonlyMap<string, PageName> {
  const pages = new Map<string, PageName>()
  for (const { items } of sales.values()) for (const item of items) pages.set(item.url, item)
  return pages
}

/** The sale with what is known, and a page for each host that is not. */
export function applyKnown(
  sale: Sale,
  factsOf: (page: PageName) => KnownFacts | undefined,
): { readonly sale: Sale; readonly unknown: ReadonlyMap<string, string> } {
  const unknown = new Map<string, string>()
  const items = sale.items.map(item => {
    const known = factsOf(item)
    if (known !== undefined) return withFacts(item, known.facts, known.exact)
    const other = unknown.get(item.artistHost)
    // Merch pages say nothing of a genre.
    if (other === undefined || other.includes('/merch/')) unknown.set(item.artistHost, item.url)
    return item
  })
  return { sale: { ...sale, items }, unknown }
}

/** One record of a batch on its way: a tick or gap, a sale that is known, or one that is looked for. */
export type Line = Tick | Gap | Sale | PendingSale

export function isPending(line: Line): line is PendingSale {
  return !('kind' in line)
}

/**
 * What can go at once: everything before the first tick or gap that has a waiting sale before it, without the
 * waiting sales. Appending `early` and then `rest` keeps every sale on its side of every tick.
 */
export function splitAtWaits(lines: readonly Line[]): {
  readonly early: readonly Line[]
  readonly rest: readonly Line[]
} {
  const early: Line[] = []
  const rest: Line[] = []
  let isBarred = false
  for (const line of lines) {
    const waits = isPending(line) && line.unheard.size > 0
    const isBarrier = !isPending(line) && line.kind !== 'sale'
    if (isBarrier && rest.length > 0) isBarred = true
    if (waits || isBarred) rest.push(line)
    else early.push(line)
  }
  return { early, rest }
}
