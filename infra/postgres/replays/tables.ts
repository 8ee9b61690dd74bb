// The tables that a replay and the live schema have in common: what makes a row the same, and what it says.
import pg from 'pg'
import type { ReplayPart } from './registry.ts'

export const TOTALS = ['items', 'baskets', 'units', 'revenue_usd_cents', 'over_usd_cents'] as const

/** A table of windows. Its rows of a schema are those of `rowsOf`. */
export interface WindowsTable {
  readonly name: string
  readonly size: string
  /** What stands beside `start_at` in the primary key. */
  readonly keys: readonly string[]
  /** True where a row without items says something: that of `all`. */
  readonly zeroCounts: string
}

export const WINDOW_TABLES: readonly WindowsTable[] = [
  { name: 'windows_1m', size: '1 minute', keys: ['dimension', 'value'], zeroCounts: 'dimension = 0' },
  { name: 'windows_1h', size: '1 hour', keys: ['dimension', 'value'], zeroCounts: 'dimension = 0' },
  { name: 'windows_1d', size: '1 day', keys: ['dimension', 'value'], zeroCounts: 'dimension = 0' },
  { name: 'artist_days', size: '1 day', keys: ['artist_id'], zeroCounts: 'false' },
  { name: 'item_days', size: '1 day', keys: ['value'], zeroCounts: 'false' },
]

/** The windows that lie wholly in `[$1, $2)`. */
export function inInterval(table: WindowsTable, alias: string): string {
  return `${alias}.start_at >= $1::timestamptz AND ${alias}.start_at <= $2::timestamptz - interval '${table.size}'`
}

/** Of a sale item, all that is not its identity nor a number of one schema alone. */
export const ITEM_VALUES = [
  'paid_minor',
  'price_minor',
  'revenue_usd_cents',
  'over_usd_cents',
  'units',
  'releases',
  'repeats',
  'ordinal',
  'genre',
  'country',
  'format',
  'item_type',
  'genre_source',
  'currency',
  'sold_at_text',
  'url',
  'artist_host',
  'artist_name',
  'title',
  'album_title',
  'art_url',
  'tags',
] as const
export const ITEM_KEYS = ['sold_at', 'basket_id', 'position'] as const

/** One side of a comparison: the rows of the interval `[$1, $2)` with columns of the same names on both. */
export interface Compared {
  readonly name: string
  readonly part: ReplayPart
  readonly keys: readonly string[]
  readonly values: readonly string[]
  /** A query; `schema` comes quoted. */
  rowsOf(schema: string): string
}

function comparedWindows(table: WindowsTable): Compared {
  const isArtists = table.name === 'artist_days'
  const keys = isArtists ? ['start_at', 'host'] : ['start_at', ...table.keys]
  const values = [...TOTALS, 'partial']
  return {
    name: table.name,
    part: 'windows',
    keys,
    values,
    rowsOf: schema =>
      `SELECT ${[...keys, ...values].join(', ')} FROM ${schema}.${table.name} AS w
       ${isArtists ? `JOIN ${schema}.artists AS a ON a.id = w.artist_id` : ''}
       WHERE ${inInterval(table, 'w')} AND (items <> 0 OR ${table.zeroCounts})`,
  }
}

export const COMPARED: readonly Compared[] = [
  {
    name: 'sale_items',
    part: 'sales',
    keys: ITEM_KEYS,
    values: ITEM_VALUES,
    rowsOf: schema =>
      `SELECT ${[...ITEM_KEYS, ...ITEM_VALUES].join(', ')} FROM ${schema}.sale_items
       WHERE sold_at >= $1::timestamptz AND sold_at < $2::timestamptz`,
  },
  {
    name: 'gaps',
    part: 'sales',
    keys: ['from_at', 'to_at', 'reason'],
    values: [],
    rowsOf: schema =>
      `SELECT from_at, to_at, reason FROM ${schema}.gaps
       WHERE from_at < $2::timestamptz AND to_at > $1::timestamptz`,
  },
  ...WINDOW_TABLES.map(comparedWindows),
]

export const quoted = (schema: string) => pg.escapeIdentifier(schema)
/** `ROW(l.a, l.b)`. */
export const rowOf = (alias: string, columns: readonly string[]) =>
  `ROW(${columns.map(column => `${alias}.${column}`).join(', ')})`
/** `l.a = r.a AND l.b = r.b`. */
export const equal = (a: string, b: string, columns: readonly string[]) =>
  columns.map(column => `${a}.${column} = ${b}.${column}`).join(' AND ')
