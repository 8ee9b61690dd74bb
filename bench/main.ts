// `npm run bench`: runs the benchmarks, prints a table, and writes the figures as JSON where asked.
import { writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import type { BenchRow } from './row.ts'

type Run = (smoke: boolean) => Promise<readonly BenchRow[]>

/** Each is loaded when it is its turn, so that one does not weigh on the memory of another. */
const BENCHES: Readonly<Record<string, Run>> = {
  replay: async smoke => (await import('./replay.ts')).runReplay(smoke),
  'replay-into': async smoke => (await import('./replay-into.ts')).runReplayInto(smoke),
  memory: async smoke => (await import('./friday-memory.ts')).runFridayMemory(smoke),
  detect: async smoke => (await import('./detect.ts')).runDetect(smoke),
  'log-decode': async () => (await import('./log-decode.ts')).runLogDecode(),
  'log-throughput': async () => (await import('./log-throughput.ts')).runLogThroughput(),
  kafka: async smoke => (await import('./kafka.ts')).runKafka(smoke),
  'store-write': async () => (await import('./store-write.ts')).runStoreWrite(),
  'history-queries': async smoke => (await import('./history-queries.ts')).runHistoryQueries(smoke ? 1 : 90),
  report: async smoke => (await import('./report.ts')).runReport(smoke),
  recovery: async () => (await import('./recovery.ts')).runRecovery(),
  'append-to-browser': async () => (await import('./append-to-browser.ts')).runAppendToBrowser(),
}

/** What shows in a few seconds that every path still runs; its figures mean nothing. */
const SMOKE = ['replay']

interface Result extends BenchRow {
  readonly bench: string
}

function print(results: readonly Result[]): void {
  const cells = results.map(r => [r.bench, r.name, figure(r.median), r.unit, String(r.runs), r.note ?? ''])
  const rows = [['bench', 'what', 'median', 'unit', 'runs', 'note'], ...cells]
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
  for (const row of rows) {
    const line = row.map((cell, i) => (i === 2 ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
    process.stdout.write(`${line.join('  ').trimEnd()}\n`)
  }
}

function figure(value: number): string {
  return value >= 1_000 ? Math.round(value).toLocaleString('en') : value.toPrecision(3)
}

const { values, positionals } = parseArgs({
  options: { json: { type: 'string' }, smoke: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const unknown = positionals.find(name => BENCHES[name] === undefined)
if (unknown !== undefined) {
  process.stderr.write(`there is no bench ${unknown}: choose from ${Object.keys(BENCHES).join(', ')}\n`)
  process.exit(2)
}
const names = positionals.length > 0 ? positionals : values.smoke ? SMOKE : Object.keys(BENCHES)
const machine = {
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGb: Math.round(totalmem() / 2 ** 30),
  node: process.version,
}
process.stderr.write(`${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, Node ${machine.node}\n`)
const results: Result[] = []
for (const bench of names) {
  process.stderr.write(`${bench} …\n`)
  for (const row of await BENCHES[bench]!(values.smoke)) results.push({ bench, ...row })
}
print(results)
if (values.json !== undefined)
  writeFileSync(values.json, `${JSON.stringify({ machine, results }, null, 2)}\n`)
