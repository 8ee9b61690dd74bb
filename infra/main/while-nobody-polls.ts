// For tools that write into a log: nobody polls into it meanwhile.
import { POLL_LEASE } from '../../producers/poll-lease.ts'
import { OutageError } from '../ports.ts'
import { acquireLease } from '../postgres/lease.ts'
import { type Config, type Mode, modeDir, storeSchema } from './config.ts'
import { openDatabaseServer } from './database-server.ts'
import { CommandError, EXIT } from './errors.ts'
import { readRunFiles } from './run-file.ts'

/** A poller that is just stopping is waited for so long. */
const LEASE_WITHIN_MS = 2_000
const FIX = 'stop it, import, and start it again'

/**
 * A poller that runs would append ticks between ours. Processes of the data folder are found there; of a log
 * that machines share, the lease to poll is held here meanwhile. `work` is to stop where its signal aborts.
 */
export async function whileNobodyPolls<T>(
  config: Config,
  mode: Mode,
  work: (lost: AbortSignal) => Promise<T>,
): Promise<T> {
  const run = readRunFiles(modeDir(config, mode))[0]
  if (run !== undefined) {
    throw new CommandError(EXIT.precondition, `a tracker (process ${run.pid}) runs on this log`, FIX)
  }
  if (config.log === 'embedded') return work(new AbortController().signal)
  const server = await openDatabaseServer(config, mode)
  try {
    const lease = await pollLease(server.connection, storeSchema(config, mode))
    try {
      const result = await work(lease.lost)
      if (!lease.lost.aborted) return result
      throw new OutageError('lease-lost', 'the database let go of the lease to poll')
    } finally {
      await lease.release()
    }
  } finally {
    await server.leave()
  }
}

async function pollLease(connection: Parameters<typeof acquireLease>[0], schema: string) {
  const waited = AbortSignal.timeout(LEASE_WITHIN_MS)
  try {
    return await acquireLease(connection, schema, POLL_LEASE, waited)
  } catch (error) {
    if (!waited.aborted) throw error
    throw new CommandError(EXIT.precondition, 'a tracker, here or elsewhere, polls into this log', FIX)
  }
}
