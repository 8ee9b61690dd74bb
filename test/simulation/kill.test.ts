// The real process, killed 25 times at random moments: every row and every window is as if it never had been.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startEmbeddedPostgres } from '../../infra/postgres/embedded.ts'
import { createWorld } from '../../producers/simulator/core/world.ts'
import { HOUR_MS, MINUTE_MS } from '../../schemas/time.ts'
import { builtCli } from '../support/built.ts'
import { beginWorld } from '../support/processes.ts'
import { lookAtStore } from '../support/world-oracle.ts'

const KILLS = 25
const SPEED = 50
const SEED = Number(process.env.KILL_SEED ?? 20_261_122)
const WORLD_SEED = 7
const world = createWorld({ seed: WORLD_SEED })
/** The simulated world begins at 22:40, so that the run crosses hours and midnight. */
const BEGINS_MS = Date.UTC(2026, 9, 14, 22, 40)
/** Past the last kill, and past midnight: windows of a day are compared too. */
const AFTER_LAST_KILL_MS = 8 * MINUTE_MS
const AT_LEAST_UNTIL_MS = BEGINS_MS + 90 * MINUTE_MS

const dataDir = mkdtempSync(join(tmpdir(), 'bct-kill-'))
const modeDir = join(dataDir, 'simulated')
let cli = ''
let running: ChildProcess | null = null

/** A small generator with a seed that is printed, so that a failure can be run again. */
function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0
    return state / 2 ** 32
  }
}

function start(): ChildProcess {
  const flags = [
    '--mode',
    'simulated',
    '--simulator-seed',
    String(WORLD_SEED),
    '--simulator-speed',
    String(SPEED),
  ]
  const more = [
    '--simulator-history-days',
    '0',
    '--poll-every-ms',
    '12000',
    '--port',
    '0',
    '--log-level',
    'warn',
  ]
  const child = spawn(process.execPath, [cli, 'start', '--data-dir', dataDir, ...flags, ...more], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running = child
  return child
}

function text(stream: NodeJS.ReadableStream | null): { read(): string } {
  let held = ''
  stream?.on('data', (chunk: Buffer) => {
    held += chunk.toString()
  })
  return { read: () => held }
}

const addressIn = (said: string): string | null => /http:\/\/[\w.:]+/.exec(said)?.[0] ?? null

const exited = (child: ChildProcess): Promise<number | null> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve(child.exitCode)
    : new Promise(resolve => child.once('exit', code => resolve(code)))

async function until<T>(look: () => Promise<T | null>, what: () => string): Promise<T> {
  for (let tries = 0; tries < 1_200; tries++) {
    const found = await look().catch(() => null)
    if (found !== null) return found
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  throw new Error(`waited two minutes in vain for ${what()}`)
}

describe('a process that is killed again and again', () => {
  beforeAll(() => {
    cli = builtCli()
    beginWorld(modeDir, BEGINS_MS, SPEED)
  })

  afterAll(async () => {
    if (running !== null && running.exitCode === null && running.signalCode === null) {
      running.kill('SIGKILL')
      await exited(running)
    }
    const server = await startEmbeddedPostgres({ dataDir: join(modeDir, 'postgres') })
    await server.stop()
    rmSync(dataDir, { recursive: true, force: true })
  })

  it(`[G2] ${KILLS} times SIGKILL: each sale row and each tumbling window equals the simulator's list`, async () => {
    const next = random(SEED)
    for (let kill = 0; kill < KILLS; kill++) {
      const child = start()
      const [said, errors] = [text(child.stdout), text(child.stderr)]
      // Every fifth dies while it starts, the others while they work.
      const startsOnly = kill % 5 === 4
      if (!startsOnly)
        await until(
          async () => addressIn(said.read()),
          () => `run ${kill}; it said: ${errors.read()}`,
        )
      await new Promise(resolve => setTimeout(resolve, Math.floor(next() * (startsOnly ? 1_000 : 2_500))))
      expect(child.exitCode, `run ${kill} (KILL_SEED=${SEED}) ended by itself: ${errors.read()}`).toBeNull()
      child.kill('SIGKILL')
      await exited(child)
    }
    const child = start()
    const [said, errors] = [text(child.stdout), text(child.stderr)]
    const url = await until(
      async () => addressIn(said.read()),
      () => `an address; it said: ${errors.read()}`,
    )
    const status = async () =>
      (await (await fetch(`${url}/api/v1/status`)).json()) as { watermarkMs: number | null; nowMs: number }
    const { nowMs } = await until(status, () => 'a status')
    const enoughMs = Math.max(nowMs + AFTER_LAST_KILL_MS, AT_LEAST_UNTIL_MS)
    const reachedMs = await until(
      async () => {
        const { watermarkMs } = await status()
        return watermarkMs !== null && watermarkMs >= enoughMs ? watermarkMs : null
      },
      () => `the watermark to pass; it said: ${errors.read()}`,
    )
    child.kill('SIGINT')
    expect(await exited(child)).toBe(130)

    const server = await startEmbeddedPostgres({ dataDir: join(modeDir, 'postgres') })
    const client = new pg.Client(server.connection)
    await client.connect()
    try {
      const found = await lookAtStore(client, world, reachedMs)
      expect(reachedMs - found.firstMs).toBeGreaterThan(HOUR_MS)
      expect(found.rows).toEqual(found.expectedRows)
      expect(found.strange.slice(0, 5)).toEqual([])
      // How many depends on how much a slow machine misses; without any, nothing would be compared.
      expect(found.expectedWindows.size).toBeGreaterThan(2_000)
      for (const [id, totals] of found.windows)
        expect([id, totals]).toEqual([id, found.expectedWindows.get(id)])
      expect([...found.expectedWindows.keys()].filter(id => !found.windows.has(id))).toEqual([])
    } finally {
      await client.end()
      await server.stop()
    }
  }, 400_000)
})
