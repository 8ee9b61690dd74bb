// `npm run soak -- --minutes 60`: the simulation with fresh seeds, for as long as one likes.
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { failureOf } from './dst/check.ts'

const MINUTE_MS = 60_000
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    /** The first seed; fresh where absent. */
    seed: { type: 'string' },
    out: { type: 'string', default: 'soak.json' },
  },
})
const minutes = Number(values.minutes)
const firstSeed = values.seed === undefined ? Math.floor(Date.now() / 1_000) : Number(values.seed)
if (!(minutes > 0) || !Number.isSafeInteger(firstSeed)) {
  console.error('usage: npm run soak -- [--minutes 60] [--seed N] [--out soak.json]')
  process.exit(2)
}

const startedAt = new Date()
const endMs = Date.now() + minutes * MINUTE_MS
const failures: { readonly seed: number; readonly report: string }[] = []
let saidMs = Date.now()
let seed = firstSeed
for (; Date.now() < endMs; seed++) {
  const report = await failureOf(seed)
  if (report !== null) {
    failures.push({ seed, report })
    console.error(report)
  }
  if (Date.now() - saidMs < MINUTE_MS) continue
  saidMs = Date.now()
  console.log(
    `${seed - firstSeed + 1} seeds, ${failures.length} failed, ${Math.ceil((endMs - saidMs) / MINUTE_MS)} min left`,
  )
}
const seeds = seed - firstSeed
writeFileSync(values.out, `${JSON.stringify({ startedAt, minutes, firstSeed, seeds, failures }, null, 2)}\n`)
console.log(`${seeds} seeds from ${firstSeed} on, ${failures.length} failed; summary in ${values.out}`)
process.exit(failures.length === 0 ? 0 : 1)
