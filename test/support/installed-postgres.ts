// An installed PostgreSQL, such as Debian's 15, started for tests in a temporary folder.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { ClientConfig } from 'pg'
import { chooseUser, type RunAs } from '../../infra/postgres/embedded-user.ts'

const BIN = process.env.TEST_PG15_BIN ?? '/usr/lib/postgresql/15/bin'

/** The programs of the oldest PostgreSQL that is supported, or null where they are not installed. */
export const OLDEST_POSTGRES_BIN = existsSync(path.join(BIN, 'initdb')) ? BIN : null

const USER = 'bct'
const ENV = { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }

export interface InstalledServer {
  readonly connection: ClientConfig
  stop(): Promise<void>
}

function initialise(as: RunAs, bin: string, cluster: string): void {
  const flags = ['--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync']
  const { file, args, ids } = as.command(path.join(bin, 'initdb'), [
    '-D',
    cluster,
    `--username=${USER}`,
    ...flags,
  ])
  const { status, stderr } = spawnSync(file, args, { ...ids, env: ENV, cwd: '/', encoding: 'utf8' })
  if (status !== 0) throw new Error(`initdb of ${bin}: ${stderr}`)
}

/** Resolves when it says that it takes connections; rejects where it ends before. */
function untilReady(server: ChildProcess): Promise<void> {
  return new Promise((ready, failed) => {
    let said = ''
    server.stderr?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4_000)
      if (said.includes('ready to accept connections')) ready()
    })
    server.on('error', failed)
    server.on('exit', code => failed(new Error(`postgres ended (${code}): ${said}`)))
  })
}

/** A server of its own on a unix socket; as root it runs as another user. Its data go with it. */
export async function startInstalledPostgres(bin: string): Promise<InstalledServer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'bct-pg15-'))
  const cluster = path.join(folder, 'cluster')
  const as = await chooseUser(cluster, [bin])
  if (as.ids !== null) chownSync(folder, as.ids.uid, as.ids.gid)
  initialise(as, bin, cluster)
  const settings = ['listen_addresses=', 'fsync=off', 'max_connections=60', 'log_min_messages=log']
  const flags = settings.flatMap(setting => ['-c', setting])
  const { file, args, ids } = as.command(path.join(bin, 'postgres'), ['-D', cluster, '-k', folder, ...flags])
  const server = spawn(file, args, { ...ids, env: ENV, cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] })
  const gone = new Promise<void>(exited => server.once('exit', () => exited()))
  await untilReady(server)
  return {
    connection: { host: folder, port: 5432, user: USER, database: 'postgres' },
    async stop() {
      server.kill('SIGQUIT')
      await gone
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
