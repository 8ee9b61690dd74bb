// Servers with TimescaleDB for tests: PGlite, where it is installed, and the one of TIMESCALE_URL.
import pg from 'pg'
import { HYPERTABLES } from '../../infra/postgres/migrations/timescale-0001-hypertables.ts'
import { PGLITE_INSTALLED, startPglite } from './pglite-server.ts'
import { type TestServer, type TestServerKind, testServer } from './postgres.ts'

const url = process.env.TIMESCALE_URL

/** Their stores are hypertables. */
export const TIMESCALE_SERVERS: readonly (TestServerKind & { readonly isOneSession: boolean })[] = [
  ...(PGLITE_INSTALLED
    ? [
        {
          name: 'TimescaleDB in PGlite',
          isOneSession: true,
          start: async () => {
            const server = await startPglite()
            return testServer(server.connection, server.stop, { timescale: 'on' })
          },
        },
      ]
    : []),
  ...(url === undefined
    ? []
    : [
        {
          name: 'the server of TIMESCALE_URL',
          isOneSession: false,
          start: async () => testServer({ connectionString: url }, async () => {}, { timescale: 'on' }),
        },
      ]),
]

/** Runs `work` on a connection of its own, which sees the tables of the schema and the extension. */
export async function withClient<T>(
  server: TestServer,
  schema: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client(server.connection)
  await client.connect()
  try {
    await client.query(`SET search_path TO "${schema}", public; SET timezone TO 'UTC'`)
    return await work(client)
  } finally {
    await client.end()
  }
}

/** The work that TimescaleDB does in the background, which PGlite has not: old chunks are compressed. */
export async function runPolicies(client: pg.Client, schema: string): Promise<void> {
  const { rows } = await client.query<{ job: number }>(
    `SELECT job_id AS job FROM timescaledb_information.jobs
     WHERE proc_name = 'policy_compression' AND hypertable_schema = $1 ORDER BY 1`,
    [schema],
  )
  for (const { job } of rows) await client.query(`CALL run_job(${job})`)
}

/** How many chunks each hypertable has, and how many of them are compressed. */
export async function chunksOf(
  client: pg.Client,
  schema: string,
): Promise<ReadonlyMap<string, { readonly chunks: number; readonly compressed: number }>> {
  const { rows } = await client.query<{ name: string; chunks: number; compressed: number }>(
    `SELECT hypertable_name AS name, count(*)::int AS chunks,
       count(*) FILTER (WHERE is_compressed)::int AS compressed
     FROM timescaledb_information.chunks WHERE hypertable_schema = $1 GROUP BY 1`,
    [schema],
  )
  return new Map(rows.map(({ name, chunks, compressed }) => [name, { chunks, compressed }]))
}

/** Compresses every chunk, whatever its age. */
export async function compressAll(client: pg.Client): Promise<void> {
  for (const { name } of HYPERTABLES) {
    await client.query(`SELECT compress_chunk(c, if_not_compressed => true) FROM show_chunks('${name}') AS c`)
  }
}
