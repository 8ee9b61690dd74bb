// Turns one basket of the feed into a sale: every item checked, exact, and in one spelling.
import type { Basket, Sale, SaleItem } from '../../schemas/records.ts'
import { DAY_MS } from '../../schemas/time.ts'
import { countryOf } from './countries.ts'
import { epochMsOf, quoted, type RawItem, readEvent } from './feed-json.ts'
import { formatOf } from './formats.ts'
import { amountOf, BadField, countOf, isAbsent, MAX_AMOUNT, MAX_USD, textOf } from './item-fields.ts'
import { overUsdCents, toMinor, toUsdCents } from './money.ts'
import { recordText } from './text.ts'
import { checkUrl } from './urls.ts'

/** One item (or, at position −1, the whole event) that cannot be counted, and why. */
export interface Rejected {
  /** Position in the event; −1 speaks for the event as a whole. */
  readonly position: number
  /** A short code of few values: see `RejectReason`. */
  readonly reason: string
  /** What was wrong, in words, with the field's path. */
  readonly message: string
  /** The item's (or event's) JSON. */
  readonly text: string
}

export interface Normalised {
  /** Null where no item of the basket can be counted. */
  readonly sale: Sale | null
  readonly rejected: readonly Rejected[]
}

/** Bandcamp opened in September 2008. */
export const FIRST_SALE_MS = Date.UTC(2008, 0, 1)
/** Items differ from their event by parts of a second; a day says that one of the two is wrong. */
const MAX_AFTER_BASKET_MS = DAY_MS
/** 22 is the most ever seen; more is held to this. */
const MAX_ADDITIONAL = 1_000
const MAX_RELEASES = 100_000
const ITEM_TYPES = ['a', 't', 'p', 'b'] as const
type ItemType = (typeof ITEM_TYPES)[number]

type Fields = Readonly<Record<string, unknown>>

function itemTypeOf(value: unknown, path: string): ItemType {
  const known = ITEM_TYPES.find(type => type === value)
  if (known !== undefined) return known
  const reason = typeof value === 'string' ? 'unknown-item-type' : 'schema'
  throw new BadField(reason, path, `${quoted(value)} is none of ${ITEM_TYPES.join(', ')}`)
}

function checkTime(soldAtText: string, basketMs: number, path: string): void {
  const ms = epochMsOf(soldAtText)
  if (ms === null) throw new BadField('schema', path, 'no time')
  if (ms < FIRST_SALE_MS) throw new BadField('absurd-date', path, `${soldAtText} is before 2008`)
  if (ms > basketMs + MAX_AFTER_BASKET_MS) {
    throw new BadField('absurd-date', path, `${soldAtText} is more than a day after its basket`)
  }
}

type Money = Pick<SaleItem, 'currency' | 'paidMinor' | 'priceMinor' | 'paidUsdCents' | 'overUsdCents'>

/**
 * The feed's own dollars are the one amount that must be there. Where currency or amount is missing, the sale
 * is taken to be in dollars; where the price is missing, it is taken to be what was paid: what is not known
 * is never a tip.
 */
function moneyOf(fields: Fields, path: string): Money {
  const usd = amountOf(fields.amount_paid_usd, `${path}.amount_paid_usd`, MAX_USD)
  if (usd === null) throw new BadField('schema', `${path}.amount_paid_usd`, 'absent')
  const paid = amountOf(fields.amount_paid, `${path}.amount_paid`, MAX_AMOUNT)
  const price = amountOf(fields.item_price, `${path}.item_price`, MAX_AMOUNT)
  const code = textOf(fields.currency).trim().toUpperCase()
  const paidUsdCents = toUsdCents(usd)
  if (paid === null || !/^[A-Z]{3}$/.test(code)) {
    return {
      currency: 'USD',
      paidMinor: paidUsdCents,
      priceMinor: paidUsdCents,
      paidUsdCents,
      overUsdCents: 0,
    }
  }
  const paidMinor = toMinor(paid, code)
  const priceMinor = price === null ? paidMinor : toMinor(price, code)
  return {
    currency: code,
    paidMinor,
    priceMinor,
    paidUsdCents,
    overUsdCents: overUsdCents(paidMinor, priceMinor, paidUsdCents),
  }
}

/**
 * The cover as the feed gives it; null where there is none or its address is unsafe: no reason to lose a
 * sale.
 */
function artUrlOf(value: unknown): string | null {
  if (typeof value !== 'string' || isAbsent(value)) return null
  const checked = checkUrl(value)
  return checked.ok ? checked.url : null
}

type CountedItem = Omit<SaleItem, 'ordinal'>

function readItem(raw: RawItem, position: number, basketMs: number): CountedItem {
  const path = `items[${position}]`
  if (typeof raw.value !== 'object' || raw.value === null || Array.isArray(raw.value)) {
    throw new BadField('schema', path, 'no object')
  }
  const fields = raw.value as Fields
  checkTime(raw.soldAtText, basketMs, `${path}.utc_date`)
  const itemType = itemTypeOf(fields.item_type, `${path}.item_type`)
  if (typeof fields.url !== 'string' || isAbsent(fields.url))
    throw new BadField('schema', `${path}.url`, 'no text')
  const page = checkUrl(fields.url)
  if (!page.ok) throw new BadField('unsafe-url', `${path}.url`, page.message)
  const description = textOf(fields.item_description)
  const albumTitle = isAbsent(fields.album_title) ? '' : textOf(fields.album_title)
  return {
    position,
    soldAtText: raw.soldAtText,
    url: page.url,
    artistHost: page.host,
    artistName: recordText(textOf(fields.artist_name)),
    title: recordText(description),
    albumTitle: albumTitle === '' ? null : recordText(albumTitle),
    itemType,
    format: formatOf({ itemType, description, url: page.url }),
    country: countryOf(fields.country_code, fields.country),
    ...moneyOf(fields, path),
    units: 1 + (countOf(fields.addl_count, MAX_ADDITIONAL) ?? 0),
    releases: itemType === 'b' ? countOf(fields.releases, MAX_RELEASES) : null,
    artUrl: artUrlOf(fields.art_url),
    genre: null,
    genreSource: 'pending',
    tags: [],
  }
}

function tryItem(raw: RawItem, position: number, basketMs: number): CountedItem | Rejected {
  try {
    return readItem(raw, position, basketMs)
  } catch (error) {
    if (!(error instanceof BadField)) throw error
    return { position, reason: error.reason, message: error.message, text: raw.text }
  }
}

/**
 * Good items are kept when others of the basket are bad; items that `basket.seenItems` lists are left out.
 * Genre is null, its source `pending`, tags empty: the page knows them. Ordinals count among all good items
 * of the basket, seen or not, so that they do not depend on what was seen. Bad data never throws.
 */
export function normaliseBasket(basket: Basket): Normalised {
  const event = readEvent(basket.text)
  if (event.kind === 'bad') {
    const { reason, message } = event
    return { sale: null, rejected: [{ position: -1, reason, message, text: basket.text }] }
  }
  const seen = new Set(basket.seenItems)
  const ordinals = new Map<string, number>()
  const items: SaleItem[] = []
  const rejected: Rejected[] = []
  for (const [position, raw] of event.items.entries()) {
    const item = tryItem(raw, position, basket.soldAtMs)
    if ('reason' in item) {
      if (!seen.has(position)) rejected.push(item)
      continue
    }
    const key = `${item.soldAtText}&${item.url}`
    const ordinal = ordinals.get(key) ?? 0
    ordinals.set(key, ordinal + 1)
    if (!seen.has(position)) items.push({ ...item, ordinal })
  }
  const { id: basketId, soldAtMs } = basket
  return { sale: items.length === 0 ? null : { kind: 'sale', basketId, soldAtMs, items }, rejected }
}
