// A schema of PostgreSQL for an adapter that keeps an index there, without knowing this one.
import pg from 'pg'
import type { Sql, SqlDatabase, SqlResult } from '../runtime/sql.ts'
import { type Migration, migrate } from './migrations.ts'
import { withOutages } from './outage.ts'
import { createPool, usingClient } from './pool.ts'
import { asSetupError, checkServerVersion } from './setup.ts'

export interface SqlDatabaseOptions {
  /** As `pg` takes it: `{ connectionString }`, or what `startEmbeddedPostgres` gives. */
  readonly connection: pg.ClientConfig
  /** Made when missing; nothing else is in it. */
  readonly schema: string
  readonly migrations: readonly Migration[]
}

/** A writer for each topic, and some for questions; a pool opens no more than are needed at a time. */
const CONNECTIONS = 8
/** Whoever stands still with a lock in hand loses it after this long, so that others go on. */
const IDLE_TIMEOUT_MS = 30_000
/** Longer than that: who waits for a lock sees the other's end. */
const LOCK_TIMEOUT_MS = 40_000

/** Migrates the schema and opens it; rejects as `openPostgresStore` does. */
export async function openSqlDatabase({
  connection,
  schema,
  migrations,
}: SqlDatabaseOptions): Promise<SqlDatabase> {
  const setup = [
    // Unlike the tables of the store, these cannot be made again from the log.
    'SET synchronous_commit TO on',
    `SET search_path TO ${pg.escapeIdentifier(schema)}`,
    `SET timezone TO 'UTC'`,
    `SET idle_in_transaction_session_timeout TO ${IDLE_TIMEOUT_MS}`,
    `SET lock_timeout TO ${LOCK_TIMEOUT_MS}`,
  ]
  const pool = createPool(connection, CONNECTIONS, setup.join('; '))
  const withClient = <T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> =>
    withOutages(() => usingClient(pool, work))
  try {
    await withClient(async client => {
      await checkServerVersion(client)
      await migrate(client, schema, migrations)
    })
  } catch (error) {
    await pool.end()
    throw asSetupError(error)
  }
  let closed: Promise<void> | null = null
  const on = (client: Pick<pg.Pool, 'query'>): Sql => ({
    query: async <R>(text: string, values: readonly unknown[] = []): Promise<SqlResult<R>> => {
      const { rows, rowCount } = await client.query(text, [...values])
      return { rows: rows as R[], rowCount }
    },
  })
  return {
    query: (text, values) => withOutages(() => on(pool).query(text, values)),
    transaction: work =>
      withClient(async client => {
        await client.query('BEGIN')
        const result = await work(on(client as unknown as Pick<pg.Pool, 'query'>))
        await client.query('COMMIT')
        return result
      }),
    close: () => {
      closed ??= pool.end()
      return closed
    },
  }
}
