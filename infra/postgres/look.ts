// Looks at a database without changing it: which server, how far its schema is, whether it may be written.
import pg from 'pg'
import { MIGRATIONS } from './migrations.ts'
import { withOutages } from './outage.ts'
import { asSetupError, checkServerVersion } from './setup.ts'

const CONNECT_TIMEOUT_MS = 5_000

export interface DatabaseLook {
  /** `18.1`. */
  readonly server: string
  /** The version of the extension in this database, or null. */
  readonly timescale: string | null
  /** Migrations that stand in the schema; null where it is not made yet. */
  readonly applied: number | null
  readonly known: number
  /** Whether the user may make a schema here. */
  readonly mayCreate: boolean
}

/** Rejects with `SetupError` where the server is too old or refuses us, `OutageError` where it is away. */
export async function lookAtDatabase(connection: pg.ClientConfig, schema: string): Promise<DatabaseLook> {
  const client = new pg.Client({ ...connection, connectionTimeoutMillis: CONNECT_TIMEOUT_MS })
  client.on('error', () => {})
  try {
    return await withOutages(async () => {
      await client.connect()
      await checkServerVersion(client)
      const { rows } = await client.query<
        Omit<DatabaseLook, 'applied' | 'known'> & { ledger: string | null }
      >(
        `SELECT split_part(current_setting('server_version'), ' ', 1) AS server,
           (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb') AS timescale,
           has_database_privilege(current_database(), 'CREATE') AS "mayCreate",
           to_regclass(quote_ident($1) || '.migrations')::text AS ledger`,
        [schema],
      )
      const { ledger, ...look } = rows[0]!
      const applied =
        ledger === null
          ? null
          : (await client.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${ledger}`)).rows[0]!
              .count
      return { ...look, applied, known: MIGRATIONS.length }
    })
  } catch (error) {
    throw asSetupError(error)
  } finally {
    await client.end().catch(() => {})
  }
}
