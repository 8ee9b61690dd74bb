// Tags and artists: very many keys with few sales each, in flat arrays of under 64 bytes a key.
import { type Counted, Damping, type Finding } from './finding.ts'
import { Lagged } from './lagged.ts'
import type { Market } from './market.ts'
import { Places } from './places.ts'
import { ClassSpread } from './spread.ts'
import { grownDoubles } from './tables.ts'
import { dropSurprise, riseSurprise } from './tails.ts'
import { Touched } from './touched.ts'
import { type ClassTuning, LEARNT_IN_ALERT, LONGEST, WINDOW_HANDICAP } from './tuning.ts'
import { KEPT, type MinuteCounts, WindowCounts } from './window-counts.ts'

/** A key with less than this learnt, and nothing in a day, is forgotten: some 80 days after its last sale. */
const FORGOTTEN_BELOW = 0.02

export class SparseBook {
  readonly places = new Places()
  readonly damping = new Damping()
  /** Places with a sale in this minute. */
  readonly fresh: number[] = []
  readonly touched = new Touched()
  #learnt = new Float64Array(1024)
  readonly #tuning: readonly ClassTuning[]
  readonly #market: Market
  readonly #lagged: Lagged
  readonly #spread: ClassSpread
  readonly #counts = new WindowCounts()

  constructor(tuning: readonly ClassTuning[], market: Market) {
    this.#tuning = tuning
    this.#market = market
    this.#lagged = new Lagged(market)
    this.#spread = new ClassSpread(tuning)
  }

  /** The place of a key, made where it is new; -1 where there is no room. */
  placeOf(keyId: number, cls: number): number {
    const place = this.places.placeOf(keyId, cls, this.#market.minute)
    if (place >= this.#learnt.length) this.#grow(place + 1)
    return place
  }

  find(keyId: number): number {
    return this.places.find(keyId)
  }

  keyIdOf(place: number): number {
    return this.places.keyIds[place]!
  }

  classOf(place: number): number {
    return this.places.classes[place]!
  }

  firstSeenOf(place: number): number {
    return this.places.firstSeen[place]!
  }

  /** Learns what leaves the longest window, then lets all windows slide to the market's minute. */
  slide(): void {
    const { minute, leaving } = this.#market
    this.fresh.length = 0
    this.#lagged.turn(this.places.size)
    const old = this.#counts.leaving(minute)
    if (old !== undefined) this.#learn(old)
    if (leaving.weight > 0) this.#learnExpected()
    this.#counts.slide(minute)
  }

  /** Purchases of the current minute, each key once; `all` and `known` are the market's. */
  add(minute: MinuteCounts, all: number, known: number): void {
    this.#counts.add(this.#market.minute, minute)
    const { isStirred } = this.#market
    if (!isStirred) this.#lagged.addMarket(all, known)
    const { places, counts, size } = minute
    for (let i = 0; i < size; i++) {
      const place = places[i]!
      this.touched.add(place)
      this.fresh.push(place)
      if (!isStirred) this.#lagged.add(place, counts[i]!)
    }
  }

  count(place: number, w: number): number {
    return this.#counts.count(place, w)
  }

  share(place: number): number {
    const cls = this.classOf(place)
    const { prior, exposure } = this.#tuning[cls]!
    const { weight, learnt } = this.#market
    return (prior * weight + this.#learnt[place]!) / (this.#marketPrior(cls) * weight + learnt[exposure]!)
  }

  /** Expected purchases of a window by the market's clock, before `lift`. */
  expected(place: number, w: number): number {
    return this.share(place) * this.#market.sums[this.#exposureOf(place)]![w]!
  }

  /** Size of the negative binomial for a window: prior knowledge, spread, and the market's frenzy. */
  sizeOf(place: number, w: number): number {
    return this.#size(place, this.#learnt[place]! / this.#market.weight, w)
  }

  /** The window that surprises most in a direction, into `out`; `lift` by window sets the clock right. */
  best(place: number, direction: 1 | -1, lift: Float64Array, out: Finding): void {
    const { risePurchases, dropExpected, exposure } = this.#tuning[this.classOf(place)]!
    out.score = 0
    if (direction > 0 && this.count(place, LONGEST) < risePurchases) return
    const share = this.share(place)
    const sums = this.#market.sums[exposure]!
    for (const w of KEPT) {
      const n = this.#counts.count(place, w)
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

  /** Purchases in this half day and `back` before, against a baseline that lags a week. */
  lagged(place: number, back: number): Counted {
    return this.#beside(place, this.#lagged.window(place, this.#exposureOf(place), back))
  }

  /** The same of the whole week, where later purchases count more. */
  growth(place: number): Counted {
    return this.#beside(place, this.#lagged.weighted(place, this.#exposureOf(place)))
  }

  /** In how many half days of those it sold at all. */
  laggedHalfDays(place: number, back: number): number {
    return this.#lagged.halfDays(place, back)
  }

  /** Expected purchases a day by the lagged baseline. */
  laggedPerDay(place: number): number {
    return this.#laggedShare(place) * this.#lagged.marketPerDay(this.#exposureOf(place))
  }

  /** Expected purchases of a window by the lagged baseline, before `lift`. */
  laggedExpected(place: number, w: number): number {
    return this.#laggedShare(place) * this.#market.sums[this.#exposureOf(place)]![w]!
  }

  /** Places that expect at least `least` (by class) of what the market sold in the longest window. */
  expecting(least: readonly number[]): readonly number[] {
    const { weight, learnt, sums } = this.#market
    const bars = this.#tuning.map(({ prior, exposure }, cls) => {
      const x = sums[exposure]![LONGEST]!
      if (x === 0) return Number.POSITIVE_INFINITY
      return (least[cls]! * (this.#marketPrior(cls) * weight + learnt[exposure]!)) / x - prior * weight
    })
    const places: number[] = []
    for (let place = 0; place < this.places.size; place++) {
      if (this.#learnt[place]! >= bars[this.classOf(place)]! && this.places.isUsed(place)) places.push(place)
    }
    return places
  }

  /** Once a day: learns how far the day of these places was from what was expected, class by class. */
  learnSpread(places: readonly number[], lift: Float64Array): void {
    if (this.#market.frenzyShare[LONGEST]! > 0 || this.#market.isPartial(LONGEST)) return
    this.#spread.fade()
    for (const place of places) {
      if (!this.places.isUsed(place) || this.damping.has(place)) continue
      const mu = this.expected(place, LONGEST) * lift[LONGEST]!
      this.#spread.learn(this.classOf(place), this.count(place, LONGEST), mu)
    }
    this.#spread.settle()
  }

  /** Once a day: forgets keys that have not sold for months, save `isKept`; answers how many. */
  forget(isKept: (place: number) => boolean): number {
    const { weight } = this.#market
    let forgotten = 0
    for (let place = 0; place < this.places.size; place++) {
      if (this.count(place, LONGEST) > 0 || this.#learnt[place]! >= FORGOTTEN_BELOW * weight) continue
      if (!this.places.isUsed(place) || isKept(place)) continue
      this.places.forget(place)
      this.#lagged.forget(place)
      this.#learnt[place] = 0
      forgotten++
    }
    return forgotten
  }

  /** Bytes of state for each key, beyond the key itself and its texts. */
  get bytesPerKey(): number {
    const own = this.#learnt.BYTES_PER_ELEMENT + this.touched.bytesPerKey
    return own + this.#counts.bytesPerKey + this.places.bytesPerKey + this.#lagged.bytesPerKey
  }

  #exposureOf(place: number): number {
    return this.#tuning[this.classOf(place)]!.exposure
  }

  #beside(place: number, { n, x }: { readonly n: number; readonly x: number }): Counted {
    return { n, mu: x * this.#laggedShare(place), r: this.#size(place, this.#lagged.learnt(place), LONGEST) }
  }

  #laggedShare(place: number): number {
    const { prior, exposure } = this.#tuning[this.classOf(place)]!
    return this.#lagged.share(place, exposure, prior, this.#marketPrior(this.classOf(place)))
  }

  #size(place: number, learnt: number, w: number): number {
    const cls = this.classOf(place)
    const { prior, phiFrenzy } = this.#tuning[cls]!
    const frenzy = this.#market.frenzyShare[w]!
    return 1 / (1 / (prior + learnt) + this.#spread.phiOf(cls) + phiFrenzy * frenzy * frenzy)
  }

  /** What the prior of a key is set against: purchases of the market, as many as its keys are worth. */
  #marketPrior(cls: number): number {
    const { prior, keysShare } = this.#tuning[cls]!
    return prior * keysShare * this.places.keysOfClass(cls)
  }

  #learn({ places, counts, size }: MinuteCounts): void {
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
      const expected = this.share(place) * leaving.purchases[this.#exposureOf(place)]!
      this.#learnt[place] = this.#learnt[place]! + (1 - LEARNT_IN_ALERT) * expected * leaving.weight
    }
  }

  #grow(places: number): void {
    this.#counts.reserve(places)
    this.#learnt = grownDoubles(this.#learnt, places)
    this.touched.reserve(places)
    this.#lagged.reserve(places)
  }
}
