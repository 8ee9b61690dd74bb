// Totals: what is counted for a key in a stretch of time.

/** All values are integers; money is USD cents as converted by the feed. */
export interface Totals {
  /** Items sold (lines of a basket). */
  readonly items: number
  /** Checkouts with at least one such item; a basket counts once per key. */
  readonly baskets: number
  /** Items plus the additional tracks that the feed folds into one line. */
  readonly units: number
  readonly revenueUsdCents: number
  /** Paid above the asking price. */
  readonly overUsdCents: number
}

export const ZERO_TOTALS: Totals = { items: 0, baskets: 0, units: 0, revenueUsdCents: 0, overUsdCents: 0 }

export function addTotals(a: Totals, b: Totals): Totals {
  return {
    items: a.items + b.items,
    baskets: a.baskets + b.baskets,
    units: a.units + b.units,
    revenueUsdCents: a.revenueUsdCents + b.revenueUsdCents,
    overUsdCents: a.overUsdCents + b.overUsdCents,
  }
}
