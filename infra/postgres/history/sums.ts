// Sums and counts of rows of blocks, in loops that the engine compiles well.
import type { Totals } from '../../../schemas/totals.ts'

/** Numbers of a slot: items, baskets, units, revenue, over. */
export const SUMMED = 5

/** What is summed of rows, column by column. */
export interface SummedRows {
  /** See the column of `sale_items`. */
  readonly repeats: Int32Array
  readonly units: Float64Array
  readonly revenueUsdCents: Float64Array
  readonly overUsdCents: Float64Array
}

/** Sums by slot: small numbers from 0, without large holes. */
export class Sums {
  readonly #subset: number
  #values = new Float64Array(SUMMED * 64)

  constructor(subset: number) {
    this.#subset = subset
  }

  /** Adds rows, the i-th of them to the slot `slots[i]`. */
  add(of: SummedRows, rows: Int32Array, count: number, slots: Int32Array): void {
    const { repeats, units, revenueUsdCents, overUsdCents } = of
    const subset = this.#subset
    this.#reserve(slots, count)
    const values = this.#values
    for (let i = 0; i < count; i++) {
      const row = rows[i]!
      const at = slots[i]! * SUMMED
      values[at]! += 1
      values[at + 1]! += 1 - ((repeats[row]! >> subset) & 1)
      values[at + 2]! += units[row]!
      values[at + 3]! += revenueUsdCents[row]!
      values[at + 4]! += overUsdCents[row]!
    }
  }

  /** Adds a slot of other sums, with another number of baskets. */
  addSlot(slot: number, other: Sums, otherSlot: number, baskets: number): void {
    const at = slot * SUMMED
    if (at >= this.#values.length) this.#grow(at + SUMMED)
    const [values, added, from] = [this.#values, other.#values, otherSlot * SUMMED]
    values[at]! += added[from]!
    values[at + 1]! += baskets
    for (let i = 2; i < SUMMED; i++) values[at + i]! += added[from + i]!
  }

  items(slot: number): number {
    return this.#values[slot * SUMMED] ?? 0
  }

  /** Adds other sums, slot i of them to slot `i + shift`; those that would land below 0 must be empty. */
  addAll(other: Sums, shift = 0): void {
    const values = other.#values
    this.#grow(values.length + shift * SUMMED)
    for (let i = Math.max(0, -shift * SUMMED); i < values.length; i++) {
      this.#values[i + shift * SUMMED]! += values[i]!
    }
  }

  /** The numbers of the first `count` slots. */
  values(count: number): Float64Array {
    return this.#values.subarray(0, count * SUMMED)
  }

  get bytes(): number {
    return this.#values.byteLength
  }

  #reserve(slots: Int32Array, count: number): void {
    let last = 0
    for (let i = 0; i < count; i++) if (slots[i]! > last) last = slots[i]!
    this.#grow((last + 1) * SUMMED)
  }

  #grow(needed: number): void {
    if (needed <= this.#values.length) return
    const grown = new Float64Array(needed * 2)
    grown.set(this.#values)
    this.#values = grown
  }

  totals(slot: number): Totals {
    const at = slot * SUMMED
    const of = (i: number) => this.#values[at + i] ?? 0
    return { items: of(0), baskets: of(1), units: of(2), revenueUsdCents: of(3), overUsdCents: of(4) }
  }

  /** Slots with at least one item. */
  slots(): readonly number[] {
    const slots: number[] = []
    for (let at = 0; at < this.#values.length; at += SUMMED) {
      if (this.#values[at]! > 0) slots.push(at / SUMMED)
    }
    return slots
  }
}

/** Room for one number per row of a block, reused by its owner. */
export class Slots {
  #numbers = new Int32Array(0)

  of(count: number): Int32Array {
    if (this.#numbers.length < count) this.#numbers = new Int32Array(count * 2)
    return this.#numbers
  }

  /** The column's values of the rows. */
  from(column: Int32Array, rows: Int32Array, count: number): Int32Array {
    const numbers = this.of(count)
    for (let i = 0; i < count; i++) numbers[i] = column[rows[i]!]!
    return numbers
  }
}

/** Counts by number, where numbers are small. */
export class Counts {
  #counts = new Int32Array(1 << 10)

  /** Counts the first `count` numbers; none of them is `bound` or above. */
  add(numbers: Int32Array, count: number, bound: number): void {
    this.#grow(bound)
    for (let i = 0; i < count; i++) this.#counts[numbers[i]!]! += 1
  }

  addAll(other: Counts): void {
    this.#grow(other.#counts.length)
    for (let i = 0; i < other.#counts.length; i++) this.#counts[i]! += other.#counts[i]!
  }

  of(number: number): number {
    return this.#counts[number] ?? 0
  }

  /** Numbers that were counted at least once. */
  counted(): readonly number[] {
    const numbers: number[] = []
    for (let i = 0; i < this.#counts.length; i++) if (this.#counts[i]! > 0) numbers.push(i)
    return numbers
  }

  get bytes(): number {
    return this.#counts.byteLength
  }

  #grow(needed: number): void {
    if (needed <= this.#counts.length) return
    const grown = new Int32Array(Math.max(needed, this.#counts.length * 2))
    grown.set(this.#counts)
    this.#counts = grown
  }
}
