// Key table: gives every key a small integer, so that totals live in typed arrays instead of string maps.
import { DIMENSIONS, type Dimension, dimensionOf, type Key, keyOf, keyValue } from '../../schemas/keys.ts'
import { floorTo, HOUR_MS } from '../../schemas/time.ts'

/** Position of a dimension in DIMENSIONS. */
export type DimensionIndex = number

export const DIMENSION_INDEX = Object.fromEntries(DIMENSIONS.map((d, i) => [d, i])) as Readonly<
  Record<Dimension, DimensionIndex>
>

const ALL = DIMENSION_INDEX.all
const GENRE_COUNTRY = DIMENSION_INDEX['genre-country']

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
  readonly #maps: readonly Map<string, number>[] = DIMENSIONS.map(() => new Map())
  /** (genre id, country id) → id of the pair's key: saves building its text for every sale. */
  readonly #pairs = new Map<number, Map<number, number>>()
  readonly #values: string[] = []
  /** Null: not built yet; undefined: the id is free. */
  readonly #texts: (Key | null | undefined)[] = []
  #dimensions = new Uint8Array(1024)
  readonly #free: number[] = []
  readonly #maxKeys: number
  readonly #holders: KeyHolder[] = []
  #evicted = 0
  #allId = NO_KEY
  #sweptHourMs = 0

  constructor(maxKeys: number = DEFAULT_MAX_KEYS) {
    this.#maxKeys = maxKeys
  }

  /** Keys held. */
  get size(): number {
    return this.#values.length - this.#free.length
  }

  /** One more than the highest id ever given: the length that an array indexed by id needs. */
  get capacity(): number {
    return this.#values.length
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
    const known = this.#maps[dimension]!.get(value)
    return known !== undefined ? known : this.#add(dimension, value)
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
    const id = this.idOf(GENRE_COUNTRY, `${this.#values[genreId]}/${this.#values[countryId]}`)
    if (id !== NO_KEY) countries.set(countryId, id)
    return id
  }

  idOfKey(key: Key): number {
    return this.idOf(DIMENSION_INDEX[dimensionOf(key)], keyValue(key))
  }

  dimension(id: number): DimensionIndex {
    return this.#dimensions[id]!
  }

  /** The key's text, built once. */
  key(id: number): Key {
    const known = this.#texts[id]
    if (known !== null && known !== undefined) return known
    const text = keyOf(DIMENSIONS[this.#dimensions[id]!]!, this.#values[id]!)
    this.#texts[id] = text
    return text
  }

  /** Names somebody who keeps ids across calls: `sweep` spares what they mention. */
  heldBy(holder: KeyHolder): void {
    this.#holders.push(holder)
  }

  /**
   * As `sweep`, when the watermark has entered another hour. Call it between batches only: ids that are in
   * use and not yet in a holder's table would be released.
   */
  sweepHourly(watermarkMs: number | null): void {
    if (watermarkMs === null || floorTo(watermarkMs, HOUR_MS) === this.#sweptHourMs) return
    this.#sweptHourMs = floorTo(watermarkMs, HOUR_MS)
    this.sweep()
  }

  /** Releases every key that no holder mentions any more; returns how many. */
  sweep(): number {
    const mentioned = new Uint8Array(this.#values.length)
    for (const holder of this.#holders) {
      for (const { keys, size } of holder()) for (let i = 0; i < size; i++) mentioned[keys[i]!] = 1
    }
    let released = 0
    for (let id = 0; id < mentioned.length; id++) {
      if (mentioned[id] === 1 || id === this.#allId || this.#texts[id] === undefined) continue
      this.#maps[this.#dimensions[id]!]!.delete(this.#values[id]!)
      this.#values[id] = ''
      this.#texts[id] = undefined
      this.#free.push(id)
      released++
    }
    if (released > 0) this.#pairs.clear()
    return released
  }

  #add(dimension: DimensionIndex, value: string): number {
    if (this.size >= this.#maxKeys) {
      this.#evicted++
      return NO_KEY
    }
    const id = this.#free.pop() ?? this.#values.length
    const own = ownCopy(value)
    if (id >= this.#dimensions.length) this.#grow()
    this.#maps[dimension]!.set(own, id)
    this.#values[id] = own
    this.#texts[id] = null
    this.#dimensions[id] = dimension
    return id
  }

  #grow(): void {
    const dimensions = new Uint8Array(this.#dimensions.length * 2)
    dimensions.set(this.#dimensions)
    this.#dimensions = dimensions
  }
}

/** V8 copies shorter cuts; longer ones point into the text that they were cut from. */
const CUT_BY_REFERENCE = 13

/**
 * The same text in memory of its own. A string cut out of a decoded block keeps the whole block alive for as
 * long as the key is known; two parts put together are copied when the text is first hashed.
 */
function ownCopy(text: string): string {
  return text.length < CUT_BY_REFERENCE
    ? text
    : text.slice(0, CUT_BY_REFERENCE - 1) + text.slice(CUT_BY_REFERENCE - 1)
}
