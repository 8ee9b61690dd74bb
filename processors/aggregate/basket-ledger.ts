// Basket ledger: what each basket of a pane added to which keys, packed, so that it can be taken back.
import {
  AT_ARTIST,
  AT_COUNTRY,
  AT_FORMAT,
  AT_GENRE,
  AT_ITEM,
  AT_OVER,
  AT_PAID,
  AT_POSITION,
  AT_RANK,
  AT_TAGS,
  AT_UNITS,
  ITEM_HEAD,
} from '../../schemas/sales-columns.ts'
import type { Texts } from '../../schemas/texts.ts'
import type { Cells } from './cells.ts'
import { type KeyTable, NO_KEY } from './key-table.ts'
import { TextTable } from './text-table.ts'

/** Numbers before the key ids of an item: the first five as in the columns, then the count of keys. */
const HEAD = 6
const AT_KEYS = 5
/** Keys of an item besides its tags: all, genre, country, format, genre-country, artist, item. */
const PLAIN_KEYS = 7

const NO_BASKET = -1
/** Of one minute; it grows. */
const EXPECTED_BASKETS = 64

/**
 * One basket of a batch: `count` items that start at `at` in `items`; `ids` gives the key id of each
 * dictionary place, `id` is the place of the basket's id in `texts`.
 */
export interface PackedBasket {
  readonly items: Int32Array
  readonly ids: Int32Array
  readonly texts: Texts
  id: number
  at: number
  count: number
}

/**
 * Sales themselves are not kept: an hour of them would outlive the young generation of the heap, which costs
 * more than everything else here. A basket is `[items, (head, key ids)…]` in one array of integers.
 */
export class BasketLedger {
  /** Baskets by their ids, numbered from 0; and where each stands. */
  readonly #baskets = new TextTable(EXPECTED_BASKETS)
  readonly #places: number[] = []
  #found = NO_BASKET
  #numbers = new Int32Array(2048)
  #length = 0

  /** Where the basket stands, or -1. */
  find({ texts, id }: PackedBasket): number {
    this.#found = this.#baskets.find(texts, id, 0)
    return this.#found === NO_BASKET ? -1 : this.#places[this.#found]!
  }

  /** Writes the basket that `find` has just missed down and answers where it stands. */
  enter(basket: PackedBasket, keys: KeyTable): number {
    this.#found = this.#places.length
    this.#baskets.add(this.#found)
    const place = this.#begin(basket.count)
    let at = basket.at
    for (let left = basket.count; left > 0; left--) at = this.#item(basket, at, keys)
    return place
  }

  /**
   * True where the basket met again knows more of some item, or has one more: its own page beats the host's
   * beats none beats an item that could not be read.
   */
  isTaughtBy(place: number, basket: PackedBasket): boolean {
    let at = place + 1
    for (let left = this.#numbers[place]!; left > 0; left--) {
      if (this.#betterAt(at, basket) >= 0) return true
      at += HEAD + this.#numbers[at + AT_KEYS]!
    }
    return !this.#newAt(place, basket).next().done
  }

  /**
   * Writes the join of the basket at `place`, which `find` has just found, and the one met again down: item
   * by item the better informed one, then what is new.
   */
  merge(place: number, basket: PackedBasket, keys: KeyTable): number {
    const count = this.#numbers[place]!
    const fresh = [...this.#newAt(place, basket)]
    const merged = this.#begin(count + fresh.length)
    let at = place + 1
    for (let left = count; left > 0; left--) {
      const length = HEAD + this.#numbers[at + AT_KEYS]!
      const better = this.#betterAt(at, basket)
      if (better >= 0) {
        this.#item(basket, better, keys)
      } else {
        this.#reserve(length)
        this.#numbers.copyWithin(this.#length, at, at + length)
        this.#length += length
      }
      at += length
    }
    for (const candidate of fresh) this.#item(basket, candidate, keys)
    return merged
  }

  /** Adds the basket at `place` to the cells (`sign` 1) or takes it back (-1). */
  apply(place: number, cells: Cells, sign: 1 | -1, marks: BasketMarks, touched: Set<number> | null): void {
    const numbers = this.#numbers
    marks.nextBasket()
    let at = place + 1
    for (let left = numbers[place]!; left > 0; left--) {
      const units = sign * numbers[at + AT_UNITS]!
      const paid = sign * numbers[at + AT_PAID]!
      const over = sign * numbers[at + AT_OVER]!
      const end = at + HEAD + numbers[at + AT_KEYS]!
      for (at += HEAD; at < end; at++) {
        const slot = cells.slotOf(numbers[at]!)
        cells.add(slot, sign, marks.isFirst(slot) ? sign : 0, units, paid, over)
        if (touched !== null) touched.add(slot)
      }
    }
  }

  clear(): void {
    this.#baskets.clear()
    this.#places.length = 0
    this.#length = 0
  }

  #begin(items: number): number {
    this.#reserve(1)
    const place = this.#length
    this.#places[this.#found] = place
    this.#numbers[this.#length++] = items
    return place
  }

  /** Where in the basket the item at `at` of the ledger stands with a higher rank; -1 where it does not. */
  #betterAt(at: number, basket: PackedBasket): number {
    const { items } = basket
    let candidate = basket.at
    for (let left = basket.count; left > 0; left--) {
      if (items[candidate + AT_POSITION] === this.#numbers[at + AT_POSITION]) {
        return items[candidate + AT_RANK]! > this.#numbers[at + AT_RANK]! ? candidate : -1
      }
      candidate += ITEM_HEAD + items[candidate + AT_TAGS]!
    }
    return -1
  }

  /** Where items of the basket stand whose position the one at `place` lacks. */
  *#newAt(place: number, { items, at: first, count }: PackedBasket): Generator<number> {
    const known = new Set<number>()
    let at = place + 1
    for (let left = this.#numbers[place]!; left > 0; left--) {
      known.add(this.#numbers[at + AT_POSITION]!)
      at += HEAD + this.#numbers[at + AT_KEYS]!
    }
    let candidate = first
    for (let left = count; left > 0; left--) {
      if (!known.has(items[candidate + AT_POSITION]!)) yield candidate
      candidate += ITEM_HEAD + items[candidate + AT_TAGS]!
    }
  }

  /** Writes one item of a basket down; answers where the next one starts. */
  #item({ items, ids }: PackedBasket, at: number, keys: KeyTable): number {
    const tags = items[at + AT_TAGS]!
    const end = at + ITEM_HEAD + tags
    this.#reserve(HEAD + PLAIN_KEYS + tags)
    const head = this.#length
    for (let field = 0; field < AT_KEYS; field++) this.#numbers[head + field] = items[at + field]!
    this.#length += HEAD
    const genre = ids[items[at + AT_GENRE]!]!
    const country = ids[items[at + AT_COUNTRY]!]!
    this.#key(keys.allId)
    this.#key(genre)
    this.#key(country)
    this.#key(ids[items[at + AT_FORMAT]!]!)
    this.#key(keys.pairOf(genre, country))
    this.#key(ids[items[at + AT_ARTIST]!]!)
    this.#key(ids[items[at + AT_ITEM]!]!)
    for (let tag = at + ITEM_HEAD; tag < end; tag++) this.#key(ids[items[tag]!]!)
    this.#numbers[head + AT_KEYS] = this.#length - head - HEAD
    return end
  }

  #key(keyId: number): void {
    if (keyId !== NO_KEY) this.#numbers[this.#length++] = keyId
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#numbers.length) return
    const grown = new Int32Array(Math.max(this.#length + count, this.#numbers.length * 2))
    grown.set(this.#numbers)
    this.#numbers = grown
  }
}

/**
 * Per slot, the last basket that counted there: a basket counts once per key, however many items share it.
 */
export class BasketMarks {
  #countedIn = new Int32Array(1024)
  #basket = 0

  nextBasket(): void {
    this.#basket++
  }

  /** True once per slot and basket. */
  isFirst(slot: number): boolean {
    if (slot >= this.#countedIn.length) {
      const grown = new Int32Array(Math.max(slot + 1, this.#countedIn.length * 2))
      grown.set(this.#countedIn)
      this.#countedIn = grown
    }
    if (this.#countedIn[slot] === this.#basket) return false
    this.#countedIn[slot] = this.#basket
    return true
  }
}
