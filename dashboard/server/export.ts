// The sales of a view as a file: CSV that a spreadsheet may open, or JSON; what was asked stands inside.
import { once } from 'node:events'
import type { Response } from 'express'
import type { History } from '../../infra/ports.ts'
import { csvLine, csvNote } from '../../schemas/csv.ts'
import type { HistoryExtent, SoldItem } from '../../schemas/history.ts'
import type { PagePlace } from '../core/cursor.ts'
import { formatViewQuery, type ViewQuery } from '../core/query.ts'
import { viewWindow } from '../core/ranges.ts'
import type { Present } from './intake.ts'

/** A day and more; whoever needs everything has the log. */
export const MAX_EXPORT_ROWS = 100_000
const PAGE_ROWS = 1_000

const COLUMNS = [
  'sold_at',
  'basket',
  'artist',
  'artist_host',
  'title',
  'album',
  'format',
  'genre',
  'tags',
  'buyer_country',
  'paid_minor',
  'currency',
  'paid_usd',
  'over_asking_usd',
  'units',
  'url',
] as const

const usd = (cents: number): number => cents / 100
const isoOf = (timeMs: number): string => new Date(timeMs).toISOString()

function csvRow(item: SoldItem): string {
  return csvLine([
    isoOf(item.soldAtMs),
    item.basketId,
    item.artistName,
    item.artistHost,
    item.title,
    item.albumTitle,
    item.format,
    item.genre,
    item.tags.join('; '),
    item.country,
    item.paidMinor,
    item.currency,
    usd(item.paidUsdCents),
    usd(item.overUsdCents),
    item.units,
    item.url,
  ])
}

export interface ExportOptions {
  readonly history: History
  readonly present: Present
  readonly query: ViewQuery
  readonly extent: HistoryExtent
  readonly nowMs: number
}

/** The view's sales in pages, newest first, at most `MAX_EXPORT_ROWS`. */
async function* pagesOf({ history, query, extent, nowMs, present }: ExportOptions) {
  const { now } = viewWindow(query, extent.watermarkMs ?? nowMs)
  // The lowest id: everything sold before `toMs`, nothing at it.
  let before: PagePlace = { soldAtMs: now.toMs, id: '/0' }
  for (let rows = 0; rows < MAX_EXPORT_ROWS; rows += PAGE_ROWS) {
    const page = await history.recent(query.filter, PAGE_ROWS, before)
    const inside = page.filter(item => item.soldAtMs >= now.fromMs)
    if (inside.length > 0) yield inside.map(present)
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE_ROWS || inside.length < page.length) return
    before = { soldAtMs: last.soldAtMs, id: last.id }
  }
}

/** What was asked, in words that stay with the file. */
function notesOf({ query, extent, nowMs }: ExportOptions): readonly (readonly [string, string])[] {
  const { now } = viewWindow(query, extent.watermarkMs ?? nowMs)
  return [
    ['Bandcamp Tracker', 'observed sales, one line per item, newest first'],
    ['query', formatViewQuery(query) || 'all sales'],
    ['from (UTC)', isoOf(now.fromMs)],
    ['to (UTC, not included)', isoOf(now.toMs)],
    ['as of (UTC)', extent.watermarkMs === null ? 'no sales yet' : isoOf(extent.watermarkMs)],
    ['limit', `${MAX_EXPORT_ROWS} lines`],
  ]
}

/** Writes, and waits where the reader is slower than we are. */
async function write(res: Response, text: string): Promise<void> {
  if (!res.write(text)) await Promise.race([once(res, 'drain'), once(res, 'close')])
}

async function sendCsv(res: Response, options: ExportOptions): Promise<void> {
  // The mark at the front tells Excel that this is UTF-8.
  const notes = notesOf(options).map(([name, value]) => csvNote(name, value))
  await write(res, `\ufeff${notes.join('')}${csvLine(COLUMNS)}`)
  for await (const page of pagesOf(options)) {
    if (res.destroyed) return
    await write(res, page.map(csvRow).join(''))
  }
}

async function sendJson(res: Response, options: ExportOptions): Promise<void> {
  await write(res, `{"about":${JSON.stringify(Object.fromEntries(notesOf(options)))},"sales":[`)
  let comma = ''
  for await (const page of pagesOf(options)) {
    if (res.destroyed) return
    await write(res, comma + page.map(item => JSON.stringify(item)).join(',\n'))
    comma = ',\n'
  }
  await write(res, ']}')
}

/** Sends the file page by page, as fast as it is read. */
export async function sendExport(res: Response, kind: 'csv' | 'json', options: ExportOptions): Promise<void> {
  const name = `bandcamp-sales-${isoOf(options.extent.watermarkMs ?? options.nowMs)
    .slice(0, 16)
    .replace(/:/g, '')}`
  res.attachment(`${name}.${kind}`)
  res.type(kind === 'csv' ? 'text/csv; charset=utf-8' : 'application/json')
  res.set('cache-control', 'no-store')
  if (kind === 'csv') await sendCsv(res, options)
  else await sendJson(res, options)
  res.end()
}
