// Genres, countries and formats: few keys with many sales, each with a profile by hour of day and a spread.
import { type Counted, Damping, type Finding, type Grant, NOTHING_GRANTED } from './finding.ts'
import { type LiftRow, liftOf } from './lift.ts'
import type { Market } from './market.ts'
import { recentLevels, UNLEVELLED } from './recent.ts'
import { KeySpread } from './spread.ts'
import {
  type ClassTuning,
  COUNTRY,
  DAY_MINUTES,
  FORMAT,
  GENRE,
  LEARNT_IN_ALERT,
  LONGEST,
  PROFILE_PRIOR,
  STEADY,
  WINDOW_MINUTES,
  WINDOWS,
} from './tuning.ts'

/** 27 genres, at most 300 countries and 7 formats are possible; what is beyond was invented. */
const MAX_DENSE = 512
const HOURS = 24
/** What is known of a dense key, by its place. */
export class DenseBook {
  readonly keyIds: number[] = []
  readonly damping = new Damping()
  /** Keys that were one too many. */
  refused = 0
  readonly #tuning: readonly ClassTuning[]
  readonly #market: Market
  readonly #places = new Map<number, number>()
  readonly #classes: number[] = []
  readonly #firstSeen: number[] = []
  readonly #keysOfClass: number[] = []
  readonly #ring = new Int32Array(DAY_MINUTES * MAX_DENSE)
  readonly #sums = Array.from({ length: WINDOWS }, () => new Int32Array(MAX_DENSE))
  readonly #learnt = new Float64Array(MAX_DENSE)
  readonly #profile = new Float64Array(MAX_DENSE * HOURS)
  /** Share of each hour of day, from profile and prior; made anew every hour. */
  readonly #shares = new Float64Array(MAX_DENSE * HOURS)
  /** Expected purchases by window, before lifts; made anew before each search. */
  readonly #expected = new Float64Array(MAX_DENSE * WINDOWS)
  /** What the rest of the day says beside it; 1: nothing. */
  readonly #levels = new Float64Array(MAX_DENSE * WINDOWS)
  readonly #spread = new KeySpread(MAX_DENSE)
  /** By class and window: how far purchases of other keys of the class move the clock. */
  readonly lift = [GENRE, COUNTRY, FORMAT].map(() => new Float64Array(WINDOWS).fill(1))

  constructor(tuning: readonly ClassTuning[], market: Market) {
    this.#tuning = tuning
    this.#market = market
  }

  get size(): number {
    return this.keyIds.length
  }

  /** The place of a key, made where it is new; -1 where there is no room. */
  placeOf(keyId: number, cls: number): number {
    const known = this.#places.get(keyId)
    if (known !== undefined) return known
    if (this.size === MAX_DENSE) {
      this.refused++
      return -1
    }
    this.#places.set(keyId, this.size)
    this.#classes.push(cls)
    this.#keysOfClass[cls] = (this.#keysOfClass[cls] ?? 0) + 1
    this.#firstSeen.push(this.#market.minute)
    const place = this.keyIds.push(keyId) - 1
    this.refreshShares(place)
    return place
  }

  keyIdOf(place: number): number {
    return this.keyIds[place]!
  }

  classOf(place: number): number {
    return this.#classes[place]!
  }

  firstSeenOf(place: number): number {
    return this.#firstSeen[place]!
  }

  /** What thresholds are raised by where there are more keys than usual, as each is another test. */
  crowding(cls: number): number {
    const { usualKeys } = this.#tuning[cls]!
    const keys = this.#keysOfClass[cls] ?? 0
    return usualKeys === null || keys <= usualKeys ? 0 : Math.round(Math.log10(keys / usualKeys) * 100) / 100
  }

  find(keyId: number): number {
    return this.#places.get(keyId) ?? -1
  }

  /** Learns what leaves the longest window, then lets all windows slide to the market's minute. */
  slide(): void {
    const { minute, leaving } = this.#market
    const now = (minute % DAY_MINUTES) * MAX_DENSE
    if (leaving.weight > 0) for (let d = 0; d < this.size; d++) this.#learn(d, this.#ring[now + d]!)
    for (let w = 0; w < WINDOWS; w++) {
      const sums = this.#sums[w]!
      const old = ((minute - WINDOW_MINUTES[w]!) % DAY_MINUTES) * MAX_DENSE
      for (let d = 0; d < this.size; d++) sums[d] = sums[d]! - this.#ring[old + d]!
    }
    this.#ring.fill(0, now, now + this.size)
  }

  /** Purchases of the current minute. */
  add(place: number, purchases: number): void {
    this.#ring[(this.#market.minute % DAY_MINUTES) * MAX_DENSE + place] = purchases
    for (let w = 0; w < WINDOWS; w++) this.#sums[w]![place] = this.#sums[w]![place]! + purchases
  }

  count(place: number, w: number): number {
    return this.#sums[w]![place]!
  }

  /** Expected purchases of a window by the market's clock, before `lift`, as of the last `refresh`. */
  expected(place: number, w: number): number {
    return this.#expected[place * WINDOWS + w]!
  }

  /** Makes expectations of all keys anew, and sets the clock right: call it before a search. */
  refresh(): void {
    const { byHour } = this.#market
    for (let w = 0; w < WINDOWS; w++) {
      for (let d = 0; d < this.size; d++) {
        const bins = byHour[this.#tuning[this.#classes[d]!]!.exposure]![w]!
        let mu = 0
        for (let h = 0; h < HOURS; h++) {
          const x = bins[h]!
          if (x !== 0) mu += x * this.#shares[d * HOURS + h]!
        }
        this.#expected[d * WINDOWS + w] = mu
      }
    }
    this.#setLifts()
    for (let d = 0; d < this.size; d++) this.#setLevels(d)
  }

  /** Once an hour: the share of each hour of day. */
  refreshShares(from = 0): void {
    const { weight, learntByHour } = this.#market
    const prior = PROFILE_PRIOR * weight
    for (let d = from; d < this.size; d++) {
      const learnt = learntByHour[this.#tuning[this.#classes[d]!]!.exposure]!
      const share = this.share(d)
      for (let h = 0; h < HOURS; h++) {
        const at = d * HOURS + h
        this.#shares[at] = (this.#profile[at]! + prior * share) / (learnt[h]! + prior)
      }
    }
  }

  share(place: number): number {
    const { prior, meanShare, exposure } = this.#tuning[this.#classes[place]!]!
    const { weight, learnt } = this.#market
    return (prior * weight + this.#learnt[place]!) / ((prior / meanShare) * weight + learnt[exposure]!)
  }

  phiOf(place: number): number {
    return this.#spread.phiOf(place, this.#tuning[this.classOf(place)]!.phi)
  }

  /** Size of the negative binomial for a window: prior knowledge, spread, and the market's frenzy. */
  sizeOf(place: number, w: number): number {
    const { prior, phiFrenzy } = this.#tuning[this.#classes[place]!]!
    const frenzy = this.#market.frenzyShare[w]!
    const phi = this.phiOf(place) * (w > STEADY ? UNLEVELLED : 1)
    return 1 / (1 / (prior + this.#learnt[place]! / this.#market.weight) + phi + phiFrenzy * frenzy * frenzy)
  }

  /** A window as it is judged in a direction, whatever it says. */
  counted(place: number, w: number, direction: 1 | -1): Counted {
    return { n: this.count(place, w), mu: this.#levelled(place, w, direction), r: this.sizeOf(place, w) }
  }

  /** Only to be sure: what was low since yesterday does not rise where it comes back, nor the other way. */
  #levelled(place: number, w: number, direction: 1 | -1): number {
    const level = this.#levels[place * WINDOWS + w]!
    const lift = this.lift[this.#classes[place]!]![w]!
    return this.expected(place, w) * lift * (level > 1 === direction > 0 ? level : 1)
  }

  /** The window that surprises most in a direction, into `out`. */
  best(place: number, direction: 1 | -1, out: Finding, { times, longest }: Grant = NOTHING_GRANTED): void {
    const { firstWindow, risePurchases, dropExpected } = this.#tuning[this.#classes[place]!]!
    out.score = 0
    for (let w = firstWindow; w <= longest; w++) {
      const n = this.#sums[w]![place]!
      if (direction > 0 && n < risePurchases) continue
      if (direction < 0 && this.#market.isPartial(w)) continue
      const mu = this.#levelled(place, w, direction) * times
      if (direction > 0 ? n <= mu : n >= mu || mu < dropExpected) continue
      out.weigh(w, n, mu, this.sizeOf(place, w), direction)
    }
  }

  /**
   * Sets the clock right for each class and window: where one genre doubles, the market runs faster for all,
   * and the others would seem to drop. Keys that surprise are left out; the rest says how fast it runs.
   */
  #setLifts(): void {
    for (const cls of [GENRE, COUNTRY]) this.lift[cls] = this.lift[cls]!.map((_, w) => this.#liftOf(cls, w))
  }

  /** A frenzy, and what was in an alert, say nothing of where the key usually is today. */
  #setLevels(place: number): void {
    const levels = this.#levels.subarray(place * WINDOWS, (place + 1) * WINDOWS)
    if (this.damping.has(place) || this.#market.frenzyShare[LONGEST]! > 0) return void levels.fill(1)
    const expected = (w: number) => this.expected(place, w) * this.lift[this.#classes[place]!]![w]!
    recentLevels(w => this.count(place, w), expected, this.phiOf(place) * UNLEVELLED, levels)
  }

  #liftOf(cls: number, w: number): number {
    const rows: LiftRow[] = []
    for (let d = 0; d < this.size; d++) {
      const mu = this.expected(d, w)
      if (this.#classes[d] === cls && mu > 0) rows.push({ n: this.#sums[w]![d]!, mu, r: this.sizeOf(d, w) })
    }
    return liftOf(rows)
  }

  /** Once an hour: how far purchases of the last six hours were from what was expected. */
  learnSpread(): void {
    if (this.#market.isFrenzy || this.#market.isPartial(STEADY) || this.#market.days < 3) return
    for (let d = 0; d < this.size; d++) {
      const cls = this.classOf(d)
      const mu = this.expected(d, STEADY) * this.lift[cls]![STEADY]! * this.#levels[d * WINDOWS + STEADY]!
      if (!this.damping.has(d)) this.#spread.learn(d, this.#tuning[cls]!.phi, this.#sums[STEADY]![d]!, mu)
    }
  }

  #learn(place: number, purchases: number): void {
    const { leaving } = this.#market
    const { exposure } = this.#tuning[this.#classes[place]!]!
    const at = place * HOURS + leaving.hour
    let learnt = purchases
    if (this.damping.covers(place, leaving.minute)) {
      const expected = this.#shares[at]! * leaving.purchases[exposure]!
      learnt = LEARNT_IN_ALERT * purchases + (1 - LEARNT_IN_ALERT) * expected
    }
    this.#learnt[place] = this.#learnt[place]! + learnt * leaving.weight
    this.#profile[at] = this.#profile[at]! + learnt * leaving.weight
  }
}
