// Counts distinct purchases by key id, where lines of one purchase come one after the other.
import type { Key } from '../../schemas/keys.ts'

type Row = readonly [keyId: number, purchases: number]

export class Tally {
  /** Of all keys together. */
  sum = 0
  /** By key, where its numbers are: a look for each sale is what costs. */
  readonly #places = new Map<number, number>()
  readonly #rows: [number, number][] = []
  readonly #last: number[] = []

  /** How many keys there are. */
  get size(): number {
    return this.#rows.length
  }

  /** Counts the key once for each basket. */
  add(keyId: number, basket: number): void {
    if (keyId < 0) return
    const place = this.#places.get(keyId)
    if (place === undefined) {
      this.#places.set(keyId, this.#rows.length)
      this.#rows.push([keyId, 1])
      this.#last.push(basket)
    } else {
      if (this.#last[place] === basket) return
      this.#last[place] = basket
      this.#rows[place]![1]++
    }
    this.sum++
  }

  /**
   * Most purchases first, ties by the key's text: in whatever order partitions were read, the same. Texts are
   * made where counts are equal only.
   */
  top(most: number, keyOf: (keyId: number) => Key): readonly Row[] {
    const rows: Row[] = []
    const isBefore = (a: Row, b: Row) => a[1] > b[1] || (a[1] === b[1] && keyOf(a[0]) < keyOf(b[0]))
    for (const row of this.#rows) {
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
