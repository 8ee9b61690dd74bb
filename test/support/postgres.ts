// Real PostgreSQL for tests: the embedded server, the oldest one supported, and that of TEST_DATABASE_URL.
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClientConfig } from 'pg'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../infra/postgres/embedded.ts'
import {
  openPostgresStore,
  type PostgresStore,
  type PostgresStoreOptions,
} from '../../infra/postgres/store.ts'
import { OLDEST_POSTGRES_BIN, startInstalledPostgres } from './installed-postgres.ts'

type OpenOptions = Pick<PostgresStoreOptions, 'retentionDays' | 'timescale' | 'say'>

export interface TestServer {
  readonly connection: ClientConfig
  /** A store in a schema that no other test has. */
  open(options?: OpenOptions): Promise<PostgresStore>
  /** Another handle on the schema of an opened store, as another process would have. */
  again(store: PostgresStore, options?: OpenOptions): Promise<PostgresStore>
  schemaOf(store: PostgresStore): string
  /** Drops every schema it made; stops the server where it is ours. */
  stop(): Promise<void>
}

/** `defaults` hold for every store that it opens. */
export function testServer(
  connection: ClientConfig,
  stopServer: () => Promise<void>,
  defaults: OpenOptions = {},
): TestServer {
  const schemas = new Map<PostgresStore, string>()
  const opened = async (schema: string, options: OpenOptions = {}) => {
    const store = await openPostgresStore({ connection, schema, ...defaults, ...options })
    schemas.set(store, schema)
    return store
  }
  return {
    connection,
    open: options => opened(`test_${randomBytes(6).toString('hex')}`, options),
    again: (store, options) => opened(schemas.get(store)!, options),
    schemaOf: store => schemas.get(store)!,
    async stop() {
      const dropped = new Set<string>()
      for (const [store, schema] of schemas) {
        await store.close()
        if (dropped.has(schema)) continue
        dropped.add(schema)
        const last = await openPostgresStore({ connection, schema }).catch(() => null)
        await last?.drop()
      }
      await stopServer()
    },
  }
}

/** Has a name for test titles; start it in `beforeAll`. */
export interface TestServerKind {
  readonly name: string
  start(): Promise<TestServer>
}

if (OLDEST_POSTGRES_BIN === null) {
  const how = 'apt-get install postgresql-15, or name its programs with TEST_PG15_BIN'
  process.stderr.write(`left out: the store on PostgreSQL 15, which is not installed here (${how})\n`)
}

/** Plain PostgreSQL; the servers with TimescaleDB are in timescale.ts. */
export const TEST_SERVERS: readonly TestServerKind[] = [
  {
    name: 'embedded PostgreSQL',
    async start() {
      const dataDir = await mkdtemp(join(tmpdir(), 'bct-pg-'))
      const server: EmbeddedPostgres = await startEmbeddedPostgres({ dataDir })
      return testServer(server.connection, async () => {
        await server.stop()
        await rm(dataDir, { recursive: true, force: true })
      })
    },
  },
  ...(OLDEST_POSTGRES_BIN === null
    ? []
    : [
        {
          name: 'PostgreSQL 15',
          start: async () => {
            const server = await startInstalledPostgres(OLDEST_POSTGRES_BIN ?? '')
            return testServer(server.connection, server.stop)
          },
        },
      ]),
  ...(process.env.TEST_DATABASE_URL === undefined
    ? []
    : [
        {
          name: 'the server of TEST_DATABASE_URL',
          start: async () => {
            const connectionString = process.env.TEST_DATABASE_URL ?? ''
            return testServer({ connectionString }, async () => {})
          },
        },
      ]),
]
