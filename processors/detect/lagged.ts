// Half days of the last week, and the baseline that lags behind them: what emerges must not feed it.
import type { Market } from './market.ts'
import { grownBytes, grownDoubles } from './tables.ts'
import { DAY_MINUTES, LAGGED_HALF_LIFE_DAYS } from './tuning.ts'

const BUCKET_MINUTES = DAY_MINUTES / 2
/** This half day and 14 before it are told apart; one more is being emptied. */
const BUCKETS = 16
export const LAG_BUCKETS = 14
/** A key that sells more in half a day does not emerge: its count may stop here. */
const BUCKET_MAX = 255
const EXPOSURES = 2
/** Half days before this one. */
const BEFORE_LAST_DAY = [3, 7] as const
/** What was bought two days earlier counts e times less: what grows shows in what was bought last. */
const GROWTH_HALF_DAYS = 4
const WEIGHTS = Float64Array.from({ length: LAG_BUCKETS + 1 }, (_, back) =>
  Math.exp(-back / GROWTH_HALF_DAYS),
)

export class Lagged {
  /** The weight of what is learnt now, as in `Market`. */
  #weight = 1
  readonly #learntMarket = new Float64Array(EXPOSURES)
  readonly #market: Market
  #learnt = new Float64Array(1_024)
  #buckets = new Uint8Array(1_024 * BUCKETS)
  readonly #marketBuckets = Array.from({ length: EXPOSURES }, () => new Float64Array(BUCKETS))
  #bucket = Number.NaN
  #originBucket = Number.NaN

  constructor(market: Market) {
    this.#market = market
  }

  reserve(places: number): void {
    if (places <= this.#learnt.length) return
    this.#learnt = grownDoubles(this.#learnt, places)
    this.#buckets = grownBytes(this.#buckets, this.#learnt.length * BUCKETS)
  }

  /** Purchases learnt, decayed. */
  learnt(place: number): number {
    return this.#learnt[place]! / this.#weight
  }

  /** Share of the market by the baseline, beside a prior of `own` purchases in `market`. */
  share(place: number, exposure: number, own: number, market: number): number {
    const w = this.#weight
    return (own * w + this.#learnt[place]!) / (market * w + this.#learntMarket[exposure]!)
  }

  /** A frenzy says nothing of what emerges: callers leave it out, here and of `addMarket`. */
  add(place: number, purchases: number): void {
    const at = place * BUCKETS + (this.#bucket % BUCKETS)
    this.#buckets[at] = Math.min(BUCKET_MAX, this.#buckets[at]! + purchases)
  }

  addMarket(all: number, known: number): void {
    const slot = this.#bucket % BUCKETS
    for (const [e, x] of [all, known].entries()) {
      const purchases = this.#marketBuckets[e]!
      purchases[slot] = purchases[slot]! + x
    }
  }

  /** Purchases of a key, and of the market, in this half day and `back` before it. */
  window(place: number, exposure: number, back: number): { readonly n: number; readonly x: number } {
    let [n, x] = [0, 0]
    for (let b = 0; b <= back; b++) {
      const slot = (this.#bucket - b) % BUCKETS
      n += this.#buckets[place * BUCKETS + slot]!
      x += this.#marketBuckets[exposure]![slot]!
    }
    return { n, x }
  }

  /**
   * The most that two and a half days, which end before the last one began, make likely where the market buys
   * `x`: what dies down sold more in the weeks before. Nothing is said where a count reached its bound.
   */
  lately(place: number, exposure: number, x: number): number {
    let [n, market] = [0, 0]
    for (let b = BEFORE_LAST_DAY[0]; b <= BEFORE_LAST_DAY[1]; b++) {
      const slot = (this.#bucket - b) % BUCKETS
      const count = this.#buckets[place * BUCKETS + slot]!
      if (count === BUCKET_MAX) return Number.POSITIVE_INFINITY
      n += count
      market += this.#marketBuckets[exposure]![slot]!
    }
    return market === 0 ? Number.POSITIVE_INFINITY : ((n + Math.sqrt(n)) / market) * x
  }

  /**
   * Purchases of a key, and of the market, in this half day and the week before it, later ones weighing more;
   * scaled so that their variance is their mean, as that of plain counts is.
   */
  weighted(place: number, exposure: number): { readonly n: number; readonly x: number } {
    let [n, x, squares] = [0, 0, 0]
    for (const [back, weight] of WEIGHTS.entries()) {
      const slot = (this.#bucket - back) % BUCKETS
      const market = this.#marketBuckets[exposure]![slot]!
      n += weight * this.#buckets[place * BUCKETS + slot]!
      x += weight * market
      squares += weight * weight * market
    }
    const scale = squares === 0 ? 0 : x / squares
    return { n: n * scale, x: x * scale }
  }

  /** How many of these half days have a purchase. */
  halfDays(place: number, back: number): number {
    let some = 0
    for (let b = 0; b <= back; b++) {
      if (this.#buckets[place * BUCKETS + ((this.#bucket - b) % BUCKETS)]! > 0) some++
    }
    return some
  }

  /** The market's purchases a day over the last week. */
  marketPerDay(exposure: number): number {
    let x = 0
    for (let b = 1; b <= LAG_BUCKETS; b++) x += this.#marketBuckets[exposure]![(this.#bucket - b) % BUCKETS]!
    return (x * 2) / LAG_BUCKETS
  }

  forget(place: number): void {
    this.#learnt[place] = 0
    this.#buckets.fill(0, place * BUCKETS, (place + 1) * BUCKETS)
  }

  /** At the end of a half day, the one a week ago goes into the baseline of every place below `size`. */
  turn(size: number): void {
    const bucket = Math.floor(this.#market.minute / BUCKET_MINUTES)
    if (bucket === this.#bucket) return
    if (Number.isNaN(this.#bucket)) this.#originBucket = bucket
    this.#bucket = bucket
    this.#weight = Math.exp((Math.LN2 * (bucket - this.#originBucket)) / (2 * LAGGED_HALF_LIFE_DAYS))
    const old = (bucket - LAG_BUCKETS - 1 + BUCKETS) % BUCKETS
    for (let e = 0; e < EXPOSURES; e++) {
      const purchases = this.#marketBuckets[e]!
      this.#learntMarket[e] = this.#learntMarket[e]! + purchases[old]! * this.#weight
      purchases[old] = 0
    }
    for (let place = 0; place < size; place++) {
      const at = place * BUCKETS + old
      if (this.#buckets[at] === 0) continue
      this.#learnt[place] = this.#learnt[place]! + this.#buckets[at]! * this.#weight
      this.#buckets[at] = 0
    }
  }

  get bytesPerKey(): number {
    return BUCKETS + this.#learnt.BYTES_PER_ELEMENT
  }
}
