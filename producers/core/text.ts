// Text from sellers made fit to be stored, shown or compared; it may hold anything at all.

/** What a name or title may have in a sale: ten times the longest real ones; the feed record has it whole. */
export const MAX_TEXT_CODE_POINTS = 1_000
/** Bandcamp's own tags are at most 40 characters or so. */
const MAX_TAG_CODE_POINTS = 100

const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g
const NUL = '\u0000'

/** Zero-width, soft hyphen, byte order mark, and everything that steers the direction of text. */
const INVISIBLE = /\u034f|[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/gu
/** As INVISIBLE, but the joiners stay: emoji and several scripts are spelt with them. */
const STEERING = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f\ufeff]/gu
const CONTROLS = /[\p{Cc}\u2028\u2029]/gu

/** At most `max` code points; longer text ends in an ellipsis, which counts as one of them. */
export function bounded(text: string, max: number = MAX_TEXT_CODE_POINTS): string {
  if (text.length <= max) return text
  const kept: string[] = []
  for (const character of text) {
    if (kept.length === max) return `${kept.slice(0, -1).join('')}…`
    kept.push(character)
  }
  return text
}

/**
 * What a record keeps: NFC, well-formed, bounded. Control, zero-width and bidi characters stay as they came;
 * only NUL and lone surrogates, which no database takes, become U+FFFD.
 */
export function recordText(text: string): string {
  // Bounding first keeps the cost of hostile text small; NFC may lengthen it, so it is bounded again.
  const wellFormed = bounded(text, MAX_TEXT_CODE_POINTS * 2).replace(LONE_SURROGATE, '\ufffd')
  return bounded(wellFormed.replaceAll(NUL, '\ufffd').normalize('NFC'))
}

/**
 * What a person may be shown outside HTML escaping: one line, no control characters, nothing that turns text.
 */
export function displayText(text: string): string {
  return recordText(text).replace(CONTROLS, ' ').replace(STEERING, '').replace(/ {2,}/g, ' ').trim()
}

/** What texts are compared by: NFKC, lower case, one space, nothing invisible. Never for showing. */
export function keyText(text: string): string {
  const visible = recordText(text).replace(CONTROLS, ' ').replace(INVISIBLE, '')
  return visible.normalize('NFKC').toLowerCase().normalize('NFKC').replace(/\s+/gu, ' ').trim()
}

/**
 * The one spelling of a tag, as Bandcamp's own slugs: every run of characters that are no letters, marks or
 * digits becomes one hyphen. `Drum & Bass` is `drum-bass`, `hip hop` and `hip_hop` are `hip-hop`, `R&B` is
 * `r-b`; letters of every script stay. Empty where nothing is left.
 */
export function normaliseTag(tag: string): string {
  const hyphened = keyText(tag).replace(/[^\p{L}\p{M}\p{N}]+/gu, '-')
  const [...points] = hyphened.replace(/^-|-$/g, '')
  return points.slice(0, MAX_TAG_CODE_POINTS).join('').replace(/-$/, '')
}
