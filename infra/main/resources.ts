// Opens the log and the store of one data folder, and closes them in the right order.
import { join } from 'node:path'
import { openLmdbLog } from '../lmdb/log.ts'
import type { EventLog } from '../ports.ts'
import { startEmbeddedPostgres } from '../postgres/embedded.ts'
import { openPostgresStore, type PostgresStore } from '../postgres/store.ts'
import type { Config } from './config.ts'

export interface Resources {
  readonly log: EventLog
  /** For another process on the same log. */
  readonly logDir: string
  readonly store: PostgresStore
  /** Idempotent. */
  close(): Promise<void>
}

/** Rejects, with nothing left open, where one of them cannot be opened. `say` hears of what takes long. */
export async function openResources(
  config: Config,
  dir: string,
  say: (text: string) => void = () => {},
): Promise<Resources> {
  const logDir = join(dir, 'log')
  const log = await openLmdbLog({ dir: logDir, partitions: config.partitions })
  try {
    const database = await openDatabase(config, dir, say)
    const { store } = database
    let closing: Promise<void> | null = null
    const close = async (): Promise<void> => {
      await log.close()
      await store.close()
      await database.stop()
    }
    return {
      log,
      logDir,
      store,
      close: () => {
        closing ??= close()
        return closing
      },
    }
  } catch (error) {
    await log.close()
    throw error
  }
}

async function openDatabase(
  config: Config,
  dir: string,
  say: (text: string) => void,
): Promise<{ readonly store: PostgresStore; stop(): Promise<void> }> {
  const { databaseUrl, dbSchema: schema, retentionDays, timescale } = config
  const options = { schema, retentionDays, timescale, say }
  if (databaseUrl !== null) {
    const store = await openPostgresStore({ connection: { connectionString: databaseUrl }, ...options })
    return { store, stop: async () => {} }
  }
  const server = await startEmbeddedPostgres({ dataDir: join(dir, 'postgres') })
  try {
    const store = await openPostgresStore({ connection: server.connection, ...options })
    return { store, stop: () => server.stop() }
  } catch (error) {
    await server.stop()
    throw error
  }
}
