// Sales as columns: what counting needs of a batch of `sales` records, packed, with every key named once.
import { DIMENSIONS, UNKNOWN } from './keys.ts'
import { type Gap, KNOWLEDGE_RANK, type Sale, type SaleItem, type SalesRecord } from './records.ts'
import { packTexts, type Texts, textAt } from './texts.ts'

export const COLUMN_SALE = 0
export const COLUMN_AMEND = 1
export const COLUMN_TICK = 2
export const COLUMN_GAP = 3

/** Numbers of an item before its tags; genre to item are places in the dictionary. */
export const ITEM_HEAD = 11
export const [AT_POSITION, AT_RANK, AT_UNITS, AT_PAID, AT_OVER] = [0, 1, 2, 3, 4] as const
export const [AT_GENRE, AT_COUNTRY, AT_FORMAT, AT_ARTIST, AT_ITEM, AT_TAGS] = [5, 6, 7, 8, 9, 10] as const

/**
 * A batch of records. Record i has `kinds[i]` and `timesMs[i]` (sold at, tick's upTo, gap's from); a sale's
 * or amendment's items lie in `items` in the order of the records: `ITEM_HEAD` numbers, then one per tag.
 */
export interface SalesColumns {
  readonly kinds: Uint8Array
  readonly timesMs: Float64Array
  /** Items of each record; 0 for ticks and gaps. */
  readonly itemCounts: Uint16Array
  readonly items: Int32Array
  /** One per sale or amendment, in order: the place of its id in `texts`. */
  readonly basketIds: Int32Array
  /** One per gap, in order. */
  readonly gaps: readonly Gap[]
  /** The dictionary: each key value of the batch once, with the position of its dimension in DIMENSIONS. */
  readonly keyDimensions: Uint8Array
  /** The place of its value in `texts`; UNKNOWN_TEXT where it is not known. */
  readonly keyTexts: Int32Array
  readonly texts: Texts
}

/** Stands for the text of UNKNOWN in `keyTexts`. */
export const UNKNOWN_TEXT = -1

/** The value at a place of the dictionary. */
export function keyValueAt({ keyTexts, texts }: SalesColumns, place: number): string {
  const text = keyTexts[place]!
  return text === UNKNOWN_TEXT ? UNKNOWN : textAt(texts, text)
}

const [GENRE, TAG, ARTIST, ITEM, COUNTRY, FORMAT] = (
  ['genre', 'tag', 'artist', 'item', 'country', 'format'] as const
).map(dimension => DIMENSIONS.indexOf(dimension)) as [number, number, number, number, number, number]

/** Packs records; the result holds the same facts for counting, in the same order. */
export function salesColumns(records: readonly SalesRecord[]): SalesColumns {
  return new Packer(records).pack()
}

class Packer {
  readonly #records: readonly SalesRecord[]
  readonly #places = DIMENSIONS.map(() => new Map<string, number>())
  readonly #keyDimensions: number[] = []
  readonly #keyTexts: number[] = []
  readonly #texts: string[] = []
  readonly #items: number[] = []
  readonly #basketIds: number[] = []
  readonly #gaps: Gap[] = []

  constructor(records: readonly SalesRecord[]) {
    this.#records = records
  }

  pack(): SalesColumns {
    const count = this.#records.length
    const kinds = new Uint8Array(count)
    const timesMs = new Float64Array(count)
    const itemCounts = new Uint16Array(count)
    for (const [i, record] of this.#records.entries()) {
      if (record.kind === 'tick') {
        kinds[i] = COLUMN_TICK
        timesMs[i] = record.upToMs
      } else if (record.kind === 'gap') {
        kinds[i] = COLUMN_GAP
        timesMs[i] = record.fromMs
        this.#gaps.push(record)
      } else {
        const sale = record.kind === 'sale' ? record : record.sale
        kinds[i] = record.kind === 'sale' ? COLUMN_SALE : COLUMN_AMEND
        timesMs[i] = sale.soldAtMs
        itemCounts[i] = sale.items.length
        this.#sale(sale)
      }
    }
    return {
      kinds,
      timesMs,
      itemCounts,
      items: Int32Array.from(this.#items),
      basketIds: Int32Array.from(this.#basketIds),
      gaps: this.#gaps,
      keyDimensions: Uint8Array.from(this.#keyDimensions),
      keyTexts: Int32Array.from(this.#keyTexts),
      texts: packTexts(this.#texts),
    }
  }

  #sale(sale: Sale): void {
    this.#basketIds.push(this.#texts.push(sale.basketId) - 1)
    for (const item of sale.items) this.#item(item)
  }

  #item(item: SaleItem): void {
    this.#items.push(
      item.position,
      KNOWLEDGE_RANK[item.genreSource],
      item.units,
      item.paidUsdCents,
      item.overUsdCents,
      this.#place(GENRE, item.genre ?? UNKNOWN),
      this.#place(COUNTRY, item.country ?? UNKNOWN),
      this.#place(FORMAT, item.format),
      this.#place(ARTIST, item.artistHost),
      this.#place(ITEM, item.url),
      item.tags.length,
    )
    for (const tag of item.tags) this.#items.push(this.#place(TAG, tag))
  }

  #place(dimension: number, value: string): number {
    const places = this.#places[dimension]!
    const known = places.get(value)
    if (known !== undefined) return known
    const place = this.#keyTexts.length
    places.set(value, place)
    this.#keyDimensions.push(dimension)
    this.#keyTexts.push(this.#texts.push(value) - 1)
    return place
  }
}
