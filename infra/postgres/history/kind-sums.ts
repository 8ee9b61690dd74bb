// Sums of rows by kind of item, with baskets counted once for each of a kind's three dimensions.
import type { Totals } from '../../../schemas/totals.ts'
import { REPEAT_BITS } from '../sale-rows.ts'
import type { TallyBatch } from './tally-rows.ts'

export type KindDimension = 'genre' | 'country' | 'format'

/** Numbers of a kind: items, units, revenue, over, and the baskets of each dimension. */
const NUMBERS = 7
const BASKETS = { genre: 4, country: 5, format: 6 } as const

/** One pass for all three: a million rows pass here at once. */
export class KindSums {
  #values = new Float64Array(NUMBERS * 1_024)

  /** `kinds`: how many there are by now. */
  add(batch: TallyBatch, kinds: number): void {
    this.#grow(kinds * NUMBERS)
    const values = this.#values
    const { count, kind, repeats, units, revenueUsdCents, overUsdCents } = batch
    for (let row = 0; row < count; row++) {
      const at = kind[row]! * NUMBERS
      const repeated = repeats[row]!
      values[at]! += 1
      values[at + 1]! += units[row]!
      values[at + 2]! += revenueUsdCents[row]!
      values[at + 3]! += overUsdCents[row]!
      values[at + BASKETS.genre]! += 1 - ((repeated >> REPEAT_BITS.genre) & 1)
      values[at + BASKETS.country]! += 1 - ((repeated >> REPEAT_BITS.country) & 1)
      values[at + BASKETS.format]! += 1 - ((repeated >> REPEAT_BITS.format) & 1)
    }
  }

  items(kind: number): number {
    return this.#values[kind * NUMBERS] ?? 0
  }

  totals(kind: number, dimension: KindDimension): Totals {
    const at = kind * NUMBERS
    const of = (i: number) => this.#values[at + i] ?? 0
    const baskets = of(BASKETS[dimension])
    return { items: of(0), baskets, units: of(1), revenueUsdCents: of(2), overUsdCents: of(3) }
  }

  #grow(needed: number): void {
    if (needed <= this.#values.length) return
    const grown = new Float64Array(needed * 2)
    grown.set(this.#values)
    this.#values = grown
  }
}
