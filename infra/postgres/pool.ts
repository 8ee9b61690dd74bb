// Pools of connections, and one connection at a time from them.
import pg from 'pg'

const CONNECT_TIMEOUT_MS = 5_000
/**
 * A server that vanished without a word is noticed after minutes. Without a delay of our own the system's
 * holds, which is two hours.
 */
const KEEP_ALIVE_DELAY_MS = 10_000

/** A pool whose connections are set up before anybody gets them. */
export function createPool(connection: pg.ClientConfig, max: number, setup: string): pg.Pool {
  const pool = new pg.Pool({
    ...connection,
    max,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_DELAY_MS,
    // The pool waits for the promise, whatever its type says.
    onConnect: client => client.query(setup) as unknown as undefined,
  })
  // A connection that dies while idle is replaced at the next use; without a listener it would end the
  // process.
  pool.on('error', () => {})
  pool.on('connect', client => client.on('error', () => {}))
  return pool
}

/** Runs `work` on one connection; after a failure that is not used again: its past is unknown. */
export async function usingClient<T>(
  pool: Pick<pg.Pool, 'connect'>,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect()
  let failure: Error | undefined
  try {
    return await work(client)
  } catch (error) {
    failure = error as Error
    throw error
  } finally {
    client.release(failure)
  }
}
