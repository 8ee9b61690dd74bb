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

function keepEqual(rows: Int32Array, count: number, column: Int32Array | Uint16Array, code: number): number {
  let kept = 0
  for (let i = 0; i < count; i++) {
    const row = rows[i]!
    if (column[row] === code) rows[kept++] = row
  }
  return kept
}

/**
 * Calls `visit` for each block with the rows that fit: the first `count` numbers of `rows`, reused between
 * calls.
 */
export function select(
  blocks: readonly Block[],
  { fromMs, toMs }: Interval,
  filter: CodedFilter,
  visit: (block: Block, rows: Int32Array, count: number) => void,
): void {
  let rows = new Int32Array(0)
  for (const block of blocks) {
    if (rows.length < block.count) rows = new Int32Array(block.count * 2)
    const from = fromMs - block.hourMs
    const to = toMs - block.hourMs
    let count = 0
    if (from <= 0 && to >= HOUR_MS) {
      for (let i = 0; i < block.count; i++) rows[i] = i
      count = block.count
    } else {
      for (let i = 0; i < block.count; i++) {
        const offset = block.offsetMs[i]!
        if (offset >= from && offset < to) rows[count++] = i
      }
    }
    if (filter.genre !== null) count = keepEqual(rows, count, block.genre, filter.genre)
    if (filter.artist !== null) count = keepEqual(rows, count, block.artist, filter.artist)
    if (filter.country !== null) count = keepEqual(rows, count, block.country, filter.country)
    if (filter.format !== null) count = keepEqual(rows, count, block.format, filter.format)
    if (count > 0) visit(block, rows, count)
  }
}

const SUMMED = 5

/** Sums by slot: small numbers from 0, without large holes. */
export class Sums {
  readonly #subset: number
  #values = new Float64Array(SUMMED * 64)

  constructor(subset: number) {
    this.#subset = subset
  }

  add(slot: number, block: Block, row: number): void {
    const at = slot * SUMMED
    if (at >= this.#values.length) {
      const grown = new Float64Array((at + SUMMED) * 2)
      grown.set(this.#values)
      this.#values = grown
    }
    const values = this.#values
    values[at]! += 1
    if (((block.repeats[row]! >> this.#subset) & 1) === 0) values[at + 1]! += 1
    values[at + 2]! += block.units[row]!
    values[at + 3]! += block.revenueUsdCents[row]!
    values[at + 4]! += block.overUsdCents[row]!
  }

  totals(slot: number): Totals {
    const at = slot * SUMMED
    const of = (i: number) => this.#values[at + i] ?? 0
    return { items: of(0), baskets: of(1), units: of(2), revenueUsdCents: of(3), overUsdCents: of(4) }
  }

  /** Slots with at least one item. */
  slots(): readonly number[] {
    const slots: number[] = []
    for (let at = 0; at < this.#values.length; at += SUMMED)
      if (this.#values[at]! > 0) slots.push(at / SUMMED)
    return slots
  }
}

/** Counts by number, where numbers may be many and far apart. */
export class Counts {
  #counts = new Int32Array(1 << 16)
  distinct = 0

  count(id: number): void {
    if (id >= this.#counts.length) {
      const grown = new Int32Array(Math.max(id + 1, this.#counts.length * 2))
      grown.set(this.#counts)
      this.#counts = grown
    }
    if (this.#counts[id]! === 0) this.distinct++
    this.#counts[id]! += 1
  }

  of(id: number): number {
    return this.#counts[id] ?? 0
  }

  /** Numbers with at least `minimum`, which is 1 or more. */
  atLeast(minimum: number): readonly number[] {
    const ids: number[] = []
    for (let id = 0; id < this.#counts.length; id++) if (this.#counts[id]! >= minimum) ids.push(id)
    return ids
  }

  /** The count of the `rank`-th largest (1 is the largest), or 1 where there are fewer. */
  rankCount(rank: number): number {
    const byCount = new Map<number, number>()
    for (const count of this.#counts) if (count > 0) byCount.set(count, (byCount.get(count) ?? 0) + 1)
    let above = 0
    for (const count of [...byCount.keys()].sort((a, b) => b - a)) {
      above += byCount.get(count)!
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
