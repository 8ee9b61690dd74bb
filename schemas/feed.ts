// The wire format of Bandcamp's public sales feed, as strictly as its facts are known and no stricter.
import { z } from 'zod'

/**
 * One line of a checkout as the feed shows it. Unknown extra fields are kept out of the way, never refused;
 * fields that the system cannot do without are required, all others may be absent or null.
 */
export const feedItemSchema = z.object({
  utc_date: z.number().positive(),
  artist_name: z.string().nullish(),
  item_type: z.string(),
  item_description: z.string().nullish(),
  album_title: z.string().nullish(),
  slug_type: z.string().nullish(),
  track_album_slug_text: z.string().nullish(),
  currency: z.string().nullish(),
  amount_paid: z.number().nullish(),
  item_price: z.number().nullish(),
  amount_paid_usd: z.number(),
  country: z.string().nullish(),
  country_code: z.string().nullish(),
  art_id: z.number().nullish(),
  package_image_id: z.number().nullish(),
  art_url: z.string().nullish(),
  releases: z.number().nullish(),
  url: z.string().min(1),
  amount_paid_fmt: z.string().nullish(),
  amount_over_fmt: z.string().nullish(),
  addl_count: z.number().nullish(),
  item_slug: z.string().nullish(),
})
export type FeedItem = z.infer<typeof feedItemSchema>

/** One checkout: a basket with one or more items. Only `event_type` "sale" is known to occur. */
export const feedEventSchema = z.object({
  event_type: z.literal('sale'),
  utc_date: z.number().positive(),
  items: z.array(feedItemSchema).min(1),
})
export type FeedEvent = z.infer<typeof feedEventSchema>

/** The answer without its events (they are taken from the text itself): times are epoch seconds. */
export const feedHeadSchema = z.object({
  start_date: z.number().int(),
  end_date: z.number().int(),
  server_time: z.number().int(),
  data_delay_sec: z.number().int().nullish(),
})

/** What the feed says when the asked start is too recent: the server's time and nothing else. */
export const feedTooRecentSchema = z.object({ server_time: z.number().int() })
