// The market as the clock: what was bought in each window, by hour of day, and how that compares to usual.
import {
  DAY_MINUTES,
  EVIDENCE_MINUTES,
  FRENZY_RATIO,
  HALF_LIFE_DAYS,
  HOUR,
  HOUR_MINUTES,
  QUARTER,
  STEADY,
  STIRRED_RATIO,
  WINDOW_MINUTES,
  WINDOWS,
} from './tuning.ts'

const HOURS = 24
const HOURS_OF_WEEK = 168
const EXPOSURES = 2
/** 1970-01-01 was a Thursday: hours of the week are counted from there. */
const hourOfWeek = (minute: number): number => Math.floor(minute / HOUR_MINUTES) % HOURS_OF_WEEK
export const hourOfDay = (minute: number): number => Math.floor(minute / HOUR_MINUTES) % HOURS

/** A day is learnt a day later, and windows must have filled since. */
const USUAL_AFTER_DAYS = 3
/** How the minute was: bits. */
const [FRENZY, BLIND] = [1, 2]
/** A bin of the week is believed beside its hour of day as by so many weeks. */
const WEEK_PRIOR_MINUTES = 90
/** The market's own spread: (sd / mean)² over hours. */
const MARKET_PHI = 0.02

/** What leaves the longest window at this minute, ready to be learnt. */
export interface Leaving {
  minute: number
  hour: number
  /** Weight of a purchase: grows with time, smaller in a frenzy, 0 where nothing is to be learnt. */
  weight: number
  /** The market's purchases of the minute, by exposure. */
  readonly purchases: Float64Array
}

export class Market {
  /** The last minute that is complete; its start in minutes since the epoch. */
  minute = Number.NaN
  firstMinute = Number.NaN
  /** Purchases by window, and by hour of day within it, for each exposure. */
  readonly sums = Array.from({ length: EXPOSURES }, () => new Float64Array(WINDOWS))
  readonly byHour = Array.from({ length: EXPOSURES }, () =>
    Array.from({ length: WINDOWS }, () => new Float64Array(HOURS)),
  )
  /** How much a window has of a frenzy, 0 to 1: its share of purchases, or what its own height says. */
  readonly frenzyShare = new Float64Array(WINDOWS)
  /** Usual purchases by window, from the hours of the week. */
  readonly usual = new Float64Array(WINDOWS)
  /** What was learnt: purchases, decayed, in all and by hour of day; divide by `weight`. */
  readonly learnt = new Float64Array(EXPOSURES)
  readonly learntByHour = Array.from({ length: EXPOSURES }, () => new Float64Array(HOURS))
  /** The weight of a purchase learnt now: it grows instead of old ones shrinking, and holds for 39 years. */
  weight = 1
  readonly leaving: Leaving = { minute: 0, hour: 0, weight: 0, purchases: new Float64Array(EXPOSURES) }
  #originMinute = Number.NaN
  readonly #ring = Array.from({ length: EXPOSURES }, () => new Int32Array(DAY_MINUTES))
  /** All purchases of each minute, for as long as evidence is kept. */
  readonly #past = new Int32Array(EVIDENCE_MINUTES)
  readonly #usualRing = new Float64Array(DAY_MINUTES)
  readonly #flags = new Uint8Array(DAY_MINUTES)
  readonly #blind = new Int32Array(WINDOWS)
  readonly #frenzy = new Float64Array(WINDOWS)
  readonly #week = new Float64Array(HOURS_OF_WEEK)
  readonly #weekMinutes = new Float64Array(HOURS_OF_WEEK)
  readonly #day = new Float64Array(HOURS)
  readonly #dayMinutes = new Float64Array(HOURS)

  /**
   * Moves on to `minute` (the next one) with its purchases: all, and with known genre. `isBlind`: a gap
   * touches it.
   */
  advance(minute: number, all: number, known: number, isBlind: boolean): void {
    if (Number.isNaN(this.minute)) {
      this.firstMinute = minute
      this.#originMinute = minute
    }
    this.minute = minute
    const at = minute % DAY_MINUTES
    this.#leave(minute, at)
    const age = minute - this.#originMinute
    this.weight = Math.exp((Math.LN2 * age) / (HALF_LIFE_DAYS * DAY_MINUTES))
    const usual = this.#usualAt(minute)
    const ratio = Math.max(this.ratio(HOUR), this.ratio(STEADY))
    const flags = (ratio > FRENZY_RATIO ? FRENZY : 0) | (isBlind ? BLIND : 0)
    this.#slideShort(minute)
    this.#ring[0]![at] = all
    this.#ring[1]![at] = known
    this.#past[minute % EVIDENCE_MINUTES] = all
    this.#usualRing[at] = usual
    this.#flags[at] = flags
    const hour = hourOfDay(minute)
    for (let w = 0; w < WINDOWS; w++) this.#count(w, at, hour, 1)
    for (let w = 0; w < WINDOWS; w++) {
      const sum = this.sums[0]![w]!
      // A window that is far above its usual height is a frenzy's, before the hours have said so.
      const height = (this.ratio(w) - STIRRED_RATIO) / (FRENZY_RATIO - STIRRED_RATIO)
      this.frenzyShare[w] = Math.min(1, Math.max(height, sum > 0 ? this.#frenzy[w]! / sum : 0, 0))
    }
  }

  /** Purchases of a window against what is usual for its hours; 1 while that is not known. */
  ratio(window: number): number {
    const usual = this.usual[window]!
    return usual > 0 && this.days > USUAL_AFTER_DAYS ? this.sums[0]![window]! / usual : 1
  }

  /** Purchases expected in a minute like the current one; 0 while nothing is known yet. */
  get usualNow(): number {
    return this.#usualRing[this.minute % DAY_MINUTES] ?? 0
  }

  get isFrenzy(): boolean {
    return (this.#flags[this.minute % DAY_MINUTES]! & FRENZY) !== 0
  }

  /** True while the market is in a frenzy, or may be at its beginning. */
  get isStirred(): boolean {
    return this.isFrenzy || this.ratio(QUARTER) > STIRRED_RATIO
  }

  /** True where a gap or silence touches the window: what is missing there is not a drop. */
  isPartial(window: number): boolean {
    return this.#blind[window]! > 0
  }

  /** Purchases of the minute `back` minutes before the current one: less than `EVIDENCE_MINUTES`. */
  purchasesBack(back: number): number {
    return this.#past[(this.minute - back) % EVIDENCE_MINUTES]!
  }

  /** Marks the current minute as blind after all: the feed was silent. */
  markBlind(): void {
    const at = this.minute % DAY_MINUTES
    if ((this.#flags[at]! & BLIND) !== 0) return
    this.#flags[at] = this.#flags[at]! | BLIND
    for (let w = 0; w < WINDOWS; w++) this.#blind[w] = this.#blind[w]! + 1
  }

  /** Days of history. */
  get days(): number {
    return Number.isNaN(this.minute) ? 0 : (this.minute - this.firstMinute + 1) / DAY_MINUTES
  }

  get phi(): number {
    return MARKET_PHI
  }

  /** Takes the minute that leaves the longest window out of it, and learns it. */
  #leave(minute: number, at: number): void {
    const { leaving } = this
    const old = minute - DAY_MINUTES
    leaving.minute = old
    leaving.hour = hourOfDay(minute)
    const isKnown = old >= this.firstMinute
    const flags = this.#flags[at]!
    const frenzyWeight = (flags & FRENZY) !== 0 ? 1 / (2 * FRENZY_RATIO) : 1
    leaving.weight = isKnown ? this.weight * frenzyWeight : 0
    for (let e = 0; e < EXPOSURES; e++) {
      const x = isKnown ? this.#ring[e]![at]! : 0
      leaving.purchases[e] = x
      this.learnt[e] = this.learnt[e]! + x * leaving.weight
      this.learntByHour[e]![leaving.hour] = this.learntByHour[e]![leaving.hour]! + x * leaving.weight
    }
    if (!isKnown) return
    if (flags === 0) this.#learnLevel(old, this.#ring[0]![at]!)
    this.#count(WINDOWS - 1, at, leaving.hour, -1)
  }

  #learnLevel(minute: number, purchases: number): void {
    const [week, day] = [hourOfWeek(minute), hourOfDay(minute)]
    this.#week[week] = this.#week[week]! + purchases * this.weight
    this.#weekMinutes[week] = this.#weekMinutes[week]! + this.weight
    this.#day[day] = this.#day[day]! + purchases * this.weight
    this.#dayMinutes[day] = this.#dayMinutes[day]! + this.weight
  }

  /** Lets the minutes that leave the shorter windows go. */
  #slideShort(minute: number): void {
    for (let w = 0; w < WINDOWS - 1; w++) {
      const old = minute - WINDOW_MINUTES[w]!
      if (old >= this.firstMinute) this.#count(w, old % DAY_MINUTES, hourOfDay(old), -1)
    }
  }

  #count(w: number, at: number, hour: number, sign: 1 | -1): void {
    for (let e = 0; e < EXPOSURES; e++) {
      const x = sign * this.#ring[e]![at]!
      this.sums[e]![w] = this.sums[e]![w]! + x
      const bins = this.byHour[e]![w]!
      bins[hour] = bins[hour]! + x
    }
    const flags = this.#flags[at]!
    this.usual[w] = Math.max(0, this.usual[w]! + sign * this.#usualRing[at]!)
    if ((flags & FRENZY) !== 0) this.#frenzy[w] = this.#frenzy[w]! + sign * this.#ring[0]![at]!
    if ((flags & BLIND) !== 0) this.#blind[w] = this.#blind[w]! + sign
  }

  #usualAt(minute: number): number {
    const [week, day] = [hourOfWeek(minute), hourOfDay(minute)]
    const dayMinutes = this.#dayMinutes[day]!
    if (dayMinutes === 0) return 0
    const prior = WEEK_PRIOR_MINUTES * this.weight
    const byDay = this.#day[day]! / dayMinutes
    return (this.#week[week]! + prior * byDay) / (this.#weekMinutes[week]! + prior)
  }
}
