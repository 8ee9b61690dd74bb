// The numbers of the report as CSV: one table that a spreadsheet opens, every figure of the page in it.
import { csvLine } from '../../../schemas/csv.ts'
import { countryLabel, formatLabel, genreLabel } from '../../../schemas/names.ts'
import { MEASURE_NAMES } from './headline.ts'
import { type Change, type DailyReport, MEASURES, type RankedRow } from './model.ts'
import { shownText } from './words.ts'

const COLUMNS = [
  'section',
  'key',
  'label',
  'rank',
  'rank_day_before',
  'items',
  'transactions',
  'revenue_usd_cents',
  'value',
  'day_before',
  'week_before',
  'usual',
] as const
type Column = (typeof COLUMNS)[number]
type Row = Partial<Readonly<Record<Column, string | number | null>>>

const before = (change: Change | null) => change?.before ?? null
const instant = (ms: number) => new Date(ms).toISOString()
/** Usual levels of an hour are quartiles: thousandths are more than enough. */
const rounded = (value: number | null) => (value === null ? null : Math.round(value * 1_000) / 1_000)

function rankedRows(
  section: string,
  rows: readonly RankedRow[],
  label: (row: RankedRow) => string,
): readonly Row[] {
  return rows.map(row => ({
    section,
    key: row.value,
    label: label(row),
    rank: row.rank === 0 ? null : row.rank,
    rank_day_before: row.rankBefore === 0 ? null : row.rankBefore,
    items: row.items,
    transactions: row.baskets,
    revenue_usd_cents: row.revenueUsdCents,
    value: row.items,
    day_before: before(row.dayBefore),
    week_before: before(row.weekBefore),
  }))
}

function rowsOf(report: DailyReport): readonly Row[] {
  const { figures, quality } = report
  const heat = report.heatmap.flatMap(({ genre, itemsByHour }) =>
    itemsByHour.map((items, hour) => {
      const label = `${String(hour).padStart(2, '0')}:00`
      return { section: 'genre by hour', key: genre, label, items, value: items }
    }),
  )
  return [
    { section: 'report', key: 'day', label: report.day },
    { section: 'report', key: 'zone', label: report.zone },
    { section: 'report', key: 'from', label: instant(report.fromMs) },
    { section: 'report', key: 'to', label: instant(report.toMs) },
    { section: 'report', key: 'as of', label: instant(report.asOfMs) },
    { section: 'report', key: 'revision', value: report.revision },
    { section: 'report', key: 'feed', label: report.feed },
    { section: 'quality', key: 'completeness', value: quality.completeness },
    { section: 'quality', key: 'genre coverage', value: quality.coverage },
    { section: 'quality', key: 'too late for windows', value: quality.tooLate },
    { section: 'quality', key: 'not readable', value: quality.deadLetters },
    ...quality.unread.map(({ fromMs, toMs }) => ({
      section: 'not read',
      key: instant(fromMs),
      label: instant(toMs),
    })),
    ...MEASURES.map(measure => ({
      section: 'total',
      key: measure,
      label: MEASURE_NAMES[measure],
      value: figures[measure].value,
      day_before: before(figures[measure].dayBefore),
      week_before: before(figures[measure].weekBefore),
      usual: before(figures[measure].usual),
    })),
    ...report.byHour.map(hour => ({
      section: 'hour',
      key: instant(hour.fromMs),
      label: hour.label,
      items: hour.items,
      revenue_usd_cents: hour.revenueUsdCents,
      value: hour.items,
      week_before: rounded(hour.weekBefore),
      usual: rounded(hour.usual?.middle ?? null),
    })),
    ...rankedRows('genre', report.genres, r => genreLabel(r.value)),
    ...rankedRows('country', report.countries, r => countryLabel(r.value)),
    ...rankedRows('artist', report.artists, r => shownText(r.label, r.value)),
    ...rankedRows('release', report.releases, r => shownText(r.label, r.value)),
    ...rankedRows('format', report.formats, r => formatLabel(r.value)),
    ...heat,
    ...report.days.map(({ day, items, baskets, revenueUsdCents }) => {
      return {
        section: 'day',
        key: day,
        items,
        transactions: baskets,
        revenue_usd_cents: revenueUsdCents,
        value: items,
      }
    }),
    ...report.alerts.map(a => {
      const label = shownText(a.label, a.key)
      return { section: 'alert', key: a.key, label, transactions: a.purchases, usual: rounded(a.expected) }
    }),
  ]
}

/** RFC 4180 with a header and CRLF; what a spreadsheet would run begins with an apostrophe. */
export function renderCsv(report: DailyReport): string {
  const rows = rowsOf(report).map(row => COLUMNS.map(column => row[column] ?? null))
  return [COLUMNS, ...rows].map(csvLine).join('')
}
