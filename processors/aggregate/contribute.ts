// What one sale adds to the totals of each of its keys.
import { UNKNOWN } from '../../schemas/keys.ts'
import type { Sale, SaleItem } from '../../schemas/records.ts'
import type { Cells } from './cells.ts'
import { DIMENSION_INDEX, type KeyTable, NO_KEY } from './key-table.ts'

const {
  all: ALL,
  genre: GENRE,
  tag: TAG,
  artist: ARTIST,
  item: ITEM,
  country: COUNTRY,
  format: FORMAT,
} = DIMENSION_INDEX

/**
 * Adds or takes back a sale in a table of cells. A basket counts once per key, however many of its items share
 * the key. Holds no totals of its own; one instance serves many tables, one call at a time.
 */
export class Contribution {
  readonly #keys: KeyTable
  /** Per slot, the number of the call that counted its basket there. */
  #countedIn = new Int32Array(1024)
  #call = 0

  constructor(keys: KeyTable) {
    this.#keys = keys
  }

  /** `sign` 1 adds, -1 takes back; every slot that changed goes into `touched`, where given. */
  apply(cells: Cells, sale: Sale, sign: 1 | -1, touched: Set<number> | null): void {
    this.#call++
    for (const item of sale.items) this.#item(cells, item, sign, touched)
  }

  #item(cells: Cells, item: SaleItem, sign: 1 | -1, touched: Set<number> | null): void {
    const keys = this.#keys
    const genre = keys.idOf(GENRE, item.genre ?? UNKNOWN)
    const country = keys.idOf(COUNTRY, item.country ?? UNKNOWN)
    this.#key(cells, keys.idOf(ALL, ''), item, sign, touched)
    this.#key(cells, genre, item, sign, touched)
    this.#key(cells, country, item, sign, touched)
    this.#key(cells, keys.idOf(FORMAT, item.format), item, sign, touched)
    this.#key(cells, keys.pairOf(genre, country), item, sign, touched)
    this.#key(cells, keys.idOf(ARTIST, item.artistHost), item, sign, touched)
    this.#key(cells, keys.idOf(ITEM, item.url), item, sign, touched)
    for (const tag of item.tags) this.#key(cells, keys.idOf(TAG, tag), item, sign, touched)
  }

  #key(cells: Cells, keyId: number, item: SaleItem, sign: 1 | -1, touched: Set<number> | null): void {
    if (keyId === NO_KEY) return
    const slot = cells.slotOf(keyId)
    let baskets = 0
    if (slot >= this.#countedIn.length) this.#grow(slot)
    if (this.#countedIn[slot] !== this.#call) {
      this.#countedIn[slot] = this.#call
      baskets = sign
    }
    cells.add(slot, sign, baskets, sign * item.units, sign * item.paidUsdCents, sign * item.overUsdCents)
    if (touched !== null) touched.add(slot)
  }

  #grow(slot: number): void {
    const grown = new Int32Array(Math.max(slot + 1, this.#countedIn.length * 2))
    grown.set(this.#countedIn)
    this.#countedIn = grown
  }
}
