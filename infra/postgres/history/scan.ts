// Arithmetic over blocks: which rows fit, and what they add up to. Pure.
import type { SalesFilter } from '../../../schemas/history.ts'
import { DAY_MS, floorTo, HOUR_MS, type Interval } from '../../../schemas/time.ts'
import type { Totals } from '../../../schemas/totals.ts'
import { REPEAT_BITS } from '../sale-rows.ts'
import type { Block, Interner } from './blocks.ts'

/** A filter in the numbers of the blocks; null: any. −1 fits nothing. */
export interface CodedFilter {
  readonly genre: number | null
  readonly artist: number | null
  readonly country: number | null
  readonly format: number | null
}

export type ScanDimension = 'genre' | 'artist' | 'country' | 'format'

export function codeFilter(filter: SalesFilter, texts: Interner, artistId: number): CodedFilter {
  return {
    genre: filter.genre === null ? null : texts.find(filter.genre),
    artist: filter.artist === null ? null : artistId,
    country: filter.country === null ? null : texts.find(filter.country),
    format: filter.format === null ? null : texts.find(filter.format),
  }
}

/** The subset of dimensions on which equal items of a basket count as one basket. */
export function repeatSubset(filter: SalesFilter, group: ScanDimension | null): number {
  let subset = group === null ? 0 : REPEAT_BITS[group]
  for (const dimension of ['genre', 'artist', 'country', 'format'] as const) {
    if (filter[dimension] !== null) subset |= REPEAT_BITS[dimension]
  }
  return subset
}

let everyRow = new Int32Array(0)

/** 0, 1, 2, … and on, at least `count` of them: all rows of a block. */
export function rowsUpTo(count: number): Int32Array {
  if (everyRow.length < count) everyRow = Int32Array.from({ length: count * 2 }, (_, i) => i)
  return everyRow
}

/** Those of the first `count` of `rows` whose column has the code, into `kept`; returns how many. */
function keepEqual(
  rows: Int32Array,
  count: number,
  column: Int32Array,
  code: number,
  kept: Int32Array,
): number {
  let n = 0
  for (let i = 0; i < count; i++) {
    const row = rows[i]!
    const other = column[row]! ^ code
    kept[n] = row
    // 1 where equal, without a branch, which the processor would guess wrong every other time.
    n += 1 - ((other | -other) >>> 31)
  }
  return n
}

/** The rows of a block that lie in `[from, to)` since its start, into `kept`; returns how many. */
function keepBetween(block: Block, from: number, to: number, kept: Int32Array): number {
  const { offsetMs, count } = block
  let n = 0
  for (let i = 0; i < count; i++) {
    const offset = offsetMs[i]!
    if (offset >= from && offset < to) kept[n++] = i
  }
  return n
}

/**
 * Calls `visit` for each block with the rows that fit: the first `count` numbers of `rows`, which is reused
 * between calls and not to be written to.
 */
export function select(
  blocks: readonly Block[],
  { fromMs, toMs }: Interval,
  filter: CodedFilter,
  visit: (block: Block, rows: Int32Array, count: number) => void,
): void {
  const filters = (['genre', 'artist', 'country', 'format'] as const).filter(d => filter[d] !== null)
  let kept = new Int32Array(0)
  for (const block of blocks) {
    if (kept.length < block.count) kept = new Int32Array(block.count * 2)
    let rows = rowsUpTo(block.count)
    let count = block.count
    const isWhole = block.hourMs >= fromMs && block.hourMs + HOUR_MS <= toMs
    if (!isWhole) {
      count = keepBetween(block, fromMs - block.hourMs, toMs - block.hourMs, kept)
      rows = kept
    }
    for (const dimension of filters) {
      count = keepEqual(rows, count, block[dimension], filter[dimension]!, kept)
      rows = kept
    }
    if (count > 0) visit(block, rows, count)
  }
}

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

/** Local hour of the day, 0..23, of every block: whole hours when the offset is. */
export function localHour(timeMs: number, zoneOffsetMs: number): number {
  const localMs = timeMs + zoneOffsetMs
  return Math.floor((localMs - floorTo(localMs, DAY_MS)) / HOUR_MS)
}
