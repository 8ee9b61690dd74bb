// Where an embedded server lives, whether it runs, and who is connected to it.
import { createHash } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import pg from 'pg'
import { SetupError } from '../ports.ts'
import { exists } from '../runtime/process-identity.ts'

const DATABASE = 'postgres'
export const SUPERUSER = 'bct'
/** The port is part of the socket's file name and nothing else: no TCP port is opened. */
export const PORT = 5432
/** `sun_path` has 108 bytes on Linux and 104 on macOS; the file in the folder is `.s.PGSQL.5432.lock`. */
const SOCKET_FOLDER_MAX_BYTES = 80

export interface Place {
  readonly root: string
  readonly cluster: string
  readonly socketFolder: string
  readonly logFile: string
}

export function placeOf(dataDir: string): Place {
  const root = resolve(dataDir)
  const cluster = join(root, 'cluster')
  const id = createHash('sha256').update(cluster).digest('hex').slice(0, 12)
  const short = join(tmpdir(), `bct-${id}`)
  const socketFolder = Buffer.byteLength(cluster) <= SOCKET_FOLDER_MAX_BYTES ? cluster : short
  if (Buffer.byteLength(socketFolder) > SOCKET_FOLDER_MAX_BYTES) {
    throw new SetupError(
      `the path of the PostgreSQL socket is too long: ${cluster}`,
      'choose a shorter folder with --data-dir',
    )
  }
  return { root, cluster, socketFolder, logFile: join(root, 'server.log') }
}

export function connectionTo(place: Place): pg.ClientConfig {
  return {
    host: place.socketFolder,
    port: PORT,
    user: SUPERUSER,
    database: DATABASE,
    application_name: `bct-${process.pid}`,
  }
}

/** The server's process id, or null where none runs: after a reboot the number may be somebody else's. */
export async function runningPid(place: Place): Promise<number | null> {
  const text = await readFile(join(place.cluster, 'postmaster.pid'), 'utf8').catch(() => '')
  const pid = Number.parseInt(text, 10)
  if (!(pid > 0) || !exists(pid)) return null
  // Where there is no /proc (macOS), the number is believed.
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '1 (postgres) S')
  // A container without an init process leaves its dead behind as zombies, which answer to signals.
  if (/^\d+ \(postgres\) [^ZX]/.test(stat)) return pid
  // PostgreSQL would believe any living process to be its own server and refuse to start.
  await rm(join(place.cluster, 'postmaster.pid'), { force: true })
  return null
}

/** The version where a server answers, or null. */
export async function ask(place: Place): Promise<string | null> {
  const client = new pg.Client({ ...connectionTo(place), connectionTimeoutMillis: 2_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query<{ server_version: string; data_directory: string }>(
      `SELECT current_setting('server_version') server_version, current_setting('data_directory') data_directory`,
    )
    return rows[0]?.data_directory === place.cluster ? rows[0].server_version : null
  } catch {
    return null
  } finally {
    await client.end().catch(() => {})
  }
}

export interface Presence {
  end(): Promise<void>
}

/**
 * A connection that does nothing but be there, so that others which stop see that the server is still used,
 * from before this process opens its own connections until it stops. Keeps no process alive. `onLost` is
 * called when it has ended, whoever ended it.
 */
export async function staysConnected(place: Place, onLost: () => void): Promise<Presence> {
  const client = new pg.Client(connectionTo(place))
  client.on('error', () => {}) // its end is told below
  await client.connect()
  client.on('end', onLost)
  // Documented, but not in the types.
  const holder: pg.Client & { readonly ref?: () => void; readonly unref?: () => void } = client
  holder.unref?.()
  return {
    end: async () => {
      holder.ref?.() // or a process with nothing else to do would be over before the connection is
      await client.end().catch(() => {})
    },
  }
}

/** True where other processes of ours, or anybody else, are connected. */
export async function othersConnected(place: Place): Promise<boolean> {
  const client = new pg.Client({ ...connectionTo(place), connectionTimeoutMillis: 1_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    const { rowCount } = await client.query(
      `SELECT FROM pg_stat_activity WHERE backend_type = 'client backend' AND application_name <> $1`,
      [`bct-${process.pid}`],
    )
    return (rowCount ?? 0) > 0
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}
