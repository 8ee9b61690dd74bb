// The real process, killed 25 times at random moments: every row and every window is as if it never had been.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startEmbeddedPostgres } from '../../infra/postgres/embedded.ts'
import { normaliseBasket } from '../../producers/core/normalise.ts'
import { createWorld } from '../../producers/simulator/core/world.ts'
import { HOUR_MS, MINUTE_MS } from '../../schemas/time.ts'
import { builtCli } from '../support/built.ts'
import { type StoredRow, storedGaps, storedRows, storedWindows, windowsOfRows } from '../support/stored.ts'

const KILLS = 25
const SPEED = 50
const SEED = Number(process.env.KILL_SEED ?? 20_261_122)
const WORLD_SEED = 7
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
    mkdirSync(modeDir, { recursive: true })
    // now = began + (now − began) × speed, solved so that the world's clock says BEGINS_MS at this moment.
    const beganAtMs = (BEGINS_MS - Date.now() * SPEED) / (1 - SPEED)
    writeFileSync(join(modeDir, 'world-clock.json'), JSON.stringify({ beganAtMs }))
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
      const rows = await storedRows(client)
      const firstMs = Math.floor(Math.min(...rows.map(row => row.soldAtMs)) / MINUTE_MS) * MINUTE_MS
      expect(reachedMs - firstMs).toBeGreaterThan(HOUR_MS)
      const gaps = await storedGaps(client)
      const isRead = ({ soldAtMs }: { readonly soldAtMs: number }) =>
        soldAtMs < reachedMs && !gaps.some(gap => soldAtMs >= gap.fromMs && soldAtMs < gap.toMs)
      expect(rows.filter(isRead).map(withoutGenre)).toEqual(worldRows(firstMs, reachedMs).filter(isRead))
      const strange = rows.filter(row => !knowsWhatItCan(row))
      expect(strange.slice(0, 5)).toEqual([])
      const windows = await storedWindows(client)
      const expected = windowsOfRows(rows, firstMs, reachedMs)
      expect(expected.size).toBeGreaterThan(10_000)
      for (const [id, window] of windows)
        if (window.endMs <= reachedMs) expect([id, window.totals]).toEqual([id, expected.get(id)])
      expect([...expected.keys()].filter(id => !windows.has(id))).toEqual([])
    } finally {
      await client.end()
      await server.stop()
    }
  }, 400_000)
})

const world = createWorld({ seed: WORLD_SEED })

/** What the simulator itself says was sold, as rows; genres apart. */
function worldRows(fromMs: number, toMs: number): ReturnType<typeof withoutGenre>[] {
  const rows: ReturnType<typeof withoutGenre>[] = []
  for (let minute = fromMs; minute < toMs; minute += MINUTE_MS) {
    for (const { soldAtMs, text: json } of world.eventsOfMinute(minute)) {
      const { sale, rejected } = normaliseBasket({ kind: 'basket', id: '', soldAtMs, text: json })
      expect(rejected).toEqual([])
      for (const item of sale!.items) {
        const { soldAtText, url, title, artistName, country, format, currency } = item
        const { paidMinor, paidUsdCents, overUsdCents, units, position } = item
        rows.push({
          soldAtMs,
          position,
          soldAtText,
          url,
          title,
          artistName,
          country: country ?? 'unknown',
          format,
          currency,
          paidMinor,
          paidUsdCents,
          overUsdCents,
          units,
        })
      }
    }
  }
  return rows.sort(byIdentity)
}

function withoutGenre({ genre: _genre, tags: _tags, basketId: _id, artistHost: _host, ...rest }: StoredRow) {
  return rest
}

function byIdentity(a: ReturnType<typeof withoutGenre>, b: ReturnType<typeof withoutGenre>): number {
  return (
    a.soldAtMs - b.soldAtMs ||
    (a.soldAtText < b.soldAtText ? -1 : a.soldAtText > b.soldAtText ? 1 : a.position - b.position)
  )
}

/** The genre is what the page says; tags are too, unless the genre came from another page of the host. */
function knowsWhatItCan({ url, genre, tags }: StoredRow): boolean {
  const facts = world.pageFacts(url)
  if (facts === null) return tags.length === 0
  const said = JSON.stringify(tags)
  return genre === (facts.genre ?? 'unknown') && (said === '[]' || said === JSON.stringify(facts.tags))
}
