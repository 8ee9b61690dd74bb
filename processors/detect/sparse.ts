// Tags and artists: very many keys with few sales each, in flat arrays of under 64 bytes a key.
import { type Counted, Damping, type Finding, type Grant, NOTHING_GRANTED } from './finding.ts'
import { Lagged } from './lagged.ts'
import type { Market } from './market.ts'
import { Places } from './places.ts'
import { SparseShares } from './sparse-shares.ts'
import { ClassSpread } from './spread.ts'
import { Touched } from './touched.ts'
import { type ClassTuning, LONGEST } from './tuning.ts'
import { KEPT, type MinuteCounts, WindowCounts } from './window-counts.ts'

export class SparseBook {
  readonly places = new Places()
  readonly damping = new Damping()
  /** Places with a sale in this minute. */
  readonly fresh: number[] = []
  readonly touched = new Touched()
  readonly #tuning: readonly ClassTuning[]
  readonly #market: Market
  readonly #lagged: Lagged
  readonly #spread: ClassSpread
  readonly #counts = new WindowCounts()
  readonly #shares: SparseShares

  constructor(tuning: readonly ClassTuning[], market: Market) {
    this.#tuning = tuning
    this.#market = market
    this.#lagged = new Lagged(market)
    this.#spread = new ClassSpread(tuning)
    this.#shares = new SparseShares(tuning, market, this.places)
  }

  /** The place of a key, made where it is new; -1 where there is no room. */
  placeOf(keyId: number, cls: number): number {
    const place = this.places.placeOf(keyId, cls, this.#market.minute)
    if (place >= this.#shares.size) this.#grow(place + 1)
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
    if (old !== undefined) this.#shares.learn(old, this.damping)
    if (leaving.weight > 0) this.#shares.learnExpected(this.damping)
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
    return this.#shares.share(place)
  }

  /** Expected purchases of a window by the market's clock, before `lift`. */
  expected(place: number, w: number): number {
    return this.share(place) * this.#market.sums[this.#shares.exposureOf(place)]![w]!
  }

  /** Size of the negative binomial for a window: prior knowledge, spread, and the market's frenzy. */
  sizeOf(place: number, w: number): number {
    return this.#size(place, this.#shares.learnt(place), w)
  }

  /** A window as it is judged, whatever it says. */
  counted(place: number, w: number, lift: Float64Array): Counted {
    const mu = this.expected(place, w) * lift[w]!
    return { n: this.count(place, w), mu, r: this.sizeOf(place, w) }
  }

  /** The window that surprises most in a direction, into `out`; `lift` by window sets the clock right. */
  best(
    place: number,
    direction: 1 | -1,
    lift: Float64Array,
    out: Finding,
    { times, longest }: Grant = NOTHING_GRANTED,
  ): void {
    const { risePurchases, dropExpected, exposure } = this.#tuning[this.classOf(place)]!
    out.score = 0
    if (direction > 0 && this.count(place, LONGEST) < risePurchases) return
    const share = this.share(place) * times
    const sums = this.#market.sums[exposure]!
    for (const w of KEPT) {
      if (w > longest) break
      const n = this.#counts.count(place, w)
      if (direction > 0 && n < risePurchases) continue
      if (direction < 0 && this.#market.isPartial(w)) continue
      const mu = share * sums[w]! * lift[w]!
      if (direction > 0 ? n <= mu : n >= mu || mu < dropExpected) continue
      out.weigh(w, n, mu, this.sizeOf(place, w), direction)
    }
  }

  /** Purchases in this half day and `back` before, against a baseline that lags a week. */
  lagged(place: number, back: number): Counted {
    return this.#beside(place, this.#lagged.window(place, this.#shares.exposureOf(place), back))
  }

  /** The same of the whole week, where later purchases count more. */
  growth(place: number): Counted {
    return this.#beside(place, this.#lagged.weighted(place, this.#shares.exposureOf(place)))
  }

  /** In how many half days of those it sold at all. */
  laggedHalfDays(place: number, back: number): number {
    return this.#lagged.halfDays(place, back)
  }

  /** Expected purchases a day by the lagged baseline. */
  laggedPerDay(place: number): number {
    return this.#laggedShare(place) * this.#lagged.marketPerDay(this.#shares.exposureOf(place))
  }

  /** Expected purchases of a window by the lagged baseline, before `lift`. */
  laggedExpected(place: number, w: number): number {
    return this.#laggedShare(place) * this.#market.sums[this.#shares.exposureOf(place)]![w]!
  }

  /**
   * The most that the days before the last one make likely of a window, before `lift`: what dies down sold
   * more in the weeks before than it did yesterday.
   */
  latelyExpected(place: number, w: number): number {
    const exposure = this.#shares.exposureOf(place)
    return this.#lagged.lately(place, exposure, this.#market.sums[exposure]![w]!)
  }

  /** Places that expect at least `least` (by class) of what the market sold in the longest window. */
  expecting(least: readonly number[]): readonly number[] {
    return this.#shares.expecting(least)
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
    let forgotten = 0
    for (let place = 0; place < this.places.size; place++) {
      if (this.count(place, LONGEST) > 0 || !this.#shares.isForgettable(place)) continue
      if (!this.places.isUsed(place) || isKept(place)) continue
      this.places.forget(place)
      this.#lagged.forget(place)
      this.#shares.forget(place)
      forgotten++
    }
    return forgotten
  }

  /** Bytes of state for each key, beyond the key itself and its texts. */
  get bytesPerKey(): number {
    const own = this.#shares.bytesPerKey + this.touched.bytesPerKey
    return own + this.#counts.bytesPerKey + this.places.bytesPerKey + this.#lagged.bytesPerKey
  }

  #beside(place: number, { n, x }: { readonly n: number; readonly x: number }): Counted {
    return { n, mu: x * this.#laggedShare(place), r: this.#size(place, this.#lagged.learnt(place), LONGEST) }
  }

  #laggedShare(place: number): number {
    const { prior, exposure } = this.#tuning[this.classOf(place)]!
    return this.#lagged.share(place, exposure, prior, this.#shares.marketPrior(this.classOf(place)))
  }

  #size(place: number, learnt: number, w: number): number {
    const cls = this.classOf(place)
    const { prior, phiFrenzy } = this.#tuning[cls]!
    const frenzy = this.#market.frenzyShare[w]!
    return 1 / (1 / (prior + learnt) + this.#spread.phiOf(cls) + phiFrenzy * frenzy * frenzy)
  }

  #grow(places: number): void {
    this.#counts.reserve(places)
    this.#shares.reserve(places)
    this.touched.reserve(places)
    this.#lagged.reserve(places)
  }
}
