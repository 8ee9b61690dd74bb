// Key table: gives every key a small integer, so that totals live in typed arrays instead of string maps.
import {
  DIMENSIONS,
  type Dimension,
  dimensionOf,
  type Key,
  keyOf,
  keyValue,
  UNKNOWN,
} from '../../schemas/keys.ts'
import type { SalesColumns } from '../../schemas/sales-columns.ts'
import { floorTo, HOUR_MS } from '../../schemas/time.ts'
import { TextTable } from './text-table.ts'

/** Position of a dimension in DIMENSIONS. */
export type DimensionIndex = number

export const DIMENSION_INDEX = Object.fromEntries(DIMENSIONS.map((d, i) => [d, i])) as Readonly<
  Record<Dimension, DimensionIndex>
>

const ALL = DIMENSION_INDEX.all
const ARTIST = DIMENSION_INDEX.artist
const ITEM = DIMENSION_INDEX.item
const GENRE_COUNTRY = DIMENSION_INDEX['genre-country']

/** Room to begin with; it doubles. A partition that changes hands often should not pay for a busy one. */
const FIRST_KEYS = 1_024
/** Fewer are not worth a sweep. */
const SWEPT_KEYS = 16_384

/** Enough for ten Bandcamp Fridays of distinct keys; about 250 bytes each. */
export const DEFAULT_MAX_KEYS = 2_000_000

/** What `idOf` answers where the table is full and the key is new. */
export const NO_KEY = -1

/** The key ids that a holder of totals still mentions. */
export type KeyHolder = () => Iterable<{ readonly keys: Int32Array; readonly size: number }>

/**
 * Ids are dense, start at 0 and are reused once `sweep` has released them. Bounded by `maxKeys`: a new key
 * beyond it gets NO_KEY and is counted in `evicted`.
 */
export class KeyTable {
  /** The values by their bytes, tagged with their dimensions. */
  readonly #table = new TextTable(FIRST_KEYS)
  /** (genre id, country id) → id of the pair's key: saves building its text for every sale. */
  readonly #pairs = new Map<number, Map<number, number>>()
  readonly #texts: (Key | null)[] = []
  #capacity = 0
  #dimensions = new Uint8Array(1024)
  readonly #free: number[] = []
  readonly #maxKeys: number
  readonly #holders: KeyHolder[] = []
  #evicted = 0
  #allId = NO_KEY
  #sweptHourMs = 0
  /** Keys left by the last sweep. */
  #swept = 0
  /** Two readers of one batch ask one after the other: the second need not look again. */
  #lastBatch: SalesColumns | null = null
  #lastIds = new Int32Array(0)

  constructor(maxKeys: number = DEFAULT_MAX_KEYS) {
    this.#maxKeys = maxKeys
  }

  /** Keys held. */
  get size(): number {
    return this.#capacity - this.#free.length
  }

  /** One more than the highest id ever given: the length that an array indexed by id needs. */
  get capacity(): number {
    return this.#capacity
  }

  /** The id of `all`; kept for good. */
  get allId(): number {
    if (this.#allId === NO_KEY) this.#allId = this.idOf(ALL, '')
    return this.#allId
  }

  /** New keys refused because the table was full. */
  get evicted(): number {
    return this.#evicted
  }

  idOf(dimension: DimensionIndex, value: string): number {
    const known = this.#table.findText(value, dimension)
    return known >= 0 ? known : this.#add(dimension)
  }

  /**
   * The key id of each place in the batch's dictionary: each key is looked up once, however often it occurs.
   */
  idsOf(batch: SalesColumns): Int32Array {
    if (batch === this.#lastBatch) return this.#lastIds
    const { keyDimensions, keyTexts, texts } = batch
    const ids = new Int32Array(keyTexts.length)
    const hashes = this.#table.hashes(texts, keyTexts, keyDimensions)
    for (let i = 0; i < ids.length; i++) {
      const dimension = keyDimensions[i]!
      const text = keyTexts[i]!
      const known =
        text < 0 ? this.idOf(dimension, UNKNOWN) : this.#table.find(texts, text, dimension, hashes[i]!)
      ids[i] = known >= 0 || text < 0 ? known : this.#add(dimension)
    }
    this.#lastBatch = batch
    this.#lastIds = ids
    return ids
  }

  /** The id of `genre-country:<genre>/<country>` from the ids of its two parts. */
  pairOf(genreId: number, countryId: number): number {
    if (genreId < 0 || countryId < 0) return NO_KEY
    let countries = this.#pairs.get(genreId)
    if (countries === undefined) {
      countries = new Map()
      this.#pairs.set(genreId, countries)
    }
    const known = countries.get(countryId)
    if (known !== undefined) return known
    const id = this.idOf(GENRE_COUNTRY, `${this.#table.text(genreId)}/${this.#table.text(countryId)}`)
    if (id !== NO_KEY) countries.set(countryId, id)
    return id
  }

  idOfKey(key: Key): number {
    return this.idOf(DIMENSION_INDEX[dimensionOf(key)], keyValue(key))
  }

  dimension(id: number): DimensionIndex {
    return this.#dimensions[id]!
  }

  key(id: number): Key {
    const known = this.#texts[id]
    if (known !== undefined && known !== null) return known
    const dimension = this.#dimensions[id]!
    const key = keyOf(DIMENSIONS[dimension]!, this.#table.text(id))
    // Artists and items are many, and most are asked for once: the others' texts are worth keeping.
    if (dimension !== ARTIST && dimension !== ITEM) this.#texts[id] = key
    return key
  }

  /** Names somebody who keeps ids across calls: `sweep` spares what they mention. */
  heldBy(holder: KeyHolder): void {
    this.#holders.push(holder)
  }

  /**
   * As `sweep`, when the watermark has entered another hour and keys have become half as many again: a sweep
   * reads every open table. Call it between batches only: ids that are in use and not yet in a holder's
   * table would be released.
   */
  sweepHourly(watermarkMs: number | null): void {
    if (watermarkMs === null || floorTo(watermarkMs, HOUR_MS) === this.#sweptHourMs) return
    this.#sweptHourMs = floorTo(watermarkMs, HOUR_MS)
    if (this.size > this.#swept * 1.5 + SWEPT_KEYS || this.size >= this.#maxKeys) this.sweep()
  }

  /** Releases every key that no holder mentions any more; returns how many. */
  sweep(): number {
    const mentioned = new Uint8Array(this.#capacity)
    for (const holder of this.#holders) {
      for (const { keys, size } of holder()) for (let i = 0; i < size; i++) mentioned[keys[i]!] = 1
    }
    if (this.#allId !== NO_KEY) mentioned[this.#allId] = 1
    this.#lastBatch = null
    let released = 0
    // Lowest ids last, so that they are the first to be given again.
    for (let id = mentioned.length - 1; id >= 0; id--) {
      if (mentioned[id] === 1 || !this.#table.has(id)) continue
      this.#free.push(id)
      released++
    }
    if (released > 0) {
      this.#table.keepOnly(id => mentioned[id] === 1)
      this.#pairs.clear()
    }
    this.#swept = this.size
    return released
  }

  /** Gives the value looked for last an id. */
  #add(dimension: DimensionIndex): number {
    if (this.size >= this.#maxKeys) {
      this.#evicted++
      return NO_KEY
    }
    const id = this.#free.pop() ?? this.#capacity++
    if (id >= this.#dimensions.length) this.#grow()
    this.#table.add(id)
    this.#dimensions[id] = dimension
    this.#texts[id] = null
    return id
  }

  #grow(): void {
    const dimensions = new Uint8Array(this.#dimensions.length * 2)
    dimensions.set(this.#dimensions)
    this.#dimensions = dimensions
  }
}
