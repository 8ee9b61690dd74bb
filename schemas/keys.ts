// Keys: what totals are kept for. A key is text `dimension:value`; `all` has no value.

export const DIMENSIONS = [
  'all',
  'genre',
  'tag',
  'artist',
  'item',
  'country',
  'format',
  'genre-country',
] as const
export type Dimension = (typeof DIMENSIONS)[number]

export type Key = string

export const ALL_KEY: Key = 'all'

/** The value of a genre or country that is not known; a real row, never hidden. */
export const UNKNOWN = 'unknown'

/** Physical and digital kinds of item; `discography` is the feed's type `b`. */
export const FORMATS = ['digital-album', 'track', 'vinyl', 'cassette', 'cd', 'merch', 'discography'] as const
export type Format = (typeof FORMATS)[number]

/**
 * `keyOf('genre', 'techno')` is `genre:techno`; `keyOf('genre-country', 'techno/de')`; `keyOf('all', '')` is
 * `all`.
 */
export function keyOf(dimension: Dimension, value: string): Key {
  return dimension === 'all' ? ALL_KEY : `${dimension}:${value}`
}

export function dimensionOf(key: Key): Dimension {
  const colon = key.indexOf(':')
  return (colon < 0 ? key : key.slice(0, colon)) as Dimension
}

/** The part after the colon; empty for `all`. */
export function keyValue(key: Key): string {
  const colon = key.indexOf(':')
  return colon < 0 ? '' : key.slice(colon + 1)
}
