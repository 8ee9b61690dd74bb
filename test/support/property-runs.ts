// What properties draw from: CI names one seed for a commit, so that it meets the same cases everywhere.
import fc from 'fast-check'

/** Unset, every run draws anew; a failure prints its seed, and TEST_SEED repeats it. */
const seed = process.env.TEST_SEED
/** Cases of each property that names no number of its own: more of them for a search overnight. */
const numRuns = process.env.TEST_RUNS

fc.configureGlobal({
  ...(seed === undefined ? {} : { seed: wholeNumber('TEST_SEED', seed) }),
  ...(numRuns === undefined ? {} : { numRuns: wholeNumber('TEST_RUNS', numRuns) }),
})

function wholeNumber(name: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new Error(`${name} is a whole number of at most nine digits, not "${text}"`)
}
