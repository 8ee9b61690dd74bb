// PostgreSQL without an installation: starts the server of the npm package in a folder, or adopts the one
// running.
import { spawn } from 'node:child_process'
import { chmodSync, chownSync, closeSync, mkdirSync, openSync } from 'node:fs'
import { chmod, mkdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { ClientConfig } from 'pg'
import { SetupError } from '../ports.ts'
import { exists } from '../runtime/process-identity.ts'
import { type Binaries, findBinaries } from './embedded-binaries.ts'
import { checkVersion, makeCluster } from './embedded-cluster.ts'
import { keepRunning } from './embedded-keeper.ts'
import {
  ask,
  connectionTo,
  othersConnected,
  type Place,
  PORT,
  type Presence,
  placeOf,
  runningPid,
} from './embedded-place.ts'
import { SERVER_SETTINGS, startFailure } from './embedded-settings.ts'
import { chooseUser, type RunAs } from './embedded-user.ts'
import { withStartLock } from './start-lock.ts'

export interface EmbeddedOptions {
  /** A folder of its own; made when missing. Holds the cluster and the server's messages (`server.log`). */
  readonly dataDir: string
  /** How long to wait for the server, recovery after a crash included. */
  readonly startTimeoutMs?: number
}

export interface EmbeddedPostgres {
  /** For `pg`: a unix socket that only this user can reach. */
  readonly connection: ClientConfig
  /** As the server says it: `18.4`. */
  readonly version: string
  /** True where the server was running already, left by a process that died or started by another. */
  readonly adopted: boolean
  /** Stops the server unless other processes still use it; the next start needs no recovery. Idempotent. */
  stop(): Promise<void>
  /** As `stop` where it was started here; one that was running already is left running. Idempotent. */
  leave(): Promise<void>
}

const START_TIMEOUT_MS = 60_000
/** A fast shutdown ends within this; after it, an immediate one, which costs a recovery at the next start. */
const FAST_STOP_MS = 2_500
const RETRY_MS = 15
/** The server notices within this that a client has gone. */
const LISTED_FOR_MS = 500

function launch(place: Place, as: RunAs, binaries: Binaries): { readonly exited: () => boolean } {
  const settings = Object.entries({ ...SERVER_SETTINGS, unix_socket_directories: place.socketFolder })
  const args = ['-D', place.cluster, '-p', String(PORT), ...settings.flatMap(([k, v]) => ['-c', `${k}=${v}`])]
  mkdirSync(place.socketFolder, { recursive: true, mode: 0o700 })
  if (place.socketFolder !== place.cluster) {
    chmodSync(place.socketFolder, 0o700)
    if (as.ids !== null) chownSync(place.socketFolder, as.ids.uid, as.ids.gid)
  }
  const log = openSync(place.logFile, 'w', 0o600)
  const { file, args: line, ids } = as.command(binaries.postgres, args)
  // Its own session: Ctrl-C in a terminal reaches Node alone, which stops the server after its last write.
  const child = spawn(file, line, {
    ...ids,
    env: binaries.env,
    cwd: '/',
    detached: true,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  let ended = false
  child.on('error', () => {
    ended = true
  })
  child.on('exit', () => {
    ended = true
  })
  child.unref()
  return { exited: () => ended }
}

/**
 * Starts until it answers. A server that dies at once may have met the remains of a killed one: once more.
 */
async function startServer(place: Place, as: RunAs, binaries: Binaries, timeoutMs: number): Promise<string> {
  const giveUpAtMs = performance.now() + timeoutMs
  let server = launch(place, as, binaries)
  while (performance.now() < giveUpAtMs) {
    const version = await ask(place)
    if (version !== null) return version
    if (server.exited() && (await runningPid(place)) === null) {
      const said = await readFile(place.logFile, 'utf8').catch(() => '')
      if (!/pre-existing shared memory|lock file/.test(said)) throw startFailure(said, place.logFile)
      server = launch(place, as, binaries)
      await delay(RETRY_MS * 10)
    }
    await delay(RETRY_MS)
  }
  throw startFailure(await readFile(place.logFile, 'utf8').catch(() => ''), place.logFile)
}

/** A connection that was closed a moment ago may still be listed: only who is listed for longer uses it. */
async function isStillUsed(place: Place): Promise<boolean> {
  const giveUpAtMs = performance.now() + LISTED_FOR_MS
  while (await othersConnected(place)) {
    if (performance.now() > giveUpAtMs) return true
    await delay(RETRY_MS)
  }
  return false
}

/** It may end by itself, or by somebody else, at any moment. */
function tell(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

async function stopServer(place: Place): Promise<void> {
  const pid = await runningPid(place)
  if (pid === null || (await isStillUsed(place))) return
  tell(pid, 'SIGINT')
  const immediateAtMs = performance.now() + FAST_STOP_MS
  let hurried = false
  while (exists(pid) && (await runningPid(place)) === pid) {
    if (!hurried && performance.now() > immediateAtMs) {
      tell(pid, 'SIGQUIT')
      hurried = true
    }
    await delay(RETRY_MS)
  }
}

/**
 * The server of `dataDir`: a new one in a new folder (a few seconds), the one of the folder (under a second),
 * or the one that still runs there. Killed, it is started again until `stop` or `leave`; it survives the
 * death of this process. As root it runs as another user. Rejects with what to do.
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  if (process.platform === 'win32') {
    throw new SetupError(
      'the embedded PostgreSQL needs unix sockets, which Windows has not',
      'set BCT_DATABASE_URL to a PostgreSQL server of your own',
    )
  }
  const place = placeOf(options.dataDir)
  const timeoutMs = options.startTimeoutMs ?? START_TIMEOUT_MS
  await mkdir(place.root, { recursive: true })
  return withStartLock(place.root, timeoutMs, async () => {
    const { version, adopted } = await ensureRunning(place, timeoutMs)
    const again = () => withStartLock(place.root, timeoutMs, () => ensureRunning(place, timeoutMs))
    return handleOf(place, version, adopted, await keepRunning(place, again))
  })
}

/** Under the lock. */
async function ensureRunning(
  place: Place,
  timeoutMs: number,
): Promise<Pick<EmbeddedPostgres, 'version' | 'adopted'>> {
  const running = (await runningPid(place)) === null ? null : await ask(place)
  return { version: running ?? (await startHere(place, timeoutMs)), adopted: running !== null }
}

/** A new server, its folder made where it is missing. */
async function startHere(place: Place, timeoutMs: number): Promise<string> {
  const binaries = await findBinaries(join(place.root, 'lib'))
  const as = await chooseUser(place.cluster, [binaries.postgres, place.root])
  if ((await stat(join(place.cluster, 'PG_VERSION')).catch(() => null)) === null) {
    await makeCluster(place, as, binaries)
  }
  await checkVersion(place, binaries)
  await chmod(place.cluster, 0o700)
  return startServer(place, as, binaries, timeoutMs)
}

function handleOf(place: Place, version: string, adopted: boolean, presence: Presence): EmbeddedPostgres {
  let stopped: Promise<void> | null = null
  const stop = async (): Promise<void> => {
    // Before the lock, which a start that is under way holds.
    await presence.end()
    await withStartLock(place.root, START_TIMEOUT_MS, () => stopServer(place))
  }
  return {
    connection: connectionTo(place),
    version,
    adopted,
    stop: () => {
      stopped ??= stop()
      return stopped
    },
    leave: () => {
      stopped ??= adopted ? presence.end() : stop()
      return stopped
    },
  }
}
