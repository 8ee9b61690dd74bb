// From the log's sales to sold items, and from there to what a view holds: matching, order, replacement.
import { type SalesFilter, type SoldItem, soldItemOf } from '../../schemas/history.ts'
import { UNKNOWN } from '../../schemas/keys.ts'
import type { Sale } from '../../schemas/records.ts'

/** The items of one basket as lists and the ticker show them, in the basket's order. */
export function soldItemsOf(sale: Sale): SoldItem[] {
  return sale.items.map(item => soldItemOf(sale, item))
}

/** Null means any; `unknown` means that the item has none. */
export function matchesFilter(item: SoldItem, filter: SalesFilter): boolean {
  return (
    (filter.genre === null || (item.genre ?? UNKNOWN) === filter.genre) &&
    (filter.artist === null || item.artistHost === filter.artist) &&
    (filter.country === null || (item.country ?? UNKNOWN) === filter.country) &&
    (filter.format === null || item.format === filter.format)
  )
}

type Dated = Pick<SoldItem, 'id' | 'soldAtMs'>

const positionOf = (id: string): number => Number(id.slice(id.lastIndexOf('/') + 1))
const basketOf = (id: string): string => id.slice(0, id.lastIndexOf('/'))

/** Newest first; ties by basket, then position, highest first: the order of the history's `recent`. */
export function newestFirst(a: Dated, b: Dated): number {
  if (a.soldAtMs !== b.soldAtMs) return b.soldAtMs - a.soldAtMs
  const [basketA, basketB] = [basketOf(a.id), basketOf(b.id)]
  return basketA === basketB ? positionOf(b.id) - positionOf(a.id) : basketA < basketB ? 1 : -1
}

/**
 * What a view holds after more items came: an id held already is replaced by its newer version, the newest
 * `limit` are kept. Folding a message twice changes nothing.
 */
export function foldItems<T extends Dated>(held: readonly T[], incoming: readonly T[], limit: number): T[] {
  const byId = new Map(held.map(item => [item.id, item]))
  for (const item of incoming) byId.set(item.id, item)
  return [...byId.values()].sort(newestFirst).slice(0, limit)
}
