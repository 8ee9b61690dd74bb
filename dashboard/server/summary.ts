// One view's numbers: the questions put to the history, and their answers in the API's shape.
import type { History } from '../../infra/ports.ts'
import { bandcampFridaysWithin } from '../../schemas/fridays.ts'
import type { HistoryExtent, HistoryQuery, SeriesPoint, TopDimension, TopRow } from '../../schemas/history.ts'
import type { Interval } from '../../schemas/time.ts'
import type { Summary } from '../core/api.ts'
import type { ViewQuery } from '../core/query.ts'
import { viewWindow } from '../core/ranges.ts'

/** As many as fit on a screen beside each other. */
const TOP_ROWS = 12
/** Enough for every genre, country and format, so that only artists can be missing from the period before. */
const PREVIOUS_ROWS = 300
const HEATMAP_GENRES = 12
const HEATMAP_COUNTRIES = 10

type ApiTopRow = Summary['topGenres'][number]

interface TopQuestion {
  readonly now: HistoryQuery
  /** Null where the history does not reach back. */
  readonly previous: HistoryQuery | null
  readonly dimension: TopDimension
}

type Before = Pick<TopRow, 'items' | 'revenueUsdCents'>
const NOTHING: Before = { items: 0, revenueUsdCents: 0 }

/** A value missing from a complete list sold nothing; from a list that was cut it must be asked for. */
function beforeOf(value: string, before: readonly TopRow[] | null): Before | null {
  if (before === null) return null
  const found = before.find(row => row.value === value)
  if (found !== undefined) return found
  return before.length < PREVIOUS_ROWS ? NOTHING : null
}

/** The most sold and those that brought most, most sold first: the page shows either without asking again. */
async function leadersOf(history: History, { now, dimension }: TopQuestion): Promise<readonly TopRow[]> {
  const [sold, brought] = await Promise.all([
    history.top(now, dimension, TOP_ROWS),
    history.top(now, dimension, TOP_ROWS, 'revenueUsdCents'),
  ])
  const known = new Set(sold.map(row => row.value))
  const more = brought.filter(row => !known.has(row.value))
  return [...sold, ...more.sort((a, b) => b.items - a.items || (a.value < b.value ? -1 : 1))]
}

async function topRows(
  history: History,
  question: TopQuestion,
  presentArt: (artUrl: string | null) => string | null,
): Promise<ApiTopRow[]> {
  const { previous, dimension } = question
  // Whoever leads now and was nobody before is the one whose change matters most.
  const asked = async (artist: string): Promise<Before | null> =>
    previous === null || dimension !== 'artist'
      ? null
      : history.totals({ ...previous, filter: { ...previous.filter, artist } })
  const [rows, before] = await Promise.all([
    leadersOf(history, question),
    previous === null ? null : history.top(previous, dimension, PREVIOUS_ROWS),
  ])
  return Promise.all(
    rows.map(async row => {
      const was = beforeOf(row.value, before) ?? (await asked(row.value))
      return {
        ...row,
        artUrl: presentArt(row.artUrl),
        previousItems: was?.items ?? null,
        previousRevenueUsdCents: was?.revenueUsdCents ?? null,
      }
    }),
  )
}

/** The last bucket is not over where the range ends inside it. */
function markOpen(points: readonly SeriesPoint[], { toMs }: Interval, bucketMs: number): SeriesPoint[] {
  return points.map(point => (point.startMs + bucketMs > toMs ? { ...point, partial: true } : point))
}

export interface SummaryOptions {
  readonly history: History
  readonly query: ViewQuery
  readonly extent: HistoryExtent
  /** Stands in for the watermark where there is none yet. */
  readonly nowMs: number
  readonly presentArt: (artUrl: string | null) => string | null
}

/** All questions of one view, side by side. */
export async function summarise(options: SummaryOptions): Promise<Summary> {
  const { history, query, extent, nowMs, presentArt } = options
  const { filter } = query
  const window = viewWindow(query, extent.watermarkMs ?? nowMs)
  const { bucketMs } = window
  const now: HistoryQuery = { ...window.now, filter }
  const reaches = extent.firstSaleMs !== null && extent.firstSaleMs <= window.previous.fromMs
  const previous: HistoryQuery | null = reaches ? { ...window.previous, filter } : null
  const top = (dimension: TopDimension): Promise<ApiTopRow[]> =>
    topRows(history, { now, previous, dimension }, presentArt)
  const [
    totals,
    before,
    series,
    previousSeries,
    genres,
    artists,
    countries,
    formats,
    heatmap,
    genreCountries,
    gaps,
  ] = await Promise.all([
    history.totals(now),
    previous === null ? null : history.totals(previous),
    history.series({ ...window.series, filter }, bucketMs),
    previous === null ? null : history.series({ ...window.previousSeries, filter }, bucketMs),
    top('genre'),
    top('artist'),
    top('country'),
    top('format'),
    history.heatmap(now, query.zoneOffsetMinutes, HEATMAP_GENRES),
    history.genreCountries({ ...now, genres: HEATMAP_GENRES, countries: HEATMAP_COUNTRIES }),
    history.gaps(window.now),
  ])
  return {
    range: query.range,
    ...window.now,
    filter,
    compare: query.compare,
    watermarkMs: extent.watermarkMs,
    now: totals,
    previous: before,
    bucketMs,
    series: markOpen(series, window.now, bucketMs),
    previousSeries: previousSeries === null ? null : [...previousSeries],
    topGenres: genres,
    topArtists: artists,
    topCountries: countries,
    topFormats: formats,
    heatmap: heatmap.map(row => ({ genre: row.genre, itemsByHour: [...row.itemsByHour] })),
    genreCountries: {
      countries: [...genreCountries.countries],
      rows: genreCountries.rows.map(row => ({ ...row, itemsByCountry: [...row.itemsByCountry] })),
    },
    gaps: [...gaps],
    fridays: [...bandcampFridaysWithin(window.now)],
  }
}
