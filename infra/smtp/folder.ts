// Mail without a mail server: one file for each letter, as any mail program opens it.
import { randomUUID } from 'node:crypto'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { type Mailer, OutageError, SetupError } from '../ports.ts'
import { isMailAddress, messageIdOf, mimeOf, parseSender } from './mime.ts'

export interface MailFolderOptions {
  /** Made where it is missing. */
  readonly dir: string
  /** `Name <address>`, or an address alone. */
  readonly from: string
}

/** What a person has to change; anything else that a disk does may go better later. */
const NOT_ALLOWED = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EISDIR', 'EEXIST', 'ENAMETOOLONG'])

function troubleOf(error: unknown, dir: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === undefined) return error
  if (NOT_ALLOWED.has(code)) {
    return new SetupError(`the mail folder cannot be written: ${message}`, `make ${dir} writable`, {
      cause: error,
    })
  }
  return new OutageError(`mail-folder-${code.toLowerCase()}`, message, { cause: error })
}

async function syncFolder(dir: string): Promise<void> {
  // Windows opens no folder, and keeps names by itself.
  if (process.platform === 'win32') return
  const folder = await open(dir, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

const exists = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  )

/** Writes the file whole or not at all; on disk, name included, when it resolves. */
async function writeDurably(file: string, content: Uint8Array): Promise<void> {
  const temporary = `${file}.${randomUUID()}.part`
  try {
    const handle = await open(temporary, 'w', 0o600)
    try {
      await handle.writeFile(content)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, file)
    await syncFolder(path.dirname(file))
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

/**
 * Letters as `<id>.eml` in a folder, readable by their owner alone: links in them act for whoever holds them.
 * A letter that is there already is left as it is. Who should get it stands in the file; nobody does.
 */
export function createMailFolder({ dir, from }: MailFolderOptions): Mailer {
  const sender = parseSender(from)
  let closed = false
  return {
    place: dir,
    isReal: false,
    async send(letter, signal) {
      signal.throwIfAborted()
      if (closed) throw new Error('this mailer is closed')
      if (!isMailAddress(letter.to)) {
        return { kind: 'refused', what: 'address', answer: 'not an e-mail address' }
      }
      messageIdOf(letter.id, sender.domain)
      const file = path.join(dir, `${letter.id}.eml`)
      try {
        await mkdir(dir, { recursive: true, mode: 0o700 })
        if (!(await exists(file))) await writeDurably(file, await mimeOf(letter, sender))
      } catch (error) {
        throw troubleOf(error, dir)
      }
      return { kind: 'accepted' }
    },
    async close() {
      closed = true
    },
  }
}
