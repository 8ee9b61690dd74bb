// One process at a time starts or stops an embedded server: a lock file that dies with its holder.
import { randomUUID } from 'node:crypto'
import { link, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { SetupError } from '../ports.ts'
import { exists } from '../runtime/process-identity.ts'

const LOCK = 'start.lock'
const RETRY_MS = 20

/** Runs `work` while no other process does so in this folder; rejects after `timeoutMs` of waiting. */
export async function withStartLock<T>(root: string, timeoutMs: number, work: () => Promise<T>): Promise<T> {
  const lock = join(root, LOCK)
  const giveUpAtMs = performance.now() + timeoutMs
  const token = `${process.pid} ${randomUUID()}`
  const mine = join(root, `${LOCK}-${token.replace(' ', '-')}`)
  await writeFile(mine, token, { mode: 0o600 })
  try {
    // A link is made whole or not at all, and by one process only.
    while (!(await linked(mine, lock))) {
      await removeIfOrphaned(root, lock, mine)
      if (performance.now() > giveUpAtMs) {
        throw new SetupError(
          `another process starts or stops PostgreSQL in ${root}`,
          `wait for it; if there is none, remove ${lock}`,
        )
      }
      await delay(RETRY_MS)
    }
    try {
      return await work()
    } finally {
      await rm(lock, { force: true })
    }
  } finally {
    await rm(mine, { force: true })
  }
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/**
 * Removes the lock of a holder that is dead. Two who see the same dead holder must not remove each other's
 * new lock: only one of them ever gets the right to clean up after this holder.
 */
async function removeIfOrphaned(root: string, lock: string, mine: string): Promise<void> {
  const token = await readFile(lock, 'utf8').catch(() => '')
  const pid = Number.parseInt(token, 10)
  if (!(pid > 0) || exists(pid)) return
  const right = join(root, `${LOCK}-cleaned-${token.replace(' ', '-')}`)
  if (!(await linked(mine, right))) return
  await rm(lock, { force: true })
  await rm(join(root, `${LOCK}-${token.replace(' ', '-')}`), { force: true })
}
