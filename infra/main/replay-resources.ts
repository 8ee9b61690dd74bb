// What a replay is given: a log to read, a store for its results, and the table of replays. Nothing that
// could mail, poll or publish.
import { join } from 'node:path'
import type { EventLog } from '../ports.ts'
import { startEmbeddedPostgres } from '../postgres/embedded.ts'
import { openReplayStore, type ReplayStore } from '../postgres/replays/replay-store.ts'
import { openReplays, type Replays } from '../postgres/replays/replays.ts'
import { type Config, type Mode, modeDir } from './config.ts'
import { openExistingLog } from './open-log.ts'

/** Everything that a replay, or a question about one, may touch. */
export interface ReplayParts {
  readonly log: EventLog
  readonly replays: Replays
  /** The tables of one replay, to be closed by the caller. */
  openStore(schema: string): Promise<ReplayStore>
  close(): Promise<void>
}

/**
 * Opens them, beside a running tracker or alone. A database server that was running already is left running,
 * whoever started it.
 */
export async function openReplayParts(config: Config, mode: Mode): Promise<ReplayParts> {
  const log = await openExistingLog(config, mode)
  try {
    const database = await openDatabase(config, mode)
    const { connection } = database
    const replays = openReplays(connection)
    return {
      log,
      replays,
      openStore: schema => openReplayStore(connection, schema),
      close: async () => {
        await log.close()
        await replays.close()
        await database.stop()
      },
    }
  } catch (error) {
    await log.close()
    throw error
  }
}

async function openDatabase(config: Config, mode: Mode) {
  const { databaseUrl } = config
  if (databaseUrl !== null) return { connection: { connectionString: databaseUrl }, stop: async () => {} }
  const dataDir = join(modeDir(config, mode), 'postgres')
  const server = await startEmbeddedPostgres({ dataDir })
  return { connection: server.connection, stop: server.adopted ? async () => {} : () => server.stop() }
}
