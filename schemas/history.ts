// What the history can be asked, and what it answers: shared by the store, the API and the page.
import type { Format } from './keys.ts'
import type { GapReason, Sale, SaleItem } from './records.ts'
import type { Interval } from './time.ts'
import type { Totals } from './totals.ts'

/** Null means: any. A genre or country may be `unknown`. All given ones must hold for the same item. */
export interface SalesFilter {
  readonly genre: string | null
  /** The artist's page host. */
  readonly artist: string | null
  readonly country: string | null
  readonly format: Format | null
}

export const NO_FILTER: SalesFilter = { genre: null, artist: null, country: null, format: null }

export interface HistoryQuery extends Interval {
  readonly filter: SalesFilter
}

export interface RangeTotals extends Totals {
  /** Distinct artist hosts. */
  readonly artists: number
  /** Items with a known genre: coverage = knownGenreItems / items. */
  readonly knownGenreItems: number
}

export interface SeriesPoint extends Totals {
  readonly startMs: number
  /** A gap touches this bucket, or it is not over yet. */
  readonly partial: boolean
}

export type TopDimension = 'genre' | 'artist' | 'country' | 'format' | 'tag' | 'item'

/** What a list is ranked by, most first. */
export type RankBy = 'items' | 'revenueUsdCents'

export interface TopRow extends Totals {
  /** Slug, host, ISO code, format, tag or url. */
  readonly value: string
  /**
   * What a person reads: for artists the name last seen, for items "title", else the value. May hold any
   * text.
   */
  readonly label: string
  readonly artUrl: string | null
}

export interface BreakdownQuery extends Interval {
  /** Of everything by time: a whole number of minutes, which the interval begins on. */
  readonly bucketMs: number
  /** So many artists and releases, the leading ones. */
  readonly leaders: number
}

/** Everything that was sold in a stretch of time, as of one moment. */
export interface Breakdown {
  readonly totals: RangeTotals
  /** Buckets with sales, oldest first. */
  readonly series: readonly BucketTotals[]
  /** All of them, as `top` ranks. */
  readonly genres: readonly TopRow[]
  readonly countries: readonly TopRow[]
  readonly formats: readonly TopRow[]
  /** The leading ones, in the words of the stretch's newest sale. */
  readonly artists: readonly TopRow[]
  readonly releases: readonly TopRow[]
  /** Items of each genre by the start of their bucket; those without sales are left out. */
  readonly genreSeries: ReadonlyMap<string, ReadonlyMap<number, number>>
  /** Items of each country by genre. */
  readonly genresOfCountries: ReadonlyMap<string, ReadonlyMap<string, number>>
  /** Items that are in no window, since theirs were closed; null where windows do not reach the end yet. */
  readonly tooLate: number | null
  /** Records that could not be read and were set aside in this time. */
  readonly deadLetters: number
}

export interface BucketTotals extends Totals {
  readonly startMs: number
}

export interface HeatmapRow {
  readonly genre: string
  /** Items by hour of the day, 24 values; hour 0 begins at local midnight of the asked zone offset. */
  readonly itemsByHour: readonly number[]
}

export interface GenreCountriesQuery extends HistoryQuery {
  /** So many of each, those with most items. */
  readonly genres: number
  readonly countries: number
}

export interface GenreCountries {
  /** Most items first. */
  readonly countries: readonly string[]
  /** Most items first; items in each of `countries`, in their order. */
  readonly rows: readonly { readonly genre: string; readonly itemsByCountry: readonly number[] }[]
}

export interface GapRow extends Interval {
  readonly reason: GapReason
}

/** One item sold, as lists and the ticker show it. Texts may hold anything: escape on display. */
export interface SoldItem {
  /** `basketId/position`: stable, unique. */
  readonly id: string
  readonly basketId: string
  readonly soldAtMs: number
  readonly artistHost: string
  readonly artistName: string
  readonly title: string
  readonly albumTitle: string | null
  readonly url: string
  readonly artUrl: string | null
  readonly format: Format
  readonly country: string | null
  readonly genre: string | null
  readonly tags: readonly string[]
  readonly currency: string
  readonly paidMinor: number
  readonly paidUsdCents: number
  readonly overUsdCents: number
  readonly units: number
}

/** An item of a basket as lists and the ticker show it. */
export function soldItemOf(sale: Pick<Sale, 'basketId' | 'soldAtMs'>, item: SaleItem): SoldItem {
  return {
    id: `${sale.basketId}/${item.position}`,
    basketId: sale.basketId,
    soldAtMs: sale.soldAtMs,
    artistHost: item.artistHost,
    artistName: item.artistName,
    title: item.title,
    albumTitle: item.albumTitle,
    url: item.url,
    artUrl: item.artUrl,
    format: item.format,
    country: item.country,
    genre: item.genre,
    tags: item.tags,
    currency: item.currency,
    paidMinor: item.paidMinor,
    paidUsdCents: item.paidUsdCents,
    overUsdCents: item.overUsdCents,
    units: item.units,
  }
}

export interface SearchHit {
  readonly dimension: 'genre' | 'artist' | 'country' | 'tag'
  readonly value: string
  readonly label: string
  /** Items in the last 7 days of data, for ranking. */
  readonly items: number
}

export interface HistoryExtent {
  readonly firstSaleMs: number | null
  readonly watermarkMs: number | null
}

/** Open dead letters of one kind. */
export interface LetterCount {
  readonly stage: string
  readonly reason: string
  readonly count: number
}
