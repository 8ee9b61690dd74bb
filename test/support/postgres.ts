// Real PostgreSQL for tests: an embedded server in a temporary folder, and the one of TEST_DATABASE_URL.
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClientConfig } from 'pg'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../infra/postgres/embedded.ts'
import { openPostgresStore, type PostgresStore } from '../../infra/postgres/store.ts'

export interface TestServer {
  readonly connection: ClientConfig
  /** A store in a schema that no other test has. */
  open(options?: { readonly retentionDays?: number }): Promise<PostgresStore>
  /** Another handle on the schema of an opened store, as another process would have. */
  again(store: PostgresStore): Promise<PostgresStore>
  schemaOf(store: PostgresStore): string
  /** Drops every schema it made; stops the server where it is ours. */
  stop(): Promise<void>
}

function testServer(connection: ClientConfig, stopServer: () => Promise<void>): TestServer {
  const schemas = new Map<PostgresStore, string>()
  const opened = async (schema: string, options: { readonly retentionDays?: number } = {}) => {
    const store = await openPostgresStore({ connection, schema, ...options })
    schemas.set(store, schema)
    return store
  }
  return {
    connection,
    open: options => opened(`test_${randomBytes(6).toString('hex')}`, options),
    again: store => opened(schemas.get(store)!),
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

/** Each has a name for test titles; start it in `beforeAll`. */
export const TEST_SERVERS: readonly { readonly name: string; start(): Promise<TestServer> }[] = [
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
