// What a server must be before we write to it, and its refusals as sentences with a next step.
import { type ClientBase, DatabaseError } from 'pg'
import { SetupError } from '../ports.ts'

/** The oldest release that the tests run on. */
const LEAST_VERSION = 15
/** `server_version_num` is the major version times this, plus the minor one. */
const MAJOR = 10_000

/** @throws SetupError where the server is older than what the tests run on. */
export async function checkServerVersion(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ num: number; text: string }>(
    `SELECT current_setting('server_version_num')::int AS num, current_setting('server_version') AS text`,
  )
  const { num, text } = rows[0]!
  if (num >= LEAST_VERSION * MAJOR) return
  throw new SetupError(
    `this server is PostgreSQL ${text}; version ${LEAST_VERSION} or newer is needed`,
    `upgrade the server, or leave databaseUrl empty to use the embedded one`,
  )
}

const ADDRESS = 'check the user, password and database in databaseUrl (BCT_DATABASE_URL)'

/** SQLSTATE → what to do. */
const REFUSALS: Readonly<Record<string, string>> = {
  '28P01': ADDRESS,
  '28000': ADDRESS,
  '3D000': ADDRESS,
  '42501': 'let the user of databaseUrl own the database: ALTER DATABASE name OWNER TO user',
}

/** The same error, or a `SetupError` where the server refuses what trying again would not cure. */
export function asSetupError(error: unknown): unknown {
  if (!(error instanceof DatabaseError)) return error
  const fix = REFUSALS[error.code ?? '']
  return fix === undefined
    ? error
    : new SetupError(`PostgreSQL refuses: ${error.message}`, fix, { cause: error })
}
