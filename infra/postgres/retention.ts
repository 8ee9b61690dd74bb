// Drops what is past its retention, a little at a time.
import type { Pool } from 'pg'
import { DAY_MS, floorTo, HOUR_MS } from '../../schemas/time.ts'
import { HYPERTABLES } from './migrations/timescale-0001-hypertables.ts'
import { usingClient } from './pool.ts'
import { instantText } from './text.ts'
import { beginWrite, type Timescale } from './timescale.ts'

/** Rows of one statement: bounds how long it holds its locks and how much a crash undoes. */
const CHUNK_ROWS = 20_000

/** 1d windows are kept for ever: a row per key and day, the long memory. */
const TABLES = [
  { name: 'sale_hours', time: 'hour_at', counts: false },
  { name: 'sale_items', time: 'sold_at', counts: true },
  { name: 'sales', time: 'sold_at', counts: false },
  // With the dimensions named, the primary key finds the old ones.
  { name: 'windows_1m', time: `dimension = ANY('{0,1,2,3,4,5,6,7}') AND start_at`, counts: true },
  { name: 'windows_1h', time: `dimension = ANY('{0,1,2,3,4,5,6,7}') AND start_at`, counts: true },
] as const

type Table = (typeof TABLES)[number]

async function dropRows(pool: Pool, { name, time }: Table, keepFrom: string): Promise<number> {
  let dropped = 0
  for (let rows = CHUNK_ROWS; rows === CHUNK_ROWS; ) {
    const result = await pool.query(
      `DELETE FROM ${name} WHERE ctid = ANY(ARRAY(SELECT ctid FROM ${name} WHERE ${time} < $1 LIMIT ${CHUNK_ROWS}))`,
      [keepFrom],
    )
    rows = result.rowCount ?? 0
    dropped += rows
  }
  return dropped
}

/**
 * Whole chunks go as files do; of the chunk that `keepFrom` cuts, only the rows before it. A `ctid` means
 * nothing here: every chunk has the same ones.
 */
async function dropChunks(
  pool: Pool,
  { name, time }: Table,
  keepFrom: string,
  timescale: Timescale,
): Promise<number> {
  const { rows } = await pool.query<{ old: number }>(
    `SELECT count(*)::float8 AS old FROM ${name} WHERE ${time} < $1`,
    [keepFrom],
  )
  const old = rows[0]?.old ?? 0
  if (old === 0) return 0
  await usingClient(pool, async client => {
    await client.query(beginWrite(timescale))
    await client.query(
      `SELECT ${timescale.functions}.drop_chunks('${name}', older_than => $1::timestamptz)`,
      [keepFrom],
    )
    await client.query(`DELETE FROM ${name} WHERE ${time} < $1`, [keepFrom])
    await client.query('COMMIT')
  })
  return old
}

const isHypertable = (name: string) => HYPERTABLES.some(table => table.name === name)

/**
 * Drops whole hours older than `retentionDays` before `nowMs`; returns how many items and windows went. The
 * same rows on plain tables and on hypertables.
 */
export async function enforceRetention(
  pool: Pool,
  retentionDays: number,
  nowMs: number,
  timescale: Timescale | null,
): Promise<number> {
  const keepFrom = instantText(floorTo(nowMs - retentionDays * DAY_MS, HOUR_MS))
  let dropped = 0
  for (const table of TABLES) {
    const rows =
      timescale !== null && isHypertable(table.name)
        ? await dropChunks(pool, table, keepFrom, timescale)
        : await dropRows(pool, table, keepFrom)
    if (table.counts) dropped += rows
  }
  return dropped
}
