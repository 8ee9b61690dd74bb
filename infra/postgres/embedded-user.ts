// As whom the embedded server runs: PostgreSQL refuses root, so a root process hands it to somebody else.
import { spawnSync } from 'node:child_process'
import { readFile, stat } from 'node:fs/promises'
import { SetupError } from '../ports.ts'

/** How to start a program of the server. */
export interface RunAs {
  /** Absent: as ourselves. */
  readonly ids: { readonly uid: number; readonly gid: number } | null
  /** The command line that starts `program` with `args` as that user. */
  command(
    program: string,
    args: readonly string[],
  ): {
    readonly file: string
    readonly args: readonly string[]
    readonly ids: { readonly uid?: number; readonly gid?: number }
  }
}

/** The overflow user of every Unix: there even where no user database is. */
const NOBODY = { uid: 65_534, gid: 65_534 }
const OWN: RunAs = { ids: null, command: (file, args) => ({ file, args, ids: {} }) }

async function idsOf(user: string): Promise<{ uid: number; gid: number } | null> {
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '')
  const fields = passwd
    .split('\n')
    .find(line => line.startsWith(`${user}:`))
    ?.split(':')
  return fields === undefined ? null : { uid: Number(fields[2]), gid: Number(fields[3]) }
}

function canReach(path: string, ids: { uid: number; gid: number }): boolean {
  return spawnSync('test', ['-x', path], { ...ids, stdio: 'ignore' }).status === 0
}

/**
 * Not root: ourselves. Root: the owner of an existing cluster, else the user `postgres`, else `nobody`. Where
 * that user cannot reach the programs or the data (a project below /root), it is given root's right to pass
 * folders, and nothing else, through `setpriv`.
 */
export async function chooseUser(cluster: string, mustReach: readonly string[]): Promise<RunAs> {
  if (process.getuid?.() !== 0) return OWN
  const owner = await stat(cluster).catch(() => null)
  const ids =
    owner !== null && owner.uid !== 0
      ? { uid: owner.uid, gid: owner.gid }
      : ((await idsOf('postgres')) ?? NOBODY)
  if (mustReach.every(path => canReach(path, ids))) {
    return { ids, command: (file, args) => ({ file, args, ids }) }
  }
  const flags = [
    `--reuid=${ids.uid}`,
    `--regid=${ids.gid}`,
    '--clear-groups',
    '--inh-caps=+dac_override',
    '--ambient-caps=+dac_override',
  ]
  const command: RunAs['command'] = (file, args) => ({
    file: 'setpriv',
    args: [...flags, file, ...args],
    ids: {},
  })
  const probe = command('test', ['-x', mustReach[0] ?? '/'])
  if (spawnSync(probe.file, probe.args, { stdio: 'ignore' }).status === 0) return { ids, command }
  throw new SetupError(
    `the PostgreSQL server must not run as root, and user ${ids.uid} cannot reach ${mustReach.join(' and ')}`,
    'run as a normal user, or move the project and its data below a folder that others may enter (not /root)',
  )
}
