// The store of a data folder for a command: beside a running tracker or alone, and closed behind it.
import { openPostgresStore, type PostgresStore } from '../postgres/store.ts'
import { type Config, type Mode, storeSchema } from './config.ts'
import { openDatabaseServer } from './database-server.ts'

/**
 * Opens the store, hands it in, and closes it whatever happens. A database server that was running already is
 * left running, whoever started it. Rejects as `openPostgresStore` does.
 */
export async function withStore<T>(
  config: Config,
  mode: Mode,
  work: (store: PostgresStore) => Promise<T>,
): Promise<T> {
  const server = await openDatabaseServer(config, mode)
  const [schema, { timescale }] = [storeSchema(config, mode), config]
  try {
    const store = await openPostgresStore({ connection: server.connection, schema, timescale })
    try {
      return await work(store)
    } finally {
      await store.close()
    }
  } finally {
    await server.leave()
  }
}
