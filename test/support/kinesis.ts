// A Kinesis emulator and a PostgreSQL for tests, and logs on them.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { vi } from 'vitest'
import { type KinesisLogOptions, openKinesisLog } from '../../infra/kinesis/log.ts'
import { KINESIS_MIGRATIONS } from '../../infra/kinesis/tables.ts'
import type { EventLog } from '../../infra/ports.ts'
import { openSqlDatabase } from '../../infra/postgres/sql-database.ts'
import type { SqlDatabase } from '../../infra/runtime/sql.ts'
import { TEST_SERVERS, type TestServer } from './postgres.ts'

// The SDK looks for credentials in the environment; nobody is to be asked over the network.
process.env.AWS_ACCESS_KEY_ID ??= 'test'
process.env.AWS_SECRET_ACCESS_KEY ??= 'test'
process.env.AWS_EC2_METADATA_DISABLED = 'true'

export const TEST_REGION = 'eu-central-1'
const READY_WITHIN_MS = 60_000

async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>(resolve => {
          const server = createServer().listen(0, '127.0.0.1', () => resolve(server))
        }),
    ),
  )
  return Promise.all(
    servers.map(server => {
      const { port } = server.address() as { readonly port: number }
      return new Promise<number>(resolve => server.close(() => resolve(port)))
    }),
  )
}

export interface KinesisEmulator {
  readonly endpoint: string
  stop(): Promise<void>
}

/** Its input ends with this process, whatever becomes of that. */
const endsWithUs = (script: string): string =>
  `process.stdin.resume().on('end', () => process.exit()); require(${JSON.stringify(script)})`

export async function startKinesisEmulator(): Promise<KinesisEmulator> {
  const script = createRequire(import.meta.url).resolve('kinesis-local')
  const [tlsPort, port] = await freePorts(2)
  const folder = mkdtempSync(join(tmpdir(), 'bct-kinesis-'))
  const child = spawn(process.execPath, ['-e', endsWithUs(script)], {
    cwd: folder,
    // What it says of requests that it refuses is no news: tests make some on purpose.
    stdio: ['pipe', 'ignore', 'ignore'],
    env: {
      PATH: process.env.PATH,
      KINESIS_MOCK_TLS_PORT: String(tlsPort),
      KINESIS_MOCK_PLAIN_PORT: String(port),
      KINESIS_MOCK_CERT_PATH: join(dirname(script), 'server.json'),
      SHARD_LIMIT: '100000',
      CREATE_STREAM_DURATION: '1ms',
      SPLIT_SHARD_DURATION: '1ms',
      MERGE_SHARDS_DURATION: '1ms',
      LOG_LEVEL: 'ERROR',
    },
  })
  const endpoint = `http://127.0.0.1:${port}`
  const stop = async (): Promise<void> => {
    await ended(child)
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await vi.waitFor(
      async () => {
        if (child.exitCode !== null) throw new Error(`the emulator ended with ${child.exitCode}`)
        await fetch(`${endpoint}/healthcheck`)
      },
      { timeout: READY_WITHIN_MS, interval: 50 },
    )
  } catch (error) {
    await stop()
    throw error
  }
  return { endpoint, stop }
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise(resolve => {
    child.once('exit', () => resolve())
    child.kill('SIGKILL')
  })
}

export interface KinesisWorld {
  readonly endpoint: string
  readonly server: TestServer
  /** On the tables of the index. */
  database(): Promise<SqlDatabase>
  /** A log that is quick to notice; another call with the same prefix is another process on it. */
  open(
    options: Pick<KinesisLogOptions, 'prefix' | 'partitions'> & Partial<KinesisLogOptions>,
  ): Promise<EventLog>
  stop(): Promise<void>
}

export const INDEX_SCHEMA = 'test_kinesis'

export async function startKinesisWorld(): Promise<KinesisWorld> {
  const [emulator, server] = await Promise.all([startKinesisEmulator(), TEST_SERVERS[0]!.start()])
  const { connection } = server
  const database = () => openSqlDatabase({ connection, schema: INDEX_SCHEMA, migrations: KINESIS_MIGRATIONS })
  return {
    endpoint: emulator.endpoint,
    server,
    database,
    open: async options =>
      openKinesisLog(
        {
          region: TEST_REGION,
          endpoint: emulator.endpoint,
          sessionMs: 3_000,
          heartbeatEveryMs: 50,
          readEveryMs: 0,
          ...options,
        },
        await database(),
      ),
    stop: async () => {
      await Promise.all([emulator.stop(), server.stop()])
    },
  }
}
