// Deterministic simulation, the second half of the seeds: in a file of its own, so that two processors share.
import { describe } from 'vitest'
import { itHoldsForSeeds } from './dst/suite.ts'

describe('deterministic simulation, second half', () => {
  itHoldsForSeeds(1)
})
