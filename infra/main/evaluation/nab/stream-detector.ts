// The general machinery on one stream of numbers: windows, profile, late learning, tails, alerts with quiet.
import { dropSurprise, MAX_SURPRISE, riseSurprise } from '../../../../processors/detect/tails.ts'
import type { Stream } from './corpus.ts'

/** Rows of each window; most streams have a row every five minutes. */
const WINDOW_ROWS = [1, 12, 72] as const
const LONGEST_ROWS = 72
/** As in detection: half of how often a window is looked at. */
const HANDICAPS = WINDOW_ROWS.map(rows => 0.5 * Math.log10(LONGEST_ROWS / rows))
/** What is learnt counts half after a week of rows. */
const HALF_LIFE_ROWS = 2_016
const KEEP = Math.exp(-Math.LN2 / HALF_LIFE_ROWS)
/** Before so many rows were learnt, nothing is known. */
const LEAST_ROWS = 100
/** A mean of counts this many standard deviations above zero has tails much like a normal's. */
const SHIFT_DEVIATIONS = 6
/** A stream that never moved has no spread: this part of its size is not surprising. */
const LEAST_SPREAD = 1e-4

/** Means of hours of day are drawn to that of all rows as by so many rows: an hour of one day. */
const PROFILE_PRIOR_ROWS = 12
const HOURS = 24

/** Decayed mean and variance. */
class Level {
  #weight = 0
  mean = 0
  variance = 0
  rows = 0

  learn(value: number): void {
    this.#weight = this.#weight * KEEP + 1
    const share = 1 / this.#weight
    const off = value - this.mean
    this.mean += share * off
    this.variance = (1 - share) * (this.variance + share * off * off)
    this.rows++
  }

  /** Values become counts of the same mean and spread, so that the tails of detection apply. */
  surprise(value: number): number {
    if (this.rows < LEAST_ROWS) return 0
    const sd = Math.max(Math.sqrt(this.variance), LEAST_SPREAD * Math.max(1, Math.abs(this.mean)))
    // Counts with variance 2 μ: a negative binomial whose size is μ.
    const mu = SHIFT_DEVIATIONS * SHIFT_DEVIATIONS * 2
    const n = mu + ((value - this.mean) / sd) * Math.sqrt(2 * mu)
    if (n <= 0) return MAX_SURPRISE
    return Math.max(riseSurprise(n, mu, mu), dropSurprise(n, mu, mu))
  }
}

/** Rows less what is usual at their hour of day, as the rows before the longest window have it. */
function withoutProfile({ values, hours }: Pick<Stream, 'values' | 'hours'>): Float64Array {
  // Entry HOURS is of all rows. Weights grow instead of old ones shrinking.
  const [sums, weights] = [new Float64Array(HOURS + 1), new Float64Array(HOURS + 1)]
  let weight = 1
  return values.map((value, row) => {
    const learnt = row - LONGEST_ROWS
    if (learnt < 0) return value
    weight /= KEEP
    for (const at of [hours[learnt]!, HOURS]) {
      sums[at] = sums[at]! + values[learnt]! * weight
      weights[at] = weights[at]! + weight
    }
    const mean = sums[HOURS]! / weights[HOURS]!
    const prior = PROFILE_PRIOR_ROWS * weight
    const hour = hours[row]!
    return value - ((sums[hour]! + prior * mean) / (weights[hour]! + prior) - mean)
  })
}

/** The surprise of every row: that of its most surprising window. */
export function surprises(stream: Pick<Stream, 'values' | 'hours'>): Float64Array {
  const values = withoutProfile(stream)
  const levels = WINDOW_ROWS.map(() => new Level())
  const sums = new Float64Array(values.length + 1)
  for (let i = 0; i < values.length; i++) sums[i + 1] = sums[i]! + values[i]!
  const meanAt = (end: number, rows: number) => (sums[end]! - sums[end - rows]!) / rows
  return values.map((_, row) => {
    let most = 0
    for (const [w, rows] of WINDOW_ROWS.entries()) {
      if (row + 1 < rows) continue
      const score = levels[w]!.surprise(meanAt(row + 1, rows)) - HANDICAPS[w]!
      most = Math.max(most, score)
      // Learnt when it has left the longest window: what is tested never feeds what it is tested against.
      const left = row + 1 - LONGEST_ROWS
      if (left >= rows) levels[w]!.learn(meanAt(left, rows))
    }
    return most
  })
}

/** Rows at which an alert opens; it lasts until a whole long window stayed under half the threshold. */
export function openings(scores: Float64Array, threshold: number): readonly number[] {
  const rows: number[] = []
  let hot = Number.NEGATIVE_INFINITY
  for (let row = 0; row < scores.length; row++) {
    const score = scores[row]!
    if (score >= threshold && row - hot > LONGEST_ROWS) rows.push(row)
    if (score >= threshold / 2 && (row - hot <= LONGEST_ROWS || score >= threshold)) hot = row
  }
  return rows
}
