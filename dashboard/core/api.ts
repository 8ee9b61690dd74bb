// The API's shapes: what the server answers and the page reads, in one place, as zod schemas.
import { z } from 'zod'
import { FORMATS } from '../../schemas/keys.ts'
import { type ApiAlert, mailStatusSchema, reportStatusSchema } from './api-alerts.ts'
import { COMPARISONS, RANGES } from './query.ts'

const count = z.number().int().nonnegative()
const epochMs = z.number().int().describe('Epoch milliseconds, UTC')

export const rangeSchema = z.enum(RANGES)

export const filterSchema = z.object({
  genre: z.string().nullable(),
  artist: z.string().nullable().describe("Host of the artist's page"),
  country: z.string().nullable().describe('Lower-case ISO 3166-1 alpha-2 of the buyer, or unknown'),
  format: z.enum(FORMATS).nullable(),
})

export const totalsSchema = z.object({
  items: count.describe('Items sold'),
  baskets: count.describe('Checkouts'),
  units: count,
  revenueUsdCents: count,
  overUsdCents: count.describe('Paid above the asking price'),
})

export const kpisSchema = totalsSchema.extend({ artists: count, knownGenreItems: count })

export const seriesPointSchema = totalsSchema.extend({ startMs: epochMs, partial: z.boolean() })

export const topRowSchema = totalsSchema.extend({
  value: z.string(),
  label: z.string().describe('Text from sellers: may hold anything, escape it'),
  artUrl: z.string().nullable(),
  previousItems: count.nullable().describe('The same key in the period before; null where that is not known'),
  previousRevenueUsdCents: count.nullable(),
})

export const fridaySchema = z.object({
  fromMs: epochMs,
  toMs: epochMs,
  isAnnounced: z.boolean().describe('Bandcamp named the date; else it is expected by the usual calendar'),
})

export const gapSchema = z.object({ fromMs: epochMs, toMs: epochMs, reason: z.string() })

/** Everything the page shows for one range and filter, as of one watermark. */
export const summarySchema = z.object({
  range: rangeSchema,
  fromMs: epochMs,
  toMs: epochMs,
  filter: filterSchema,
  compare: z.enum(COMPARISONS),
  watermarkMs: epochMs.nullable().describe('All sales before this are counted'),
  now: kpisSchema,
  previous: kpisSchema.nullable().describe('The period compared with; null where the history is too short'),
  bucketMs: z.number().int().positive(),
  series: z.array(seriesPointSchema),
  previousSeries: z.array(seriesPointSchema).nullable(),
  topGenres: z.array(topRowSchema).describe('The 12 most sold and the 12 of most revenue, most sold first'),
  topArtists: z.array(topRowSchema),
  topCountries: z.array(topRowSchema),
  topFormats: z.array(topRowSchema),
  heatmap: z.array(z.object({ genre: z.string(), itemsByHour: z.array(count).length(24) })),
  genreCountries: z
    .object({
      countries: z.array(z.string()).describe('The buyers’, most sales first'),
      rows: z.array(z.object({ genre: z.string(), itemsByCountry: z.array(count) })),
    })
    .describe('Items of the leading genres in the leading countries'),
  gaps: z.array(gapSchema),
  fridays: z.array(fridaySchema).describe('Bandcamp Fridays in the range: expect many times the usual'),
})
export type Summary = z.infer<typeof summarySchema>

export const soldItemSchema = z.object({
  id: z.string(),
  basketId: z.string(),
  soldAtMs: epochMs,
  artistHost: z.string(),
  artistName: z.string(),
  title: z.string(),
  albumTitle: z.string().nullable(),
  url: z.string(),
  artUrl: z.string().nullable(),
  format: z.enum(FORMATS),
  country: z.string().nullable(),
  genre: z.string().nullable(),
  tags: z.array(z.string()),
  currency: z.string(),
  paidMinor: z.number().int(),
  paidUsdCents: z.number().int(),
  overUsdCents: count,
  units: count,
})
export type ApiSoldItem = z.infer<typeof soldItemSchema>

/** `live`: Bandcamp; `simulated`: the built-in world; `recorded`: a capture played back. */
export const feedModeSchema = z.enum(['live', 'simulated', 'recorded'])

export const statusSchema = z.object({
  mode: feedModeSchema,
  /** Why a simulated feed runs where nobody asked for it; null otherwise. */
  modeReason: z.string().nullable(),
  state: z.enum(['alive', 'silent', 'catching-up', 'starting']),
  nowMs: epochMs,
  watermarkMs: epochMs.nullable(),
  lastSaleMs: epochMs.nullable(),
  firstSaleMs: epochMs.nullable(),
  /** Share of the last 24 hours' items with a known genre, 0..1; null where nothing was sold. */
  coverage: z.number().min(0).max(1).nullable(),
  /** Progress of writing the first history, 0..1; null when there is none under way. */
  historyProgress: z.number().min(0).max(1).nullable(),
  itemsPerMinute: z.number().nonnegative().nullable(),
  stages: z.array(z.object({ name: z.string(), lagRecords: count.nullable() })),
  /** What could not be handled and is still open, by stage and reason, most first. */
  deadLetters: z.array(z.object({ stage: z.string(), reason: z.string(), count })),
  /** Null where nothing is mailed from here. */
  mail: mailStatusSchema.nullable(),
  /** Null where no reports are made. */
  report: reportStatusSchema.nullable(),
  untrustedProxy: z
    .boolean()
    .describe('Requests came through a proxy and none is trusted: every limit takes their visitors for one'),
})
export type Status = z.infer<typeof statusSchema>

/** The first paint: a summary, the newest sales, and the cursor from which the socket goes on. */
export const viewSchema = z.object({
  summary: summarySchema,
  recent: z.array(soldItemSchema),
  cursor: z.string().describe('Where in the log the snapshot stands: hand it to the socket to miss nothing'),
  status: statusSchema,
})
export type View = z.infer<typeof viewSchema>

export const searchHitSchema = z.object({
  dimension: z.enum(['genre', 'artist', 'country', 'tag']),
  value: z.string(),
  label: z.string(),
  items: count,
})
export type ApiSearchHit = z.infer<typeof searchHitSchema>

/** Answer of `GET /api/v1/search?q=TEXT`: best first. */
export const searchResultsSchema = z.object({ hits: z.array(searchHitSchema) })
export type SearchResults = z.infer<typeof searchResultsSchema>

export const problemSchema = z.object({
  error: z.object({
    code: z.string(),
    message: z.string().describe('What is wrong and what to do'),
    parameter: z.string().optional().describe('The parameter that was refused'),
  }),
})
export type Problem = z.infer<typeof problemSchema>

/** A page of sold items, newest first; `next` goes into `before` for the page behind it. */
export const salesPageSchema = z.object({ items: z.array(soldItemSchema), next: z.string().nullable() })
export type SalesPage = z.infer<typeof salesPageSchema>

/** One text message of the plain WebSocket: the items of one basket that fit the filter. */
export const streamMessageSchema = z.object({
  cursor: z.string().describe('Hand it back as ?cursor= to go on right behind this message'),
  amended: z.boolean().describe('True where the basket was sent before and its genres are known better now'),
  basketId: z.string(),
  soldAtMs: epochMs,
  items: z.array(soldItemSchema).min(1),
})
export type StreamMessage = z.infer<typeof streamMessageSchema>

// ---- HTTP: GET /api/v1/view?QUERY → View · …/summary?QUERY → Summary · …/status → Status ·
// …/search?q=TEXT → SearchResults · …/alerts, …/alerts/ID, …/reports, POST …/subscriptions: api-alerts.ts
// (paths and QUERY: query.ts); any refusal is a Problem with its status code.

/** Query string of the view as in the URL (`range=24h&genre=techno`), and the cursor of what is held. */
export const subscribeSchema = z.object({
  query: z.string().max(2_000),
  cursor: z.string().max(400).nullable(),
})
export type Subscribe = z.infer<typeof subscribeSchema>

export interface ServerEvents {
  /**
   * Sales that fit the filter, oldest first, after the cursor given; `cursor` is where they end. An item with
   * an id seen before replaces it. `leftOut`: how many older ones of a burst were dropped from this message.
   */
  sales: (message: {
    readonly items: readonly ApiSoldItem[]
    readonly cursor: string
    readonly leftOut?: number
  }) => void
  /** The view's numbers, whenever the watermark moves. */
  summary: (summary: Summary) => void
  status: (status: Status) => void
  /**
   * Alerts as they stand, newest opened first; one with an id seen before replaces it where its revision is
   * higher. After the first `subscribe` those that are open or opened within a week, 50 at most; then each as
   * it opens, grows and closes. Whatever the view's filter.
   */
  alerts: (message: { readonly alerts: readonly ApiAlert[] }) => void
  /** The cursor is too old to catch up from: fetch the view again. */
  reset: () => void
  /** The subscription was refused: what is wrong and what to do. */
  problem: (problem: Problem) => void
  /** The server stops; come back after `retryAfterMs`. */
  bye: (message: { readonly retryAfterMs: number }) => void
}
export interface ClientEvents {
  subscribe: (message: Subscribe) => void
}
