// Which of two records of one basket knows more: a repeat may teach a genre, never make one forgotten.
import { KNOWLEDGE_RANK, type Sale, type SaleItem } from '../../schemas/records.ts'

function knowsMore(known: SaleItem, other: SaleItem): boolean {
  return KNOWLEDGE_RANK[other.genreSource] > KNOWLEDGE_RANK[known.genreSource]
}

/**
 * The join of two records of the same basket: item by item the better informed one. Returns `known` itself where
 * `other` teaches nothing, so that callers can compare by identity. Idempotent, commutative up to equality of
 * information, and independent of how often a record is repeated.
 */
export function betterInformed(known: Sale, other: Sale): Sale {
  let taught = false
  const items = known.items.map(item => {
    const candidate = other.items.find(o => o.position === item.position)
    if (candidate === undefined || !knowsMore(item, candidate)) return item
    taught = true
    return candidate
  })
  return taught ? { ...known, items } : known
}
