// Puts the rebuilt rows of a replay's interval in the place of the live ones, in one transaction.
import type { ClientBase } from 'pg'
import { KNOWLEDGE_RANK } from '../../../schemas/records.ts'
import { Dictionary, type Named } from '../dictionary.ts'
import { instantText } from '../text.ts'
import { UNPACK_ALL } from '../timescale.ts'
import { liveWatermark } from './diff.ts'
import { markPromoted, type ReplayInfo } from './registry.ts'
import {
  equal,
  ITEM_KEYS,
  ITEM_VALUES,
  inInterval,
  quoted,
  rowOf,
  TOTALS,
  WINDOW_TABLES,
  type WindowsTable,
} from './tables.ts'

export interface TableChange {
  readonly table: string
  readonly inserted: number
  readonly changed: number
  /** Windows are emptied, with a higher revision; gaps are taken away. Sale rows never are. */
  readonly removed: number
}

export type Promotion =
  | { readonly kind: 'promoted'; readonly changes: readonly TableChange[] }
  /** The live tables have not come as far as the interval's end and the allowed lateness after it. */
  | { readonly kind: 'live-behind'; readonly liveUpToMs: number | null }

interface Places {
  readonly live: string
  readonly replay: string
  readonly values: readonly [string, string]
}

/**
 * `closedMs`: the watermark at which no window of the interval can fire again. The row locks on the live
 * progress make every live writer wait meanwhile, so the check holds until the end; a window that a crash
 * writes again afterwards has a lower revision than what is put here, and loses. With `dryRun` all of it is
 * done, counted and taken back.
 */
export async function promoteReplay(
  client: ClientBase,
  info: ReplayInfo,
  closedMs: number,
  dryRun: boolean,
): Promise<Promotion> {
  const { params, name } = info
  const places: Places = {
    live: quoted(params.live),
    replay: quoted(name),
    values: [instantText(params.fromMs), instantText(params.toMs)],
  }
  await client.query(
    `INSERT INTO ${places.live}.artists (host) SELECT host FROM ${places.replay}.artists ORDER BY host
     ON CONFLICT (host) DO NOTHING`,
  )
  await client.query('BEGIN')
  try {
    await client.query(`SET LOCAL search_path TO ${places.live}; ${UNPACK_ALL}`)
    await client.query('SELECT FROM stage_offsets ORDER BY stage, topic, partition FOR UPDATE')
    const liveUpToMs = await liveWatermark(client, params.live)
    if (liveUpToMs === null || liveUpToMs < closedMs) {
      await client.query('ROLLBACK')
      return { kind: 'live-behind', liveUpToMs }
    }
    const changes: TableChange[] = []
    if (params.parts.includes('sales')) changes.push(await promoteSales(client, places))
    if (params.parts.includes('sales')) changes.push(await promoteGaps(client, places))
    if (params.parts.includes('windows'))
      for (const table of WINDOW_TABLES) changes.push(await promoteWindows(client, places, table))
    if (!dryRun) await markPromoted(client, name)
    await client.query(dryRun ? 'ROLLBACK' : 'COMMIT')
    return { kind: 'promoted', changes }
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {})
    throw error
  }
}

/** The replay's windows with the live schema's numbers of artists. */
function windowsOf({ replay }: Places, table: WindowsTable): string {
  const columns = ['start_at', ...TOTALS, 'revision', 'partial'].map(column => `w.${column}`).join(', ')
  return table.name === 'artist_days'
    ? `(SELECT here.id AS artist_id, ${columns} FROM ${replay}.artist_days AS w
        JOIN ${replay}.artists AS there ON there.id = w.artist_id JOIN artists AS here USING (host)
        WHERE ${inInterval(table, 'w')})`
    : `(SELECT ${table.keys.map(key => `w.${key}`).join(', ')}, ${columns} FROM ${replay}.${table.name} AS w
        WHERE ${inInterval(table, 'w')})`
}

async function promoteWindows(client: ClientBase, places: Places, table: WindowsTable): Promise<TableChange> {
  const source = windowsOf(places, table)
  const keys = ['start_at', ...table.keys]
  const facts = [...TOTALS, 'partial']
  const run = async (sql: string) => (await client.query(sql, [...places.values])).rowCount ?? 0
  const changed = await run(
    `UPDATE ${table.name} AS l SET ${facts.map(fact => `${fact} = r.${fact}`).join(', ')},
       revision = greatest(l.revision + 1, r.revision)
     FROM ${source} AS r WHERE ${equal('l', 'r', keys)} AND ${inInterval(table, 'l')}
       AND ${rowOf('l', facts)} IS DISTINCT FROM ${rowOf('r', facts)}`,
  )
  const missing = `${inInterval(table, 'l')}
    AND NOT EXISTS (SELECT FROM ${source} AS r WHERE ${equal('l', 'r', keys)})`
  const emptied = await run(
    `UPDATE ${table.name} AS l SET ${TOTALS.map(total => `${total} = 0`).join(', ')}, revision = l.revision + 1
     WHERE items <> 0 AND NOT (${table.zeroCounts}) AND ${missing}`,
  )
  const deleted = await run(`DELETE FROM ${table.name} AS l WHERE (${table.zeroCounts}) AND ${missing}`)
  const columns = [...keys, ...TOTALS, 'revision', 'partial'].join(', ')
  const inserted = await run(
    `INSERT INTO ${table.name} (${columns}) SELECT ${columns} FROM ${source} AS r
     WHERE NOT EXISTS (SELECT FROM ${table.name} AS l WHERE ${equal('l', 'r', keys)})`,
  )
  return { table: table.name, inserted, changed, removed: emptied + deleted }
}

const RANK = `CASE genre_source ${Object.entries(KNOWLEDGE_RANK)
  .map(([source, rank]) => `WHEN '${source}' THEN ${rank}`)
  .join(' ')} END`

/** The items of the interval, with how much they know. */
const itemsOf = (schema: string) =>
  `(SELECT *, ${RANK} AS rank FROM ${schema}.sale_items
    WHERE sold_at >= $1::timestamptz AND sold_at < $2::timestamptz)`

/**
 * Baskets that the replay has otherwise take their place, unless the live rows know more of an item (an
 * amendment that came after the replay). Rows that only the live tables have came too late for the replay:
 * they are kept.
 */
async function promoteSales(client: ClientBase, places: Places): Promise<TableChange> {
  const { live, replay, values } = places
  const [r, l] = [itemsOf(replay), itemsOf(live)]
  await client.query(
    `CREATE TEMP TABLE promoted ON COMMIT DROP AS
     SELECT sold_at, basket_id, bool_or(l.position IS NOT NULL) AS known
     FROM ${r} AS r FULL JOIN ${l} AS l USING (${ITEM_KEYS.join(', ')})
     WHERE (sold_at, basket_id) IN (SELECT sold_at, basket_id FROM ${replay}.sales)
     GROUP BY sold_at, basket_id
     HAVING bool_or(${rowOf('r', ITEM_VALUES)} IS DISTINCT FROM ${rowOf('l', ITEM_VALUES)})
       AND NOT coalesce(bool_or(l.rank > r.rank), false)`,
    [...values],
  )
  for (const table of ['sale_items', 'sales'])
    await client.query(`DELETE FROM ${table} AS t USING promoted AS p
      WHERE ${equal('t', 'p', ['sold_at', 'basket_id'])}`)
  await client.query(
    `INSERT INTO sales (sold_at, basket_id, items) SELECT sold_at, basket_id, items
     FROM ${replay}.sales JOIN promoted USING (sold_at, basket_id)`,
  )
  const columns = [...ITEM_KEYS, ...ITEM_VALUES].join(', ')
  await client.query(
    `INSERT INTO sale_items (${columns}, artist_id)
     SELECT ${[...ITEM_KEYS, ...ITEM_VALUES].map(column => `i.${column}`).join(', ')}, a.id
     FROM ${replay}.sale_items AS i JOIN promoted USING (sold_at, basket_id)
     JOIN ${replay}.artists AS there ON there.id = i.artist_id JOIN artists AS a ON a.host = there.host`,
  )
  await client.query(
    `INSERT INTO sale_hours AS h (hour_at, version)
     SELECT DISTINCT date_trunc('hour', sold_at), 1 FROM promoted ORDER BY 1
     ON CONFLICT (hour_at) DO UPDATE SET version = h.version + 1`,
  )
  await rememberWords(client)
  const { rows } = await client.query<{ inserted: number; changed: number }>(
    `SELECT (count(*) FILTER (WHERE NOT known))::float8 AS inserted,
       (count(*) FILTER (WHERE known))::float8 AS changed FROM promoted`,
  )
  return { table: 'sales', ...rows[0]!, removed: 0 }
}

/** What is promoted can be searched for, too. */
async function rememberWords(client: ClientBase): Promise<void> {
  const items = 'sale_items JOIN promoted USING (sold_at, basket_id)'
  const { rows } = await client.query<Named>(
    `SELECT DISTINCT 'artist' AS dimension, artist_host AS value, artist_name AS name FROM ${items}
     UNION SELECT 'genre', genre, '' FROM ${items} UNION SELECT 'country', country, '' FROM ${items}
     UNION SELECT 'tag', unnest(tags), '' FROM ${items}`,
  )
  await new Dictionary().remember(client, rows)
}

async function promoteGaps(client: ClientBase, { replay, values }: Places): Promise<TableChange> {
  const removed = await client.query(
    `DELETE FROM gaps WHERE from_at >= $1::timestamptz AND to_at <= $2::timestamptz
     AND (from_at, to_at, reason) NOT IN (SELECT from_at, to_at, reason FROM ${replay}.gaps)`,
    [...values],
  )
  const inserted = await client.query(`INSERT INTO gaps SELECT * FROM ${replay}.gaps ON CONFLICT DO NOTHING`)
  return { table: 'gaps', inserted: inserted.rowCount ?? 0, changed: 0, removed: removed.rowCount ?? 0 }
}
