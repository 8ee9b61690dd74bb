// Brings a schema to the version that this code knows: forward only, one at a time, never over a drifted one.
import { createHash } from 'node:crypto'
import type { ClientBase } from 'pg'
import { SetupError } from '../ports.ts'
import { TABLES } from './migrations/0001-tables.ts'
import { DAILY_INDEXES } from './migrations/0002-daily-indexes.ts'
import { DELIVERY } from './migrations/0003-delivery.ts'
import { REPORT_RUNS } from './migrations/0004-report-runs.ts'
import { SETTLED_LETTERS } from './migrations/0005-settled-letters.ts'
import { DELIVERY_RETENTION } from './migrations/0006-delivery-retention.ts'

export interface Migration {
  readonly name: string
  readonly sql: string
}

/**
 * In order. What has been released is never edited: its hash is checked against the database at every start.
 */
export const MIGRATIONS: readonly Migration[] = [
  { name: '0001-tables', sql: TABLES },
  { name: '0002-daily-indexes', sql: DAILY_INDEXES },
  { name: '0003-delivery', sql: DELIVERY },
  { name: '0004-report-runs', sql: REPORT_RUNS },
  { name: '0005-settled-letters', sql: SETTLED_LETTERS },
  { name: '0006-delivery-retention', sql: DELIVERY_RETENTION },
]

/** Any fixed number: all our schemas of one database take turns, which costs nothing. */
const LOCK_ID = 7_305_011

const hashOf = (migration: Migration) => createHash('sha256').update(migration.sql).digest('hex')

function checkDrift(
  schema: string,
  applied: readonly { readonly name: string; readonly hash: string }[],
  known: readonly Migration[],
): void {
  for (const [i, { name, hash }] of applied.entries()) {
    const ours = known[i]
    if (ours === undefined) {
      throw new SetupError(
        `schema "${schema}" is newer than this program: it has migration ${name}`,
        'upgrade the program',
      )
    }
    if (ours.name !== name || hashOf(ours) !== hash) {
      throw new SetupError(
        `schema "${schema}" has drifted: its migration ${i + 1} is "${name}" with other content than ` +
          `"${ours.name}" of this program`,
        'use the program version that made it, or another schema (--db-schema), and replay the log into it',
      )
    }
  }
}

/** Of several processes that start together, one works and the others wait, then find it done. */
export async function takingTurns<T>(client: ClientBase, work: () => Promise<T>): Promise<T> {
  await client.query('SELECT pg_advisory_lock($1)', [LOCK_ID])
  try {
    return await work()
  } finally {
    // Where the connection is lost, so is the lock.
    await client.query('SELECT pg_advisory_unlock($1)', [LOCK_ID]).catch(() => {})
  }
}

export interface MigrateOptions {
  /** The table that remembers what was applied: a chain of migrations has one of its own. */
  readonly ledger?: string
  /** A further schema, quoted, whose functions the migrations call. */
  readonly alsoVisible?: string
}

/**
 * Creates the schema where missing and applies what it lacks, each migration in a transaction of its own,
 * under an advisory lock: of several processes that start together one does the work. Throws on drift,
 * changing nothing.
 */
export async function migrate(
  client: ClientBase,
  schema: string,
  known: readonly Migration[] = MIGRATIONS,
  { ledger = 'migrations', alsoVisible }: MigrateOptions = {},
): Promise<void> {
  const quoted = `"${schema.replaceAll('"', '""')}"`
  const path = alsoVisible === undefined ? quoted : `${quoted}, ${alsoVisible}`
  await takingTurns(client, async () => {
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${quoted}`)
    await client.query(`CREATE TABLE IF NOT EXISTS ${quoted}.${ledger} (
      number integer PRIMARY KEY, name text NOT NULL, hash text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`)
    const { rows } = await client.query<{ name: string; hash: string }>(
      `SELECT name, hash FROM ${quoted}.${ledger} ORDER BY number`,
    )
    checkDrift(schema, rows, known)
    for (const [i, migration] of known.entries()) {
      if (i < rows.length) continue
      await client.query('BEGIN')
      try {
        await client.query(`SET LOCAL search_path TO ${path}`)
        await client.query(migration.sql)
        await client.query(`INSERT INTO ${quoted}.${ledger} (number, name, hash) VALUES ($1, $2, $3)`, [
          i + 1,
          migration.name,
          hashOf(migration),
        ])
        await client.query('COMMIT')
      } catch (error) {
        await client.query('ROLLBACK')
        throw error
      }
    }
  })
}
