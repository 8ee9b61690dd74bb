// Wakes those who wait for the log to change: at once within the process, by the file's changes across
// processes.
import { type FSWatcher, watch as watchFile } from 'node:fs'

/** Without word from the system, changes of other processes are looked for this often: one key is read. */
const LOOK_EVERY_MS = 20
/** Where the system tells of changes, looking is only a net under it: waiting costs next to nothing. */
const LOOK_EVERY_TOLD_MS = 250

export interface Watch {
  /** Resolves when `ready` holds, looked at after each change, when the signal aborts, or on `close`. */
  until(ready: () => boolean, signal: AbortSignal): Promise<void>
  /** Calls `listener` after each change until the returned function is called. */
  subscribe(listener: () => void): () => void
  /** This process has changed something. */
  changed(): void
  /** Lets go of all who wait. */
  close(): void
}

/** Watches `file`, whose changes raise `version`; only while somebody waits. */
export function createWatch(file: string, version: () => number): Watch {
  const listeners = new Set<() => void>()
  let looking: Looking | null = null
  let seen = -1
  let closed = false

  const notify = (): void => {
    for (const listener of [...listeners]) listener()
  }
  const look = (): void => {
    const now = version()
    if (now === seen) return
    seen = now
    notify()
  }
  const subscribe = (listener: () => void): (() => void) => {
    listeners.add(listener)
    looking ??= startLooking(file, look)
    return () => {
      listeners.delete(listener)
      if (listeners.size > 0 || looking === null) return
      looking.stop()
      looking = null
    }
  }

  return {
    subscribe,
    changed: notify,
    close: () => {
      closed = true
      notify()
    },
    until: (ready, signal) =>
      new Promise((resolve, reject) => {
        let unsubscribe = (): void => {}
        const end = (settle: () => void): void => {
          unsubscribe()
          signal.removeEventListener('abort', check)
          settle()
        }
        const check = (): void => {
          try {
            if (closed || signal.aborted || ready()) end(resolve)
          } catch (error) {
            end(() => reject(error))
          }
        }
        unsubscribe = subscribe(check)
        signal.addEventListener('abort', check)
        check()
      }),
  }
}

interface Looking {
  stop(): void
}

/** Linux tells of each write to the file, also by other processes; elsewhere it comes late or not at all. */
function startLooking(file: string, look: () => void): Looking {
  const watcher = process.platform === 'linux' ? tryToWatch(file, look) : null
  const timer = setInterval(look, watcher === null ? LOOK_EVERY_MS : LOOK_EVERY_TOLD_MS)
  return {
    stop: () => {
      clearInterval(timer)
      watcher?.close()
    },
  }
}

/** Null where the system has no watches left to give. */
function tryToWatch(file: string, look: () => void): FSWatcher | null {
  try {
    const watcher = watchFile(file, look)
    watcher.on('error', () => watcher.close())
    return watcher
  } catch {
    return null
  }
}
