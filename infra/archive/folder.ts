// Reports in a folder: each file whole or not at all, on the disk when it is acknowledged, never changed.
import { createHash, randomUUID } from 'node:crypto'
import { type FileHandle, link, mkdir, open, readdir, readFile, rm } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import { type ArchivedFile, OutageError, type ReportArchive, SetupError } from '../ports.ts'

const NEW = /\.new-[0-9a-f-]{36}$/
/** They pass when somebody makes room or a disk comes back. */
const PASSING = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'ESTALE', 'EBUSY', 'EMFILE', 'ENFILE'])

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : ''

function asTrouble(error: unknown, dir: string): unknown {
  const code = codeOf(error)
  if (code === '' || !(error instanceof Error)) return error
  if (PASSING.has(code))
    return new OutageError(code, `the report archive ${dir}: ${error.message}`, { cause: error })
  const fix = 'name a folder that can be written to with --report-archive, or check who owns it'
  return new SetupError(`reports cannot be kept in ${dir}: ${error.message}`, fix, { cause: error })
}

async function synced(path: string, flags: string, work: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, flags)
  try {
    await work(file)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function readOrNull(file: string): Promise<Uint8Array | null> {
  try {
    return await readFile(file)
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(codeOf(error))) return null
    throw error
  }
}

/** The folders that were made for it are on the disk, too. */
async function syncFolders(from: string, root: string): Promise<void> {
  for (let dir = from; dir.length >= root.length; dir = dirname(dir)) {
    await synced(dir, 'r', async () => {})
    if (dir === dirname(dir)) return
  }
}

async function write(file: string, content: Uint8Array, root: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  const made = `${file}.new-${randomUUID()}`
  try {
    await synced(made, 'wx', handle => handle.writeFile(content))
    // A link, unlike a rename, never takes the place of a file.
    await link(made, file)
  } finally {
    await rm(made, { force: true })
  }
  await syncFolders(dirname(file), root)
}

/** `dir` is made when the first report is kept. Rejects with `SetupError` where it cannot be written to. */
export function createFolderArchive(dir: string): ReportArchive {
  const root = resolve(dir)
  const fileOf = (path: string): string => {
    const file = join(root, path)
    if (!file.startsWith(root + sep))
      throw new RangeError(`${JSON.stringify(path)} is outside of the archive`)
    return file
  }
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      throw asTrouble(error, root)
    }
  }

  async function put(path: string, content: Uint8Array): Promise<ArchivedFile> {
    const file = fileOf(path)
    try {
      await write(file, content, root)
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error
    }
    const there = await readFile(file)
    if (Buffer.compare(there, content) !== 0) throw new Error(`${path} holds something else in ${root}`)
    return { path, bytes: content.length, sha256: createHash('sha256').update(there).digest('hex') }
  }

  return {
    place: root,
    put: (path, content) => guarded(() => put(path, content)),
    get: path => guarded(() => readOrNull(fileOf(path))),
    list: prefix =>
      guarded(async () => {
        const below = prefix.slice(0, prefix.lastIndexOf('/') + 1)
        const entries = await readdir(join(root, below), { recursive: true, withFileTypes: true }).catch(
          (error: unknown) => {
            if (codeOf(error) === 'ENOENT') return []
            throw error
          },
        )
        const paths = entries
          .filter(entry => entry.isFile() && !NEW.test(entry.name))
          .map(entry =>
            join(entry.parentPath, entry.name)
              .slice(root.length + 1)
              .replaceAll(sep, '/'),
          )
        return paths.filter(path => path.startsWith(prefix)).sort()
      }),
  }
}
