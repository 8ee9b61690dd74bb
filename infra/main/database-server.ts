// The PostgreSQL of one mode: the one of the configuration, or the embedded one of its data folder.
import { join } from 'node:path'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../postgres/embedded.ts'
import { type Config, type Mode, modeDir } from './config.ts'

export interface DatabaseServer {
  /** As `pg` takes it: plain data, for another process, too. */
  readonly connection: EmbeddedPostgres['connection']
  /** Stops it where it is ours and nobody else uses it. */
  stop(): Promise<void>
  /** For tools: as `stop`, but one that was running already is left running, whoever started it. */
  leave(): Promise<void>
}

export async function openDatabaseServer(config: Config, mode: Mode): Promise<DatabaseServer> {
  const { databaseUrl } = config
  if (databaseUrl !== null) {
    const nothing = async (): Promise<void> => {}
    return { connection: { connectionString: databaseUrl }, stop: nothing, leave: nothing }
  }
  return startEmbeddedPostgres({ dataDir: join(modeDir(config, mode), 'postgres') })
}
