// What makes two things of the feed the same: hashes and keys over the feed's own text.
import { createHash } from 'node:crypto'
import type { RawItem } from './feed-json.ts'

/** 128 bits: two of a billion baskets collide with a chance below 10⁻²⁰. */
const ID_BYTES = 16

/** 22 characters of base64url: 128 bits of the SHA-256 of the parts, told apart from each other. */
export function hashOf(...parts: readonly (string | number | readonly string[])[]): string {
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest()
  return digest.subarray(0, ID_BYTES).toString('base64url')
}

/** The id of a checkout: event time, item times and item urls, all as the feed wrote them. */
export function basketId(soldAtText: string, items: readonly RawItem[]): string {
  return hashOf(
    soldAtText,
    items.map(item => item.soldAtText),
    items.map(item => item.url),
  )
}

/**
 * The keys of a basket's items, by position: (time text, url, ordinal among equals). An item without time or
 * url has the identity of its text.
 */
export function itemKeys(items: readonly RawItem[]): readonly string[] {
  const times = new Map<string, number>()
  return items.map(({ soldAtText, url, text }) => {
    const base = soldAtText === '' || url === '' ? hashOf(text) : `${soldAtText}&${url}`
    const ordinal = times.get(base) ?? 0
    times.set(base, ordinal + 1)
    return ordinal === 0 ? base : `${base}&${ordinal}`
  })
}
