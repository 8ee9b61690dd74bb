// Which port to take when the usual one is taken.

/** How many ports above the default are tried before giving up. */
const TRIES = 20

export interface ListenOptions<T> {
  readonly port: number
  /** True where somebody asked for this very port: then no other will do. */
  readonly explicit: boolean
  /** Listens, or rejects with `EADDRINUSE`. */
  readonly listen: (port: number) => Promise<T>
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
}

/**
 * Listens at `port`; where that is taken and nobody asked for it by name, at the next free one.
 * `movedFrom` is the port that was taken, or null.
 * @throws what `listen` threw last.
 */
export async function listenSomewhere<T>(options: ListenOptions<T>): Promise<{
  readonly server: T
  readonly movedFrom: number | null
}> {
  const { port, explicit, listen } = options
  const last = explicit || port === 0 ? port : port + TRIES
  for (let candidate = port; ; candidate++) {
    try {
      return { server: await listen(candidate), movedFrom: candidate === port ? null : port }
    } catch (error) {
      if (!isTaken(error) || candidate >= last) throw error
    }
  }
}
