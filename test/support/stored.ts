// What a store holds, read with plain SQL, and the windows that its sale rows add up to.
import type pg from 'pg'
import { TUMBLING, WINDOW_MS, WINDOW_SIZES } from '../../processors/topology.ts'
import { DIMENSIONS, type Dimension } from '../../schemas/keys.ts'
import type { WindowSize } from '../../schemas/records.ts'
import { floorTo, type Interval } from '../../schemas/time.ts'

export interface StoredRow {
  readonly soldAtMs: number
  readonly basketId: string
  readonly position: number
  readonly soldAtText: string
  readonly url: string
  readonly artistHost: string
  readonly title: string
  readonly artistName: string
  readonly country: string
  readonly format: string
  readonly genre: string
  readonly tags: readonly string[]
  readonly currency: string
  readonly paidMinor: number
  readonly paidUsdCents: number
  readonly overUsdCents: number
  readonly units: number
}

/** Totals in the order items, baskets, units, revenue, over. */
export type PlainTotals = readonly [number, number, number, number, number]

export interface StoredWindow {
  readonly endMs: number
  readonly totals: PlainTotals
}

export async function storedRows(client: pg.Client, schema = 'bct'): Promise<readonly StoredRow[]> {
  const { rows } = await client.query<StoredRow>(`
    SELECT (extract(epoch FROM sold_at) * 1000)::float8 AS "soldAtMs", basket_id AS "basketId", position,
      sold_at_text AS "soldAtText", url, artist_host AS "artistHost", title, artist_name AS "artistName", country,
      format, genre, tags, currency, paid_minor::float8 AS "paidMinor", revenue_usd_cents::float8 AS "paidUsdCents",
      over_usd_cents::float8 AS "overUsdCents", units::float8 AS units
    FROM ${schema}.sale_items ORDER BY sold_at, sold_at_text COLLATE "C", position`)
  return rows
}

/** Stretches that the feed no longer showed when the process came back: nothing of them can be expected. */
export async function storedGaps(client: pg.Client, schema = 'bct'): Promise<readonly Interval[]> {
  const ms = (column: string) => `(extract(epoch FROM ${column}) * 1000)::float8`
  const { rows } = await client.query<Interval>(
    `SELECT ${ms('from_at')} AS "fromMs", ${ms('to_at')} AS "toMs" FROM ${schema}.gaps ORDER BY 1`,
  )
  return rows
}

const TOTALS = `(extract(epoch FROM start_at) * 1000)::float8 AS "startMs", items::float8 AS items,
  baskets::float8 AS baskets, units::float8 AS units, revenue_usd_cents::float8 AS revenue, over_usd_cents::float8 AS over`

interface Row {
  readonly startMs: number
  readonly key: string
  readonly items: number
  readonly baskets: number
  readonly units: number
  readonly revenue: number
  readonly over: number
}

/** Windows by `size start key`. */
export async function storedWindows(
  client: pg.Client,
  schema = 'bct',
): Promise<ReadonlyMap<string, StoredWindow>> {
  const windows = new Map<string, StoredWindow>()
  const add = (size: WindowSize, rows: readonly Row[]) => {
    for (const { startMs, key, items, baskets, units, revenue, over } of rows) {
      // Nothing left after an amendment says the same as no window.
      if (items === 0 && key !== 'all') continue
      windows.set(`${size} ${startMs} ${key}`, {
        endMs: startMs + WINDOW_MS[size],
        totals: [items, baskets, units, revenue, over],
      })
    }
  }
  const names = DIMENSIONS.map((d, i) => `WHEN ${i} THEN '${d}'`).join(' ')
  const key = `CASE dimension ${names} END || CASE WHEN dimension = 0 THEN '' ELSE ':' || value END AS key`
  for (const size of WINDOW_SIZES) {
    add(size, (await client.query<Row>(`SELECT ${key}, ${TOTALS} FROM ${schema}.windows_${size}`)).rows)
  }
  const artists = `SELECT 'artist:' || host AS key, ${TOTALS} FROM ${schema}.artist_days JOIN ${schema}.artists ON id = artist_id`
  add('1d', (await client.query<Row>(artists)).rows)
  add(
    '1d',
    (await client.query<Row>(`SELECT 'item:' || value AS key, ${TOTALS} FROM ${schema}.item_days`)).rows,
  )
  return windows
}

/** The windows that end in `[fromMs, toMs]`, added up from rows; `all` also where nothing was sold. */
export function windowsOfRows(
  rows: readonly StoredRow[],
  fromMs: number,
  toMs: number,
): ReadonlyMap<string, PlainTotals> {
  const totals = new Map<string, [number, number, number, number, number]>()
  const baskets = new Set<string>()
  const at = (id: string) => {
    const known = totals.get(id) ?? [0, 0, 0, 0, 0]
    totals.set(id, known)
    return known
  }
  for (const size of WINDOW_SIZES) {
    const sizeMs = WINDOW_MS[size]
    for (let end = floorTo(fromMs, sizeMs) + sizeMs; end <= toMs; end += sizeMs)
      at(`${size} ${end - sizeMs} all`)
  }
  for (const row of rows) {
    for (const [dimension, key] of keysOf(row)) {
      for (const size of TUMBLING[dimension]) {
        const startMs = floorTo(row.soldAtMs, WINDOW_MS[size])
        if (startMs + WINDOW_MS[size] > toMs) continue
        const id = `${size} ${startMs} ${key}`
        const sums = at(id)
        sums[0]++
        const basket = `${id} ${row.basketId}`
        if (!baskets.has(basket)) sums[1]++
        baskets.add(basket)
        sums[2] += row.units
        sums[3] += row.paidUsdCents
        sums[4] += row.overUsdCents
      }
    }
  }
  return totals
}

function keysOf(row: StoredRow): readonly (readonly [Dimension, string])[] {
  return [
    ['all', 'all'],
    ['genre', `genre:${row.genre}`],
    ['country', `country:${row.country}`],
    ['format', `format:${row.format}`],
    ['genre-country', `genre-country:${row.genre}/${row.country}`],
    ['artist', `artist:${row.artistHost}`],
    ['item', `item:${row.url}`],
    ...row.tags.map(tag => ['tag', `tag:${tag}`] as const),
  ]
}
