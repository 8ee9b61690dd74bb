// Countries by name: "german" finds de.
import countries from 'i18n-iso-countries'
import { countryLabel } from './display.ts'

/** Lower case, without accents. */
const plain = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()

interface Named {
  readonly code: string
  readonly label: string
  readonly names: readonly string[]
}

let named: readonly Named[] | null = null

function all(): readonly Named[] {
  named ??= Object.keys(countries.getAlpha2Codes()).map(upper => {
    const code = upper.toLowerCase()
    const label = countryLabel(code)
    const others = countries.getName(upper, 'en', { select: 'all' }) ?? []
    return { code, label, names: [...new Set([label, ...others].map(plain))] }
  })
  return named
}

/** Best first: the code itself, then labels that begin with the text, then any name with a word that does. */
export function searchCountries(
  text: string,
  limit: number,
): readonly { readonly code: string; readonly label: string }[] {
  const wanted = plain(text.trim())
  if (wanted === '') return []
  const ranked = all().flatMap(country => {
    if (country.code === wanted) return [{ country, rank: 0 }]
    if (plain(country.label).startsWith(wanted)) return [{ country, rank: 1 }]
    const words = country.names.flatMap(name => name.split(/[^\p{L}\p{N}]+/u))
    return words.some(word => word.startsWith(wanted)) ? [{ country, rank: 2 }] : []
  })
  return ranked
    .sort((a, b) => a.rank - b.rank || (a.country.label < b.country.label ? -1 : 1))
    .slice(0, limit)
    .map(({ country }) => ({ code: country.code, label: country.label }))
}
