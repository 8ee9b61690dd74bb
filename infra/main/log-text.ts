// Records of the log as lines for people: one each, nothing in them that a terminal obeys.
import { safeText } from '../../dashboard/core/safe-text.ts'
import type { AnyRecord } from '../../schemas/record-time.ts'
import { recordTimeMs } from '../../schemas/record-time.ts'
import type { Basket, Sale, SaleItem } from '../../schemas/records.ts'
import type { Totals } from '../../schemas/totals.ts'

const MAX_NAME_CHARS = 60
const CENTS = 100

const iso = (timeMs: number) => new Date(timeMs).toISOString()
const usd = (cents: number) => `${(cents / CENTS).toFixed(2)} USD`
const plural = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`
const short = (text: string) => safeText(text, MAX_NAME_CHARS)

/** `2026-11-20T08:00:01.000Z  0/123  sale  …`; the time is the record's own. */
export function recordLine(record: AnyRecord, partition: number, offset: number): string {
  return `${iso(recordTimeMs(record))}  ${partition}/${offset}  ${record.kind}  ${detail(record)}`.trimEnd()
}

function detail(record: AnyRecord): string {
  switch (record.kind) {
    case 'tick':
      return ''
    case 'gap':
      return `${iso(record.fromMs)} to ${iso(record.toMs)}: ${short(record.reason)}`
    case 'basket':
      return basketText(record)
    case 'sale':
      return saleText(record)
    case 'amend':
      return saleText(record.sale)
    case 'pane':
      return `${short(record.key)}  ${totalsText(record)}  revision ${record.revision}`
    case 'window': {
      const partial = record.partial ? '  partial' : ''
      return `${record.size}  ${short(record.key)}  ${totalsText(record)}  revision ${record.revision}${partial}`
    }
    case 'leaders': {
      const first = record.top[0]
      const leader =
        first === undefined ? 'nobody' : `${short(first.key)} with ${plural(first.items, 'item')}`
      return `${record.size}  ${record.dimension}: ${leader}, ${plural(record.distinctKeys, 'key')}`
    }
    case 'dead-letter':
      return `${short(record.stage)}  ${short(record.reason)}: ${safeText(record.message)}`
    case 'settled':
      return `${short(record.letterId)}  ${record.how}  ${safeText(record.note)}`
    default:
      return short(JSON.stringify(record))
  }
}

function totalsText({ items, baskets, revenueUsdCents }: Totals): string {
  return `${plural(items, 'item')} in ${plural(baskets, 'basket')}  ${usd(revenueUsdCents)}`
}

function saleText({ items }: Sale): string {
  const revenue = items.reduce((sum, item) => sum + item.paidUsdCents, 0)
  const first: SaleItem | undefined = items[0]
  if (first === undefined) return plural(0, 'item')
  const what = `${short(first.artistName)} – ${short(first.title)}`
  const facts = [first.format, first.genre ?? 'unknown genre', first.country ?? 'unknown country']
  return `${plural(items.length, 'item')}  ${usd(revenue)}  ${what}  (${facts.map(short).join(', ')})`
}

function basketText({ id, text }: Basket): string {
  const event = safeParse(text)
  const items = Array.isArray(event?.items) ? (event.items as Readonly<Record<string, unknown>>[]) : []
  const first = items[0]
  const name = (value: unknown) => (typeof value === 'string' ? short(value) : '?')
  const what = first === undefined ? '' : `  ${name(first.artist_name)} – ${name(first.item_description)}`
  return `${short(id)}  ${plural(items.length, 'item')}${what}`
}

function safeParse(text: string): Readonly<Record<string, unknown>> | null {
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>
  } catch {
    return null
  }
}

/** What a terminal obeys or hides, beyond what JSON itself escapes. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/** One line of JSON that is the same JSON to programs, and harmless on a terminal. */
export function safeJson(value: unknown): string {
  return JSON.stringify(value).replace(UNSAFE, character =>
    [...Array(character.length).keys()]
      .map(i => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`)
      .join(''),
  )
}
