// Top: the cells with most items of each dimension, by partial selection instead of a full sort.
import { DIMENSIONS } from '../../schemas/keys.ts'
import { type Cells, FIELDS, ITEMS } from './cells.ts'
import type { KeyTable } from './key-table.ts'

export interface TopSlots {
  /** Most items first, ties by key text. */
  readonly slots: readonly number[]
  /** Keys with at least one item. */
  readonly distinctKeys: number
}

/**
 * Per dimension (by its index) the `most` slots with most items. Cost: one pass plus the sort of what is near
 * the top.
 */
export function topSlots(cells: Cells, keys: KeyTable, most: number): readonly TopSlots[] {
  const slotsOf: number[][] = DIMENSIONS.map(() => [])
  for (let slot = 0; slot < cells.size; slot++) {
    if (cells.values[slot * FIELDS + ITEMS]! > 0) slotsOf[keys.dimension(cells.keys[slot]!)]!.push(slot)
  }
  return slotsOf.map(slots => ({ slots: mostItems(slots, cells, keys, most), distinctKeys: slots.length }))
}

function mostItems(slots: readonly number[], cells: Cells, keys: KeyTable, most: number): readonly number[] {
  const items = (slot: number) => cells.values[slot * FIELDS + ITEMS]!
  const bar = slots.length <= most ? 0 : barOf(slots.map(items), most)
  return slots
    .filter(slot => items(slot) >= bar)
    .sort((a, b) => items(b) - items(a) || compareText(keys.key(cells.keys[a]!), keys.key(cells.keys[b]!)))
    .slice(0, most)
}

/** The item count that at least `most` values reach. */
function barOf(counts: readonly number[], most: number): number {
  return Float64Array.from(counts).sort()[counts.length - most]!
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
