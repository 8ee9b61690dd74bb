// The records that flow through the topics: plain data, read-only, discriminated by `kind`.
import type { Dimension, Format, Key } from './keys.ts'
import type { Interval } from './time.ts'
import type { Totals } from './totals.ts'

/** The watermark: all sales before `upToMs` that the feed will show are in the log, before this record. */
export interface Tick {
  readonly kind: 'tick'
  readonly upToMs: number
  /** The source partition it speaks for; absent in `feed` and `sales`, where the partition itself says it. */
  readonly source?: number
}

/** Why a stretch of the feed could not be read. */
export type GapReason = 'feed-skipped' | 'outage' | 'simulated'

/** A stretch `[fromMs, toMs)` of event time that could not be read. */
export interface Gap extends Interval {
  readonly kind: 'gap'
  readonly reason: GapReason
  readonly source?: number
}

/** One feed event, verbatim: topic `feed`. */
export interface Basket {
  readonly kind: 'basket'
  /**
   * Hash of event time, item times and item urls, all as the feed's own text: the identity of the checkout.
   */
  readonly id: string
  /** The event's `utc_date`, floored to a millisecond. */
  readonly soldAtMs: number
  /** The event's JSON, byte for byte as the feed sent it. */
  readonly text: string
  /** Positions of items that an earlier record of the log holds already: kept, never counted. */
  readonly seenItems?: readonly number[]
}

/** How the genre of an item was learnt, or why it is not known (yet). */
export type GenreSource =
  | 'page' // the item's own page
  | 'host' // another page of the same artist host
  | 'pending' // the page was not there in time; an amendment may follow
  | 'none' // the page has no genre
  | 'challenged' // an anti-bot page came instead
  | 'refused' // 403, 429, circuit open, unsafe address
  | 'not-an-item' // grid, merch or other page without an item
  | 'failed' // time-out, 5xx, broken answer

/**
 * How much a record of a basket knows of an item: its own page beats another page of the host beats nothing.
 * A repeat or amendment replaces an item only when its rank is higher, so that the order of repeats is no
 * matter.
 */
export const KNOWLEDGE_RANK: Readonly<Record<GenreSource, number>> = {
  page: 2,
  none: 2,
  host: 1,
  pending: 0,
  challenged: 0,
  refused: 0,
  'not-an-item': 0,
  failed: 0,
}

/** One line of a sale, normalised. */
export interface SaleItem {
  /** Position in the event. */
  readonly position: number
  /** The item's `utc_date` as the feed's own text; identity is (soldAtText, url, ordinal among equals). */
  readonly soldAtText: string
  /** Ordinal among items of the basket with equal soldAtText and url, from 0. */
  readonly ordinal: number
  /** Absolute https URL of the item's page. */
  readonly url: string
  /** The page's host, lower case: the identity of the artist or label. */
  readonly artistHost: string
  /** As the feed gives it, NFC; may be any text at all. Empty where absent. */
  readonly artistName: string
  readonly title: string
  readonly albumTitle: string | null
  readonly itemType: 'a' | 't' | 'p' | 'b'
  readonly format: Format
  /** Lower-case ISO 3166-1 alpha-2 of the buyer, or null where unknown. */
  readonly country: string | null
  readonly currency: string
  /** In the currency's minor unit (JPY and HUF as ISO 4217 says). */
  readonly paidMinor: number
  readonly priceMinor: number
  readonly paidUsdCents: number
  /** Paid above the asking price, in USD cents; 0 where not. */
  readonly overUsdCents: number
  /** 1 + additional tracks folded into this line. */
  readonly units: number
  /** Number of releases of a discography, else null. */
  readonly releases: number | null
  readonly artUrl: string | null
  /** Slug of one of Bandcamp's top genres, or null where unknown. */
  readonly genre: string | null
  readonly genreSource: GenreSource
  /** Normalised tags without the location, distinct, in page order. */
  readonly tags: readonly string[]
}

/** One basket, normalised and enriched: topic `sales`. */
export interface Sale {
  readonly kind: 'sale'
  readonly basketId: string
  readonly soldAtMs: number
  readonly items: readonly SaleItem[]
}

/** The same basket again, with genres learnt later; replaces the sale of the same `basketId`. */
export interface Amend {
  readonly kind: 'amend'
  readonly sale: Sale
}

/** Partial totals of one key in one minute, from one partition of `sales`. Absolute, never a difference. */
export interface Pane extends Totals {
  readonly kind: 'pane'
  readonly key: Key
  readonly startMs: number
  readonly source: number
  /** 0 on time, higher after late data or amendments; the highest holds. */
  readonly revision: number
}

export type WindowSize = '1m' | '1h' | '1d'

/** Totals of one key in one tumbling window `[startMs, startMs + size)`. */
export interface Window extends Totals {
  readonly kind: 'window'
  readonly key: Key
  readonly size: WindowSize
  readonly startMs: number
  readonly revision: number
  /** True where a gap touches the window: its totals are a lower bound. */
  readonly partial: boolean
}

export type RollingSize = '5m' | '1h' | '24h'

export interface Leader extends Totals {
  readonly key: Key
}

/** The top keys of one dimension over `[endMs - size, endMs)`, from one partition of `panes`. */
export interface Leaders {
  readonly kind: 'leaders'
  readonly dimension: Dimension
  readonly size: RollingSize
  readonly endMs: number
  readonly source: number
  /** Keys of the dimension with at least one item in the window. */
  readonly distinctKeys: number
  /** Most items first, ties by key; 200 at most. */
  readonly top: readonly Leader[]
  readonly partial: boolean
}

/** What a stage could not handle. */
export interface DeadLetter {
  readonly kind: 'dead-letter'
  /** Hash of stage, place and bytes: a repeat replaces. */
  readonly id: string
  readonly stage: string
  readonly topic: string | null
  readonly partition: number | null
  readonly offset: number | null
  /** A short code, such as `schema` or `malformed-json`: few values, for counting. */
  readonly reason: string
  /** What was wrong, in words, with the field's path. */
  readonly message: string
  /** What came, at most 64 KiB of it. */
  readonly bytes: string
  readonly atMs: number
}

/** A dead letter that is open no longer. Without a place in the order: the letter may stand behind it. */
export interface Settled {
  readonly kind: 'settled'
  readonly letterId: string
  /** `resent`: what it holds went into \`feed\` again. */
  readonly how: 'resent' | 'discarded'
  /** Why, in the operator's words; empty where nothing was said. */
  readonly note: string
  readonly atMs: number
}

export type FeedRecord = Basket | Tick | Gap
export type SalesRecord = Sale | Amend | Tick | Gap
export type PaneRecord = Pane | Tick | Gap
export type WindowRecord = Window | Tick | Gap
export type LeadersRecord = Leaders
export type DeadLetterRecord = DeadLetter | Settled
