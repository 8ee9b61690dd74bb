// Chapter: how unlikely a count is. Tails of the negative binomial against the plain sum of its terms.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  betaSurprise,
  dropSurprise,
  lnGamma,
  MAX_SURPRISE,
  riseSurprise,
} from '../../processors/detect/tails.ts'

/** P(X = k) for k from 0, for mean mu and size r, each from the one before. */
function terms(mu: number, r: number): readonly number[] {
  const p = mu / (mu + r)
  const all = [Math.exp(r * Math.log1p(-p))]
  for (let k = 1; k < TERMS; k++) all.push((all[k - 1]! * (r + k - 1) * p) / k)
  return all
}

/** Enough for what is asked below: the rest is smaller than what a double can hold beside it. */
const TERMS = 3_000

const lower = (n: number, mu: number, r: number) =>
  terms(mu, r)
    .slice(0, n + 1)
    .reduce((a, b) => a + b, 0)
/** From the far end, so that small terms are not lost beside large ones. */
const upper = (n: number, mu: number, r: number) =>
  terms(mu, r)
    .slice(n)
    .reduceRight((a, b) => a + b, 0)
const surprise = (p: number) => Math.min(MAX_SURPRISE, -Math.log10(p))

const arbMean = fc.double({ min: 0.01, max: 60, noNaN: true })
const arbSize = fc.double({ min: 0.5, max: 200, noNaN: true })

describe('tails', () => {
  it('ln Γ is the logarithm of a factorial', () => {
    let ln = 0
    for (let n = 1; n < 150; n++) {
      expect(lnGamma(n)).toBeCloseTo(ln, 9)
      ln += Math.log(n)
    }
    expect(lnGamma(0.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI)), 10)
  })

  it('[D1] a rise and a drop surprise as much as the sum of their probabilities says', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 120 }), arbMean, arbSize, (n, mu, r) => {
        const rise = riseSurprise(n, mu, r)
        if (rise > 0) expect(rise).toBeCloseTo(surprise(upper(n, mu, r)), 5)
        const drop = dropSurprise(n, mu, r)
        if (drop > 0) expect(drop).toBeCloseTo(surprise(lower(n, mu, r)), 5)
      }),
      { numRuns: 60 },
    )
  })

  it('[D1] a count beyond what numbers hold is as surprising as it gets, never NaN', () => {
    expect(riseSurprise(800_000, 0.5, 1_000)).toBe(MAX_SURPRISE)
    expect(dropSurprise(0, 800_000, 100)).toBeGreaterThan(100)
    expect(betaSurprise(0.999, 3, 2)).toBeGreaterThanOrEqual(0)
  })

  it('a count near its expectation is no news', () => {
    expect(riseSurprise(11, 10, 100)).toBe(0)
    expect(dropSurprise(9, 10, 100)).toBe(0)
  })
})
