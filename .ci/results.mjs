// Reads what vitest's JSON reporter wrote: one file for each run.
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

/** Every test of every run, as `{ title, status }`; a file that could not even be loaded counts as one failure. */
export function testsIn(folder) {
  const runs = readdirSync(folder).filter(name => name.endsWith('.json'))
  return runs
    .map(name => JSON.parse(readFileSync(path.join(folder, name), 'utf8')))
    .flatMap(run => run.testResults)
    .flatMap(file => {
      const tests = file.assertionResults.map(({ fullName, status }) => ({ title: fullName, status }))
      const broken = file.status === 'failed' && !tests.some(({ status }) => status === 'failed')
      return broken ? [...tests, { title: file.name, status: 'failed' }] : tests
    })
}
