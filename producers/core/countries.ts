// The buyer's country: the feed's codes and names become ISO 3166-1 alpha-2, or null where they say nothing.
import countries from 'i18n-iso-countries'

/** Codes of the feed that are no ISO codes of today, with what they stand for; null: several or none. */
const ODD_CODES: ReadonlyMap<string, string | null> = new Map([
  ['c2', 'cn'], // PayPal's China
  ['uk', 'gb'],
  ['el', 'gr'],
  ['fx', 'fr'],
  ['tp', 'tl'],
  ['zr', 'cd'],
  ['bu', 'mm'],
  ['an', null], // Netherlands Antilles, dissolved into three in 2010
])

/** Names of the feed that the table of names spells otherwise. */
const ODD_NAMES: ReadonlyMap<string, string> = new Map([
  ['korea', 'kr'],
  ['kosovo', 'xk'],
  ['macedonia', 'mk'],
  ['swaziland', 'sz'],
  ['east timor', 'tl'],
  ['cape verde', 'cv'],
  ['viet nam', 'vn'],
  ['moldova', 'md'],
  ['micronesia', 'fm'],
  ['palestine', 'ps'],
])

/** Longest real name has 52 characters. */
const MAX_NAME_CHARS = 100

/** As written, then without what follows a comma: `Iran, Islamic Republic of` is Iran. */
function fromName(name: string): string | null {
  for (const spelling of [name.trim(), name.split(',')[0]!.trim()]) {
    const known = ODD_NAMES.get(spelling.toLowerCase())
    const code = known ?? countries.getSimpleAlpha2Code(spelling, 'en')?.toLowerCase()
    if (code !== undefined) return code
  }
  return null
}

/**
 * The names of the feed are few: each is looked up once. Bounded, since a seller's text could end up here.
 */
const MAX_REMEMBERED = 1_000
const remembered = new Map<string, string | null>()

function rememberedFromName(name: string): string | null {
  const found = remembered.get(name)
  if (found !== undefined) return found
  if (remembered.size >= MAX_REMEMBERED) remembered.clear()
  const code = fromName(name)
  remembered.set(name, code)
  return code
}

/**
 * Lower-case ISO code of the pair the feed gives: a valid code wins (`xk` is kept, `hm` is one), then the
 * known odd codes (`c2` is `cn`), then the English name; else null (`**`, `an`, nothing at all).
 */
export function countryOf(code: unknown, name: unknown): string | null {
  if (typeof code === 'string') {
    const lower = code.trim().toLowerCase()
    if (/^[a-z]{2}$/.test(lower) && countries.isValid(lower)) return lower
    const odd = ODD_CODES.get(lower)
    if (odd !== undefined) return odd
  }
  return typeof name === 'string' && name.length <= MAX_NAME_CHARS ? rememberedFromName(name) : null
}
