// Sums and counts of rows of blocks, in loops that the engine compiles well.
import type { Totals } from '../../../schemas/totals.ts'
import type { Block } from './block.ts'
import { rowsUpTo } from './scan.ts'

const SUMMED = 5

const wholes = new WeakMap<Block, Float64Array>()

/** The sums of all rows of a block, worked out once: blocks never change. Without filter, so of subset 0. */
function wholeOf(block: Block, subset: number): Float64Array {
  if (subset !== 0) throw new RangeError('whole blocks are summed without filter and group')
  let whole = wholes.get(block)
  if (whole === undefined) {
    const sums = new Sums(0)
    sums.add(block, rowsUpTo(block.count), block.count, new Int32Array(block.count))
    const { items, baskets, units, revenueUsdCents, overUsdCents } = sums.totals(0)
    whole = Float64Array.of(items, baskets, units, revenueUsdCents, overUsdCents)
    wholes.set(block, whole)
  }
  return whole
}

/** Sums by slot: small numbers from 0, without large holes. */
export class Sums {
  readonly #subset: number
  #values = new Float64Array(SUMMED * 64)

  constructor(subset: number) {
    this.#subset = subset
  }

  /** Adds rows, the i-th of them to the slot `slots[i]`. */
  add(block: Block, rows: Int32Array, count: number, slots: Int32Array): void {
    const { repeats, units, revenueUsdCents, overUsdCents } = block
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

  /** Adds all rows of a block to slot 0, from what the block knows of itself. */
  addWhole(block: Block): void {
    const whole = wholeOf(block, this.#subset)
    for (let i = 0; i < SUMMED; i++) this.#values[i]! += whole[i]!
  }

  #reserve(slots: Int32Array, count: number): void {
    let last = 0
    for (let i = 0; i < count; i++) if (slots[i]! > last) last = slots[i]!
    const needed = (last + 1) * SUMMED
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

/** Counts by number, where numbers may be many and far apart. */
export class Counts {
  #counts = new Int32Array(1 << 16)

  /** Counts the column's values of the rows; none of them is above `most`. */
  add(column: Int32Array, rows: Int32Array, count: number, most: number): void {
    if (most >= this.#counts.length) {
      const grown = new Int32Array(Math.max(most + 1, this.#counts.length * 2))
      grown.set(this.#counts)
      this.#counts = grown
    }
    const counts = this.#counts
    for (let i = 0; i < count; i++) counts[column[rows[i]!]!]! += 1
  }

  of(id: number): number {
    return this.#counts[id] ?? 0
  }

  /** The counts themselves, by number: to be read in loops. */
  all(): Int32Array {
    return this.#counts
  }

  distinct(): number {
    const counts = this.#counts
    let n = 0
    for (let id = 0; id < counts.length; id++) if (counts[id]! > 0) n++
    return n
  }

  /** Numbers with at least `minimum`, which is 1 or more. */
  atLeast(minimum: number): readonly number[] {
    const counts = this.#counts
    const ids: number[] = []
    for (let id = 0; id < counts.length; id++) if (counts[id]! >= minimum) ids.push(id)
    return ids
  }

  /** The count of the `rank`-th largest (1 is the largest), or 1 where there are fewer. */
  rankCount(rank: number): number {
    const counts = this.#counts
    let most = 0
    for (let id = 0; id < counts.length; id++) if (counts[id]! > most) most = counts[id]!
    const having = new Int32Array(most + 1)
    for (let id = 0; id < counts.length; id++) having[counts[id]!]! += 1
    let above = 0
    for (let count = most; count > 1; count--) {
      above += having[count]!
      if (above >= rank) return count
    }
    return 1
  }
}
