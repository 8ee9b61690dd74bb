// Prints `N passed, N failed` as the runners counted; exits 1 when a test failed or none passed.
import { testsIn } from './results.mjs'

let tests = []
try {
  tests = testsIn(process.argv[2])
} catch (error) {
  process.stderr.write(`the counts cannot be read: ${error.message}\n`)
}
const passed = tests.filter(({ status }) => status === 'passed').length
const failed = tests.filter(({ status }) => status === 'failed').length
process.stdout.write(`${passed} passed, ${failed} failed\n`)
if (failed > 0 || passed === 0) process.exitCode = 1
