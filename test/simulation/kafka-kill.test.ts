// Three processes of every stage on real Kafka, killed and added at random, the broker restarted twice.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../infra/postgres/embedded.ts'
import { openPostgresStore, type PostgresStore } from '../../infra/postgres/store.ts'
import { pause } from '../../infra/runtime/pause.ts'
import { Rng } from '../../producers/simulator/core/random.ts'
import { createWorld } from '../../producers/simulator/core/world.ts'
import { MINUTE_MS } from '../../schemas/time.ts'
import { builtCli } from '../support/built.ts'
import { type KafkaBroker, startKafkaBroker } from '../support/kafka-broker.ts'
import { missingForKafka } from '../support/kafka-jars.ts'
import { beginWorld, end, hasEnded, type Running, startStages } from '../support/processes.ts'
import { lookAtStore } from '../support/world-oracle.ts'

const SEED = Number(process.env.KAFKA_KILL_SEED ?? 20_261_122)
/**
 * Of the world's clock, and how many times as much it sells as the real feed: at 60 and 1, some 500 items a
 * second. `npm run soak:kafka` has 2,000 and more; by its volume, as the feed shows no more than its last ten
 * minutes, and whoever takes over a poller needs some seconds of ours.
 */
const SPEED = Number(process.env.KAFKA_KILL_SPEED ?? 60)
const VOLUME = Number(process.env.KAFKA_KILL_VOLUME ?? 1)
const KILLS = Number(process.env.KAFKA_KILLS ?? 9)
const WORLD_SEED = 7
/** In a database of one's own, modes are kept apart by name. */
const SCHEMA = 'bct_simulated'
const PARTITIONS = 4
const KINDS = ['poll,enrich,panes', 'windows,rolling', 'store-writer']
const OF_EACH_KIND = 3
/** Kills after which the broker is restarted: once asked to stop, once killed itself. */
const BROKER_STOPS = new Map<number, 'SIGTERM' | 'SIGKILL'>([
  [Math.floor(KILLS / 3), 'SIGTERM'],
  [Math.floor((2 * KILLS) / 3), 'SIGKILL'],
])
/** A Bandcamp Friday, 23:20 or two minutes of ours before midnight: the run crosses the hour and the day. */
const MIDNIGHT_MS = Date.UTC(2026, 9, 3)
const BEGINS_MS = MIDNIGHT_MS - Math.min(40, 2 * SPEED) * MINUTE_MS
const AT_LEAST_UNTIL_MS = MIDNIGHT_MS + Math.min(20, SPEED) * MINUTE_MS
const AFTER_LAST_KILL_MS = 10 * MINUTE_MS
const LONGEST_KILL_PAUSE_MS = 2_500
const LIMIT_MS = 900_000
/**
 * What comes later than the allowed lateness is no longer counted, by design. Of an hour of the world only
 * twelve seconds are left at the highest speed here, and a broker needs longer to come back.
 */
const LATENESS_REAL_MS = 240_000
/**
 * Sales wait for their genres: an amendment that comes in the last moment stands in the rows before a tick
 * brings it to the windows, and the two are to be compared here.
 */
const WAIT_REAL_MS = 3_000
const MAX_WAIT_MS = 300_000
const PRECONDITION = 5

const missing = missingForKafka()
const dataDir = mkdtempSync(join(tmpdir(), 'bct-kafka-kill-'))

const running = new Set<Running>()
let cli = ''
let broker: KafkaBroker
let server: EmbeddedPostgres
let store: PostgresStore
let beganAtMs = 0

/** The world's time at this moment. */
const worldNowMs = (): number => beganAtMs + (Date.now() - beganAtMs) * SPEED

function start(only: string): void {
  const world = [
    ...['--simulator-seed', String(WORLD_SEED), '--simulator-speed', String(SPEED)],
    ...['--simulator-volume', String(VOLUME)],
  ]
  // Asks five times a second, whatever the speed.
  const pace = ['--simulator-history-days', '0', '--poll-every-ms', String(Math.max(1_000, SPEED * 200))]
  const late = ['--allowed-lateness-ms', String(LATENESS_REAL_MS * SPEED)]
  const genres = [
    '--page-spacing-ms',
    '0',
    '--enrich-wait-ms',
    String(Math.min(MAX_WAIT_MS, WAIT_REAL_MS * SPEED)),
  ]
  const log = ['--log', 'kafka', '--kafka-brokers', broker.brokers.join(','), '--partitions', `${PARTITIONS}`]
  const rest = ['--data-dir', dataDir, '--mode', 'simulated', '--log-level', 'warn']
  const { host, port, user, database } = server.connection
  const BCT_DATABASE_URL = `postgres://${user}@localhost:${port}/${database}?host=${encodeURIComponent(host!)}`
  const command = [cli, 'start', ...world, ...pace, ...late, ...genres, ...log, ...rest]
  startStages(running, only, command, { ...process.env, BCT_DATABASE_URL })
}

/**
 * One that starts while the broker is away says so and ends with code 5; whoever started it starts it again.
 * None may end otherwise.
 */
function mustAllRun(): void {
  for (const one of [...running].filter(hasEnded)) {
    if (one.child.exitCode !== PRECONDITION || !one.said.includes('no Kafka broker answers')) {
      throw new Error(`${one.only} ended by itself: ${one.said}`)
    }
    running.delete(one)
    start(one.only)
  }
}

function itemsSold(fromMs: number, toMs: number): number {
  const world = createWorld({ seed: WORLD_SEED, volume: VOLUME })
  let items = 0
  for (let minute = fromMs; minute < toMs; minute += MINUTE_MS)
    for (const { text } of world.eventsOfMinute(minute))
      items += (JSON.parse(text) as { readonly items: readonly unknown[] }).items.length
  return items
}

async function untilWatermark(atLeastMs: () => number): Promise<number> {
  for (;;) {
    const { watermarkMs } = await store.extent()
    if (watermarkMs !== null && watermarkMs >= atLeastMs()) return watermarkMs
    mustAllRun()
    await pause(200)
  }
}

/** Stops everything at a watermark; each row must be the world's, and each window is looked at. */
async function stopAndLook(enoughMs: number) {
  const reachedMs = await untilWatermark(() => enoughMs)
  const ended = await Promise.all(
    [...running].map(async one => ({ code: await end(running, one, 'SIGTERM'), said: one.said })),
  )
  expect(ended.filter(({ code }) => code !== 0)).toEqual([])
  const client = new pg.Client(server.connection)
  await client.connect()
  try {
    const found = await lookAtStore(
      client,
      createWorld({ seed: WORLD_SEED, volume: VOLUME }),
      reachedMs,
      SCHEMA,
    )
    expect(found.rows).toEqual(found.expectedRows)
    expect(found.strange.slice(0, 5)).toEqual([])
    const { windows, expectedWindows } = found
    const ids = new Set([...windows.keys(), ...expectedWindows.keys()])
    const both = [...ids].map(id => [id, windows.get(id), expectedWindows.get(id)] as const)
    const unequal = both.filter(([, stored, sold]) => JSON.stringify(stored) !== JSON.stringify(sold))
    return { ...found, reachedMs, unequal }
  } finally {
    await client.end()
  }
}

describe.skipIf(missing !== null)('processes on Apache Kafka', () => {
  beforeAll(async () => {
    cli = builtCli()
    broker = await startKafkaBroker({ more: () => [] })
    server = await startEmbeddedPostgres({ dataDir: join(dataDir, 'postgres') })
    store = await openPostgresStore({ connection: server.connection, schema: SCHEMA })
    beganAtMs = beginWorld(join(dataDir, 'simulated'), BEGINS_MS, SPEED)
  }, 300_000)

  afterAll(async () => {
    await Promise.all([...running].map(one => end(running, one, 'SIGKILL')))
    await store?.close()
    await server?.stop()
    await broker?.remove()
    rmSync(dataDir, { recursive: true, force: true })
  }, 60_000)

  it(
    `[G8] killed ${KILLS} times, added to, the broker restarted twice: rows and windows are the simulator's list`,
    async () => {
      const rng = new Rng(SEED, 0)
      const startedMs = Date.now()
      for (const only of KINDS) for (let i = 0; i < OF_EACH_KIND; i++) start(only)
      await untilWatermark(() => 0)
      for (let kill = 0; kill < KILLS; kill++) {
        await pause(rng.int(LONGEST_KILL_PAUSE_MS))
        mustAllRun()
        const victim = [...running][rng.int(running.size)]!
        process.stderr.write(`kill ${kill}: ${victim.only}\n`)
        await end(running, victim, 'SIGKILL')
        const signal = BROKER_STOPS.get(kill)
        if (signal !== undefined) {
          await broker.stop(signal)
          await pause(rng.int(LONGEST_KILL_PAUSE_MS))
          await broker.start()
        }
        start(victim.only)
        // What joins in the middle stays.
        if (kill === Math.floor(KILLS / 2)) for (const only of KINDS) start(only)
      }
      const first = await stopAndLook(Math.max(worldNowMs() + AFTER_LAST_KILL_MS, AT_LEAST_UNTIL_MS))
      const seconds = (Date.now() - startedMs) / 1_000
      const { firstMs, reachedMs, rows, gaps, windows } = first
      const offered = (itemsSold(firstMs, reachedMs) / (reachedMs - firstMs)) * 1_000 * SPEED
      console.info(
        `Kafka: ${rows.length} items in ${seconds.toFixed(0)} s, offered at ${offered.toFixed(0)}/s, ` +
          `${windows.size} windows; ${gaps.length} gaps while no poller ran`,
      )
      expect(rows.length).toBeGreaterThan(1_000)
      expect(windows.size).toBeGreaterThan(2_000)
      if (first.unequal.length === 0) return
      // An amendment on its way: rows have it, and the tick that brings it to the windows is still to come.
      for (const only of KINDS) start(only)
      const second = await stopAndLook(worldNowMs() + AFTER_LAST_KILL_MS)
      const stayed = second.unequal.filter(([id]) => first.unequal.some(([other]) => other === id))
      expect(stayed).toEqual([])
    },
    LIMIT_MS,
  )
})
