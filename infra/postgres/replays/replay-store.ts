// The tables of a replay: those of a store, made to be filled fast and read once.
import pg, { type ClientBase } from 'pg'
import type { Store } from '../../ports.ts'
import { Dictionary } from '../dictionary.ts'
import { migrate } from '../migrations.ts'
import { withOutages } from '../outage.ts'
import { createPool, usingClient } from '../pool.ts'
import { writeBatch } from '../write.ts'

/** Sale rows and windows are written side by side. */
const CONNECTIONS = 2

/** What a replay needs of a store. */
export type ReplayStore = Pick<Store, 'write' | 'progress' | 'close'>

/** Nobody searches in a replay; live words are made when it is promoted. They were a third of its time. */
class ArtistsOnly extends Dictionary {
  override remember(): Promise<void> {
    return Promise.resolve()
  }
}

/**
 * Makes the tables where they are missing. Plain ones, on any server; without the indexes that only
 * questions of the dashboard use.
 */
export async function openReplayStore(connection: pg.ClientConfig, schema: string): Promise<ReplayStore> {
  const setup = `SET search_path TO ${pg.escapeIdentifier(schema)}; SET timezone TO 'UTC'; SET synchronous_commit TO off`
  const pool = createPool(connection, CONNECTIONS, setup)
  const using = <T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> =>
    withOutages(() => usingClient(pool, work))
  try {
    await using(async client => {
      await migrate(client, schema)
      await dropSlowIndexes(client, schema)
    })
  } catch (error) {
    await pool.end()
    throw error
  }
  const dictionary = new ArtistsOnly()
  return {
    write: batch => using(client => writeBatch(client, dictionary, batch, null)),
    progress: (stage, topic, partition) =>
      using(async client => {
        const { rows } = await client.query<{ offset: number }>(
          `SELECT "offset"::float8 FROM stage_offsets WHERE stage = $1 AND topic = $2 AND partition = $3`,
          [stage, topic, partition],
        )
        return rows[0]?.offset ?? null
      }),
    close: () => pool.end(),
  }
}

async function dropSlowIndexes(client: ClientBase, schema: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
     JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND NOT i.indisunique`,
    [schema],
  )
  const quoted = pg.escapeIdentifier(schema)
  for (const { name } of rows) await client.query(`DROP INDEX ${quoted}.${pg.escapeIdentifier(name)}`)
}
