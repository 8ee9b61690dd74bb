// The folder of an embedded server's cluster: made whole, and refused where another version wrote it.
import { spawn } from 'node:child_process'
import { chown, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { SetupError } from '../ports.ts'
import type { Binaries } from './embedded-binaries.ts'
import { type Place, SUPERUSER } from './embedded-place.ts'
import { startFailure } from './embedded-settings.ts'
import type { RunAs } from './embedded-user.ts'

/** Runs a program to its end; resolves with what it said. */
function run(
  place: Place,
  as: RunAs,
  binaries: Binaries,
  program: string,
  args: readonly string[],
): Promise<void> {
  const { file, args: line, ids } = as.command(program, args)
  return new Promise((done, failed) => {
    const child = spawn(file, line, {
      ...ids,
      env: binaries.env,
      cwd: '/',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let said = ''
    const listen = (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4_000)
    }
    child.stdout.on('data', listen)
    child.stderr.on('data', listen)
    child.on('error', failed)
    child.on('close', code => (code === 0 ? done() : failed(startFailure(said, place.logFile))))
  })
}

/**
 * A new cluster appears under its name only when it is whole, so that a crash here leaves nothing to repair.
 */
export async function makeCluster(place: Place, as: RunAs, binaries: Binaries): Promise<void> {
  for (const name of await readdir(place.root)) {
    if (name.startsWith('new-')) await rm(join(place.root, name), { recursive: true, force: true })
  }
  const fresh = join(place.root, `new-${process.pid}`)
  await mkdir(fresh, { mode: 0o700 })
  if (as.ids !== null) await chown(fresh, as.ids.uid, as.ids.gid)
  const flags = [
    '--auth-local=trust',
    '--auth-host=reject',
    '--encoding=UTF8',
    '--locale=C',
    '--data-checksums',
  ]
  await run(place, as, binaries, binaries.initdb, [
    `--pgdata=${fresh}`,
    `--username=${SUPERUSER}`,
    '--no-instructions',
    '--no-sync',
    ...flags,
  ])
  await rename(fresh, place.cluster)
}

/** Rejects where the folder was written by another major version. */
export async function checkVersion(place: Place, binaries: Binaries): Promise<void> {
  const held = (await readFile(join(place.cluster, 'PG_VERSION'), 'utf8')).trim()
  const package_ = await readFile(join(binaries.postgres, '../../..', 'package.json'), 'utf8')
  const ours = (JSON.parse(package_) as { version: string }).version.split('.')[0]
  if (held === ours) return
  throw new SetupError(
    `${place.cluster} was written by PostgreSQL ${held}, this version runs ${ours}`,
    'move the folder away: the tables are built again from the log; or run the version before, and pg_dump ' +
      'what you want to keep',
  )
}
