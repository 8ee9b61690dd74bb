// Puts the optional TimescaleDB layer on a schema, where the server has it and the configuration wants it.
import { type ClientBase, escapeIdentifier } from 'pg'
import { SetupError } from '../ports.ts'
import { HYPERTABLES, TURN_INTO_HYPERTABLES } from './migrations/timescale-0001-hypertables.ts'
import { type Migration, migrate, takingTurns } from './migrations.ts'

/** `auto`: where the server can; `on`: or not at all; `off`: never turn a plain table into a hypertable. */
export type TimescaleMode = 'auto' | 'on' | 'off'

/** A schema whose tables over time are hypertables. */
export interface Timescale {
  /** The schema of the extension's functions, quoted. */
  readonly functions: string
  readonly version: string
}

/** Versioned like the tables, in a ledger of its own: what stands here is never edited once released. */
const MIGRATIONS: readonly Migration[] = [{ name: 't-0001-hypertables', sql: TURN_INTO_HYPERTABLES }]
const LEDGER = 'timescale_migrations'

/**
 * From here on rows in compressed chunks can be upserted, updated and deleted without limit; releases before
 * 2.11 cannot at all.
 */
const LEAST_VERSION = [2, 14] as const
const LEAST_TEXT = LEAST_VERSION.join('.')

const INSTALL = `install TimescaleDB ${LEAST_TEXT} or newer and name it in shared_preload_libraries`
const OTHERWISE = 'or set timescale to auto for plain tables (BCT_TIMESCALE=auto)'

/** Why the extension cannot serve, and what to do about it. */
interface Unfit {
  readonly reason: string
  readonly fix: string
  /** Nothing but a server without it, which is no surprise to anybody who did not ask for it. */
  readonly absent?: boolean
}

export function isOldTimescale(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(part => Number.parseInt(part, 10))
  return major < LEAST_VERSION[0] || (major === LEAST_VERSION[0] && minor < LEAST_VERSION[1])
}

interface Extension {
  readonly offered: string | null
  readonly installed: string | null
  /** Quoted; null where it is not installed. */
  readonly functions: string | null
  /** `apache` leaves compression out. */
  readonly license: string | null
}

async function extensionOf(client: ClientBase): Promise<Extension> {
  const { rows } = await client.query<Extension>(`
    SELECT (SELECT default_version FROM pg_available_extensions WHERE name = 'timescaledb') AS offered,
      e.extversion AS installed, quote_ident(n.nspname) AS functions,
      current_setting('timescaledb.license', true) AS license
    FROM (VALUES (1)) AS one
    LEFT JOIN pg_extension AS e ON e.extname = 'timescaledb'
    LEFT JOIN pg_namespace AS n ON n.oid = e.extnamespace`)
  return rows[0]!
}

function unfitness({ offered, installed, license }: Extension): Unfit | null {
  const version = installed ?? offered
  if (version === null) {
    return { reason: 'this server has no TimescaleDB', fix: `${INSTALL}, ${OTHERWISE}`, absent: true }
  }
  if (isOldTimescale(version)) {
    const update =
      installed === null || isOldTimescale(offered ?? '')
        ? INSTALL
        : 'run ALTER EXTENSION timescaledb UPDATE as the first command of a new session'
    return {
      reason: `TimescaleDB ${version} is too old: ${LEAST_TEXT} or newer is needed`,
      fix: `${update}, ${OTHERWISE}`,
    }
  }
  if (license === 'apache') {
    const fix = `set timescaledb.license = 'timescale' on the server, ${OTHERWISE}`
    return { reason: 'TimescaleDB runs under its Apache licence, which leaves compression out', fix }
  }
  return null
}

/** Installs the extension in the database; what it refuses is a reason, not a failure. */
async function install(client: ClientBase): Promise<Unfit | null> {
  try {
    await takingTurns(client, () => client.query('CREATE EXTENSION IF NOT EXISTS timescaledb SCHEMA public'))
    return null
  } catch (error) {
    const fix = `let a superuser run CREATE EXTENSION timescaledb in this database, ${OTHERWISE}`
    return { reason: `TimescaleDB cannot be switched on: ${(error as Error).message}`, fix }
  }
}

/** The ledger is made before its first migration, which may fail: only what stands in it has happened. */
async function isLayered(client: ClientBase, schema: string): Promise<boolean> {
  const ledger = `${escapeIdentifier(schema)}.${LEDGER}`
  const { rows } = await client.query<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [
    ledger,
  ])
  if (rows[0]?.there !== true) return false
  return (await client.query(`SELECT FROM ${ledger}`)).rowCount !== 0
}

/** Bytes of the plain tables that are to be rewritten, indexes included. */
async function plainBytes(client: ClientBase, schema: string): Promise<number> {
  const { rows } = await client.query<{ bytes: number }>(
    `SELECT coalesce(sum(pg_total_relation_size(format('%I.%I', schemaname, tablename)::regclass)), 0)::float8 AS bytes
     FROM pg_tables WHERE schemaname = $1 AND tablename = ANY($2)`,
    [schema, HYPERTABLES.map(table => table.name)],
  )
  return rows[0]?.bytes ?? 0
}

const MB = 1_000_000
const SECOND_MS = 1_000
/** Below this nobody waits long enough to be told. */
const SMALL_BYTES = 20 * MB

/**
 * Makes the tables of an up-to-date schema hypertables, in one transaction, once; resolves to what the tables
 * are then, or null where they are plain. `say` hears of what takes long and of what was expected otherwise.
 * @throws SetupError with mode `on` where the extension is not there or cannot serve.
 */
export async function layTimescale(
  client: ClientBase,
  schema: string,
  mode: TimescaleMode,
  say: (text: string) => void,
): Promise<Timescale | null> {
  const layered = await isLayered(client, schema)
  if (mode === 'off' && !layered) return null
  const found = await extensionOf(client)
  const unfit = unfitness(found) ?? (found.installed === null ? await install(client) : null)
  if (unfit !== null) {
    if (mode === 'on' || layered) throw new SetupError(unfit.reason, unfit.fix)
    if (unfit.absent !== true) say(`${unfit.reason}; the history stays in plain tables`)
    return null
  }
  const { installed, functions } = await extensionOf(client)
  const bytes = layered ? 0 : await plainBytes(client, schema)
  const startedMs = performance.now()
  if (bytes > SMALL_BYTES) {
    say(
      `moving ${Math.round(bytes / MB)} MB of history into hypertables, once; nothing else writes until then`,
    )
  }
  await migrate(client, schema, MIGRATIONS, { ledger: LEDGER, alsoVisible: functions! })
  if (bytes > SMALL_BYTES) {
    say(`the history is in hypertables now (${Math.round((performance.now() - startedMs) / SECOND_MS)} s)`)
  }
  return { functions: functions!, version: installed! }
}

/**
 * For a transaction: what is changed may lie in compressed chunks, of which TimescaleDB would unpack only a
 * part. A server without it takes the setting and does nothing with it.
 */
export const UNPACK_ALL = 'SET LOCAL timescaledb.max_tuples_decompressed_per_dml_transaction TO 0'

export function beginWrite(timescale: Timescale | null): string {
  return timescale === null ? 'BEGIN' : `BEGIN; ${UNPACK_ALL}`
}
