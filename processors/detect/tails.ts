// Tails of the negative binomial distribution: how unlikely a count is, as −log10 of its probability.

/** Lanczos coefficients for g = 7, n = 9 (Numerical Recipes, third edition, 6.1): 15 digits. */
const LANCZOS = [
  0.999_999_999_999_809_9, 676.520_368_121_885_1, -1259.139_216_722_402_8, 771.323_428_777_653_1,
  -176.615_029_162_140_6, 12.507_343_278_686_905, -0.138_571_095_265_720_12, 9.984_369_578_019_572e-6,
  1.505_632_735_149_311_6e-7,
]
const LANCZOS_G = 7
const HALF_LN_TWO_PI = 0.918_938_533_204_672_7
const LN_10 = Math.LN10

/** Terms of the continued fraction at most: its convergence is O(√max(a, b)) and far faster here. */
const MAX_TERMS = 400
const EPSILON = 1e-12
const TINY = 1e-300

/** Nothing is told of surprises beyond: one in 10^300 is the end of what a number holds. */
export const MAX_SURPRISE = 300

/** ln Γ(x) for x > 0. */
export function lnGamma(x: number): number {
  const y = x - 1
  let sum = LANCZOS[0]!
  for (let i = 1; i < LANCZOS.length; i++) sum += LANCZOS[i]! / (y + i)
  const t = y + LANCZOS_G + 0.5
  return HALF_LN_TWO_PI + (y + 0.5) * Math.log(t) - t + Math.log(sum)
}

/** The continued fraction of the incomplete beta function, by Lentz's method; x < (a + 1) / (a + b + 2). */
function betaFraction(a: number, b: number, x: number): number {
  let c = 1
  let d = 1 - ((a + b) * x) / (a + 1)
  d = 1 / (Math.abs(d) < TINY ? TINY : d)
  let h = d
  for (let m = 1; m <= MAX_TERMS; m++) {
    const twice = 2 * m
    const even = (m * (b - m) * x) / ((a + twice - 1) * (a + twice))
    d = 1 + even * d
    c = 1 + even / c
    d = 1 / (Math.abs(d) < TINY ? TINY : d)
    if (Math.abs(c) < TINY) c = TINY
    h *= d * c
    const odd = (-(a + m) * (a + b + m) * x) / ((a + twice) * (a + twice + 1))
    d = 1 + odd * d
    c = 1 + odd / c
    d = 1 / (Math.abs(d) < TINY ? TINY : d)
    if (Math.abs(c) < TINY) c = TINY
    const step = d * c
    h *= step
    if (Math.abs(step - 1) < EPSILON) break
  }
  return h
}

/** −log10 of the regularised incomplete beta function I_x(a, b), for 0 < x < 1 and a, b > 0. */
export function betaSurprise(x: number, a: number, b: number): number {
  const lnFront = lnGamma(a + b) - lnGamma(a) - lnGamma(b) + a * Math.log(x) + b * Math.log1p(-x)
  if (x < (a + 1) / (a + b + 2)) {
    const ln = lnFront + Math.log(betaFraction(a, b, x) / a)
    return Math.min(MAX_SURPRISE, Math.max(0, -ln / LN_10))
  }
  const rest = Math.exp(lnFront) * (betaFraction(b, a, 1 - x) / b)
  return rest >= 1 ? MAX_SURPRISE : Math.max(0, -Math.log1p(-rest) / LN_10)
}

/** Counts nearer to their expectation than this many variances (squared deviations) are no news at all. */
const NO_NEWS = 5

/**
 * −log10 P(X ≥ n) for a negative binomial X of mean μ > 0 and size r > 0 (variance μ + μ²/r); 0 where n is
 * not clearly above μ. P(X ≥ n) = I_{μ/(μ+r)}(n, r).
 */
export function riseSurprise(n: number, mu: number, r: number): number {
  const over = n - mu
  if (over <= 0 || over * over < NO_NEWS * (mu + (mu * mu) / r)) return 0
  return betaSurprise(mu / (mu + r), n, r)
}

/** −log10 P(X ≤ n), as `riseSurprise`; 0 where n is not clearly below μ. P(X ≤ n) = I_{r/(μ+r)}(r, n + 1). */
export function dropSurprise(n: number, mu: number, r: number): number {
  const under = mu - n
  // The lower tail is the lighter one: it stays near 0 even for deviations that look small in variances.
  if (under <= 0 || under * under < (NO_NEWS - 2) * (mu + (mu * mu) / r)) return 0
  return betaSurprise(r / (mu + r), r, n + 1)
}
