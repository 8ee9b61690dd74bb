// The PostgreSQL of one mode: the one of the configuration, or the embedded one of its data folder.
import { join } from 'node:path'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../postgres/embedded.ts'
import { type Config, type Mode, modeDir } from './config.ts'

export interface DatabaseServer {
  /** As `pg` takes it: plain data, for another process, too. */
  readonly connection: EmbeddedPostgres['connection']
  /** True where it was running already. */
  readonly adopted: boolean
  /** Stops it where it is ours and nobody else uses it. */
  stop(): Promise<void>
}

export async function openDatabaseServer(config: Config, mode: Mode): Promise<DatabaseServer> {
  const { databaseUrl } = config
  if (databaseUrl !== null) {
    return { connection: { connectionString: databaseUrl }, adopted: true, stop: async () => {} }
  }
  return startEmbeddedPostgres({ dataDir: join(modeDir(config, mode), 'postgres') })
}
