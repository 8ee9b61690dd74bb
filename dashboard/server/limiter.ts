// A bound on work done side by side: the history gets a few questions at a time, the others wait their turn.

/** Runs tasks in order, at most `width` at a time. */
export function createLimiter(width: number): <T>(task: () => Promise<T>) => Promise<T> {
  let free = width
  const waiting: (() => void)[] = []
  return async task => {
    if (free > 0) free--
    else await new Promise<void>(resolve => waiting.push(resolve))
    try {
      return await task()
    } finally {
      const next = waiting.shift()
      if (next === undefined) free++
      else next()
    }
  }
}
