// Watches the market as a whole, which its own clock cannot see, and the silence of the feed.
import { type Counted, Finding } from './finding.ts'
import type { Lifecycle } from './lifecycle.ts'
import type { Market } from './market.ts'
import { dropSurprise, riseSurprise } from './tails.ts'
import { ALL_PURCHASES, HOUR, HOUR_MINUTES, STEADY } from './tuning.ts'

const LOOK_MINUTES = 5
const WATCHED = [HOUR, STEADY] as const
/** A level by the hour of the week takes a week to be known at all. */
const KNOWS_AFTER_DAYS = 8
const MARKET_AT = 6
/** The market must be so far from its usual level to be worth a word. */
const RISE_RATIO = 1.6
const DROP_RATIO = 0.6
/** Back within these, the alert closes. */
const CALM: readonly [number, number] = [0.75, 1.35]
/** No sale for as long as thirty usually take, and for a minute at least, is silence. */
const SILENT_SALES = 30

export class MarketWatch {
  readonly #market: Market
  readonly #lifecycle: Lifecycle
  readonly #allId: number
  readonly #found = new Finding()
  #emptyMinutes = 0
  #isSilent = false

  constructor(market: Market, lifecycle: Lifecycle, allId: number) {
    this.#market = market
    this.#lifecycle = lifecycle
    this.#allId = allId
  }

  /** Nothing can be seen now: the feed is silent, or a gap is on. */
  get isBlind(): boolean {
    return this.#emptyMinutes > 0
  }

  /** After a minute with so many purchases. */
  look(purchases: number): void {
    this.#silence(purchases)
    if (this.#market.days < KNOWS_AFTER_DAYS || (this.#market.minute + 1) % LOOK_MINUTES !== 0) return
    for (const kind of ['market-rise', 'market-drop'] as const) {
      if (this.#lifecycle.isOpen(this.#allId, kind)) this.#follow(kind)
      else this.#search(kind)
    }
  }

  #silence(purchases: number): void {
    if (purchases > 0) {
      this.#emptyMinutes = 0
      if (this.#isSilent) this.#lifecycle.closeWhole(this.#allId, 'feed-silent', null)
      this.#isSilent = false
      return
    }
    this.#emptyMinutes++
    const perMinute = this.#market.usualNow || this.#market.sums[ALL_PURCHASES]![HOUR]! / HOUR_MINUTES
    if (this.#emptyMinutes * perMinute < SILENT_SALES || perMinute === 0) return
    this.#market.markBlind()
    if (this.#isSilent) return
    this.#isSilent = true
    const expected = perMinute * this.#emptyMinutes
    this.#found.set(0, 0, expected, 1, expected / Math.LN10)
    this.#lifecycle.openWhole(this.#allId, 'feed-silent', this.#found, SILENT_SALES)
  }

  #search(kind: 'market-rise' | 'market-drop'): void {
    // What is over by the hour is no news any more, however long six hours remember it.
    if (this.#isCalm(kind)) return
    for (const window of WATCHED) {
      const ratio = this.#market.ratio(window)
      if (kind === 'market-rise' ? ratio < RISE_RATIO : ratio > DROP_RATIO) continue
      if (!this.#measure(kind, window) || this.#found.score < MARKET_AT) continue
      this.#lifecycle.openWhole(this.#allId, kind, this.#found, MARKET_AT)
      return
    }
  }

  #follow(kind: 'market-rise' | 'market-drop'): void {
    const countedIn = (window: number) => this.#counted(window)
    if (this.#isCalm(kind)) this.#lifecycle.closeWhole(this.#allId, kind, countedIn)
    let most = new Finding()
    for (const window of WATCHED) {
      if (this.#measure(kind, window) && this.#found.score > most.score) most = this.#found.copy()
    }
    this.#lifecycle.lookWhole(this.#allId, kind, most, countedIn)
  }

  #counted(window: number): Counted {
    const n = this.#market.sums[ALL_PURCHASES]![window]!
    return { n, mu: this.#market.usual[window]!, r: 1 / this.#market.phi }
  }

  /** How surprising a window is, into `#found`; false where nothing can be said. */
  #measure(kind: 'market-rise' | 'market-drop', window: number): boolean {
    const { n, mu, r } = this.#counted(window)
    if (mu === 0 || (kind === 'market-drop' && this.#market.isPartial(window))) return false
    const score = kind === 'market-rise' ? riseSurprise(n, mu, r) : dropSurprise(n, mu, r)
    this.#found.set(window, n, mu, r, score)
    return true
  }

  #isCalm(kind: 'market-rise' | 'market-drop'): boolean {
    const ratio = this.#market.ratio(HOUR)
    return kind === 'market-rise' ? ratio < CALM[1] : ratio > CALM[0]
  }
}
