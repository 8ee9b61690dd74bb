// Sales as rows and back: the columns, what is worked out for them, and which record of a basket knows more.
import { type Format, UNKNOWN } from '../../schemas/keys.ts'
import { KNOWLEDGE_RANK, type Sale, type SaleItem } from '../../schemas/records.ts'
import { COPY_NULL, copyText, copyTexts, instantText, keyText } from './text.ts'

export const SALE_COLUMNS = 'sold_at, basket_id, items'
export const ITEM_COLUMNS =
  'sold_at, basket_id, position, sold_at_text, ordinal, url, artist_id, artist_host, artist_name, title, ' +
  'album_title, item_type, format, country, currency, paid_minor, price_minor, revenue_usd_cents, ' +
  'over_usd_cents, units, releases, art_url, genre, genre_source, tags, repeats'

/** Dimensions of `repeats`, as bits of a subset. */
export const REPEAT_BITS = { genre: 1, artist: 2, country: 4, format: 8, item: 16 } as const
const SUBSETS = 32

/**
 * For each item, the set of subsets of the dimensions on which an earlier item of the basket has the same
 * values: bit s of the number stands for subset s. A basket then counts once for any filter and grouping.
 */
export function repeatMasks(items: readonly SaleItem[]): readonly number[] {
  return items.map((item, i) => {
    let mask = 0
    for (let j = 0; j < i; j++) {
      const other = items[j]!
      const same =
        (other.genre === item.genre ? REPEAT_BITS.genre : 0) |
        (other.artistHost === item.artistHost ? REPEAT_BITS.artist : 0) |
        (other.country === item.country ? REPEAT_BITS.country : 0) |
        (other.format === item.format ? REPEAT_BITS.format : 0) |
        (other.url === item.url ? REPEAT_BITS.item : 0)
      for (let s = 0; s < SUBSETS; s++) if ((s & ~same) === 0) mask |= 1 << s
    }
    return mask
  })
}

/**
 * The join of two records of one basket: of an item that both have, the one that ranks higher in what it
 * knows; of an item that one could not be read for, the other's. Repeats and their order are no matter.
 * `known` itself where nothing is learnt.
 */
export function joinSales(known: Sale, other: Sale): Sale {
  const byPosition = new Map(known.items.map(item => [item.position, item]))
  let learnt = false
  for (const item of other.items) {
    const before = byPosition.get(item.position)
    if (before !== undefined && rankOf(item) <= rankOf(before)) continue
    byPosition.set(item.position, item)
    learnt = true
  }
  if (!learnt) return known
  return { ...known, items: [...byPosition.values()].sort((a, b) => a.position - b.position) }
}

const rankOf = ({ genreSource }: SaleItem): number => KNOWLEDGE_RANK[genreSource]

export function saleLine(sale: Sale): string {
  return `${instantText(sale.soldAtMs)}\t${copyText(keyText(sale.basketId))}\t${sale.items.length}\n`
}

const optional = (text: string | null) => (text === null ? COPY_NULL : copyText(text))

export function itemLines(sale: Sale, artistIdOf: (host: string) => number): string {
  const soldAt = instantText(sale.soldAtMs)
  const basketId = copyText(keyText(sale.basketId))
  const masks = sale.items.length === 1 ? [0] : repeatMasks(sale.items)
  let lines = ''
  for (const [i, item] of sale.items.entries()) {
    lines +=
      `${soldAt}\t${basketId}\t${item.position}\t${copyText(item.soldAtText)}\t${item.ordinal}\t` +
      `${copyText(item.url)}\t${artistIdOf(item.artistHost)}\t${copyText(item.artistHost)}\t` +
      `${copyText(item.artistName)}\t${copyText(item.title)}\t${optional(item.albumTitle)}\t${item.itemType}\t` +
      `${item.format}\t${copyText(keyText(item.country ?? UNKNOWN))}\t${copyText(item.currency)}\t` +
      `${item.paidMinor}\t${item.priceMinor}\t${item.paidUsdCents}\t${item.overUsdCents}\t${item.units}\t` +
      `${item.releases ?? COPY_NULL}\t${optional(item.artUrl)}\t${copyText(keyText(item.genre ?? UNKNOWN))}\t` +
      `${item.genreSource}\t${copyTexts(item.tags)}\t${masks[i]}\n`
  }
  return lines
}

/** A row of `sale_items` as the queries of this folder select it: see `ITEM_SELECT`. */
export interface ItemRow {
  readonly sold_at_ms: number
  readonly basket_id: string
  readonly position: number
  readonly sold_at_text: string
  readonly ordinal: number
  readonly url: string
  readonly artist_host: string
  readonly artist_name: string
  readonly title: string
  readonly album_title: string | null
  readonly item_type: SaleItem['itemType']
  readonly format: Format
  readonly country: string
  readonly currency: string
  readonly paid_minor: number
  readonly price_minor: number
  readonly revenue_usd_cents: number
  readonly over_usd_cents: number
  readonly units: number
  readonly releases: number | null
  readonly art_url: string | null
  readonly genre: string
  readonly genre_source: SaleItem['genreSource']
  readonly tags: readonly string[]
}

export const ITEM_SELECT =
  '(extract(epoch FROM sold_at) * 1000)::float8 sold_at_ms, basket_id, position, sold_at_text, ordinal, url, ' +
  'artist_host, artist_name, title, album_title, item_type, format, country, currency, paid_minor::float8, ' +
  'price_minor::float8, revenue_usd_cents::float8, over_usd_cents::float8, units::float8, releases::float8, ' +
  'art_url, genre, genre_source, tags'

export function itemOf(row: ItemRow): SaleItem {
  return {
    position: row.position,
    soldAtText: row.sold_at_text,
    ordinal: row.ordinal,
    url: row.url,
    artistHost: row.artist_host,
    artistName: row.artist_name,
    title: row.title,
    albumTitle: row.album_title,
    itemType: row.item_type,
    format: row.format,
    country: row.country === UNKNOWN ? null : row.country,
    currency: row.currency,
    paidMinor: row.paid_minor,
    priceMinor: row.price_minor,
    paidUsdCents: row.revenue_usd_cents,
    overUsdCents: row.over_usd_cents,
    units: row.units,
    releases: row.releases,
    artUrl: row.art_url,
    genre: row.genre === UNKNOWN ? null : row.genre,
    genreSource: row.genre_source,
    tags: row.tags,
  }
}
