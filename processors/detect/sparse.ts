// Tags and artists: very many keys with few sales each, in flat arrays of under 64 bytes a key.
import { Damping, type Finding } from './finding.ts'
import type { Market } from './market.ts'
import { dropSurprise, riseSurprise } from './tails.ts'
import {
  type ClassTuning,
  DAY_MINUTES,
  HALF_LIFE_DAYS,
  HOUR,
  LAGGED_HALF_LIFE_DAYS,
  LEARNT_IN_ALERT,
  LONGEST,
  STEADY,
  WINDOW_HANDICAP,
  WINDOW_MINUTES,
} from './tuning.ts'

/** The windows that are kept for every key: 1 h, 6 h, 24 h. */
const KEPT = [HOUR, STEADY, LONGEST] as const
/** Half days for the days of emerging keys: this one and 14 before. */
export const BUCKET_MINUTES = DAY_MINUTES / 2
const BUCKETS = 16
export const LAG_BUCKETS = 14
const BUCKET_MAX = 255
/** Twice as many as artists sell in a year; keys beyond are refused and counted. */
const MAX_SPARSE = 2_000_000
/** A key with less than this learnt, and nothing in a day, is forgotten: about 80 days after its last sale. */
const FORGOTTEN_BELOW = 0.02
const NONE = -1
/** Before so many keys of a class were seen, as many are assumed. */
const LEAST_KEYS = 100
/** A key says something of its class's spread from so many expected purchases a day on. */
const SPREAD_LEAST = 7
/** One key counts at most so many times the class's constant: releases must not hide the next. */
const SPREAD_CLIP = 6
const SPREAD_FLOOR = 0.4
const SPREAD_PRIOR = 100

interface Minute {
  readonly places: Int32Array
  readonly counts: Uint16Array
  size: number
}

/** Keys by place; places of forgotten keys are used again. */
export class SparseBook {
  keyIds = new Int32Array(1024).fill(NONE)
  classes = new Uint8Array(1024)
  /** Minute since the epoch in which the key was seen first. */
  firstSeen = new Int32Array(1024)
  readonly damping = new Damping()
  /** Keys that were one too many. */
  refused = 0
  size = 0
  #counts = KEPT.map(() => new Int32Array(1024))
  #learnt = new Float64Array(1024)
  #lagged = new Float64Array(1024)
  #buckets = new Uint8Array(1024 * BUCKETS)
  #touched = new Uint8Array(1024)
  #placeOfKey = new Int32Array(4096).fill(NONE)
  readonly #free: number[] = []
  readonly #keysOfClass: number[] = []
  readonly #phi: number[]
  readonly #spreads: { sum: number; weight: number }[]
  readonly #tuning: readonly ClassTuning[]
  readonly #market: Market
  readonly #minutes: Minute[] = []
  #laggedMarket = new Float64Array(2)
  #marketBuckets = [new Float64Array(BUCKETS), new Float64Array(BUCKETS)]
  #laggedWeight = 1
  #laggedOriginBucket = Number.NaN
  #bucket = Number.NaN
  /** Places with a sale in this minute. */
  readonly fresh: number[] = []

  constructor(tuning: readonly ClassTuning[], market: Market) {
    this.#tuning = tuning
    this.#market = market
    this.#phi = tuning.map(({ phi }) => phi)
    this.#spreads = tuning.map(() => ({ sum: 0, weight: 0 }))
  }

  /** The place of a key, made where it is new; -1 where there is no room. */
  placeOf(keyId: number, cls: number): number {
    const known = this.find(keyId)
    if (known !== NONE) return known
    const place = this.#free.pop() ?? this.#append()
    if (place === NONE) return NONE
    if (keyId >= this.#placeOfKey.length) this.#placeOfKey = grown(this.#placeOfKey, keyId + 1, NONE)
    this.#placeOfKey[keyId] = place
    this.keyIds[place] = keyId
    this.classes[place] = cls
    this.#keysOfClass[cls] = (this.#keysOfClass[cls] ?? 0) + 1
    this.firstSeen[place] = this.#market.minute
    return place
  }

  find(keyId: number): number {
    return keyId < this.#placeOfKey.length ? this.#placeOfKey[keyId]! : NONE
  }

  /** Learns what leaves the longest window, then lets all windows slide to the market's minute. */
  slide(): void {
    const { minute, leaving } = this.#market
    this.fresh.length = 0
    this.#turnBuckets(minute)
    const old = this.#minutes[minute % DAY_MINUTES]
    if (old !== undefined) this.#learn(old)
    if (leaving.weight > 0) this.#learnExpected()
    for (const [k, w] of KEPT.entries()) {
      const counts = this.#counts[k]!
      const gone = w === LONGEST ? old : this.#minutes[(minute - WINDOW_MINUTES[w]!) % DAY_MINUTES]
      if (gone === undefined) continue
      for (let i = 0; i < gone.size; i++) {
        const place = gone.places[i]!
        counts[place] = counts[place]! - gone.counts[i]!
      }
    }
    this.#minutes[minute % DAY_MINUTES] = EMPTY
  }

  /** Purchases of the current minute, each key once. */
  add(places: Int32Array, counts: Uint16Array, size: number): void {
    this.#minutes[this.#market.minute % DAY_MINUTES] = { places, counts, size }
    const at = this.#bucket % BUCKETS
    const { isStirred } = this.#market
    for (let i = 0; i < size; i++) {
      const place = places[i]!
      for (const kept of this.#counts) kept[place] = kept[place]! + counts[i]!
      this.#touched[place] = 1
      this.fresh.push(place)
      // A frenzy says nothing of what emerges: it is left out, of the market's half days too.
      if (isStirred) continue
      const slot = place * BUCKETS + at
      this.#buckets[slot] = Math.min(BUCKET_MAX, this.#buckets[slot]! + counts[i]!)
    }
  }

  count(place: number, w: number): number {
    return this.#counts[w === HOUR ? 0 : w === STEADY ? 1 : 2]![place]!
  }

  share(place: number): number {
    const { prior, exposure } = this.#tuning[this.classes[place]!]!
    const { weight, learnt } = this.#market
    return (
      (prior * weight + this.#learnt[place]!) /
      (this.#marketPrior(this.classes[place]!) * weight + learnt[exposure]!)
    )
  }

  /** What the prior of a key is set against: purchases of the market, as many as its keys are worth. */
  #marketPrior(cls: number): number {
    const { prior, keysShare } = this.#tuning[cls]!
    return prior * keysShare * Math.max(LEAST_KEYS, this.#keysOfClass[cls] ?? 0)
  }

  /** Expected purchases of a window by the market's clock, before `lift`. */
  expected(place: number, w: number): number {
    const { exposure } = this.#tuning[this.classes[place]!]!
    return this.share(place) * this.#market.sums[exposure]![w]!
  }

  sizeOf(place: number, w: number): number {
    const { prior, phiFrenzy } = this.#tuning[this.classes[place]!]!
    const phi = this.#phi[this.classes[place]!]!
    const frenzy = this.#market.frenzyShare[w]!
    return 1 / (1 / (prior + this.#learnt[place]! / this.#market.weight) + phi + phiFrenzy * frenzy * frenzy)
  }

  /** The window that surprises most in a direction, into `out`; `lift` by window sets the clock right. */
  best(place: number, direction: 1 | -1, lift: Float64Array, out: Finding): void {
    const { risePurchases, dropExpected, exposure } = this.#tuning[this.classes[place]!]!
    out.score = 0
    if (direction > 0 && this.#counts[2]![place]! < risePurchases) return
    const share = this.share(place)
    const sums = this.#market.sums[exposure]!
    for (const [k, w] of KEPT.entries()) {
      const n = this.#counts[k]![place]!
      if (direction > 0 && n < risePurchases) continue
      if (direction < 0 && this.#market.isPartial(w)) continue
      const mu = share * sums[w]! * lift[w]!
      if (direction > 0 ? n <= mu : n >= mu || mu < dropExpected) continue
      const r = this.sizeOf(place, w)
      const surprise = direction > 0 ? riseSurprise(n, mu, r) : dropSurprise(n, mu, r)
      const score = surprise - WINDOW_HANDICAP[w]!
      if (score > out.score) out.set(w, n, mu, r, score)
    }
  }

  /**
   * Once a day: how far the last day's purchases of these places were from what was expected, class by class.
   * What a class has learnt is believed beside its own constant as by so many keys.
   */
  learnSpread(places: readonly number[], lift: Float64Array): void {
    if (this.#market.frenzyShare[LONGEST]! > 0 || this.#market.isPartial(LONGEST)) return
    const keep = Math.exp(-Math.LN2 / HALF_LIFE_DAYS)
    for (const spread of this.#spreads) {
      spread.sum *= keep
      spread.weight *= keep
    }
    for (const place of places) {
      const cls = this.classes[place]!
      const mu = this.expected(place, LONGEST) * lift[LONGEST]!
      if (this.keyIds[place] === NONE || mu < SPREAD_LEAST || this.damping.has(place)) continue
      const { phi } = this.#tuning[cls]!
      const n = this.count(place, LONGEST)
      const weight = ((mu * phi) / (1 + mu * phi)) ** 2
      const term = ((n - mu) * (n - mu) - mu) / (mu * mu)
      this.#spreads[cls]!.sum += weight * Math.min(SPREAD_CLIP * phi, term)
      this.#spreads[cls]!.weight += weight
    }
    for (const [cls, { phi }] of this.#tuning.entries()) {
      const { sum, weight } = this.#spreads[cls]!
      this.#phi[cls] = Math.max(SPREAD_FLOOR * phi, (SPREAD_PRIOR * phi + sum) / (SPREAD_PRIOR + weight))
    }
  }

  /** Purchases and expectation of a lagged key in this half day and `back` before; the baseline lags a week. */
  lagged(place: number, back: number): { readonly n: number; readonly mu: number; readonly r: number } {
    const { prior, phi, phiFrenzy, exposure } = this.#tuning[this.classes[place]!]!
    let [n, x] = [0, 0]
    for (let b = 0; b <= back; b++) {
      const slot = (this.#bucket - b) % BUCKETS
      n += this.#buckets[place * BUCKETS + slot]!
      x += this.#marketBuckets[exposure]![slot]!
    }
    const w = this.#laggedWeight
    const learnt = this.#lagged[place]!
    const share =
      (prior * w + learnt) / (this.#marketPrior(this.classes[place]!) * w + this.#laggedMarket[exposure]!)
    const frenzy = this.#market.frenzyShare[LONGEST]!
    return { n, mu: share * x, r: 1 / (1 / (prior + learnt / w) + phi + phiFrenzy * frenzy * frenzy) }
  }

  /** Expected purchases a day by the lagged baseline. */
  laggedPerDay(place: number): number {
    const { prior, exposure } = this.#tuning[this.classes[place]!]!
    const w = this.#laggedWeight
    const market = this.#laggedMarket[exposure]!
    const share = (prior * w + this.#lagged[place]!) / (this.#marketPrior(this.classes[place]!) * w + market)
    let x = 0
    for (let b = 1; b <= LAG_BUCKETS; b++) x += this.#marketBuckets[exposure]![(this.#bucket - b) % BUCKETS]!
    return (share * x * 2) / LAG_BUCKETS
  }

  /** The places with a sale since this was asked last. */
  takeTouched(): readonly number[] {
    const places: number[] = []
    for (let place = 0; place < this.size; place++) {
      if (this.#touched[place] === 0) continue
      this.#touched[place] = 0
      places.push(place)
    }
    return places
  }

  /** Places that expect at least so many purchases of what each exposure sold, by class. */
  expecting(purchases: readonly number[], least: readonly number[]): readonly number[] {
    const { weight, learnt } = this.#market
    const bars = this.#tuning.map(({ prior, exposure }, cls) => {
      const x = purchases[exposure]!
      if (x === 0) return Number.POSITIVE_INFINITY
      return (least[cls]! * (this.#marketPrior(cls) * weight + learnt[exposure]!)) / x - prior * weight
    })
    const places: number[] = []
    for (let place = 0; place < this.size; place++) {
      if (this.#learnt[place]! >= bars[this.classes[place]!]!) places.push(place)
    }
    return places
  }

  /** Once a day: forgets keys that have not sold for months, save `isKept`; answers how many. */
  forget(isKept: (place: number) => boolean): number {
    const { weight } = this.#market
    let forgotten = 0
    for (let place = 0; place < this.size; place++) {
      if (this.keyIds[place] === NONE || this.#counts[2]![place]! > 0 || isKept(place)) continue
      if (this.#learnt[place]! >= FORGOTTEN_BELOW * weight) continue
      this.#placeOfKey[this.keyIds[place]!] = NONE
      this.#keysOfClass[this.classes[place]!]!--
      this.keyIds[place] = NONE
      this.#learnt[place] = 0
      this.#lagged[place] = 0
      this.#buckets.fill(0, place * BUCKETS, (place + 1) * BUCKETS)
      this.#free.push(place)
      forgotten++
    }
    return forgotten
  }

  /** Bytes of state for each key, beyond the key itself and its texts. */
  get bytesPerKey(): number {
    const tables = [this.keyIds, this.classes, this.firstSeen, ...this.#counts, this.#learnt, this.#lagged]
    return [...tables, this.#touched].reduce((sum, t) => sum + t.BYTES_PER_ELEMENT, BUCKETS + 4)
  }

  /** Key ids that must stay. */
  held(): { readonly keys: Int32Array; readonly size: number } {
    return { keys: this.keyIds.filter(id => id !== NONE), size: this.size - this.#free.length }
  }

  #learn({ places, counts, size }: Minute): void {
    const { leaving } = this.#market
    for (let i = 0; i < size; i++) {
      const place = places[i]!
      const weight = this.damping.covers(place, leaving.minute) ? LEARNT_IN_ALERT : 1
      this.#learnt[place] = this.#learnt[place]! + counts[i]! * leaving.weight * weight
    }
  }

  /** What keys in an alert were expected to sell stands for the part of their sales that is not learnt. */
  #learnExpected(): void {
    const { leaving } = this.#market
    for (const place of this.damping.covering(leaving.minute)) {
      const { exposure } = this.#tuning[this.classes[place]!]!
      const expected = this.share(place) * leaving.purchases[exposure]!
      this.#learnt[place] = this.#learnt[place]! + (1 - LEARNT_IN_ALERT) * expected * leaving.weight
    }
  }

  /** Counts the market's minute into the half day; at its end the one a week ago goes into the baseline. */
  #turnBuckets(minute: number): void {
    const bucket = Math.floor(minute / BUCKET_MINUTES)
    if (Number.isNaN(this.#bucket)) this.#laggedOriginBucket = bucket
    if (bucket !== this.#bucket) {
      this.#bucket = bucket
      const slot = bucket % BUCKETS
      const old = (bucket - LAG_BUCKETS - 1 + BUCKETS) % BUCKETS
      const halfLives = (bucket - this.#laggedOriginBucket) / (2 * LAGGED_HALF_LIFE_DAYS)
      this.#laggedWeight = Math.exp(Math.LN2 * halfLives)
      for (let e = 0; e < 2; e++) {
        const purchases = this.#marketBuckets[e]!
        this.#laggedMarket[e] = this.#laggedMarket[e]! + purchases[old]! * this.#laggedWeight
        purchases[old] = 0
        purchases[slot] = 0
      }
      for (let place = 0; place < this.size; place++) {
        const at = place * BUCKETS + old
        const count = this.#buckets[at]!
        if (count === 0) continue
        this.#lagged[place] = this.#lagged[place]! + count * this.#laggedWeight
        this.#buckets[at] = 0
      }
    }
  }

  /** The market's purchases of the current minute, for the half days. */
  addMarket(all: number, known: number): void {
    if (this.#market.isStirred) return
    const slot = this.#bucket % BUCKETS
    this.#marketBuckets[0]![slot] = this.#marketBuckets[0]![slot]! + all
    this.#marketBuckets[1]![slot] = this.#marketBuckets[1]![slot]! + known
  }

  #append(): number {
    if (this.size === MAX_SPARSE) {
      this.refused++
      return NONE
    }
    if (this.size === this.keyIds.length) this.#grow()
    return this.size++
  }

  #grow(): void {
    const length = this.size * 2
    this.keyIds = grown(this.keyIds, length, NONE)
    this.firstSeen = grown(this.firstSeen, length, 0)
    this.#counts = this.#counts.map(table => grown(table, length, 0))
    this.classes = bytes(this.classes, length)
    this.#touched = bytes(this.#touched, length)
    this.#buckets = bytes(this.#buckets, length * BUCKETS)
    this.#learnt = doubles(this.#learnt, length)
    this.#lagged = doubles(this.#lagged, length)
  }
}

const EMPTY: Minute = { places: new Int32Array(0), counts: new Uint16Array(0), size: 0 }

function grown(table: Int32Array, length: number, fill: number): Int32Array<ArrayBuffer> {
  const bigger = new Int32Array(Math.max(length, table.length * 2)).fill(fill)
  bigger.set(table)
  return bigger
}

function bytes(table: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const bigger = new Uint8Array(length)
  bigger.set(table)
  return bigger
}

function doubles(table: Float64Array, length: number): Float64Array<ArrayBuffer> {
  const bigger = new Float64Array(length)
  bigger.set(table)
  return bigger
}
