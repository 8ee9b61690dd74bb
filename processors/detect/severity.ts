// How much an alert should matter to a reader: its size, how sure it is, and how rare such alerts have been.
import { type AlertKind, SEVERITIES, type Severity } from '../../schemas/alerts.ts'
import type { Counted } from './finding.ts'
import { DAY_MINUTES } from './tuning.ts'

/** Alerts that ended within four weeks are what a new one is compared with. */
const COMPARED_MINUTES = 28 * DAY_MINUTES
/** One in ten is major; three more are notable. */
const MAJOR_FROM = 0.9
const NOTABLE_FROM = 0.6
/** Before so many have ended nobody knows what is rare: these weights stand for it. */
const KNOWN_FROM = 50
const UNKNOWN: Bars = { major: 250, notable: 30 }
/** However rare: surprise in thresholds, and purchases a day beyond the usual, that it needs at least. */
const MAJOR_LEAST = { thresholds: 2, purchases: 20 }
const NOTABLE_LEAST = { thresholds: 1.2, purchases: 5 }

/** The weights from which an alert is rare enough. */
interface Bars {
  readonly major: number
  readonly notable: number
}

/** What is weighed: a window in minutes, its surprise, and where such alerts open. */
export interface Weighed extends Pick<Counted, 'n' | 'mu'> {
  readonly kind: AlertKind
  readonly minutes: number
  readonly score: number
  readonly threshold: number
}

/** Purchases beyond the usual: of a day, where the window is longer. */
const purchasesOf = ({ n, mu, minutes }: Weighed): number =>
  Math.abs(n - mu) / Math.max(1, minutes / DAY_MINUTES)

/** Size times sureness: purchases beyond the usual, times the surprise in thresholds. */
export const weightOf = (weighed: Weighed): number =>
  (purchasesOf(weighed) * weighed.score) / weighed.threshold

export const isGraver = (a: Severity, b: Severity): boolean => SEVERITIES.indexOf(a) > SEVERITIES.indexOf(b)

export class Severities {
  /** Of alerts that ended, oldest first: at their height. */
  #weights: { readonly weight: number; readonly minute: number }[] = []
  #bars = UNKNOWN

  /** A silent feed is the operator's, and never a small matter. */
  of(weighed: Weighed): Severity {
    if (weighed.kind === 'feed-silent') return 'major'
    const weight = weightOf(weighed)
    const isAtLeast = (bar: number, least: typeof MAJOR_LEAST) =>
      weight >= bar &&
      purchasesOf(weighed) >= least.purchases &&
      weighed.score >= least.thresholds * weighed.threshold
    if (isAtLeast(this.#bars.major, MAJOR_LEAST)) return 'major'
    return isAtLeast(this.#bars.notable, NOTABLE_LEAST) ? 'notable' : 'info'
  }

  /** An alert ended that weighed so much at its height. */
  ended(height: Weighed, minute: number): void {
    if (height.kind !== 'feed-silent') this.#weights.push({ weight: weightOf(height), minute })
  }

  /** Once a day: what is rare follows the last four weeks. */
  endDay(minute: number): void {
    this.#weights = this.#weights.filter(ended => ended.minute >= minute - COMPARED_MINUTES)
    const sorted = Float64Array.from(this.#weights, ({ weight }) => weight).sort()
    const at = (share: number) => sorted[Math.floor(share * sorted.length)]!
    this.#bars = sorted.length < KNOWN_FROM ? UNKNOWN : { major: at(MAJOR_FROM), notable: at(NOTABLE_FROM) }
  }
}
