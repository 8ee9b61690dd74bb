// How the values of keys are called for people: the page, mails and reports use the same words.
import { type Format, UNKNOWN } from './keys.ts'
import { safeText } from './safe-text.ts'

/** What a table says of a key: of its own, for a seller may call things `constructor`. */
const own = (table: Readonly<Record<string, string>>, key: string): string | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined

const FORMAT_LABELS: Readonly<Record<Format, string>> = {
  'digital-album': 'Digital album',
  track: 'Track',
  vinyl: 'Vinyl',
  cassette: 'Cassette',
  cd: 'CD',
  merch: 'Merch',
  discography: 'Full discography',
}

export function formatLabel(format: string): string {
  return own(FORMAT_LABELS, format) ?? safeText(format)
}

/** Genres whose slug does not say how their name is written. */
const GENRE_LABELS: Readonly<Record<string, string>> = {
  'r-b-soul': 'R&B/soul',
  'hip-hop-rap': 'Hip-hop/rap',
  'spoken-word': 'Spoken word',
  [UNKNOWN]: 'Genre unknown',
}

export function genreLabel(slug: string): string {
  const known = own(GENRE_LABELS, slug)
  if (known !== undefined) return known
  const words = safeText(slug).replace(/-/g, ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** Names that many labels share, and that say nothing of whose page it is. */
const NOBODY = /^(various(\s+artists?)?|v\.?\s?\/?\s?a\.?)$/i

/** How an artist's page is called: as its newest release says, or by its host where that names nobody. */
export function artistLabel(name: string, host: string): string {
  return NOBODY.test(name.trim()) ? host : name
}

let regionNames: Intl.DisplayNames | null = null

/**
 * English name of a lower-case ISO code; "Country unknown" for null and `unknown`, the code where it has
 * none.
 */
export function countryLabel(code: string | null): string {
  if (code === null || code === UNKNOWN) return 'Country unknown'
  if (!/^[a-z]{2}$/.test(code)) return safeText(code)
  regionNames ??= new Intl.DisplayNames('en', { type: 'region', fallback: 'code' })
  return regionNames.of(code.toUpperCase()) ?? code.toUpperCase()
}

const REGIONAL_INDICATOR_A = 0x1f1e6

/** The flag of a lower-case ISO code as two regional indicators; a white flag where there is none. */
export function countryFlag(code: string | null): string {
  if (code === null || !/^[a-z]{2}$/.test(code)) return '🏳️'
  return [...code].map(c => String.fromCodePoint(REGIONAL_INDICATOR_A + c.charCodeAt(0) - 97)).join('')
}
