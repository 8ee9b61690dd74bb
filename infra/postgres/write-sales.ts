// Sales into rows: new baskets are copied in, known ones are joined with what is there.
import type { ClientBase } from 'pg'
import type { Sale } from '../../schemas/records.ts'
import { floorTo, HOUR_MS } from '../../schemas/time.ts'
import { copyInto } from './copy.ts'
import {
  ITEM_COLUMNS,
  ITEM_SELECT,
  type ItemRow,
  itemLines,
  itemOf,
  joinSales,
  SALE_COLUMNS,
  saleLine,
} from './sale-rows.ts'
import { instantText, keyText } from './text.ts'

/** One record for each basket of the batch. */
export function foldSales(sales: readonly Sale[]): readonly Sale[] {
  const byBasket = new Map<string, Sale>()
  for (const sale of sales) {
    const known = byBasket.get(sale.basketId)
    byBasket.set(sale.basketId, known === undefined ? sale : joinSales(known, sale))
  }
  return [...byBasket.values()]
}

function identities(sales: readonly Sale[]): [string[], string[], string, string] {
  const times = sales.map(s => s.soldAtMs)
  const oldestMs = times.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const newestMs = times.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  const ids = sales.map(s => keyText(s.basketId))
  return [times.map(instantText), ids, instantText(oldestMs), instantText(newestMs)]
}

const THESE = 'unnest($1::timestamptz[], $2::text[]) AS these (sold_at, basket_id)'
/** Says again what the join says, so that a hypertable looks into the chunks of that time only. */
const within = (table: string) => `${table}.sold_at BETWEEN $3 AND $4`

/** The baskets that are there already, as they are there. */
async function known(client: ClientBase, sales: readonly Sale[]): Promise<ReadonlyMap<string, Sale>> {
  const found = await client.query<{ basket_id: string }>(
    `SELECT basket_id FROM ${THESE} JOIN sales USING (sold_at, basket_id) WHERE ${within('sales')}`,
    identities(sales),
  )
  if (found.rows.length === 0) return new Map()
  const ids = new Set(found.rows.map(r => r.basket_id))
  const { rows } = await client.query<ItemRow>(
    `SELECT ${ITEM_SELECT} FROM ${THESE} JOIN sale_items USING (sold_at, basket_id)
     WHERE ${within('sale_items')} ORDER BY position`,
    identities(sales.filter(s => ids.has(keyText(s.basketId)))),
  )
  const baskets = new Map<string, Sale>()
  for (const row of rows) {
    const before = baskets.get(row.basket_id)
    const { basket_id: basketId, sold_at_ms: soldAtMs } = row
    const items = [...(before?.items ?? []), itemOf(row)]
    baskets.set(basketId, { kind: 'sale', basketId, soldAtMs, items })
  }
  return baskets
}

/**
 * Tells readers that keep hours in memory. In order of time, so that writers never wait for each other in a
 * ring.
 */
async function markHours(client: ClientBase, sales: readonly Sale[]): Promise<void> {
  const hours = [...new Set(sales.map(s => floorTo(s.soldAtMs, HOUR_MS)))].sort((a, b) => a - b)
  if (hours.length === 0) return
  await client.query(
    `INSERT INTO sale_hours AS h (hour_at, version) SELECT unnest($1::timestamptz[]), 1
     ON CONFLICT (hour_at) DO UPDATE SET version = h.version + 1`,
    [hours.map(instantText)],
  )
}

/** Inside the caller's transaction. `sales` hold each basket once: see `foldSales`. */
export async function writeSales(
  client: ClientBase,
  sales: readonly Sale[],
  artistIdOf: (host: string) => number,
): Promise<void> {
  if (sales.length === 0) return
  const there = await known(client, sales)
  const fresh: Sale[] = []
  const changed: Sale[] = []
  for (const sale of sales) {
    const before = there.get(keyText(sale.basketId))
    if (before === undefined) {
      fresh.push(sale)
      continue
    }
    const after = joinSales(before, sale)
    if (after !== before) changed.push(after)
  }
  if (changed.length > 0) {
    await client.query(
      `DELETE FROM sale_items USING ${THESE}
       WHERE sale_items.sold_at = these.sold_at AND sale_items.basket_id = these.basket_id
         AND ${within('sale_items')}`,
      identities(changed),
    )
    await client.query(
      `UPDATE sales SET items = these.items
       FROM unnest($1::timestamptz[], $2::text[], $5::int[]) AS these (sold_at, basket_id, items)
       WHERE sales.sold_at = these.sold_at AND sales.basket_id = these.basket_id AND ${within('sales')}
         AND sales.items <> these.items`,
      [...identities(changed), changed.map(sale => sale.items.length)],
    )
  }
  await markHours(client, [...fresh, ...changed])
  let items = ''
  for (const sale of [...fresh, ...changed]) items += itemLines(sale, artistIdOf)
  await copyInto(client, 'sales', SALE_COLUMNS, fresh.map(saleLine).join(''))
  await copyInto(client, 'sale_items', ITEM_COLUMNS, items)
}
