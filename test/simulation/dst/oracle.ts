// What must be true when a run of the simulation has come to rest, worked out with the plainest means.
import { feedProblems, gapProblems, salesProblems } from './oracle-log.ts'
import { genreProblems, leaderProblems, rowProblems, windowProblems } from './oracle-results.ts'
import type { Run } from './run.ts'

/** The first few of what is wrong; empty where everything holds. */
export function problemsOf(run: Run): readonly string[] {
  const checks = [
    feedProblems,
    gapProblems,
    salesProblems,
    rowProblems,
    genreProblems,
    windowProblems,
    leaderProblems,
  ]
  return checks.flatMap(check =>
    check(run)
      .slice(0, 5)
      .map(problem => `${check.name}: ${problem}`),
  )
}
