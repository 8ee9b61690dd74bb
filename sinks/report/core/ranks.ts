// The leaders of a day: ranks and how they changed, genres by the hour, and the taste of countries.
import type { TopRow } from '../../../schemas/history.ts'
import { UNKNOWN } from '../../../schemas/keys.ts'
import type { Answers, DayAnswers } from './answers.ts'
import { changeOf } from './compare.ts'
import { COMPLETE_FROM, type DailyReport, type OverIndexed, type RankedRow } from './model.ts'
import type { ReadDay } from './read-day.ts'

const SHOWN_HEAT_GENRES = 12
const HOURS_A_DAY = 24
/** An index of fewer sales, or of fewer expected ones, is chance. */
const MIN_INDEXED_ITEMS = 20
const MIN_INDEXED_EXPECTED = 5

export interface Around {
  readonly today: ReadDay
  readonly dayBefore: ReadDay | null
  readonly weekBefore: ReadDay | null
}

/** Rows with ranks; what is not known comes last and has none. */
export function rankedOf(
  { today, dayBefore, weekBefore }: Around,
  rowsOf: (day: DayAnswers) => readonly TopRow[],
  limit: number,
): readonly RankedRow[] {
  const ranked = (day: DayAnswers) => rowsOf(day).filter(r => r.value !== UNKNOWN)
  const items = (day: ReadDay | null, value: string) =>
    day === null
      ? null
      : { value: rowsOf(day).find(r => r.value === value)?.items ?? 0, hours: day.hoursRead }
  const hours = today.completeness >= COMPLETE_FROM ? today.hoursRead : 0
  const before = dayBefore === null ? null : ranked(dayBefore).map(r => r.value)
  const rowOf = (row: TopRow, rank: number): RankedRow => ({
    rank,
    value: row.value,
    label: row.label,
    artUrl: row.artUrl,
    items: row.items,
    baskets: row.baskets,
    revenueUsdCents: row.revenueUsdCents,
    share: today.totals.items === 0 ? 0 : row.items / today.totals.items,
    rankBefore: before === null ? null : before.indexOf(row.value) + 1,
    dayBefore: changeOf({ value: row.items, hours }, items(dayBefore, row.value)),
    weekBefore: changeOf({ value: row.items, hours }, items(weekBefore, row.value)),
  })
  const unknown = rowsOf(today).filter(r => r.value === UNKNOWN)
  return [
    ...ranked(today)
      .slice(0, limit)
      .map((row, i) => rowOf(row, i + 1)),
    ...unknown.map(row => rowOf(row, 0)),
  ]
}

/** Genre by local hour, added up over the stretches of a day on which clocks change. */
export function heatmapOf({ heatmaps }: Answers): DailyReport['heatmap'] {
  const byGenre = new Map<string, number[]>()
  for (const { genre, itemsByHour } of heatmaps.flat()) {
    const sums = byGenre.get(genre) ?? new Array<number>(HOURS_A_DAY).fill(0)
    for (const [hour, items] of itemsByHour.entries()) sums[hour]! += items
    byGenre.set(genre, sums)
  }
  const sum = (hours: readonly number[]) => hours.reduce((a, b) => a + b, 0)
  return [...byGenre]
    .filter(([genre]) => genre !== UNKNOWN)
    .sort((a, b) => sum(b[1]) - sum(a[1]) || (a[0] < b[0] ? -1 : 1))
    .slice(0, SHOWN_HEAT_GENRES)
    .map(([genre, itemsByHour]) => ({ genre, itemsByHour }))
}

/** Of each leading country the genre that it buys most above everybody's measure. */
export function overIndexedOf({ today, genresOfCountries }: Answers): readonly OverIndexed[] {
  const everywhere = new Map(today.genres.map(g => [g.value, g.items]))
  const known = today.totals.knownGenreItems
  return genresOfCountries.flatMap(({ country, genres }) => {
    const own = genres.filter(g => g.value !== UNKNOWN)
    const all = own.reduce((sum, g) => sum + g.items, 0)
    const best = own
      .map(g => ({
        genre: g.value,
        items: g.items,
        expected: (all * (everywhere.get(g.value) ?? 0)) / known,
      }))
      .filter(g => g.items >= MIN_INDEXED_ITEMS && g.expected >= MIN_INDEXED_EXPECTED)
      .map(g => ({ country, genre: g.genre, items: g.items, index: g.items / g.expected }))
      .sort((a, b) => b.index - a.index || (a.genre < b.genre ? -1 : 1))[0]
    return best === undefined ? [] : [best]
  })
}
