// The distributed log: what a sale costs on Kafka, and the way from feed to PostgreSQL through all stages.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openKafkaLog } from '../infra/kafka/log.ts'
import { encodeBatch } from '../infra/kafka/record-batch.ts'
import { encodeBlock } from '../infra/lmdb/codec.ts'
import { worldFacts } from '../infra/main/past.ts'
import { startStages } from '../infra/main/stages.ts'
import type { EventLog } from '../infra/ports.ts'
import { startEmbeddedPostgres } from '../infra/postgres/embedded.ts'
import { openPostgresStore } from '../infra/postgres/store.ts'
import { pause } from '../infra/runtime/pause.ts'
import { systemClock } from '../infra/system/clock.ts'
import { createTelemetry } from '../infra/system/telemetry.ts'
import { hashOf } from '../producers/core/identity.ts'
import { createWorld } from '../producers/simulator/core/world.ts'
import { NO_FILTER } from '../schemas/history.ts'
import { partitionOf } from '../schemas/partition.ts'
import type { Basket } from '../schemas/records.ts'
import { MINUTE_MS } from '../schemas/time.ts'
import { startKafkaBroker } from '../test/support/kafka-broker.ts'
import { missingForKafka } from '../test/support/kafka-jars.ts'
import type { BenchRow } from './row.ts'
import { sampleSales } from './sample-sales.ts'

const PARTITIONS = 4
const SALES = 100_000
const BATCH = 5_000
/** A Bandcamp Friday, at its height. */
const FROM_MS = Date.UTC(2026, 9, 2, 18)
const WORLD_SEED = 7
const MICROS = 1_000

/** Empty, with a word why, where there is neither a broker nor a JDK with Maven. */
export async function runKafka(smoke: boolean): Promise<readonly BenchRow[]> {
  const missing = missingForKafka()
  if (missing !== null) {
    process.stderr.write(`left out: ${missing}\n`)
    return []
  }
  const broker = await startKafkaBroker()
  try {
    const open = (): Promise<EventLog> =>
      openKafkaLog({
        connection: { brokers: broker.brokers, clientId: 'bench', tls: null, login: null },
        prefix: `bench-${process.pid}-${Math.round(performance.now())}.`,
        partitions: PARTITIONS,
        replicationFactor: 1,
      })
    return [
      ...(await throughput(await open(), smoke)),
      ...(await sizes()),
      ...(await endToEnd(await open(), smoke)),
    ]
  } finally {
    await broker.remove()
  }
}

interface Cost {
  readonly elapsedMs: number
  /** Of this process: the broker and PostgreSQL come on top. */
  readonly cpuMs: number
}

async function costOf(work: () => Promise<unknown>): Promise<Cost> {
  const startedMs = performance.now()
  const cpu = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(cpu)
  return { elapsedMs: performance.now() - startedMs, cpuMs: (user + system) / MICROS }
}

function row(name: string, what: string, count: number, { elapsedMs, cpuMs }: Cost): BenchRow {
  const note = `${((cpuMs * MICROS) / count).toFixed(1)} µs of CPU for each, this process alone`
  return { name, unit: `${what}/s`, median: (count / elapsedMs) * 1_000, runs: 1, note }
}

async function throughput(log: EventLog, smoke: boolean): Promise<readonly BenchRow[]> {
  const sales = sampleSales(smoke ? BATCH : SALES)
  const entries = sales.map((record, i) => ({ topic: 'sales' as const, partition: i % PARTITIONS, record }))
  const append = await costOf(async () => {
    for (let i = 0; i < entries.length; i += BATCH) await log.append(entries.slice(i, i + BATCH))
  })
  let seen = 0
  let all = (): void => {}
  const done = new Promise<void>(resolve => {
    all = resolve
  })
  const consume = await costOf(async () => {
    const onAssigned = async () => ({
      from: 0,
      task: {
        handle: async ({ records }: { readonly records: readonly unknown[] }) => {
          seen += records.length
          if (seen === entries.length) all()
          return null
        },
        revoked: async () => {},
      },
    })
    const consumer = await log.consume({ group: 'bench', topic: 'sales', onAssigned })
    await done
    await consumer.close()
  })
  await log.close()
  return [
    row(`append sales, ${BATCH} at a time`, 'sales', entries.length, append),
    row('read sales in a group, joining included', 'sales', entries.length, consume),
  ]
}

async function sizes(): Promise<readonly BenchRow[]> {
  const sales = sampleSales(1_000)
  const per = (bytes: number): number => bytes / sales.length
  const json = Buffer.byteLength(sales.map(sale => JSON.stringify(sale)).join(''))
  const records = sales.map(sale => {
    const value = JSON.stringify(sale)
    return { key: sale.basketId, value, bytes: Buffer.byteLength(value), timestampMs: sale.soldAtMs }
  })
  const batch = (await encodeBatch(records, { producerId: 0n, producerEpoch: 0, first: 0 })).length
  const block = encodeBlock(sales, { priorMaxTimeMs: 0, appendedAtMs: 0 }).byteLength
  const note = 'a thousand sales together'
  return [
    { name: 'a sale as JSON, before gzip', unit: 'bytes', median: per(json), runs: 1, note },
    { name: 'a sale in a batch of Kafka, gzip', unit: 'bytes', median: per(batch), runs: 1, note },
    { name: 'a sale in a block of the embedded log', unit: 'bytes', median: per(block), runs: 1, note },
  ]
}

function minuteOf(world: ReturnType<typeof createWorld>, minuteMs: number): readonly Basket[] {
  return world
    .eventsOfMinute(minuteMs)
    .map(({ soldAtMs, text }) => ({ kind: 'basket', id: hashOf(text), soldAtMs, text }))
}

async function endToEnd(log: EventLog, smoke: boolean): Promise<readonly BenchRow[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'bct-bench-'))
  const server = await startEmbeddedPostgres({ dataDir: join(dataDir, 'postgres') })
  const store = await openPostgresStore({ connection: server.connection, schema: 'bct' })
  const world = createWorld({ seed: WORLD_SEED })
  const toMs = FROM_MS + (smoke ? 2 : 60) * MINUTE_MS
  const stop = new AbortController()
  const { telemetry } = createTelemetry({ level: 'silent', clock: systemClock })
  const noFeed = { get: async () => ({ kind: 'outage', code: 'none', retryAfterMs: null }) as const }
  const noPages = { get: async () => ({ kind: 'failed', code: 'none' }) as const }
  try {
    const cost = await costOf(async () => {
      const stages = await startStages(['enrich', 'panes', 'windows', 'rolling', 'store-writer'], {
        config: {
          pollEveryMs: MINUTE_MS,
          feedOverlapMs: 0,
          enrichWaitMs: 0,
          allowedLatenessMs: 60 * MINUTE_MS,
        },
        ...{ log, store, cache: worldFacts(world), feed: noFeed, pages: noPages, telemetry },
        ...{ clock: systemClock, pace: systemClock, random: () => 0 },
        pastWritten: Promise.resolve(),
        stop: stop.signal,
      })
      for (let minute = FROM_MS; minute < toMs; minute += MINUTE_MS) {
        const baskets = minuteOf(world, minute).map(record => ({
          topic: 'feed' as const,
          partition: partitionOf(record.id, PARTITIONS),
          record,
        }))
        const tick = { kind: 'tick', upToMs: minute + MINUTE_MS } as const
        const ticks = Array.from({ length: PARTITIONS }, (_, partition) => ({
          topic: 'feed' as const,
          partition,
          record: tick,
        }))
        await log.append([...baskets, ...ticks])
      }
      while (((await store.extent()).watermarkMs ?? 0) < toMs) await pause(50)
      await Promise.all(stages.map(stage => stage.close()))
    })
    const { items } = await store.totals({ fromMs: FROM_MS, toMs, filter: NO_FILTER })
    return [row('feed to PostgreSQL through all stages', 'items', items, cost)]
  } finally {
    await log.close()
    await store.close()
    await server.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}
