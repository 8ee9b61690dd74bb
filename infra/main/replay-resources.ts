// What a replay is given: a log to read, a store for its results, and the table of replays. Nothing that
// could mail, poll or publish.
import type { EventLog } from '../ports.ts'
import { openReplayStore, type ReplayStore } from '../postgres/replays/replay-store.ts'
import { openReplays, type Replays } from '../postgres/replays/replays.ts'
import type { Config, Mode } from './config.ts'
import { openDatabaseServer } from './database-server.ts'
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
    const database = await openDatabaseServer(config, mode)
    const { connection } = database
    const replays = openReplays(connection)
    return {
      log,
      replays,
      openStore: schema => openReplayStore(connection, schema),
      close: async () => {
        await replays.close()
        await log.close()
        await database.leave()
      },
    }
  } catch (error) {
    await log.close()
    throw error
  }
}
