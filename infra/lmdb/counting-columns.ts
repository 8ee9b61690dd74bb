// Packed sales as the columns that counting needs, without making a single record of them.
import { DIMENSIONS } from '../../schemas/keys.ts'
import { type Gap, type GenreSource, KNOWLEDGE_RANK, type SalesRecord } from '../../schemas/records.ts'
import {
  COLUMN_GAP,
  COLUMN_SALE,
  COLUMN_TICK,
  ITEM_HEAD,
  type SalesColumns,
  UNKNOWN_TEXT,
} from '../../schemas/sales-columns.ts'
import { type Texts, textAt } from '../../schemas/texts.ts'
import { createReader, type Reader } from './columns.ts'
import { NUMBERS, OWN_TEXTS, SHARED_TEXTS } from './sale-columns.ts'

/** Keys of an item in the order in which the columns name them: see ITEM_HEAD of schemas/sales-columns.ts. */
const KEY_FIELDS = [
  { field: 'genre', dimension: DIMENSIONS.indexOf('genre') },
  { field: 'country', dimension: DIMENSIONS.indexOf('country') },
  { field: 'format', dimension: DIMENSIONS.indexOf('format') },
  { field: 'artistHost', dimension: DIMENSIONS.indexOf('artist') },
  { field: 'url', dimension: DIMENSIONS.indexOf('item') },
] as const
const TAG = DIMENSIONS.indexOf('tag')
const COUNTED_NUMBERS = ['position', 'units', 'paidUsdCents', 'overUsdCents'] as const
const NEEDED = new Set<string>([...KEY_FIELDS.map(key => key.field), ...COUNTED_NUMBERS, 'genreSource'])

/** A record of the block that is not a packed sale, and its place among all. */
export interface Other {
  readonly place: number
  readonly record: SalesRecord
}

/**
 * The columns of a block: its packed sales, with ticks and gaps at their places. The same as `salesColumns`
 * of the decoded records, to the order of the dictionary. Null where the block has others than those: decode
 * it then.
 */
export function countingColumns(packed: Buffer, others: readonly Other[]): SalesColumns | null {
  if (others.some(({ record }) => record.kind !== 'tick' && record.kind !== 'gap')) return null
  const reader = createReader(packed)
  const [saleCount = 0, itemCount = 0, tagCount = 0] = reader.column(3)
  const texts = reader.texts()
  const basketIds = reader.integers(saleCount).map(textOf)
  const soldAtMs = reader.column(saleCount)
  const counts = reader.integers(saleCount)
  const columns = itemColumns(reader, itemCount)
  const tagCounts = reader.integers(itemCount)
  const tags = reader.integers(tagCount)
  const dictionary = new Dictionary(texts.codes.length)
  const items = new Int32Array(itemCount * ITEM_HEAD + tagCount)
  fillItems(items, columns, { tagCounts, tags, itemCount }, dictionary, rankAt(texts))
  return { ...sequence(soldAtMs, counts, others), items, basketIds, texts, ...dictionary.columns() }
}

type ItemColumns = ReadonlyMap<string, Int32Array>

function itemColumns(reader: Reader, itemCount: number): ItemColumns {
  const columns = new Map<string, Int32Array>()
  for (const field of [...SHARED_TEXTS, ...OWN_TEXTS, ...NUMBERS]) {
    if (NEEDED.has(field)) columns.set(field, reader.integers(itemCount))
    else reader.skip(itemCount)
  }
  reader.skip(itemCount) // releases
  return columns
}

interface TagColumns {
  readonly tagCounts: Int32Array
  readonly tags: Int32Array
  readonly itemCount: number
}

function fillItems(
  items: Int32Array,
  columns: ItemColumns,
  { tagCounts, tags, itemCount }: TagColumns,
  dictionary: Dictionary,
  rankOf: (place: number) => number,
): void {
  const [position, units, paid, over] = COUNTED_NUMBERS.map(field => columns.get(field)!) as Int32Array[]
  const source = columns.get('genreSource')!
  const keys = KEY_FIELDS.map(({ field, dimension }) => ({ places: columns.get(field)!, dimension }))
  let at = 0
  let nextTag = 0
  for (let i = 0; i < itemCount; i++) {
    items[at++] = position![i]!
    items[at++] = rankOf(source[i]!)
    items[at++] = units![i]!
    items[at++] = paid![i]!
    items[at++] = over![i]!
    for (const { places, dimension } of keys) items[at++] = dictionary.place(dimension, places[i]!)
    const count = tagCounts[i]!
    items[at++] = count
    for (const end = nextTag + count; nextTag < end; nextTag++)
      items[at++] = dictionary.place(TAG, tags[nextTag]!)
  }
}

/** Strings of a block count from 1 on, 0 is null. */
function textOf(place: number): number {
  return place - 1
}

function rankAt(texts: Texts): (place: number) => number {
  const ranks = new Map<number, number>()
  return place => {
    const known = ranks.get(place)
    if (known !== undefined) return known
    const rank = KNOWLEDGE_RANK[textAt(texts, textOf(place)) as GenreSource]
    ranks.set(place, rank)
    return rank
  }
}

/** The keys of the block, each once, in the order of first use. */
class Dictionary {
  /** By dimension and place of the string: its place in the dictionary, plus 1. */
  readonly #places: readonly Int32Array[]
  readonly #dimensions: number[] = []
  readonly #texts: number[] = []

  constructor(strings: number) {
    this.#places = DIMENSIONS.map(() => new Int32Array(strings + 1))
  }

  /** Place 0 of the strings is null: not known. */
  place(dimension: number, string: number): number {
    const places = this.#places[dimension]!
    const known = places[string]!
    if (known !== 0) return known - 1
    this.#dimensions.push(dimension)
    this.#texts.push(string === 0 ? UNKNOWN_TEXT : textOf(string))
    places[string] = this.#texts.length
    return this.#texts.length - 1
  }

  columns(): Pick<SalesColumns, 'keyDimensions' | 'keyTexts'> {
    return { keyDimensions: Uint8Array.from(this.#dimensions), keyTexts: Int32Array.from(this.#texts) }
  }
}

function sequence(
  soldAtMs: Float64Array,
  counts: Int32Array,
  others: readonly Other[],
): Pick<SalesColumns, 'kinds' | 'timesMs' | 'itemCounts' | 'gaps'> {
  const count = soldAtMs.length + others.length
  const kinds = new Uint8Array(count).fill(COLUMN_SALE)
  const timesMs = new Float64Array(count)
  const itemCounts = new Uint16Array(count)
  const gaps: Gap[] = []
  const isOther = new Uint8Array(count)
  for (const { place, record } of others) {
    isOther[place] = 1
    if (record.kind === 'tick') {
      kinds[place] = COLUMN_TICK
      timesMs[place] = record.upToMs
    } else if (record.kind === 'gap') {
      kinds[place] = COLUMN_GAP
      timesMs[place] = record.fromMs
      gaps.push(record)
    }
  }
  for (let place = 0, sale = 0; place < count; place++) {
    if (isOther[place] === 1) continue
    timesMs[place] = soldAtMs[sale]!
    itemCounts[place] = counts[sale]!
    sale++
  }
  return { kinds, timesMs, itemCounts, gaps }
}
