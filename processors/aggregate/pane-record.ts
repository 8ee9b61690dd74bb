// Reading pane records: which partition answers for a key, and a record's totals as the flat arrays want
// them.
import { partitionOf } from '../../schemas/partition.ts'
import type { Pane } from '../../schemas/records.ts'

/** Panes of broadcast keys come to every partition; only the key's own one answers for it. */
export function isHome(key: string, partition: number, partitions: number): boolean {
  return partitions === 1 || partitionOf(key, partitions) === partition
}

/** Writes the five totals of a pane into `values`, in the order of cells.ts. */
export function readTotals(pane: Pane, values: Float64Array): void {
  values[0] = pane.items
  values[1] = pane.baskets
  values[2] = pane.units
  values[3] = pane.revenueUsdCents
  values[4] = pane.overUsdCents
}
