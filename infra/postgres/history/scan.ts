// Arithmetic over blocks: which rows fit, and what they add up to. Pure.
import type { SalesFilter } from '../../../schemas/history.ts'
import { DAY_MS, floorTo, HOUR_MS, type Interval } from '../../../schemas/time.ts'
import { REPEAT_BITS } from '../sale-rows.ts'
import type { Block, Interner } from './block.ts'

/** A filter in the numbers of the blocks; null: any. −1 fits nothing. */
export interface CodedFilter {
  readonly genre: number | null
  readonly artist: number | null
  readonly country: number | null
  readonly format: number | null
}

/** The hours that a question is about, and its filter in their numbers. */
export interface Scan {
  readonly blocks: readonly Block[]
  readonly filter: CodedFilter
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

/** A name for the filter, for what is kept by filter. */
export function filterName({ genre, artist, country, format }: CodedFilter): string {
  return `${genre}/${artist}/${country}/${format}`
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

/** Local hour of the day, 0..23, of every block: whole hours when the offset is. */
export function localHour(timeMs: number, zoneOffsetMs: number): number {
  const localMs = timeMs + zoneOffsetMs
  return Math.floor((localMs - floorTo(localMs, DAY_MS)) / HOUR_MS)
}
