// Drops what is past its retention, a little at a time.
import type { Pool } from 'pg'
import { DAY_MS, floorTo, HOUR_MS } from '../../schemas/time.ts'
import { instantText } from './text.ts'

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

/** Drops whole hours older than `retentionDays` before `nowMs`; returns how many items and windows went. */
export async function enforceRetention(pool: Pool, retentionDays: number, nowMs: number): Promise<number> {
  const keepFrom = instantText(floorTo(nowMs - retentionDays * DAY_MS, HOUR_MS))
  let dropped = 0
  for (const { name, time, counts } of TABLES) {
    for (let rows = CHUNK_ROWS; rows === CHUNK_ROWS; ) {
      const result = await pool.query(
        `DELETE FROM ${name} WHERE ctid = ANY(ARRAY(SELECT ctid FROM ${name} WHERE ${time} < $1 LIMIT ${CHUNK_ROWS}))`,
        [keepFrom],
      )
      rows = result.rowCount ?? 0
      if (counts) dropped += rows
    }
  }
  return dropped
}
