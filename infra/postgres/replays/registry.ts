// Which schemas are replays, of what, and how far each has come: one row of a table of its own in each.
import pg, { type ClientBase } from 'pg'
import type { Interval } from '../../../schemas/time.ts'

/** What is rebuilt: sale rows and gaps, windows, or both. */
export const REPLAY_PARTS = ['sales', 'windows'] as const
export type ReplayPart = (typeof REPLAY_PARTS)[number]

/** What a replay was asked to do. Equal parameters may go on where they stopped. */
export interface ReplayParams extends Interval {
  /** The mode whose log it reads. */
  readonly mode: string
  /** The schema that it is to be compared with. */
  readonly live: string
  readonly parts: readonly ReplayPart[]
  readonly allowedLatenessMs: number
  /** By partition, the offset at which the interval begins: another log begins it elsewhere. */
  readonly starts: readonly number[]
}

export interface ReplayInfo {
  readonly name: string
  readonly params: ReplayParams
  readonly startedAtMs: number
  /** Null where it was interrupted, or is under way. */
  readonly finishedAtMs: number | null
  /** Watermark of the log when it finished: windows that end by then are there. */
  readonly upToMs: number | null
  readonly promotedAtMs: number | null
}

export type Begun = 'new' | 'resumed' | 'restarted' | 'finished'

/** The name is the mark: no other schema has such a table. */
const MARK = 'bct_replay'
const ms = (column: string) => `(extract(epoch FROM ${column}) * 1000)::float8`

/** `undefined`: no such schema. `null`: a schema, but not a replay's. */
export async function readReplay(client: ClientBase, name: string): Promise<ReplayInfo | null | undefined> {
  const { rows } = await client.query<{ schema: boolean; mark: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1) AS schema,
       EXISTS (SELECT FROM pg_tables WHERE schemaname = $1 AND tablename = '${MARK}') AS mark`,
    [name],
  )
  if (rows[0]?.schema !== true) return undefined
  if (!rows[0].mark) return null
  const found = await client.query<Omit<ReplayInfo, 'name'>>(
    `SELECT params, ${ms('started_at')} AS "startedAtMs", ${ms('finished_at')} AS "finishedAtMs",
       ${ms('up_to')} AS "upToMs", ${ms('promoted_at')} AS "promotedAtMs"
     FROM ${pg.escapeIdentifier(name)}.${MARK}`,
  )
  return found.rows[0] === undefined ? null : { name, ...found.rows[0] }
}

export async function listReplays(client: ClientBase): Promise<readonly ReplayInfo[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT schemaname AS name FROM pg_tables WHERE tablename = '${MARK}' ORDER BY 1`,
  )
  const found: ReplayInfo[] = []
  for (const { name } of rows) {
    const info = await readReplay(client, name)
    if (info !== null && info !== undefined) found.push(info)
  }
  return found
}

function sameParams(a: ReplayParams, b: ReplayParams): boolean {
  const text = (p: ReplayParams) =>
    JSON.stringify([p.mode, p.live, p.fromMs, p.toMs, p.parts, p.allowedLatenessMs, p.starts])
  return text(a) === text(b)
}

/**
 * Makes the schema and marks it, in one transaction, so that no crash leaves one that nobody knows. A replay
 * of other parameters makes room; what is not a replay must have been refused before.
 */
export async function beginReplay(
  client: ClientBase,
  name: string,
  params: ReplayParams,
  untilMs: number,
): Promise<Begun> {
  const before = await readReplay(client, name)
  if (before === null) throw new Error(`schema ${name} is not a replay`)
  if (before !== undefined && sameParams(before.params, params) && before.promotedAtMs === null) {
    const isWhole = before.finishedAtMs !== null && before.upToMs !== null && before.upToMs >= untilMs
    if (isWhole) return 'finished'
    await client.query(`UPDATE ${pg.escapeIdentifier(name)}.${MARK} SET finished_at = NULL`)
    return 'resumed'
  }
  const schema = pg.escapeIdentifier(name)
  await client.query('BEGIN')
  try {
    if (before !== undefined) await client.query(`DROP SCHEMA ${schema} CASCADE`)
    await client.query(`CREATE SCHEMA ${schema}`)
    await client.query(`CREATE TABLE ${schema}.${MARK} (params jsonb NOT NULL,
      started_at timestamptz NOT NULL DEFAULT now(), finished_at timestamptz, up_to timestamptz,
      promoted_at timestamptz)`)
    await client.query(`INSERT INTO ${schema}.${MARK} (params) VALUES ($1)`, [JSON.stringify(params)])
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  }
  return before === undefined ? 'new' : 'restarted'
}

/** It has reached what all of its topics and partitions have reached. */
export async function finishReplay(client: ClientBase, name: string): Promise<void> {
  const schema = pg.escapeIdentifier(name)
  await client.query(
    `UPDATE ${schema}.${MARK} SET finished_at = now(), up_to = (
       SELECT CASE WHEN bool_or(watermark_at IS NULL) THEN NULL ELSE min(watermark_at) END
       FROM ${schema}.stage_offsets WHERE stage = 'replay')`,
  )
}

export async function markPromoted(client: ClientBase, name: string): Promise<void> {
  await client.query(`UPDATE ${pg.escapeIdentifier(name)}.${MARK} SET promoted_at = now()`)
}

/** The caller has made sure that it is a replay's. */
export async function dropReplay(client: ClientBase, name: string): Promise<void> {
  await client.query(`DROP SCHEMA ${pg.escapeIdentifier(name)} CASCADE`)
}

/** What the schema holds, and the watermark of its windows. */
export async function contentsOf(
  client: ClientBase,
  name: string,
): Promise<{
  readonly items: number
  readonly baskets: number
  readonly windows: number
  readonly gaps: number
  readonly windowsUpToMs: number | null
}> {
  const schema = pg.escapeIdentifier(name)
  const count = (table: string) => `(SELECT count(*) FROM ${schema}.${table})`
  const windows = ['windows_1m', 'windows_1h', 'windows_1d', 'artist_days', 'item_days'].map(count)
  const { rows } = await client.query(
    `SELECT ${count('sale_items')}::float8 AS items, ${count('sales')}::float8 AS baskets,
       (${windows.join(' + ')})::float8 AS windows, ${count('gaps')}::float8 AS gaps,
       (SELECT ${ms('watermark_at')} FROM ${schema}.stage_offsets
        WHERE stage = 'replay' AND topic = 'windows') AS "windowsUpToMs"`,
  )
  return rows[0] as Awaited<ReturnType<typeof contentsOf>>
}
