// Which genres sell in which countries: from the windows of both at once, or from hours in memory.
import type { GenreCountries, GenreCountriesQuery, HistoryQuery } from '../../../schemas/history.ts'
import type { Block } from './block.ts'
import { checkScannable, isScannable, rowLimit } from './bounds.ts'
import { type Context, Parameters, rowsOf, watermarksOf } from './context.ts'
import { rowRelation, windowRelation, windowSource } from './relation.ts'
import { filterName, select } from './scan.ts'
import { scanOf } from './totals.ts'

interface Cell {
  readonly genre: string
  readonly country: string
  readonly items: number
}

const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

async function sqlCells(context: Context, relation: string, p: Parameters): Promise<readonly Cell[]> {
  return rowsOf<Cell>(
    context,
    `SELECT split_part(grp, '/', 1) AS genre, split_part(grp, '/', 2) AS country, sum(items)::float8 AS items
     FROM (${relation}) AS r GROUP BY grp HAVING sum(items) > 0`,
    p.values,
  )
}

/** More genres or countries than this are not told apart in a number; there are some 250 countries. */
const MAX_TEXTS = 1 << 20
/** What an entry of a Map costs. */
const ENTRY_BYTES = 40

async function scanCells(context: Context, query: HistoryQuery): Promise<readonly Cell[]> {
  const { blocks, filter } = await scanOf(context, query)
  const { texts } = context.blocks.texts
  const scanDay = (day: readonly Block[]) => {
    const counts = new Map<number, number>()
    select(day, query, filter, (block, rows, count) => {
      for (let i = 0; i < count; i++) {
        const pair = block.genre[rows[i]!]! * MAX_TEXTS + block.country[rows[i]!]!
        counts.set(pair, (counts.get(pair) ?? 0) + 1)
      }
    })
    return { counts, bytes: counts.size * ENTRY_BYTES }
  }
  const sums = new Map<number, number>()
  const what = `genre-countries ${filterName(filter)}`
  for (const { part } of context.days.scan(what, blocks, query, scanDay)) {
    for (const [pair, items] of part.counts) sums.set(pair, (sums.get(pair) ?? 0) + items)
  }
  return [...sums].map(([pair, items]) => ({
    genre: texts[Math.floor(pair / MAX_TEXTS)]!,
    country: texts[pair % MAX_TEXTS]!,
    items,
  }))
}

async function cellsOf(context: Context, query: HistoryQuery): Promise<readonly Cell[]> {
  const p = new Parameters()
  const source = windowSource(query.filter, 'genre-country')
  if (source !== null) {
    const { windowsMs } = await watermarksOf(context)
    return sqlCells(context, windowRelation(source, query, windowsMs, p), p)
  }
  if (query.filter.artist !== null && !isScannable(query)) {
    return sqlCells(context, rowRelation(query.filter, 'genre-country', query, p), p)
  }
  checkScannable(query, 'Genres by country under these filters')
  return scanCells(context, query)
}

/** Of one side, the values with most items. */
function leading(cells: readonly Cell[], side: 'genre' | 'country', limit: number): readonly string[] {
  const sums = new Map<string, number>()
  for (const cell of cells) sums.set(cell[side], (sums.get(cell[side]) ?? 0) + cell.items)
  return [...sums]
    .sort((a, b) => b[1] - a[1] || compareText(a[0], b[0]))
    .slice(0, rowLimit(limit))
    .map(([value]) => value)
}

export async function genreCountriesOf(
  context: Context,
  query: GenreCountriesQuery,
): Promise<GenreCountries> {
  const cells = query.toMs <= query.fromMs ? [] : await cellsOf(context, query)
  const countries = leading(cells, 'country', query.countries)
  const items = new Map(cells.map(cell => [`${cell.genre}/${cell.country}`, cell.items]))
  const rows = leading(cells, 'genre', query.genres).map(genre => ({
    genre,
    itemsByCountry: countries.map(country => items.get(`${genre}/${country}`) ?? 0),
  }))
  return { countries, rows }
}
