// Opens the log and the store of one data folder, and closes them in the right order.
import { join } from 'node:path'
import type { EventLog } from '../ports.ts'
import { startEmbeddedPostgres } from '../postgres/embedded.ts'
import { openPostgresStore, type PostgresStore } from '../postgres/store.ts'
import { type Config, type Mode, modeDir } from './config.ts'
import { type LogPlace, logPlace, type OnOutage, openLog } from './open-log.ts'

export interface Resources {
  readonly log: EventLog
  /** For another process on the same log. */
  readonly logPlace: LogPlace
  readonly store: PostgresStore
  /** Idempotent. */
  close(): Promise<void>
}

export interface ResourceEvents {
  /** Hears of what takes long. */
  readonly say: (text: string) => void
  /** Hears while the log does not answer. */
  readonly onOutage: OnOutage
}

/** Rejects, with nothing left open, where one of them cannot be opened. */
export async function openResources(
  config: Config,
  mode: Mode,
  { say, onOutage }: ResourceEvents,
): Promise<Resources> {
  const dir = modeDir(config, mode)
  const place = logPlace(config, mode)
  const log = await openLog(place, onOutage)
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
      logPlace: place,
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
