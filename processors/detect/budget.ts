// False alarms a day that a class of keys may have: what nearly was one says how many there will be.
import { type ClassTuning, HALF_LIFE_DAYS } from './tuning.ts'

/** Two bands below the class's own threshold, each so wide: where the peaks of quiet days are counted. */
const BAND = 0.75
/** Tails fall by this from band to band where chance is all there is (10^-BAND); the start, and how sure. */
const FALL = 10 ** -BAND
const SURE_PEAKS = 20
const FALL_MOST = 0.8
/** A threshold moves by at most so much a day, and so far in all: a budget tunes, it does not silence. */
const STEP = 0.1
const [LOWEST, HIGHEST] = [-0.1, 0.6] as const
/** Days, decayed, before a threshold may fall: three weeks of history. */
const SURE_DAYS = 10
const KEEP_A_DAY = Math.exp(-Math.LN2 / HALF_LIFE_DAYS)

interface Tail {
  /** Peaks a day in the lower and the upper band, decayed, and the days that they are of. */
  lower: number
  upper: number
  days: number
  offset: number
}

/**
 * The highest score of each key and direction in a day is a peak. Those over the threshold that the class
 * starts from are not counted: they may be news. From those below follows how many chance sends over it.
 */
export class Budget {
  readonly #perDay: readonly (number | null)[]
  readonly #tails: Tail[]
  readonly #peaks: Map<number, number>[]

  constructor(tuning: readonly ClassTuning[]) {
    this.#perDay = tuning.map(({ falseADay }) => falseADay)
    this.#tails = tuning.map(() => ({ lower: 0, upper: 0, days: 0, offset: 0 }))
    this.#peaks = tuning.map(() => new Map())
  }

  /** What the thresholds of the class are raised by. */
  offset(cls: number): number {
    return this.#tails[cls]!.offset
  }

  /** A key, in a direction (`mark`), was `over` the threshold that the class starts from; below 0: under. */
  see(cls: number, mark: number, over: number): void {
    if (over < -2 * BAND || this.#perDay[cls] === null) return
    const peaks = this.#peaks[cls]!
    if (over > (peaks.get(mark) ?? Number.NEGATIVE_INFINITY)) peaks.set(mark, over)
  }

  /** False alarms a day that the peaks of the class predict at the threshold that it starts from. */
  predicted(cls: number): number {
    const { upper, days } = this.#tails[cls]!
    const fall = this.#fall(cls)
    return days === 0 ? 0 : ((upper / days) * fall) / (1 - fall)
  }

  /** Learns the day, where `isUsual`: a frenzy or a gap says nothing of other days. */
  endDay(isUsual: boolean): void {
    for (const [cls, perDay] of this.#perDay.entries()) {
      const peaks = [...this.#peaks[cls]!.values()]
      this.#peaks[cls]!.clear()
      if (perDay === null || !isUsual) continue
      const tail = this.#tails[cls]!
      const upper = peaks.filter(over => over < 0 && over >= -BAND).length
      const lower = peaks.filter(over => over < -BAND).length
      tail.upper = tail.upper * KEEP_A_DAY + upper
      tail.lower = tail.lower * KEEP_A_DAY + lower
      tail.days = tail.days * KEEP_A_DAY + 1
      const excess = Math.max(this.predicted(cls) / perDay, Number.MIN_VALUE)
      const wanted = (-Math.log(excess) / Math.log(this.#fall(cls))) * BAND
      const step = Math.min(STEP, Math.max(-STEP, wanted - tail.offset))
      const lowest = tail.days < SURE_DAYS ? 0 : LOWEST
      tail.offset = Math.round(Math.min(HIGHEST, Math.max(lowest, tail.offset + step)) * 1_000) / 1_000
    }
  }

  /** The part of one band's peaks that the next one up has. */
  #fall(cls: number): number {
    const { lower, upper } = this.#tails[cls]!
    return Math.min(FALL_MOST, (SURE_PEAKS * FALL + upper) / (SURE_PEAKS + lower))
  }
}
