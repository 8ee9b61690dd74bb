// What moved: genres, countries and tags against their own share of the 28 days before.
import type { TopRow } from '../../../schemas/history.ts'
import { UNKNOWN } from '../../../schemas/keys.ts'
import { countryLabel, genreLabel } from '../../../schemas/names.ts'
import type { Answers } from './answers.ts'
import { COMPLETE_FROM, type Mover } from './model.ts'
import type { PastTotals } from './read-day.ts'
import { keyName } from './words.ts'

/** Sales come in bursts: their variance is about this many times that of independent ones. */
const OVERDISPERSION = 3
/** Fewer sales than this move nothing. */
const MIN_ITEMS = 20
/** Fewer days before say nothing of what is usual. */
const MIN_DAYS = 7
const POSSIBLE_FROM = 3
const LIKELY_FROM = 4.5
const CLEAR_FROM = 6
/** What sold less than this part of the day's sales on the days before was hardly there. */
const EMERGING_RATIO = 4
const MAX_MOVERS = 6
/** Anscombe's transform makes counts of any size equally uncertain: by one half. */
const ANSCOMBE = 3 / 8

/** Standard deviations between a count and what was expected. */
function scoreOf(items: number, expected: number): number {
  const distance = 2 * (Math.sqrt(items + ANSCOMBE) - Math.sqrt(expected + ANSCOMBE))
  return distance / Math.sqrt(OVERDISPERSION)
}

interface Candidates {
  readonly dimension: Mover['dimension']
  readonly now: readonly TopRow[]
  readonly past: readonly TopRow[]
  readonly label: (value: string) => string
}

/**
 * The most surprising first. Expected is the mean of the 28 days before, times how the whole market stood on
 * this day: a Bandcamp Friday lifts everything and so nothing. Of tags that were not among the leading
 * thousand the last one's mean is taken, which they did not reach.
 */
export function moversOf(answers: Answers, past: readonly PastTotals[]): readonly Mover[] {
  const days = past.filter(d => d.completeness >= COMPLETE_FROM).length
  const before = past.reduce((sum, d) => sum + d.items, 0)
  if (days < MIN_DAYS || before === 0) return []
  const lift = answers.today.totals.items / before
  const lists: readonly Candidates[] = [
    { dimension: 'genre', now: answers.today.genres, past: answers.pastGenres, label: genreLabel },
    { dimension: 'country', now: answers.today.countries, past: answers.pastCountries, label: countryLabel },
    {
      dimension: 'tag',
      now: answers.tags,
      past: answers.pastTags,
      label: v => keyName(`tag:${v}`, 'tag', undefined),
    },
  ]
  const genres = new Set(answers.pastGenres.map(g => g.value))
  const found = lists.flatMap(list => candidatesOf(list, lift))
  return (
    found
      .filter(m => Math.abs(m.score) >= POSSIBLE_FROM)
      // The tag that is the name of a genre says nothing that the genre does not.
      .filter(m => m.dimension !== 'tag' || !genres.has(m.value))
      .sort((a, b) => Math.abs(b.score) - Math.abs(a.score) || (a.value < b.value ? -1 : 1))
      .slice(0, MAX_MOVERS)
  )
}

function candidatesOf({ dimension, now, past, label }: Candidates, lift: number): readonly Mover[] {
  const itemsBefore = new Map(past.map(r => [r.value, r.items]))
  const isWhole = dimension !== 'tag'
  const least = isWhole ? 0 : (past.at(-1)?.items ?? 0)
  const rows = new Map(now.map(r => [r.value, r.items]))
  // What fell to nothing is in the past alone; a tag that is not among the leading may just be lower.
  if (isWhole) for (const { value } of past) if (!rows.has(value)) rows.set(value, 0)
  rows.delete(UNKNOWN)
  return [...rows].flatMap(([value, items]): Mover[] => {
    const expected = (itemsBefore.get(value) ?? least) * lift
    if (items < MIN_ITEMS && expected < MIN_ITEMS) return []
    const score = scoreOf(items, expected)
    const size = Math.abs(score)
    const confidence = size >= CLEAR_FROM ? 'clear' : size >= LIKELY_FROM ? 'likely' : 'possible'
    const isNew = items >= expected * EMERGING_RATIO
    const kind = score < 0 ? 'drop' : isNew ? 'emerging' : 'rise'
    return [{ dimension, value, label: label(value), kind, items, expected, score, confidence }]
  })
}
