// Leases as advisory locks: held by a connection of their own, so that they end when their holder does.
import { createHash } from 'node:crypto'
import pg from 'pg'
import type { Lease } from '../ports.ts'
import { pause } from '../runtime/pause.ts'
import { asOutage } from './outage.ts'

/** How often a waiting process asks again, and a holding one makes sure that its connection lives. */
const WAIT_MS = 500
const HEARTBEAT_MS = 5_000
/** A heartbeat that is not answered within this counts as a lost connection. */
const HEARTBEAT_TIMEOUT_MS = 5_000
/** A server that stands still takes connections and says nothing on them. */
const CONNECT_TIMEOUT_MS = 5_000

function lockIds(schema: string, name: string): readonly [number, number] {
  const digest = createHash('sha256')
    .update(JSON.stringify([schema, name]))
    .digest()
  return [digest.readInt32BE(0), digest.readInt32BE(4)]
}

async function connectHolder(connection: pg.ClientConfig, lost: AbortController): Promise<pg.Client> {
  const client = new pg.Client({
    ...connection,
    keepAlive: true,
    keepAliveInitialDelayMillis: HEARTBEAT_MS,
    query_timeout: HEARTBEAT_TIMEOUT_MS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  })
  client.on('error', error => lost.abort(error))
  client.on('end', () => lost.abort(new Error('the connection that held the lease has ended')))
  await client.connect()
  return client
}

/** See `Store.acquireLease`. */
export async function acquireLease(
  connection: pg.ClientConfig,
  schema: string,
  name: string,
  signal: AbortSignal,
): Promise<Lease> {
  signal.throwIfAborted()
  const lost = new AbortController()
  let client: pg.Client | null = null
  try {
    client = await connectHolder(connection, lost)
    for (;;) {
      signal.throwIfAborted()
      const { rows } = await client.query<{ held: boolean }>(
        'SELECT pg_try_advisory_lock($1, $2) AS held',
        lockIds(schema, name).slice(),
      )
      if (rows[0]?.held) break
      await pause(WAIT_MS, signal)
    }
  } catch (error) {
    await client?.end().catch(() => {})
    throw asOutage(error)
  }
  return holdLease(client, lost)
}

function holdLease(client: pg.Client, lost: AbortController): Lease {
  const heartbeat = setInterval(() => {
    client.query('SELECT 1').catch((error: unknown) => lost.abort(error))
  }, HEARTBEAT_MS)
  heartbeat.unref()
  lost.signal.addEventListener('abort', () => clearInterval(heartbeat))
  let released = false
  return {
    lost: lost.signal,
    async release() {
      if (released) return
      released = true
      clearInterval(heartbeat)
      // Ending the connection frees the lock, and cannot half-succeed.
      await client.end().catch(() => {})
    },
  }
}
