// The oracle's look at what is computed: rows, windows and leaders are plain sums over the sales in the log.
import { LEADERS_MAX, ROLLING } from '../../../processors/topology.ts'
import { DIMENSIONS, dimensionOf } from '../../../schemas/keys.ts'
import { partitionOf } from '../../../schemas/partition.ts'
import {
  KNOWLEDGE_RANK,
  type Leaders,
  type Sale,
  type SalesRecord,
  type Window,
} from '../../../schemas/records.ts'
import { floorTo, MINUTE_MS } from '../../../schemas/time.ts'
import { addTotals, type Totals } from '../../../schemas/totals.ts'
import { lettersIn } from '../../support/dead-letters.ts'
import { better, contributions, inTime, type PlainWindow, plainWindows } from '../../support/sales.ts'
import type { Run } from './run.ts'

/** The best that any record of a basket knew of each item. */
function bestOf(records: readonly SalesRecord[]): ReadonlyMap<string, Sale> {
  const best = new Map<string, Sale>()
  for (const record of records) {
    const sale = record.kind === 'sale' ? record : record.kind === 'amend' ? record.sale : null
    if (sale === null) continue
    best.set(sale.basketId, better(best.get(sale.basketId), sale))
  }
  return best
}

/** The store has each sale once, as well known as it ever was, and nothing else. */
export function rowProblems(run: Run): string[] {
  const { storage, feed } = run
  const problems: string[] = []
  const expected = bestOf(storage.log.records('sales').flat())
  const stored = new Map(storage.store.tables().sales.map(sale => [sale.basketId, sale]))
  const asKnown = (sale: Sale) =>
    JSON.stringify(
      sale.items.map(item => (KNOWLEDGE_RANK[item.genreSource] > 0 ? item : { ...item, genreSource: '' })),
    )
  for (const [id, sale] of expected) {
    const row = stored.get(id)
    if (row === undefined) problems.push(`no row for ${id}`)
    else if (asKnown(row) !== asKnown(sale)) problems.push(`row ${asKnown(row)} for ${asKnown(sale)}`)
  }
  for (const id of stored.keys()) if (!expected.has(id)) problems.push(`row of nothing: ${id}`)
  for (const { items } of stored.values()) {
    for (const { url, genre, genreSource } of items) {
      if (genreSource === 'page' && feed.world.pageFacts(url)?.genre !== genre)
        problems.push(`${url} is not ${genre}`)
    }
  }
  const letters = new Set(lettersIn(storage.log.records('dead-letters').flat()).map(letter => letter.id))
  if (storage.store.tables().deadLetters.length !== letters.size) problems.push('dead letters are missing')
  return problems
}

/** In the end every page answers: whose genre may still be learnt has one, whichever process sought it. */
export function genreProblems({ storage, feed, plan, rolledToMs }: Run): string[] {
  const ticksMs = storage.log
    .records('feed')
    .flat()
    .flatMap(record => (record.kind === 'tick' && record.upToMs < rolledToMs ? [record.upToMs] : []))
  const amendedFromMs = Math.max(...ticksMs) - plan.config.allowedLatenessMs
  return storage.store
    .tables()
    .sales.filter(sale => sale.soldAtMs > amendedFromMs)
    .flatMap(sale => sale.items)
    .filter(item => KNOWLEDGE_RANK[item.genreSource] === 0 && feed.world.pageFacts(item.url) !== null)
    .map(item => `the genre of ${item.url} was given up: ${item.genreSource}`)
}

/** Windows of all partitions together: those of each, added up. */
function expectedWindows({ storage, plan }: Run): ReadonlyMap<string, PlainWindow> {
  const sum = new Map<string, PlainWindow>()
  for (const records of storage.log.records('sales')) {
    for (const [id, window] of plainWindows(records, plan.config.allowedLatenessMs)) {
      const known = sum.get(id)
      sum.set(
        id,
        known === undefined
          ? window
          : { ...addTotals(known, window), partial: known.partial || window.partial },
      )
    }
  }
  return sum
}

function windowText({
  items,
  baskets,
  units,
  revenueUsdCents,
  overUsdCents,
  partial,
}: PlainWindow | Window): string {
  return JSON.stringify({ items, baskets, units, revenueUsdCents, overUsdCents, partial })
}

/** Every window that has something in it, and no other, is in the store with its totals. */
export function windowProblems(run: Run): string[] {
  const problems: string[] = []
  const expected = expectedWindows(run)
  const stored = new Map<string, Window>()
  for (const window of run.storage.store.tables().windows) {
    if (window.items !== 0 || window.key === 'all')
      stored.set(`${window.size} ${window.startMs} ${window.key}`, window)
  }
  for (const [id, window] of expected) {
    const found = stored.get(id)
    if (found === undefined) {
      if (window.items !== 0 || id.endsWith(' all')) problems.push(`no window ${id} of ${windowText(window)}`)
    } else if (windowText(found) !== windowText(window))
      problems.push(`window ${id} is ${windowText(found)}, not ${windowText(window)}`)
  }
  for (const id of stored.keys()) if (!expected.has(id)) problems.push(`window of nothing: ${id}`)
  return problems
}

/** The last leaders of each rolling window are a plain top list of the sales that came in time. */
export function leaderProblems(run: Run): string[] {
  const { storage, plan, rolledToMs } = run
  const last = new Map<string, Leaders>()
  for (const record of storage.log.records('leaders').flat()) {
    if (record.endMs === rolledToMs) last.set(`${record.source} ${record.size} ${record.dimension}`, record)
  }
  const counted = storage.log
    .records('sales')
    .flatMap(records => [...bestOf(inTime(records, plan.config.allowedLatenessMs)).values()])
  const problems: string[] = []
  for (const { size, sizeMs } of ROLLING) {
    const totals = new Map<string, Totals>()
    for (const sale of counted) {
      const minuteMs = floorTo(sale.soldAtMs, MINUTE_MS)
      if (minuteMs < rolledToMs - sizeMs || minuteMs >= rolledToMs) continue
      for (const [key, each] of contributions(sale))
        totals.set(key, addTotals(totals.get(key) ?? NOTHING, each))
    }
    for (let source = 0; source < plan.partitions; source++) {
      for (const dimension of DIMENSIONS) {
        const mine = [...totals].filter(
          ([key]) => dimensionOf(key) === dimension && partitionOf(key, plan.partitions) === source,
        )
        mine.sort(([a, x], [b, y]) => y.items - x.items || (a < b ? -1 : 1))
        const wanted = mine.slice(0, LEADERS_MAX).map(([key, each]) => ({ key, ...each }))
        const id = `${source} ${size} ${dimension}`
        const found = last.get(id)?.top
        if (JSON.stringify(found) !== JSON.stringify(wanted))
          problems.push(`leaders ${id} are ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`)
      }
    }
  }
  return problems
}

const NOTHING: Totals = { items: 0, baskets: 0, units: 0, revenueUsdCents: 0, overUsdCents: 0 }
