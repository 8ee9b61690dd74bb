// Windows into their tables: the highest revision of each holds, however often and in what order they come.
import { type ClientBase, DatabaseError } from 'pg'
import { DIMENSIONS, dimensionOf, keyValue } from '../../schemas/keys.ts'
import type { Window } from '../../schemas/records.ts'
import { copyInto } from './copy.ts'
import { copyText, instantText, keyText } from './text.ts'

const TOTALS = 'items, baskets, units, revenue_usd_cents, over_usd_cents'

interface Table {
  readonly name: string
  /** What stands beside the start in the primary key. */
  readonly keys: readonly string[]
}

const ARTIST_DAYS: Table = { name: 'artist_days', keys: ['artist_id'] }
const ITEM_DAYS: Table = { name: 'item_days', keys: ['value'] }
const BY_SIZE: Readonly<Record<Window['size'], Table>> = {
  '1m': { name: 'windows_1m', keys: ['dimension', 'value'] },
  '1h': { name: 'windows_1h', keys: ['dimension', 'value'] },
  '1d': { name: 'windows_1d', keys: ['dimension', 'value'] },
}

/**
 * The number of a dimension in the tables: its place in `DIMENSIONS`, to which new ones are only ever
 * appended.
 */
export function dimensionCode(dimension: (typeof DIMENSIONS)[number]): number {
  return DIMENSIONS.indexOf(dimension)
}

function tableOf(window: Window): Table {
  if (window.size === '1d' && window.key.startsWith('artist:')) return ARTIST_DAYS
  if (window.size === '1d' && window.key.startsWith('item:')) return ITEM_DAYS
  return BY_SIZE[window.size]
}

function keyFields(window: Window, table: Table, artistIdOf: (host: string) => number): string {
  if (table === ARTIST_DAYS) return String(artistIdOf(keyValue(window.key)))
  const value = copyText(keyText(keyValue(window.key)))
  return table === ITEM_DAYS ? value : `${dimensionCode(dimensionOf(window.key))}\t${value}`
}

/** One record for each window of the batch: the highest revision, of equals the last. */
export function foldWindows(windows: readonly Window[]): readonly Window[] {
  const byIdentity = new Map<string, Window>()
  for (const window of windows) {
    const id = `${window.size}${window.startMs}${window.key}`
    const before = byIdentity.get(id)
    if (before === undefined || before.revision <= window.revision) byIdentity.set(id, window)
  }
  return [...byIdentity.values()]
}

const UNIQUE_VIOLATION = '23505'

/**
 * Plain COPY, which is right for windows never seen before: nearly all of them. Where one was there already,
 * nothing is written and the answer is false.
 */
async function copyFresh(client: ClientBase, table: Table, columns: string, lines: string): Promise<boolean> {
  await client.query('SAVEPOINT fresh')
  try {
    await copyInto(client, table.name, columns, lines)
    await client.query('RELEASE SAVEPOINT fresh')
    return true
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code !== UNIQUE_VIOLATION) throw error
    await client.query('ROLLBACK TO SAVEPOINT fresh')
    return false
  }
}

async function upsert(client: ClientBase, table: Table, columns: string, lines: string): Promise<void> {
  const stage = `stage_${table.name}`
  await client.query(
    `CREATE TEMP TABLE IF NOT EXISTS ${stage} (LIKE ${table.name} INCLUDING DEFAULTS) ON COMMIT DELETE ROWS`,
  )
  await copyInto(client, stage, columns, lines)
  const updates = [...TOTALS.split(', '), 'revision', 'partial'].map(c => `${c} = excluded.${c}`)
  await client.query(
    `INSERT INTO ${table.name} (${columns}) SELECT ${columns} FROM ${stage}
     ON CONFLICT (${[...table.keys, 'start_at'].join(', ')}) DO UPDATE SET ${updates.join(', ')}
     WHERE excluded.revision >= ${table.name}.revision`,
  )
  await client.query(`DELETE FROM ${stage}`)
}

/** Inside the caller's transaction. `windows` hold each window once: see `foldWindows`. */
export async function writeWindows(
  client: ClientBase,
  windows: readonly Window[],
  artistIdOf: (host: string) => number,
): Promise<void> {
  const fresh = new Map<Table, string>()
  const again = new Map<Table, string>()
  for (const window of windows) {
    const table = tableOf(window)
    const line =
      `${instantText(window.startMs)}\t${keyFields(window, table, artistIdOf)}\t${window.items}\t` +
      `${window.baskets}\t${window.units}\t${window.revenueUsdCents}\t${window.overUsdCents}\t` +
      `${window.revision}\t${window.partial}\n`
    const lines = window.revision === 0 ? fresh : again
    lines.set(table, (lines.get(table) ?? '') + line)
  }
  for (const [table, lines] of fresh) {
    const columns = `start_at, ${table.keys.join(', ')}, ${TOTALS}, revision, partial`
    if (await copyFresh(client, table, columns, lines)) continue
    again.set(table, (again.get(table) ?? '') + lines)
  }
  for (const [table, lines] of again) {
    const columns = `start_at, ${table.keys.join(', ')}, ${TOTALS}, revision, partial`
    await upsert(client, table, columns, lines)
  }
}
