// One seed of the simulation, held against the oracle; what a failure says.
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { problemsOf } from './oracle.ts'
import { type Run, runSeed } from './run.ts'

/** What is wrong with a seed, with its last steps and how to see all of them; null where everything holds. */
export async function failureOf(seed: number): Promise<string | null> {
  const again = `again, with all steps in a file: SEED=${seed} npx vitest run test/simulation/dst.test.ts`
  try {
    const run = await runSeed(seed)
    const problems = problemsOf(run)
    if (problems.length === 0) return null
    return [`seed ${seed}`, again, ...run.lastLines, ...problems].join('\n')
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.stack : ''
    return [`seed ${seed}`, again, text, cause].join('\n')
  }
}

/** One seed, its whole trace written to a file. */
export async function runTraced(seed: number): Promise<Run> {
  const lines: string[] = []
  const file = join(tmpdir(), `bct-simulation-${seed}.txt`)
  try {
    return await runSeed(seed, line => lines.push(line))
  } finally {
    writeFileSync(file, `${lines.join('\n')}\n`)
    console.log(`the trace of seed ${seed} is in ${file}`)
  }
}
