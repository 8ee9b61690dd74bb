// The tools of the log on Kafka: what they say of a log there is what they say of the same log in a folder.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { worldSales } from '../../bench/world-sales.ts'
import { loadConfig } from '../../infra/main/config.ts'
import { openDatabaseServer } from '../../infra/main/database-server.ts'
import { logPlace, openLog } from '../../infra/main/open-log.ts'
import { acquireLease } from '../../infra/postgres/lease.ts'
import { POLL_LEASE } from '../../producers/poll-lease.ts'
import { partitionOf } from '../../schemas/partition.ts'
import type { SalesRecord } from '../../schemas/records.ts'
import { HOUR_MS } from '../../schemas/time.ts'
import { bct } from '../fakes/io.ts'
import { type KafkaBroker, startKafkaBroker } from '../support/kafka-broker.ts'
import { missingForKafka } from '../support/kafka-jars.ts'

const missing = missingForKafka()
const FROM_MS = Date.UTC(2026, 9, 14)
const HOURS = 3
const PARTITIONS = 2
const dir = mkdtempSync(join(tmpdir(), 'bct-kafka-tools-'))

const folderFlags = (name: string) => ['--mode', 'simulated', '--data-dir', join(dir, name)]
let kafkaFlags: readonly string[] = []
let inFolder: readonly string[] = []

const parsed = (line: string): unknown => JSON.parse(line)

/** The same three hours of sales, in a log of that configuration. */
async function fill(flags: Readonly<Record<string, string>>): Promise<void> {
  const { config } = loadConfig({ flags, env: {}, cwd: dir })
  const log = await openLog(logPlace(config, 'simulated'))
  const placeOf = (record: SalesRecord) =>
    record.kind === 'sale' ? [partitionOf(record.basketId, PARTITIONS)] : [0, 1]
  for (const batch of worldSales(FROM_MS, FROM_MS + HOURS * HOUR_MS, HOUR_MS))
    await log.append(
      batch.flatMap(record =>
        placeOf(record).map(partition => ({ topic: 'sales' as const, partition, record })),
      ),
    )
  await log.close()
}

/** What a command prints on both logs, which is the same; but the bytes of a folder, nobody else knows. */
async function onBoth(...command: readonly string[]): Promise<string> {
  const [folder, kafka] = [await bct([...command, ...inFolder]), await bct([...command, ...kafkaFlags])]
  const shown = ({ exitCode, stdout }: typeof folder) => [exitCode, stdout.replace(/"bytes": \w+/, '')]
  expect(shown(kafka)).toEqual(shown(folder))
  expect(folder.exitCode).toBe(0)
  return kafka.stdout
}

describe.skipIf(missing !== null)('tools on Kafka', () => {
  let broker: KafkaBroker
  beforeAll(async () => {
    broker = await startKafkaBroker({ more: () => [] })
    const shared = { mode: 'simulated', partitions: String(PARTITIONS) }
    const kafka = { log: 'kafka', kafkaBrokers: broker.brokers.join(',') }
    await fill({ ...shared, dataDir: join(dir, 'folder') })
    await fill({ ...shared, ...kafka, dataDir: join(dir, 'kafka') })
    inFolder = folderFlags('folder')
    const at = ['--log', 'kafka', '--kafka-brokers', kafka.kafkaBrokers]
    kafkaFlags = [...folderFlags('kafka'), ...at]
  }, 300_000)
  afterAll(async () => {
    await broker?.remove()
    rmSync(dir, { recursive: true, force: true })
  })

  it('[B20] stat, tail, export and replay say of a log on Kafka what they say of the same in a folder', async () => {
    const stat = JSON.parse(await onBoth('log', 'stat', '--json')) as object
    expect(JSON.stringify(stat)).toContain('"sales"')
    expect((await onBoth('log', 'tail', '--topic', 'sales', '--lines', '20')).split('\n').length).toBe(21)
    const files = ['folder', 'kafka'].map(name => join(dir, `${name}.ndjson.gz`))
    const flags = [inFolder, kafkaFlags]
    for (const [i, file] of files.entries()) {
      const { exitCode } = await bct(['log', 'export', file, '--topic', 'sales', ...flags[i]!])
      expect(exitCode).toBe(0)
    }
    const [folder, kafka] = files.map(file =>
      gunzipSync(readFileSync(file)).toString().trim().split('\n').map(parsed),
    )
    expect(kafka).toEqual(folder)
    expect(folder!.length).toBeGreaterThan(5_000)
  }, 120_000)

  it('[B12] nothing is imported while a tracker polls, on whatever machine it runs', async () => {
    const file = join(dir, 'again.ndjson.gz')
    expect((await bct(['log', 'export', file, ...kafkaFlags])).exitCode).toBe(0)
    const flags = { mode: 'simulated', dataDir: join(dir, 'kafka') }
    const { config } = loadConfig({ flags, env: {}, cwd: dir })
    const server = await openDatabaseServer(config, 'simulated')
    const polling = await acquireLease(server.connection, 'bct', POLL_LEASE, new AbortController().signal)
    const busy = await bct(['log', 'import', file, ...kafkaFlags])
    expect([busy.exitCode, busy.stderr]).toEqual([5, expect.stringContaining('polls into this log')])
    await polling.release()
    const idle = await bct(['log', 'import', file, ...kafkaFlags])
    expect([idle.exitCode, idle.stderr]).toEqual([0, expect.stringContaining('added 0 records')])
    await server.stop()
  })

  it('[B21] a replay from Kafka builds the tables that a replay from a folder builds', async () => {
    const replay = ['replay', '--from', '2026-10-14', '--to', '2026-10-14T03:00Z', '--into', 'check']
    expect(await onBoth(...replay)).toMatch(/^items\t\d{4}$/m)
    expect(await onBoth('replay', 'list')).toMatch(/^check /m)
    expect(await onBoth('replay', 'drop', 'check', '--yes')).toBe('')
  }, 120_000)
})
