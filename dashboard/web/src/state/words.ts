// Filters and ranges in words: for chips, empty answers and titles.
import { artistLabel, countryLabel, formatLabel, genreLabel } from '../../../core/display.ts'
import type { Comparison, RangeName } from '../../../core/query.ts'
import { safeText } from '../../../core/safe-text.ts'
import type { FilterName } from './location.ts'
import { artistNames, summary } from './store.ts'

export const FILTER_NAMES: readonly FilterName[] = ['genre', 'artist', 'country', 'format']

/** What a filter's value is called; an artist's host where no answer named it yet. */
export function valueLabel(name: FilterName, value: string): string {
  // Reading the signal makes a chip that shows a host turn into a name when an answer brings it.
  void summary.value
  if (name === 'genre') return genreLabel(value)
  if (name === 'country') return countryLabel(value)
  if (name === 'format') return formatLabel(value)
  return safeText(artistLabel(artistNames.get(value) ?? '', value), 60) || value
}

const BEFORE: Readonly<Record<RangeName, string>> = {
  '1h': 'the hour before',
  '24h': 'the 24 h before',
  '7d': 'the 7 days before',
  '28d': 'the 28 days before',
  custom: 'the same length before',
}
const WEEK_BEFORE: Readonly<Record<RangeName, string>> = {
  '1h': 'the same hour a week before',
  '24h': 'the same 24 h a week before',
  '7d': 'the 7 days before',
  '28d': 'the 28 days before',
  custom: 'the same weekdays and hours before',
}
export const beforeText = (range: RangeName, compare: Comparison): string =>
  (compare === 'week' ? WEEK_BEFORE : BEFORE)[range]

/** A day that Bandcamp named, or one that it usually has. */
export const fridayText = (isAnnounced: boolean): string =>
  isAnnounced ? 'Bandcamp Friday' : 'Bandcamp Friday, expected'

/** The dashed line, in a legend. */
export const dashedText = (compare: Comparison): string =>
  compare === 'week' ? 'a week before' : 'period before'

const DURING: Readonly<Record<RangeName, string>> = {
  '1h': 'in the last hour',
  '24h': 'in the last 24 hours',
  '7d': 'in the last 7 days',
  '28d': 'in the last 28 days',
  custom: 'in this stretch of time',
}

/** "No vinyl sales in Techno from Japan in the last hour." */
export function emptySentence(filter: Readonly<Record<FilterName, string | null>>, range: RangeName): string {
  const format = filter.format === null ? '' : `${formatLabel(filter.format).toLowerCase()} `
  const genre = filter.genre === null ? '' : ` in ${valueLabel('genre', filter.genre)}`
  const artist = filter.artist === null ? '' : ` by ${valueLabel('artist', filter.artist)}`
  const country = filter.country === null ? '' : ` from ${valueLabel('country', filter.country)}`
  return `No ${format}sales${genre}${artist}${country} ${DURING[range]}.`
}
