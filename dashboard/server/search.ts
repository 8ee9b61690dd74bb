// Search: what the history finds by name, and countries by how people call them.
import type { History } from '../../infra/ports.ts'
import { NO_FILTER, type SearchHit } from '../../schemas/history.ts'
import { DAY_MS } from '../../schemas/time.ts'
import { searchCountries } from '../core/countries.ts'
import { countryLabel, genreLabel } from '../core/display.ts'
import type { Summaries } from './summaries.ts'

const MAX_HITS = 20
const MAX_COUNTRIES = 5
const ALL_COUNTRIES = 300
const SPAN_MS = 7 * DAY_MS

/** Items of the last seven days by country: one question per watermark. */
async function itemsByCountry(history: History, summaries: Summaries): Promise<ReadonlyMap<string, number>> {
  const { watermarkMs } = summaries.extent()
  if (watermarkMs === null) return new Map()
  const query = { fromMs: watermarkMs - SPAN_MS, toMs: watermarkMs, filter: NO_FILTER }
  const ask = async () => {
    const rows = await history.top(query, 'country', ALL_COUNTRIES)
    return new Map(rows.map(row => [row.value, row.items]))
  }
  return summaries.once('countries', ask)
}

/** What is read instead of a slug or code; text from sellers stays as it is. */
function labelled(hit: SearchHit): SearchHit {
  if (hit.dimension === 'genre') return { ...hit, label: genreLabel(hit.value) }
  return hit.dimension === 'country' ? { ...hit, label: countryLabel(hit.value) } : hit
}

/** Most items first. */
export async function searchAll(
  history: History,
  summaries: Summaries,
  text: string,
): Promise<readonly SearchHit[]> {
  const [hits, counts] = await Promise.all([
    history.search(text, MAX_HITS),
    itemsByCountry(history, summaries),
  ])
  const held = new Set(hits.filter(hit => hit.dimension === 'country').map(hit => hit.value))
  const countries = searchCountries(text, MAX_COUNTRIES)
    .filter(({ code }) => !held.has(code))
    .map(({ code, label }): SearchHit => {
      return { dimension: 'country', value: code, label, items: counts.get(code) ?? 0 }
    })
  return [...hits.map(labelled), ...countries].sort((a, b) => b.items - a.items).slice(0, MAX_HITS)
}
