// The seeds of the simulation as tests: each run must hold, and a failure says how to run its seed again.
import { expect, it } from 'vitest'
import { failureOf } from './check.ts'

/** In CI always the same seeds: `npm run soak` goes on with fresh ones. */
const FIRST_SEED = 20_261_122
/** Together 500; in two files, so that two processors share them. */
const SEEDS_PER_FILE = 250
const SEEDS_PER_TEST = 25
/** A seed takes a third of a second of a quiet processor. */
const TEST_TIMEOUT_MS = 180_000

/** The seed that `SEED` names; null where all are to run. */
export function namedSeed(): number | null {
  const text = process.env.SEED ?? ''
  return text === '' ? null : Number(text)
}

/** A file of the tests; `part` counts from 0. */
export function itHoldsForSeeds(part: number): void {
  const first = FIRST_SEED + part * SEEDS_PER_FILE
  for (let from = first; from < first + SEEDS_PER_FILE; from += SEEDS_PER_TEST) {
    const to = from + SEEDS_PER_TEST
    it(
      `[G5] seeds ${from} to ${to - 1}: whatever dies, repeats or comes late, every sale counts once`,
      async () => {
        for (let seed = from; seed < to; seed++) expect(await failureOf(seed)).toBeNull()
      },
      TEST_TIMEOUT_MS,
    )
  }
}
