// How soon the whole product is up again after SIGKILL, with a day of sales open in its windows.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type BenchRow, median } from './row.ts'

const KILLS = 5
const LOOK_EVERY_MS = 20
const GIVE_UP_MS = 300_000
/** Those with windows open; `detect` reads all sales again, however many. */
const OPEN_WINDOWS = ['panes', 'windows', 'rolling']

/** A simulated day in the embedded log and store, then killed and started again and again. */
export async function runRecovery(): Promise<readonly BenchRow[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'bct-bench-'))
  const port = await freePort()
  let child = start(dataDir, port)
  const answers: number[] = []
  const recovered: number[] = []
  const detecting: number[] = []
  try {
    await until(async () => (await lags(port)).has('rolling'))
    for (let kill = 0; kill < KILLS; kill++) {
      await ended(child)
      const startedMs = performance.now()
      child = start(dataDir, port)
      await until(async () => (await fetch(`http://127.0.0.1:${port}/healthz`)).ok)
      answers.push(performance.now() - startedMs)
      await until(() => areCaughtUp(port, OPEN_WINDOWS))
      recovered.push(performance.now() - startedMs)
      await until(() => areCaughtUp(port, ['detect']))
      detecting.push(performance.now() - startedMs)
    }
  } finally {
    await ended(child)
    rmSync(dataDir, { recursive: true, force: true })
  }
  const row = (name: string, times: readonly number[]): BenchRow => {
    return { name: `from start after SIGKILL ${name}`, unit: 'ms', median: median(times), runs: KILLS }
  }
  return [
    row('to the first answer', answers),
    row('to a day of windows open, and no lag', recovered),
    row('until detect has read the log again', detecting),
  ]
}

function start(dataDir: string, port: number): ChildProcess {
  const cli = fileURLToPath(new URL('../infra/main/cli.js', import.meta.url))
  const flags = ['--mode', 'simulated', '--simulator-history-days', '1', '--poll-every-ms', '500']
  const args = [
    cli,
    'start',
    ...flags,
    '--data-dir',
    dataDir,
    '--port',
    String(port),
    '--log-level',
    'silent',
  ]
  return spawn(process.execPath, args, { stdio: 'ignore' })
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = new Promise(resolve => child.once('exit', resolve))
  child.kill('SIGKILL')
  await exit
}

/** Records not yet read, by stage. */
async function lags(port: number): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  const found = text.matchAll(/^bct_stage_lag_records\{stage="([^"]+)"[^}]*\} (\d+)/gm)
  return new Map([...found].map(([, stage, lag]) => [stage!, Number(lag)]))
}

async function areCaughtUp(port: number, stages: readonly string[]): Promise<boolean> {
  const byStage = await lags(port)
  return stages.every(stage => byStage.get(stage) === 0)
}

/** Asks until it is so; what fails is asked again. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + GIVE_UP_MS
  while (!(await isSo().catch(() => false))) {
    if (performance.now() > deadlineMs) throw new Error(`not recovered within ${GIVE_UP_MS} ms`)
    await sleep(LOOK_EVERY_MS)
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}
