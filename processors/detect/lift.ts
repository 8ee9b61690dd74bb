// How fast the market's clock runs for a class, once keys that move by themselves are left out.
import { dropSurprise, riseSurprise } from './tails.ts'

/** A key in a window: purchases, expectation by the plain clock, size of its distribution. */
export interface LiftRow {
  readonly n: number
  readonly mu: number
  readonly r: number
}

/** Keys that surprise more than this are left out. */
const OUTLIER = 2.5
/** A median this far from 1, as a logarithm, is taken to be the clock's own error. */
const OFF = 0.2
const KEPT_SHARE = 0.9
const [LEAST, MOST] = [0.3, 3] as const
/**
 * A key counts for so much of the market at most where the middle is sought: in the American evening one
 * country is more than half of it, and when it stops, all others would seem to rise.
 */
const SAY = 0.12

/**
 * The factor that expectations need: where one genre doubles, the market runs faster for all, and the others
 * would seem to drop.
 */
export function liftOf(rows: readonly LiftRow[]): number {
  const plain = withoutOutliers(rows, 1)
  // Where hardly anything is left out, nothing has moved the clock; else the middle says where to begin.
  if (plain.kept >= KEPT_SHARE) return plain.lift
  const median = medianRatio(rows)
  return withoutOutliers(rows, Math.abs(Math.log(Math.max(median, LEAST / MOST))) > OFF ? median : 1).lift
}

/** The ratio of keys that do not surprise against `start`, and their part of all expected purchases. */
function withoutOutliers(
  rows: readonly LiftRow[],
  start: number,
): { readonly lift: number; readonly kept: number } {
  let [n, mu, all] = [0, 0, 0]
  for (const row of rows) {
    all += row.mu
    const expected = row.mu * start
    if (Math.max(riseSurprise(row.n, expected, row.r), dropSurprise(row.n, expected, row.r)) > OUTLIER)
      continue
    n += row.n
    mu += row.mu
  }
  const lift = n > 0 && mu > 0 ? Math.min(MOST, Math.max(LEAST, n / mu)) : 1
  return { lift, kept: all > 0 ? mu / all : 1 }
}

/** The ratio n / μ that half of the expected purchases lie below, where no key has more than its say. */
function medianRatio(rows: readonly LiftRow[]): number {
  const most = rows.reduce((sum, row) => sum + row.mu, 0) * SAY
  const weightOf = ({ mu }: LiftRow) => Math.min(mu, most)
  const sorted = [...rows].sort((a, b) => a.n / a.mu - b.n / b.mu)
  const half = sorted.reduce((sum, row) => sum + weightOf(row), 0) / 2
  let sum = 0
  for (const row of sorted) {
    sum += weightOf(row)
    if (sum >= half) return row.n / row.mu
  }
  return 1
}
