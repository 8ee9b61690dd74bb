// Every stage in processes of its own on one data folder, killed and added at random: nothing is lost.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readRunFiles } from '../../infra/main/run-file.ts'
import { startEmbeddedPostgres } from '../../infra/postgres/embedded.ts'
import { pause } from '../../infra/runtime/pause.ts'
import { Rng } from '../../producers/simulator/core/random.ts'
import { createWorld } from '../../producers/simulator/core/world.ts'
import { MINUTE_MS } from '../../schemas/time.ts'
import { builtCli } from '../support/built.ts'
import { beginWorld, end, hasEnded, type Running, startStages } from '../support/processes.ts'
import { lookAtStore } from '../support/world-oracle.ts'

const SEED = Number(process.env.PROCESSES_SEED ?? 20_261_122)
const SPEED = 50
const WORLD_SEED = 7
const KILLS = 10
/** Two or more of each stage; the dashboard alone is there once. */
const PLACES = [
  'poll,enrich',
  'poll,enrich',
  'panes',
  'panes',
  'store-writer',
  'store-writer',
  'dashboard',
  'windows,rolling',
  'windows,rolling',
]
/** What joins in the middle. */
const LATE = ['enrich,panes', 'windows,store-writer']
/** The simulated world begins at 23:35, so that the run crosses an hour and midnight. */
const BEGINS_MS = Date.UTC(2026, 9, 14, 23, 35)
const AT_LEAST_UNTIL_MS = BEGINS_MS + 30 * MINUTE_MS
const AFTER_LAST_KILL_MS = 5 * MINUTE_MS

const dataDir = mkdtempSync(join(tmpdir(), 'bct-many-'))
const modeDir = join(dataDir, 'simulated')
const where = ['--data-dir', dataDir, '--mode', 'simulated']
let cli = ''

const running = new Set<Running>()

function start(only: string): void {
  const world = ['--simulator-seed', String(WORLD_SEED), '--simulator-speed', String(SPEED)]
  const pace = ['--simulator-history-days', '0', '--poll-every-ms', '12000']
  const rest = ['--partitions', '4', '--port', '0', '--log-level', 'warn']
  startStages(running, only, [cli, 'start', ...where, ...world, ...pace, ...rest])
}

async function until<T>(what: string, look: () => Promise<T | null> | T | null): Promise<T> {
  for (let tries = 0; tries < 900; tries++) {
    const found = await Promise.resolve()
      .then(look)
      .catch(() => null)
    if (found !== null) return found
    const ended = [...running].find(hasEnded)
    if (ended !== undefined) throw new Error(`${ended.only} ended by itself: ${ended.said}`)
    await pause(100)
  }
  throw new Error(`waited in vain for ${what}: ${[...running].map(({ only, said }) => `${only}: ${said}`)}`)
}

async function status(): Promise<{ readonly watermarkMs: number | null; readonly nowMs: number } | null> {
  const url = readRunFiles(modeDir).find(run => run.url !== null)?.url
  if (url === undefined) return null
  return (await (await fetch(`${url}/api/v1/status`)).json()) as Awaited<ReturnType<typeof status>>
}

beforeAll(() => {
  cli = builtCli()
  beginWorld(modeDir, BEGINS_MS, SPEED)
})

afterAll(async () => {
  for (const one of running) await end(running, one, 'SIGKILL')
  const server = await startEmbeddedPostgres({ dataDir: join(modeDir, 'postgres') })
  await server.stop()
  rmSync(dataDir, { recursive: true, force: true })
})

it(`[G7] ${PLACES.length} processes on one folder, killed and added: rows and windows are the simulator's list`, async () => {
  const rng = new Rng(SEED, 0)
  const withoutWindows = PLACES.filter(only => !only.startsWith('windows'))
  for (const only of withoutWindows) start(only)
  await until('all but windows', () => (readRunFiles(modeDir).length === withoutWindows.length ? true : null))
  const told = spawnSync(process.execPath, [cli, 'status', ...where], { encoding: 'utf8' })
  expect([told.status, told.stdout]).toEqual([4, expect.stringContaining('windows runs nowhere')])
  for (const only of PLACES) if (!withoutWindows.includes(only)) start(only)
  for (let kill = 0; kill < KILLS; kill++) {
    if (kill === KILLS / 2) for (const only of LATE) start(only)
    await pause(rng.int(1_500))
    const victim = [...running][rng.int(running.size)]!
    expect([victim.only, hasEnded(victim), victim.said]).toEqual([victim.only, false, victim.said])
    await end(running, victim, 'SIGKILL')
    start(victim.only)
  }
  const { nowMs } = await until('a status', status)
  const enoughMs = Math.max(nowMs + AFTER_LAST_KILL_MS, AT_LEAST_UNTIL_MS)
  const reachedMs = await until('the watermark', async () => {
    const watermarkMs = (await status())?.watermarkMs ?? null
    return watermarkMs !== null && watermarkMs >= enoughMs ? watermarkMs : null
  })
  const codes = await Promise.all([...running].map(one => end(running, one, 'SIGTERM')))
  expect(codes).toEqual(codes.map(() => 0))
  expect(existsSync(join(modeDir, 'postgres/cluster/postmaster.pid'))).toBe(false)

  const server = await startEmbeddedPostgres({ dataDir: join(modeDir, 'postgres') })
  const client = new pg.Client(server.connection)
  await client.connect()
  try {
    const found = await lookAtStore(client, createWorld({ seed: WORLD_SEED }), reachedMs)
    expect(found.rows.length).toBeGreaterThan(500)
    expect(found.rows).toEqual(found.expectedRows)
    expect(found.strange.slice(0, 5)).toEqual([])
    expect(found.expectedWindows.size).toBeGreaterThan(2_000)
    for (const [id, totals] of found.windows)
      expect([id, totals]).toEqual([id, found.expectedWindows.get(id)])
    expect([...found.expectedWindows.keys()].filter(id => !found.windows.has(id))).toEqual([])
  } finally {
    await client.end()
    await server.stop()
  }
}, 240_000)
