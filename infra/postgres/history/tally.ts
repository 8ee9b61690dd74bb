// Adds up everything about a stretch in one pass over its sales, none of which is kept.
import { UNKNOWN } from '../../../schemas/keys.ts'
import { addTotals, type Totals, ZERO_TOTALS } from '../../../schemas/totals.ts'
import { Interner } from './block.ts'
import { type KindDimension, KindSums } from './kind-sums.ts'
import { Leaders } from './leaders.ts'
import { rowsUpTo } from './scan.ts'
import { Slots, Sums } from './sums.ts'
import type { Kind, TallyBatch } from './tally-rows.ts'

const FIRST_KINDS = 1 << 10

/** A genre, country or format with its totals. */
export type Valued = Totals & { readonly value: string }

/**
 * Sums by kind of item (genre, country and format together: a few thousand), by genre and bucket, and by
 * release. All else is added up from these. Memory grows with how many of them there are, not with the
 * sales.
 */
export class Tally {
  readonly releases = new Leaders()
  readonly #fromUs: number
  readonly #bucketUs: number
  readonly #buckets: number
  readonly #slots = new Slots()
  readonly #genres = new Interner()
  readonly #kinds: Kind[] = []
  /** By kind, where its genre's slots begin. */
  #genreSlots = new Int32Array(FIRST_KINDS)
  readonly #byKind = new KindSums()
  /** Slots are genre × buckets + bucket; baskets count once in the whole stretch. */
  readonly #byGenreAndBucket = new Sums(0)

  constructor(fromUs: number, toUs: number, bucketUs: number) {
    this.#fromUs = fromUs
    this.#bucketUs = bucketUs
    this.#buckets = Math.max(1, Math.ceil((toUs - fromUs) / bucketUs))
  }

  add(batch: TallyBatch, kinds: readonly Kind[]): void {
    this.#learn(kinds)
    this.#byKind.add(batch, kinds.length)
    const { count, kind, soldAtUs } = batch
    const slots = this.#slots.of(count)
    const genreSlots = this.#genreSlots
    for (let row = 0; row < count; row++) {
      const bucket = Math.floor((soldAtUs[row]! - this.#fromUs) / this.#bucketUs)
      slots[row] = genreSlots[kind[row]!]! + bucket
    }
    this.#byGenreAndBucket.add(batch, rowsUpTo(count), count, slots)
    this.releases.add(batch)
  }

  #learn(kinds: readonly Kind[]): void {
    if (kinds.length > this.#genreSlots.length) {
      const grown = new Int32Array(kinds.length * 2)
      grown.set(this.#genreSlots)
      this.#genreSlots = grown
    }
    for (let kind = this.#kinds.length; kind < kinds.length; kind++) {
      this.#kinds.push(kinds[kind]!)
      this.#genreSlots[kind] = this.#genres.code(kinds[kind]!.genre) * this.#buckets
    }
  }

  /** Totals by value. */
  by(dimension: KindDimension): readonly Valued[] {
    const totals = new Map<string, Totals>()
    for (const [slot, kind] of this.#kinds.entries()) {
      const value = kind[dimension]
      totals.set(value, addTotals(totals.get(value) ?? ZERO_TOTALS, this.#byKind.totals(slot, dimension)))
    }
    return [...totals].map(([value, of]) => ({ value, ...of }))
  }

  genresOfCountries(): ReadonlyMap<string, ReadonlyMap<string, number>> {
    const countries = new Map<string, Map<string, number>>()
    for (const [slot, { country, genre }] of this.#kinds.entries()) {
      const genres = countries.get(country) ?? new Map<string, number>()
      genres.set(genre, (genres.get(genre) ?? 0) + this.#byKind.items(slot))
      countries.set(country, genres)
    }
    return countries
  }

  /** By bucket, those without sales left out. */
  series(): ReadonlyMap<number, Totals> {
    const series = new Map<number, Totals>()
    for (const slot of this.#byGenreAndBucket.slots()) {
      const bucket = slot % this.#buckets
      series.set(bucket, addTotals(series.get(bucket) ?? ZERO_TOTALS, this.#byGenreAndBucket.totals(slot)))
    }
    return new Map([...series].sort(([a], [b]) => a - b))
  }

  /** Items by genre, and by bucket as `nameOf` says it. */
  genreSeries(nameOf: (bucket: number) => number): ReadonlyMap<string, ReadonlyMap<number, number>> {
    const genres = new Map<string, Map<number, number>>()
    for (const slot of this.#byGenreAndBucket.slots()) {
      const genre = this.#genres.texts[Math.floor(slot / this.#buckets)]!
      const buckets = genres.get(genre) ?? new Map<number, number>()
      buckets.set(nameOf(slot % this.#buckets), this.#byGenreAndBucket.items(slot))
      genres.set(genre, buckets)
    }
    return genres
  }

  totals(): Totals & { readonly knownGenreItems: number } {
    let totals: Totals = ZERO_TOTALS
    for (const of of this.series().values()) totals = addTotals(totals, of)
    const unknown = this.by('genre').find(({ value }) => value === UNKNOWN)
    return { ...totals, knownGenreItems: totals.items - (unknown?.items ?? 0) }
  }
}
