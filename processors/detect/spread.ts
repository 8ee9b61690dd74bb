// Spreads, learnt: how far counts usually are from what was expected, beyond chance; by class, or by big key.
import { type ClassTuning, DAY_MINUTES, HALF_LIFE_DAYS, HOUR_MINUTES } from './tuning.ts'

/** A key says something of its class's spread from so many expected purchases a day on. */
const LEAST_EXPECTED = 7
/** One key counts at most so many times the class's constant: releases must not hide the next. */
const CLIP = 6
/** Spreads never fall below this part of the constant, which stands beside what is learnt as PRIOR keys. */
const FLOOR = 0.4
const PRIOR = 100

export class ClassSpread {
  readonly #tuning: readonly ClassTuning[]
  readonly #phi: number[]
  readonly #sums: { sum: number; weight: number }[]

  constructor(tuning: readonly ClassTuning[]) {
    this.#tuning = tuning
    this.#phi = tuning.map(({ phi }) => phi)
    this.#sums = tuning.map(() => ({ sum: 0, weight: 0 }))
  }

  phiOf(cls: number): number {
    return this.#phi[cls]!
  }

  /** Begins a day of learning. */
  fade(): void {
    const keep = Math.exp(-Math.LN2 / HALF_LIFE_DAYS)
    for (const each of this.#sums) {
      each.sum *= keep
      each.weight *= keep
    }
  }

  /** A key of the class sold `n` in a day, `mu` were expected. */
  learn(cls: number, n: number, mu: number): void {
    if (mu < LEAST_EXPECTED) return
    const { phi } = this.#tuning[cls]!
    const weight = ((mu * phi) / (1 + mu * phi)) ** 2
    const term = ((n - mu) * (n - mu) - mu) / (mu * mu)
    this.#sums[cls]!.sum += weight * Math.min(CLIP * phi, term)
    this.#sums[cls]!.weight += weight
  }

  settle(): void {
    for (const [cls, { phi }] of this.#tuning.entries()) {
      const { sum, weight } = this.#sums[cls]!
      this.#phi[cls] = Math.max(FLOOR * phi, (PRIOR * phi + sum) / (PRIOR + weight))
    }
  }
}

/** What is learnt of a big key stands beside its class's constant as by so many hours. */
const HOURS_PRIOR = 30
const HOUR_CLIP = 12
const HOUR_FLOOR = 0.3
const HOUR_LEAST_EXPECTED = 3
const KEEP_AN_HOUR = Math.exp((-Math.LN2 * HOUR_MINUTES) / (HALF_LIFE_DAYS * DAY_MINUTES))

/** By place: each genre and country has a spread of its own, learnt once an hour. */
export class KeySpread {
  readonly #sums: Float64Array
  readonly #weights: Float64Array

  constructor(places: number) {
    this.#sums = new Float64Array(places)
    this.#weights = new Float64Array(places)
  }

  phiOf(place: number, phi: number): number {
    const learnt = (HOURS_PRIOR * phi + this.#sums[place]!) / (HOURS_PRIOR + this.#weights[place]!)
    return Math.max(HOUR_FLOOR * phi, learnt)
  }

  /** The last window had `n` purchases, `mu` were expected; `phi` is the class's constant. */
  learn(place: number, phi: number, n: number, mu: number): void {
    if (mu < HOUR_LEAST_EXPECTED) return
    const weight = ((mu * phi) / (1 + mu * phi)) ** 2
    const term = ((n - mu) * (n - mu) - mu) / (mu * mu)
    this.#sums[place] = this.#sums[place]! * KEEP_AN_HOUR + weight * Math.min(HOUR_CLIP * phi, term)
    this.#weights[place] = this.#weights[place]! * KEEP_AN_HOUR + weight
  }
}
