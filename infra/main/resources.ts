// Opens the log and the store of one data folder, and closes them in the right order.
import type { EventLog } from '../ports.ts'
import { openPostgresStore, type PostgresStore } from '../postgres/store.ts'
import { type Config, type Mode, storeSchema } from './config.ts'
import { type DatabaseServer, openDatabaseServer } from './database-server.ts'
import { type LogPlace, logPlace, type OnOutage, openLog, serverForLog } from './open-log.ts'

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
  const serverFirst = await serverForLog(config, mode)
  const place = logPlace(config, mode, serverFirst)
  const log = await openLog(place, onOutage).catch(async (error: unknown) => {
    await serverFirst?.stop()
    throw error
  })
  let server = serverFirst
  try {
    server ??= await openDatabaseServer(config, mode)
    const store = await openStore(config, mode, server, say)
    return { log, logPlace: place, store, close: closeAll(log, store, server) }
  } catch (error) {
    await log.close()
    await server?.stop()
    throw error
  }
}

function closeAll(log: EventLog, store: PostgresStore, server: DatabaseServer): () => Promise<void> {
  let closing: Promise<void> | null = null
  const close = async (): Promise<void> => {
    await log.close()
    await store.close()
    await server.stop()
  }
  return () => {
    closing ??= close()
    return closing
  }
}

function openStore(
  config: Config,
  mode: Mode,
  { connection }: DatabaseServer,
  say: (text: string) => void,
): Promise<PostgresStore> {
  const { retentionDays, timescale } = config
  const schema = storeSchema(config, mode)
  return openPostgresStore({ connection, schema, retentionDays, timescale, say })
}
