// Statements and transactions on what stands in no log: each is on the disk when it resolves.
import type pg from 'pg'
import { withOutages } from '../outage.ts'
import { createPool, usingClient } from '../pool.ts'

export interface Database {
  rows<R>(text: string, values?: readonly unknown[]): Promise<R[]>
  /** Commits what `work` did, and rolls it back where it rejects or `isKept` says no of its result. */
  transaction<T>(work: (client: pg.PoolClient) => Promise<T>, isKept?: (result: T) => boolean): Promise<T>
  close(): Promise<void>
}

/** The mailer, the page and the command line of one process. */
const CONNECTIONS = 4
/** Whoever stands still with a lock in hand loses it after this long, so that others go on. */
const IDLE_TIMEOUT_MS = 30_000
/** Longer than that: who waits for a lock sees the other's end. */
const LOCK_TIMEOUT_MS = 40_000

/** `quotedSchema` is there and migrated before the first call. */
export function openDatabase(connection: pg.ClientConfig, quotedSchema: string): Database {
  const setup = [
    // The embedded server, and the writers of what the log holds, have it off.
    'SET synchronous_commit TO on',
    `SET search_path TO ${quotedSchema}`,
    `SET timezone TO 'UTC'`,
    `SET idle_in_transaction_session_timeout TO ${IDLE_TIMEOUT_MS}`,
    `SET lock_timeout TO ${LOCK_TIMEOUT_MS}`,
  ]
  const pool = createPool(connection, CONNECTIONS, setup.join('; '))
  return {
    rows: <R>(text: string, values: readonly unknown[] = []) =>
      withOutages(async () => (await pool.query(text, [...values])).rows as R[]),
    transaction: (work, isKept = () => true) =>
      withOutages(() =>
        // After a failure the connection is closed, which rolls back.
        usingClient(pool, async client => {
          await client.query('BEGIN')
          const result = await work(client)
          await client.query(isKept(result) ? 'COMMIT' : 'ROLLBACK')
          return result
        }),
      ),
    close: () => pool.end(),
  }
}

/** A column with an instant, as milliseconds. */
export const msOf = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::float8`
