// What begins when the past is in the log, and can be closed before it is.

export interface Closable {
  /** Rejects with what stopped it. */
  readonly done: Promise<unknown>
  close(): Promise<void>
}

/** Resolves when the past is written or the signal aborts: true where there is still something to begin. */
async function begins(pastWritten: Promise<void>, signal: AbortSignal): Promise<boolean> {
  const aborted = new Promise<void>(resolve => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
  await Promise.race([pastWritten, aborted])
  return !signal.aborted
}

/** Works from when the past is written until `stop`, or until it is closed. */
export function workAfterPast(
  { pastWritten, stop }: { readonly pastWritten: Promise<void>; readonly stop: AbortSignal },
  work: (signal: AbortSignal) => Promise<unknown>,
): Closable {
  const closed = new AbortController()
  const signal = AbortSignal.any([stop, closed.signal])
  const done = begins(pastWritten, signal).then(isDue => (isDue ? work(signal) : undefined))
  return {
    done,
    close: async () => {
      closed.abort()
      await done
    },
  }
}

/** Opens something when the past is written; it runs until it is closed. */
export function openAfterPast(pastWritten: Promise<void>, open: () => Promise<Closable>): Closable {
  const closed = new AbortController()
  let opened: Closable | null = null
  const started = begins(pastWritten, closed.signal).then(async isDue => {
    if (isDue) opened = await open()
  })
  return {
    done: started.then(() => opened?.done),
    close: async () => {
      closed.abort()
      await started
      await opened?.close()
    },
  }
}
