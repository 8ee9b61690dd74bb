// Wakes those who wait for the log to change: at once within the process, by cheap polling across processes.

/**
 * Changes of other processes are seen this late at most, and a little. One key is read per look, and only while
 * somebody waits: about 0.2 % of a core.
 */
const LOOK_EVERY_MS = 15

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

export function createWatch(version: () => number): Watch {
  const listeners = new Set<() => void>()
  let timer: NodeJS.Timeout | null = null
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
    timer ??= setInterval(look, LOOK_EVERY_MS)
    return () => {
      listeners.delete(listener)
      if (listeners.size > 0 || timer === null) return
      clearInterval(timer)
      timer = null
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
