// The leaders of a day: ranks and how they changed, genres by the hour, and the taste of countries.
import type { TopRow } from '../../../schemas/history.ts'
import { UNKNOWN } from '../../../schemas/keys.ts'
import type { Answers, DayAnswers } from './answers.ts'
import { changeOf } from './compare.ts'
import { hoursOf } from './day.ts'
import { COMPLETE_FROM, type DailyReport, type OverIndexed, type RankedRow } from './model.ts'
import type { ReadDay } from './read-day.ts'

const SHOWN_HEAT_GENRES = 12
const COUNTRIES_LOOKED_AT = 12
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

/** Genre by the hours of the local clocks: one that they show twice has the sales of both. */
export function heatmapOf({ today, grainMs }: Answers, zone: string): DailyReport['heatmap'] {
  const slots = hoursOf(today.interval, zone)
  const byHour = (items: ReadonlyMap<number, number>) => {
    const hours = new Array<number>(HOURS_A_DAY).fill(0)
    for (const { fromMs, toMs, hour } of slots) {
      for (let at = fromMs; at < toMs; at += grainMs) hours[hour]! += items.get(at) ?? 0
    }
    return hours
  }
  return today.genres
    .filter(({ value }) => value !== UNKNOWN)
    .slice(0, SHOWN_HEAT_GENRES)
    .map(({ value }) => ({ genre: value, itemsByHour: byHour(today.genreSeries.get(value) ?? new Map()) }))
}

/** Of each leading country the genre that it buys most above everybody's measure. */
export function overIndexedOf({ today }: Answers): readonly OverIndexed[] {
  const leading = today.countries.filter(c => c.value !== UNKNOWN).slice(0, COUNTRIES_LOOKED_AT)
  const everywhere = new Map(today.genres.map(g => [g.value, g.items]))
  const known = today.totals.knownGenreItems
  return leading.flatMap(({ value: country }) => {
    const own = [...(today.genresOfCountries.get(country) ?? [])].filter(([genre]) => genre !== UNKNOWN)
    const all = own.reduce((sum, [, items]) => sum + items, 0)
    const best = own
      .map(([genre, items]) => ({ genre, items, expected: (all * (everywhere.get(genre) ?? 0)) / known }))
      .filter(g => g.items >= MIN_INDEXED_ITEMS && g.expected >= MIN_INDEXED_EXPECTED)
      .map(g => ({ country, genre: g.genre, items: g.items, index: g.items / g.expected }))
      .sort((a, b) => b.index - a.index || (a.genre < b.genre ? -1 : 1))[0]
    return best === undefined ? [] : [best]
  })
}
