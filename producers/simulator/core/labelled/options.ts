// What differs from one labelled world to another.

/** Checkouts a minute, and standard deviations of drift, where nothing else is asked for. */
export const PER_MINUTE = 40
export const DRIFT_SD = [0.06, 0.08, 0.25] as const

/** What differs from world to world. */
export interface LabelledWorldOptions {
  readonly seed: number
  readonly days: number
  /** Days at the beginning in which nothing is scored. */
  readonly warmUpDays: number
  /** Checkouts a minute at the mean of a common week. */
  readonly perMinute?: number
  /** Standard deviations of the slow drift of genres, countries and artists, as logarithms. */
  readonly driftSd?: readonly [number, number, number]
  /** Growth of the market a day. */
  readonly growth?: number
  /** How many times its usual a Bandcamp Friday sells. */
  readonly frenzyFactor?: number
  /** Nothing moves: no labels, no drift, no Bandcamp Friday, no outage. Every alert is false. */
  readonly isStill?: boolean
}
