// Opens the store, the history and the page cache of one schema.
import pg from 'pg'
import type { History, PageCache, Store } from '../ports.ts'
import { openDatabase } from './delivery/database.ts'
import { createDelivery, type Delivery } from './delivery/delivery.ts'
import { Dictionary } from './dictionary.ts'
import { createHistory } from './history/history.ts'
import { acquireLease } from './lease.ts'
import { migrate } from './migrations.ts'
import { withOutages } from './outage.ts'
import { createPageCache } from './pages.ts'
import { createPool, usingClient } from './pool.ts'
import { enforceRetention } from './retention.ts'
import { asSetupError, checkServerVersion } from './setup.ts'
import { layTimescale, type Timescale, type TimescaleMode } from './timescale.ts'
import { writeBatch } from './write.ts'

export interface PostgresStoreOptions {
  /** As `pg` takes it: `{ connectionString }`, or what `startEmbeddedPostgres` gives. */
  readonly connection: pg.ClientConfig
  /** Everything is in this schema; made when missing. Replays write into one of their own. */
  readonly schema?: string
  /** Sales, 1m and 1h windows older than this are dropped by `enforceRetention`. */
  readonly retentionDays?: number
  /** Whether tables over time become hypertables, which they then stay. Default: `auto`. */
  readonly timescale?: TimescaleMode
  /** Hears in a sentence what takes long, or is not as one might expect. */
  readonly say?: (text: string) => void
}

export interface PostgresStore extends Store, History, PageCache, Delivery {
  /** The version of TimescaleDB where the tables are hypertables, else null. */
  readonly timescale: string | null
  /** Drops the whole schema and closes: for replays that are no longer wanted, and tests. */
  drop(): Promise<void>
}

export const DEFAULT_SCHEMA = 'bct'
const DEFAULT_RETENTION_DAYS = 365
/** Store-writer tasks of a few partitions, and the page cache. */
const WRITER_CONNECTIONS = 6
/** More would only queue on the processors of the server. */
const READER_CONNECTIONS = 6
/** No question of the dashboard may hold the server longer. */
const STATEMENT_TIMEOUT_MS = 10_000
const MAX_SCHEMA_CHARS = 63

/**
 * Migrates the schema and opens it. Rejects with `OutageError` where PostgreSQL is away, with `SetupError`
 * where it is too old or refuses us, and with what to do where the schema has drifted or is newer than this
 * program.
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<PostgresStore> {
  const { connection, schema = DEFAULT_SCHEMA, retentionDays = DEFAULT_RETENTION_DAYS } = options
  if (schema === '' || schema.length > MAX_SCHEMA_CHARS) throw new RangeError(`schema name "${schema}"`)
  const quoted = pg.escapeIdentifier(schema)
  const common = `SET search_path TO ${quoted}; SET timezone TO 'UTC'`
  // The log is the truth: a commit lost in a crash is read from it again, so none waits for the disk.
  const writers = createPool(
    connection,
    WRITER_CONNECTIONS,
    `${common}; SET synchronous_commit TO off; SET idle_in_transaction_session_timeout TO 60000`,
  )
  const readers = createPool(
    connection,
    READER_CONNECTIONS,
    `${common}; SET statement_timeout TO ${STATEMENT_TIMEOUT_MS}; SET default_transaction_read_only TO on; SET jit TO off`,
  )
  const delivery = openDatabase(connection, quoted)
  const withWriter = <T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> =>
    withOutages(() => usingClient(writers, work))
  const close = async () => {
    await Promise.all([writers.end(), readers.end(), delivery.close()])
  }
  let timescale: Timescale | null
  try {
    timescale = await withWriter(async client => {
      await checkServerVersion(client)
      await migrate(client, schema)
      return layTimescale(client, schema, options.timescale ?? 'auto', options.say ?? (() => {}))
    })
  } catch (error) {
    await close()
    throw asSetupError(error)
  }
  const dictionary = new Dictionary()
  let closed: Promise<void> | null = null
  return {
    ...createHistory(readers),
    ...createPageCache(writers),
    ...createDelivery(delivery),
    timescale: timescale?.version ?? null,
    write: batch => withWriter(client => writeBatch(client, dictionary, batch, timescale)),
    progress: (stage, topic, partition) =>
      withOutages(async () => {
        const { rows } = await writers.query<{ offset: number }>(
          `SELECT "offset"::float8 FROM stage_offsets WHERE stage = $1 AND topic = $2 AND partition = $3`,
          [stage, topic, partition],
        )
        return rows[0]?.offset ?? null
      }),
    acquireLease: (name, signal) => acquireLease(connection, schema, name, signal),
    enforceRetention: nowMs => withOutages(() => enforceRetention(writers, retentionDays, nowMs, timescale)),
    close() {
      closed ??= close()
      return closed
    },
    async drop() {
      await withOutages(() => writers.query(`DROP SCHEMA ${quoted} CASCADE`))
      closed ??= close()
      return closed
    },
  }
}
