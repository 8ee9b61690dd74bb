// Window records: what a cell of a fired window says to a topic or a store.
import type { Window, WindowSize } from '../../schemas/records.ts'
import { BASKETS, type Cells, FIELDS, OVER, REVENUE, UNITS } from './cells.ts'
import type { KeyTable } from './key-table.ts'

/** Field by field: spreading the totals into it takes three times as long. */
export function windowRecord(
  keys: KeyTable,
  size: WindowSize,
  startMs: number,
  cells: Cells,
  slot: number,
  partial: boolean,
): Window {
  const { values } = cells
  const at = slot * FIELDS
  return {
    kind: 'window',
    key: keys.key(cells.keys[slot]!),
    size,
    startMs,
    revision: cells.revisions[slot]!,
    partial,
    items: values[at]!,
    baskets: values[at + BASKETS]!,
    units: values[at + UNITS]!,
    revenueUsdCents: values[at + REVENUE]!,
    overUsdCents: values[at + OVER]!,
  }
}
