// What a look at a key gives: the window that surprises most, and which keys are not to be learnt as usual.
import { dropSurprise, riseSurprise } from './tails.ts'
import { LONGEST, WINDOW_HANDICAP } from './tuning.ts'

/** Purchases, how many were expected, and the size of the negative binomial: the variance is μ + μ²/r. */
export interface Counted {
  readonly n: number
  readonly mu: number
  readonly r: number
}

/** What a search takes for granted of a key: see `UsualRanges`, and `Lifecycle` for windows. */
export interface Grant {
  /** Factor on what is expected. */
  readonly times: number
  /** The longest window that may be told. */
  readonly longest: number
}
export const NOTHING_GRANTED: Grant = { times: 1, longest: LONGEST }

/** The most surprising window of a key in one direction; `score` 0: none. */
export class Finding {
  window = 0
  /** Purchases. */
  n = 0
  /** Expected purchases. */
  mu = 0
  /** Size of the negative binomial: the variance is μ + μ²/r. */
  r = 1
  /** −log10 of the chance of such a count. */
  score = 0

  set(window: number, n: number, mu: number, r: number, score: number): void {
    this.window = window
    this.n = n
    this.mu = mu
    this.r = r
    this.score = score
  }

  /** Becomes this window where it surprises more than what it was. */
  weigh(window: number, n: number, mu: number, r: number, direction: 1 | -1): void {
    const surprise = direction > 0 ? riseSurprise(n, mu, r) : dropSurprise(n, mu, r)
    const score = surprise - WINDOW_HANDICAP[window]!
    if (score > this.score) this.set(window, n, mu, r, score)
  }

  copy(): Finding {
    const finding = new Finding()
    finding.set(this.window, this.n, this.mu, this.r, this.score)
    return finding
  }
}

interface Span {
  readonly fromMinute: number
  toMinute: number
}

/** Stretches of minutes in which a key was in an alert: what was bought then is not how it usually is. */
export class Damping {
  readonly #spans = new Map<number, Span>()

  /** From `fromMinute` on until `end`, and not longer than to `untilMinute`. */
  begin(place: number, fromMinute: number, untilMinute: number): void {
    const known = this.#spans.get(place)
    if (known === undefined) this.#spans.set(place, { fromMinute, toMinute: untilMinute })
    else known.toMinute = Math.max(known.toMinute, untilMinute)
  }

  end(place: number, minute: number): void {
    const span = this.#spans.get(place)
    if (span !== undefined) span.toMinute = Math.min(span.toMinute, minute)
  }

  has(place: number): boolean {
    return this.#spans.has(place)
  }

  covers(place: number, minute: number): boolean {
    const span = this.#spans.get(place)
    return span !== undefined && span.fromMinute <= minute && minute < span.toMinute
  }

  /** Forgets what ended before `minute`. */
  dropBefore(minute: number): void {
    for (const [place, span] of this.#spans) if (span.toMinute < minute) this.#spans.delete(place)
  }

  /** Places whose minute `minute` is covered. */
  *covering(minute: number): Iterable<number> {
    for (const [place, { fromMinute, toMinute }] of this.#spans)
      if (fromMinute <= minute && minute < toMinute) yield place
  }
}
