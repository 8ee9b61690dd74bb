// Sales as columns: what a replay decodes by the million. Equal strings of a block come back as one string
// object.
import type { Sale, SaleItem } from '../../schemas/records.ts'
import { createReader, createWriter, type Reader } from './columns.ts'

const SALE_FIELDS = 4

const isText = (value: unknown): boolean => typeof value === 'string'
const isTextOrNull = (value: unknown): boolean => value === null || typeof value === 'string'

/**
 * True for a sale with exactly the fields known here; others, from newer programs, are packed in a general
 * way.
 */
export function isPlainSale(record: { readonly kind: string }): record is Sale {
  if (record.kind !== 'sale') return false
  const sale = record as Sale
  return (
    Object.keys(sale).length === SALE_FIELDS &&
    isText(sale.basketId) &&
    typeof sale.soldAtMs === 'number' &&
    Array.isArray(sale.items) &&
    sale.items.every(isPlainItem)
  )
}

function isPlainItem(item: SaleItem): boolean {
  if (typeof item !== 'object' || item === null || Object.keys(item).length !== ITEM_FIELDS) return false
  const { releases, tags } = item
  return (
    NUMBERS.every(field => typeof item[field] === 'number') &&
    TEXTS.every(field => isText(item[field])) &&
    TEXTS_OR_NULL.every(field => isTextOrNull(item[field])) &&
    (releases === null || (typeof releases === 'number' && releases >= 0)) &&
    Array.isArray(tags) &&
    tags.every(isText)
  )
}

export const NUMBERS = [
  'position',
  'ordinal',
  'paidMinor',
  'priceMinor',
  'paidUsdCents',
  'overUsdCents',
  'units',
] as const
const TEXTS = [
  'soldAtText',
  'url',
  'artistHost',
  'artistName',
  'title',
  'itemType',
  'format',
  'currency',
  'genreSource',
] as const
const TEXTS_OR_NULL = ['albumTitle', 'country', 'artUrl', 'genre'] as const
type ListedField = (typeof NUMBERS | typeof TEXTS | typeof TEXTS_OR_NULL)[number]
/** Does not compile when `SaleItem` gets a field that is listed nowhere. */
const OTHER_FIELDS: Readonly<Record<Exclude<keyof SaleItem, ListedField>, true>> = {
  releases: true,
  tags: true,
}
const ITEM_FIELDS = NUMBERS.length + TEXTS.length + TEXTS_OR_NULL.length + Object.keys(OTHER_FIELDS).length

/** Fields with few values, the same in many blocks. */
export const SHARED_TEXTS = ['itemType', 'format', 'currency', 'genreSource', 'country', 'genre'] as const
export const OWN_TEXTS = [
  'soldAtText',
  'url',
  'artistHost',
  'artistName',
  'title',
  'albumTitle',
  'artUrl',
] as const

/** Places of strings in a table, from 1 on; 0 is null. */
function createTable(): { place(text: string | null): number; readonly texts: readonly string[] } {
  const places = new Map<string, number>()
  const texts: string[] = []
  return {
    texts,
    place: text => {
      if (text === null) return 0
      const known = places.get(text)
      if (known !== undefined) return known
      texts.push(text)
      places.set(text, texts.length)
      return texts.length
    },
  }
}

export function encodeSales(sales: readonly Sale[]): Buffer {
  const items = sales.flatMap(sale => sale.items)
  const table = createTable()
  const shared = SHARED_TEXTS.map(field => items.map(item => table.place(item[field])))
  const tags = items.flatMap(item => item.tags.map(table.place))
  const sharedCount = table.texts.length
  const own = OWN_TEXTS.map(field => items.map(item => table.place(item[field])))
  const basketIds = sales.map(sale => table.place(sale.basketId))

  const writer = createWriter()
  writer.column([sales.length, items.length, tags.length])
  writer.strings(table.texts, sharedCount)
  writer.column(basketIds)
  writer.column(sales.map(sale => sale.soldAtMs))
  writer.column(sales.map(sale => sale.items.length))
  for (const places of [...shared, ...own]) writer.column(places)
  for (const field of NUMBERS) writer.column(items.map(item => item[field]))
  writer.column(items.map(item => item.releases ?? -1))
  writer.column(items.map(item => item.tags.length))
  writer.column(tags)
  return writer.bytes()
}

export function decodeSales(bytes: Buffer): Sale[] {
  const reader = createReader(bytes)
  const [saleCount = 0, itemCount = 0, tagCount = 0] = reader.column(3)
  const strings = reader.strings()
  const basketIds = reader.column(saleCount)
  const soldAtMs = reader.column(saleCount)
  const itemCounts = reader.column(saleCount)
  const items = decodeItems(reader, strings, itemCount, tagCount)
  const sales = new Array<Sale>(saleCount)
  let next = 0
  for (let i = 0; i < saleCount; i++) {
    const end = next + itemCounts[i]!
    sales[i] = {
      kind: 'sale',
      basketId: strings[basketIds[i]!]!,
      soldAtMs: soldAtMs[i]!,
      items: end === next + 1 ? [items[next]!] : items.slice(next, end),
    }
    next = end
  }
  return sales
}

function decodeItems(
  reader: Reader,
  strings: readonly (string | null)[],
  itemCount: number,
  tagCount: number,
): SaleItem[] {
  const column = (): Float64Array => reader.column(itemCount)
  const [itemType, format, currency, genreSource, country, genre] = sixColumns(column)
  const [soldAtText, url, artistHost, artistName, title, albumTitle] = sixColumns(column)
  const artUrl = column()
  const [position, ordinal, paidMinor, priceMinor, paidUsdCents, overUsdCents] = sixColumns(column)
  const [units, releases, tagCounts] = [column(), column(), column()]
  const tagPlaces = reader.column(tagCount)
  const items = new Array<SaleItem>(itemCount)
  let nextTag = 0
  for (let i = 0; i < itemCount; i++) {
    const tags: string[] = []
    for (const end = nextTag + tagCounts[i]!; nextTag < end; nextTag++)
      tags.push(strings[tagPlaces[nextTag]!]!)
    items[i] = {
      position: position[i]!,
      soldAtText: strings[soldAtText[i]!]!,
      ordinal: ordinal[i]!,
      url: strings[url[i]!]!,
      artistHost: strings[artistHost[i]!]!,
      artistName: strings[artistName[i]!]!,
      title: strings[title[i]!]!,
      albumTitle: strings[albumTitle[i]!]!,
      itemType: strings[itemType[i]!] as SaleItem['itemType'],
      format: strings[format[i]!] as SaleItem['format'],
      country: strings[country[i]!]!,
      currency: strings[currency[i]!]!,
      paidMinor: paidMinor[i]!,
      priceMinor: priceMinor[i]!,
      paidUsdCents: paidUsdCents[i]!,
      overUsdCents: overUsdCents[i]!,
      units: units[i]!,
      releases: releases[i]! < 0 ? null : releases[i]!,
      artUrl: strings[artUrl[i]!]!,
      genre: strings[genre[i]!]!,
      genreSource: strings[genreSource[i]!] as SaleItem['genreSource'],
      tags,
    }
  }
  return items
}

type Six = [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array, Float64Array]

function sixColumns(column: () => Float64Array): Six {
  return [column(), column(), column(), column(), column(), column()]
}
