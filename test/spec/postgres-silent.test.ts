// A server that stands still: it takes connections, and says nothing on them.
import { type AddressInfo, createServer, type Server, Socket } from 'node:net'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { OutageError } from '../../infra/ports.ts'
import { acquireLease } from '../../infra/postgres/lease.ts'
import { withOutages } from '../../infra/postgres/outage.ts'
import { createPool } from '../../infra/postgres/pool.ts'

let server: Server
const sockets = new Set<Socket>()
beforeEach(async () => {
  server = createServer(socket => sockets.add(socket))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
})
afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  await new Promise(resolve => server.close(resolve))
})

test('[S30] a silent server is an outage in time, for leases as for pools, and one that vanishes is noticed', async () => {
  const keepAlive = vi.spyOn(Socket.prototype, 'setKeepAlive')
  const { port } = server.address() as AddressInfo
  const connection = { host: '127.0.0.1', port, user: 'nobody', database: 'none' }
  const pool = createPool(connection, 1, 'SELECT 1')
  const outcomes = await Promise.allSettled([
    acquireLease(connection, 'bct', 'poll', new AbortController().signal),
    withOutages(() => pool.connect()),
  ])
  for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: expect.any(OutageError) })
  expect(keepAlive).toHaveBeenCalledTimes(2)
  // Without a delay the system's holds: two hours.
  for (const [, delayMs] of keepAlive.mock.calls) expect(delayMs).toBeGreaterThan(0)
  await pool.end()
}, 30_000)
