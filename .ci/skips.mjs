// Refuses skipped tests that .ci/allowed-skips.json does not give a reason for.
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { testsIn } from './results.mjs'

const ROOT = path.join(import.meta.dirname, '..')
const allowed = JSON.parse(readFileSync(path.join(import.meta.dirname, 'allowed-skips.json'), 'utf8'))

/** A skip is accounted for where an entry's pattern fits its title and what it waits for is indeed absent. */
function reasonFor(title) {
  return allowed.find(
    ({ title: pattern, absent }) =>
      new RegExp(pattern).test(title) && (absent === undefined || !existsSync(path.join(ROOT, absent))),
  )?.reason
}

const skipped = testsIn(process.argv[2]).filter(({ status }) => !['passed', 'failed'].includes(status))
const unexplained = skipped.filter(({ title }) => reasonFor(title) === undefined)
process.stdout.write(
  `${skipped.length} skipped, ${skipped.length - unexplained.length} of them with a reason\n`,
)
for (const { title } of unexplained) process.stdout.write(`skipped without a reason: ${title}\n`)
if (unexplained.length > 0) process.exitCode = 1
