// A small file that several processes may want to make at once: it is there whole, by one of them, or not.
import { randomUUID } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, linkSync, openSync, rmSync, writeSync } from 'node:fs'

/** Leaves a file alone that is there already. Nobody ever reads a part of it, whenever this process dies. */
export function createOnce(file: string, text: string): void {
  const draft = `${file}.${randomUUID()}`
  const handle = openSync(draft, 'wx')
  try {
    writeSync(handle, text)
    fsyncSync(handle)
    linkSync(draft, file)
  } catch (error) {
    if (!existsSync(file)) throw error
  } finally {
    closeSync(handle)
    rmSync(draft, { force: true })
  }
}
