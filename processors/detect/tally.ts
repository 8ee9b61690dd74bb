// Counts distinct purchases by key id, where lines of one purchase come one after the other.
import type { Key } from '../../schemas/keys.ts'

type Row = readonly [keyId: number, purchases: number]

export class Tally {
  /** Of all keys together. */
  sum = 0
  readonly #counts = new Map<number, number>()
  readonly #last = new Map<number, number>()

  /** How many keys there are. */
  get size(): number {
    return this.#counts.size
  }

  /** Counts the key once for each basket. */
  add(keyId: number, basket: number): void {
    if (keyId < 0 || this.#last.get(keyId) === basket) return
    this.#last.set(keyId, basket)
    this.#counts.set(keyId, (this.#counts.get(keyId) ?? 0) + 1)
    this.sum++
  }

  /**
   * Most purchases first, ties by the key's text: in whatever order partitions were read, the same. Texts are
   * made where counts are equal only.
   */
  top(most: number, keyOf: (keyId: number) => Key): readonly Row[] {
    const rows: Row[] = []
    const isBefore = (a: Row, b: Row) => a[1] > b[1] || (a[1] === b[1] && keyOf(a[0]) < keyOf(b[0]))
    for (const row of this.#counts) {
      if (rows.length === most && !isBefore(row, rows[most - 1]!)) continue
      let at = rows.length === most ? most - 1 : rows.length
      while (at > 0 && isBefore(row, rows[at - 1]!)) {
        rows[at] = rows[at - 1]!
        at--
      }
      rows[at] = row
    }
    return rows
  }
}
