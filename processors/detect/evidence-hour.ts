// An hour's sold items as columns: a look for a key reads one of them, and the others where it is met.
import {
  AT_ARTIST,
  AT_COUNTRY,
  AT_FORMAT,
  AT_GENRE,
  AT_ITEM,
  AT_PAID,
  AT_TAGS,
  AT_UNITS,
  ITEM_HEAD,
} from '../../schemas/sales-columns.ts'
import { KeyFilter } from './key-filter.ts'

/** The key ids of a line by dimension, in the order of `LINE_DIMENSIONS`; then what else is known of it. */
export const LINE_DIMENSIONS = ['genre', 'country', 'format', 'artist', 'item'] as const
const [GENRE, COUNTRY, ARTIST, ITEM] = [0, 1, 3, 4]
const KEYS = LINE_DIMENSIONS.length
const FIELDS = [AT_GENRE, AT_COUNTRY, AT_FORMAT, AT_ARTIST, AT_ITEM]
const [MINUTE, BASKET, UNITS, CENTS, TAGS_END, COLUMNS] = [
  KEYS,
  KEYS + 1,
  KEYS + 2,
  KEYS + 3,
  KEYS + 4,
  KEYS + 5,
]
const FIRST_LINES = 256
/** Instead of a column: look among the tags; take every line. */
export const [TAGS, EVERY] = [-1, -2]

/** One item of a basket; `genre` and the like are key ids. Valid until the next line is visited. */
export interface Line {
  minute: number
  /** Number of the basket among all; lines of one come one after the other. */
  basket: number
  units: number
  paidUsdCents: number
  genre: number
  country: number
  artist: number
  item: number
}

export interface NewLine {
  readonly minute: number
  readonly basket: number
  /** The item is in `items` from `at` on, as `SalesColumns` has it. */
  readonly items: Int32Array
  readonly at: number
  /** Key ids by the batch's texts. */
  readonly ids: Int32Array
}

export class EvidenceHour {
  #lines = 0
  #capacity = FIRST_LINES
  /** Column after column, each as long as the capacity. */
  #columns = new Int32Array(COLUMNS * FIRST_LINES)
  #tags = new Int32Array(FIRST_LINES)
  #tagCount = 0
  #filter: KeyFilter | null = null
  /** Used again for each visit. */
  readonly #line: Line = {
    ...{ minute: 0, basket: 0, units: 0, paidUsdCents: 0 },
    ...{ genre: 0, country: 0, artist: 0, item: 0 },
  }

  add({ minute, basket, items, at, ids }: NewLine): void {
    if (this.#lines === this.#capacity) this.#resize(this.#capacity * 2)
    const tags = items[at + AT_TAGS]!
    if (this.#tagCount + tags > this.#tags.length)
      this.#tags = resized(this.#tags, 2 * (this.#tagCount + tags))
    for (let t = 0; t < tags; t++) this.#tags[this.#tagCount++] = ids[items[at + ITEM_HEAD + t]!]!
    const columns = this.#columns
    const [line, capacity] = [this.#lines++, this.#capacity]
    for (let key = 0; key < KEYS; key++) columns[key * capacity + line] = ids[items[at + FIELDS[key]!]!]!
    columns[MINUTE * capacity + line] = minute
    columns[BASKET * capacity + line] = basket
    columns[UNITS * capacity + line] = items[at + AT_UNITS]!
    columns[CENTS * capacity + line] = items[at + AT_PAID]!
    columns[TAGS_END * capacity + line] = this.#tagCount
  }

  /** Nothing comes any more: takes no more room than it needs, and knows what it does not mention. */
  complete(): void {
    if (this.#filter !== null) return
    this.#resize(this.#lines)
    this.#tags = resized(this.#tags, this.#tagCount)
    this.#filter = new KeyFilter([...this.held()])
  }

  /** Key ids that must stay. */
  *held(): Iterable<{ readonly keys: Int32Array; readonly size: number }> {
    for (let key = 0; key < KEYS; key++) {
      const from = key * this.#capacity
      yield { keys: this.#columns.subarray(from, from + this.#lines), size: this.#lines }
    }
    yield { keys: this.#tags, size: this.#tagCount }
  }

  /** Visits lines of minutes `[from, to)` with the key in this column or among `TAGS`, or `EVERY` line. */
  forEach(column: number, keyId: number, from: number, to: number, visit: (line: Line) => void): void {
    if (column !== EVERY && this.#filter?.mayHave(keyId) === false) return
    const line = this.#line
    const [columns, capacity] = [this.#columns, this.#capacity]
    for (let i = 0; i < this.#lines; i++) {
      if (column >= 0 ? columns[column * capacity + i] !== keyId : column === TAGS && !this.#hasTag(i, keyId))
        continue
      const minute = columns[MINUTE * capacity + i]!
      if (minute < from || minute >= to) continue
      line.minute = minute
      line.basket = columns[BASKET * capacity + i]!
      line.units = columns[UNITS * capacity + i]!
      line.paidUsdCents = columns[CENTS * capacity + i]!
      line.genre = columns[GENRE * capacity + i]!
      line.country = columns[COUNTRY * capacity + i]!
      line.artist = columns[ARTIST * capacity + i]!
      line.item = columns[ITEM * capacity + i]!
      visit(line)
    }
  }

  #hasTag(line: number, keyId: number): boolean {
    const ends = TAGS_END * this.#capacity + line
    const end = this.#columns[ends]!
    for (let k = line === 0 ? 0 : this.#columns[ends - 1]!; k < end; k++) {
      if (this.#tags[k] === keyId) return true
    }
    return false
  }

  #resize(capacity: number): void {
    const columns = new Int32Array(COLUMNS * capacity)
    for (let c = 0; c < COLUMNS; c++) {
      const from = c * this.#capacity
      columns.set(this.#columns.subarray(from, from + this.#lines), c * capacity)
    }
    this.#columns = columns
    this.#capacity = capacity
  }
}

function resized(table: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const other = new Int32Array(length)
  other.set(table.subarray(0, length))
  return other
}
