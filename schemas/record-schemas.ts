// The documented shape of every record, as validators: where records may have been written by others.
import { z } from 'zod'
import { alertSchema } from './alert-schema.ts'
import { DIMENSIONS, FORMATS } from './keys.ts'
import type { TopicName } from './topics.ts'

/** Epoch milliseconds, UTC. */
const timeMs = z.int().min(0)
const count = z.int().min(0)
/** In minor units or cents; money never has a fraction. */
const amount = z.int()
/** The source partition it speaks for. */
const source = z.exactOptional(count)

const totals = {
  items: count,
  baskets: count,
  units: count,
  revenueUsdCents: amount,
  overUsdCents: amount,
}

export const tickSchema = z
  .object({ kind: z.literal('tick'), upToMs: timeMs, source })
  .readonly()
  .describe('The watermark: all sales before upToMs are in the log, before this record.')

export const gapSchema = z
  .object({
    kind: z.literal('gap'),
    fromMs: timeMs,
    toMs: timeMs,
    reason: z.enum(['feed-skipped', 'outage', 'simulated']),
    source,
  })
  .readonly()
  .describe('A stretch [fromMs, toMs) of event time that could not be read.')

export const basketSchema = z
  .object({
    kind: z.literal('basket'),
    id: z.string().min(1),
    soldAtMs: timeMs,
    text: z.string(),
    seenItems: z.exactOptional(z.array(count).readonly()),
  })
  .readonly()
  .describe('One feed event; text is its JSON, byte for byte as the feed sent it.')

const itemSchema = z
  .object({
    position: count,
    soldAtText: z.string(),
    ordinal: count,
    url: z.string().min(1),
    artistHost: z.string(),
    artistName: z.string(),
    title: z.string(),
    albumTitle: z.string().nullable(),
    itemType: z.enum(['a', 't', 'p', 'b']),
    format: z.enum(FORMATS),
    country: z.string().nullable(),
    currency: z.string(),
    paidMinor: amount,
    priceMinor: amount,
    paidUsdCents: amount,
    overUsdCents: amount,
    units: count,
    releases: count.nullable(),
    artUrl: z.string().nullable(),
    genre: z.string().nullable(),
    genreSource: z.enum([
      'page',
      'host',
      'pending',
      'none',
      'challenged',
      'refused',
      'not-an-item',
      'failed',
    ]),
    tags: z.array(z.string()).readonly(),
  })
  .readonly()

export const saleSchema = z
  .object({
    kind: z.literal('sale'),
    basketId: z.string().min(1),
    soldAtMs: timeMs,
    items: z.array(itemSchema).readonly(),
  })
  .readonly()
  .describe('One basket, normalised and enriched.')

export const amendSchema = z
  .object({ kind: z.literal('amend'), sale: saleSchema })
  .readonly()
  .describe('The same basket again, with genres learnt later; replaces the sale of the same basketId.')

export const paneSchema = z
  .object({
    kind: z.literal('pane'),
    key: z.string().min(1),
    startMs: timeMs,
    source: count,
    revision: count,
    ...totals,
  })
  .readonly()
  .describe('Absolute partial totals of one key in one minute, from one partition of sales.')

export const windowSchema = z
  .object({
    kind: z.literal('window'),
    key: z.string().min(1),
    size: z.enum(['1m', '1h', '1d']),
    startMs: timeMs,
    revision: count,
    partial: z.boolean(),
    ...totals,
  })
  .readonly()
  .describe('Totals of one key in one tumbling window [startMs, startMs + size); highest revision holds.')

export const leadersSchema = z
  .object({
    kind: z.literal('leaders'),
    dimension: z.enum(DIMENSIONS),
    size: z.enum(['5m', '1h', '24h']),
    endMs: timeMs,
    source: count,
    distinctKeys: count,
    top: z.array(z.object({ key: z.string(), ...totals }).readonly()).readonly(),
    partial: z.boolean(),
  })
  .readonly()
  .describe('The top keys of one dimension over [endMs - size, endMs), from one partition of panes.')

export const deadLetterSchema = z
  .object({
    kind: z.literal('dead-letter'),
    id: z.string().min(1),
    stage: z.string(),
    topic: z.string().nullable(),
    partition: count.nullable(),
    offset: count.nullable(),
    reason: z.string(),
    message: z.string(),
    bytes: z.string(),
    atMs: timeMs,
  })
  .readonly()
  .describe('What a stage could not handle, with what came (64 KiB of it at most) and why.')

export const settledSchema = z
  .object({
    kind: z.literal('settled'),
    letterId: z.string().min(1),
    how: z.enum(['resent', 'discarded']),
    note: z.string(),
    atMs: timeMs,
  })
  .readonly()
  .describe('The dead letter letterId is open no longer: it was sent again, or somebody let it go.')

/** What each topic may hold. Fields that are not known here are no fault. */
export const TOPIC_SCHEMAS = {
  feed: z.discriminatedUnion('kind', [basketSchema, tickSchema, gapSchema]),
  sales: z.discriminatedUnion('kind', [saleSchema, amendSchema, tickSchema, gapSchema]),
  panes: z.discriminatedUnion('kind', [paneSchema, tickSchema, gapSchema]),
  windows: z.discriminatedUnion('kind', [windowSchema, tickSchema, gapSchema]),
  leaders: leadersSchema,
  alerts: alertSchema,
  'dead-letters': z.discriminatedUnion('kind', [deadLetterSchema, settledSchema]),
} as const satisfies Readonly<Record<TopicName, z.ZodType>>
