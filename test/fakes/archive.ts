// An archive of reports in memory.
import { createHash } from 'node:crypto'
import type { ReportArchive } from '../../infra/ports.ts'

export interface FakeArchive extends ReportArchive {
  /** Everything that stands in it, by path. */
  readonly files: ReadonlyMap<string, Uint8Array>
  /** How often something new was put there. */
  readonly puts: number
}

export function createFakeArchive(): FakeArchive {
  const files = new Map<string, Uint8Array>()
  let puts = 0
  return {
    files,
    get puts() {
      return puts
    },
    place: 'memory',
    async put(path, content) {
      const known = files.get(path)
      if (known !== undefined && Buffer.compare(known, content) !== 0) {
        throw new Error(`${path} holds something else`)
      }
      if (known === undefined) {
        files.set(path, content.slice())
        puts += 1
      }
      const sha256 = createHash('sha256').update(content).digest('hex')
      return { path, bytes: content.length, sha256 }
    },
    async get(path) {
      return files.get(path)?.slice() ?? null
    },
    async list(prefix) {
      return [...files.keys()].filter(path => path.startsWith(prefix)).sort()
    },
  }
}
