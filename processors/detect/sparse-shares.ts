// Shares of the market of very many small keys, learnt slowly, beside what is believed of a key never seen.
import type { Damping } from './finding.ts'
import type { Market } from './market.ts'
import type { Places } from './places.ts'
import { grownDoubles } from './tables.ts'
import { type ClassTuning, LEARNT_IN_ALERT, LONGEST } from './tuning.ts'
import type { MinuteCounts } from './window-counts.ts'

/** A key with less than this learnt, and nothing in a day, is forgotten: some 80 days after its last sale. */
const FORGOTTEN_BELOW = 0.02

export class SparseShares {
  #learnt = new Float64Array(1024)
  readonly #tuning: readonly ClassTuning[]
  readonly #market: Market
  readonly #places: Places

  constructor(tuning: readonly ClassTuning[], market: Market, places: Places) {
    this.#tuning = tuning
    this.#market = market
    this.#places = places
  }

  get size(): number {
    return this.#learnt.length
  }

  get bytesPerKey(): number {
    return this.#learnt.BYTES_PER_ELEMENT
  }

  reserve(places: number): void {
    this.#learnt = grownDoubles(this.#learnt, places)
  }

  exposureOf(place: number): number {
    return this.#tuning[this.#places.classes[place]!]!.exposure
  }

  share(place: number): number {
    const cls = this.#places.classes[place]!
    const { prior, exposure } = this.#tuning[cls]!
    const { weight, learnt } = this.#market
    return (prior * weight + this.#learnt[place]!) / (this.marketPrior(cls) * weight + learnt[exposure]!)
  }

  /** Purchases learnt, decayed. */
  learnt(place: number): number {
    return this.#learnt[place]! / this.#market.weight
  }

  /** What the prior of a key is set against: purchases of the market, as many as its keys are worth. */
  marketPrior(cls: number): number {
    const { prior, keysShare } = this.#tuning[cls]!
    return prior * keysShare * this.#places.keysOfClass(cls)
  }

  /** Places that expect at least `least` (by class) of what the market sold in the longest window. */
  expecting(least: readonly number[]): readonly number[] {
    const { weight, learnt, sums } = this.#market
    const bars = this.#tuning.map(({ prior, exposure }, cls) => {
      const x = sums[exposure]![LONGEST]!
      if (x === 0) return Number.POSITIVE_INFINITY
      return (least[cls]! * (this.marketPrior(cls) * weight + learnt[exposure]!)) / x - prior * weight
    })
    const places: number[] = []
    for (let place = 0; place < this.#places.size; place++) {
      if (this.#learnt[place]! >= bars[this.#places.classes[place]!]! && this.#places.isUsed(place))
        places.push(place)
    }
    return places
  }

  learn({ places, counts, size }: MinuteCounts, damping: Damping): void {
    const { leaving } = this.#market
    for (let i = 0; i < size; i++) {
      const place = places[i]!
      const weight = damping.covers(place, leaving.minute) ? LEARNT_IN_ALERT : 1
      this.#learnt[place] = this.#learnt[place]! + counts[i]! * leaving.weight * weight
    }
  }

  /** What keys in an alert were expected to sell stands for the part of their sales that is not learnt. */
  learnExpected(damping: Damping): void {
    const { leaving } = this.#market
    for (const place of damping.covering(leaving.minute)) {
      const expected = this.share(place) * leaving.purchases[this.exposureOf(place)]!
      this.#learnt[place] = this.#learnt[place]! + (1 - LEARNT_IN_ALERT) * expected * leaving.weight
    }
  }

  isForgettable(place: number): boolean {
    return this.#learnt[place]! < FORGOTTEN_BELOW * this.#market.weight
  }

  forget(place: number): void {
    this.#learnt[place] = 0
  }
}
