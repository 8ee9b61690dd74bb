// The documented shape of an alert, as a validator.
import { z } from 'zod'
import { ALERT_CHANGES, ALERT_ENDINGS, ALERT_KINDS, ALERT_STATES, SEVERITIES } from './alerts.ts'
import { DIMENSIONS } from './keys.ts'

const timeMs = z.int()
const count = z.int().min(0)
const amount = z.number().min(0)
/** In [0, 1]. */
const share = z.number().min(0).max(1)
const part = { purchases: count, share }
const size = {
  windowMs: count,
  windowEndMs: timeMs,
  purchases: count,
  expected: amount,
  expectedLow: amount,
  expectedHigh: amount,
}

export const alertSchema = z
  .object({
    kind: z.literal('alert'),
    id: z.string().regex(/^[0-9a-f]{16}$/),
    revision: count,
    state: z.enum(ALERT_STATES),
    alertKind: z.enum(ALERT_KINDS),
    key: z.string().min(1),
    dimension: z.enum(DIMENSIONS),
    severity: z.enum(SEVERITIES),
    openedAtMs: timeMs,
    atMs: timeMs,
    closedAtMs: timeMs.nullable(),
    ...size,
    items: count,
    units: count,
    revenueUsdCents: z.int(),
    score: amount,
    threshold: amount,
    peakScore: amount,
    peak: z.object(size).readonly().exactOptional().describe('What it was at its height'),
    change: z.enum(ALERT_CHANGES).exactOptional().describe('Of an update: why it was told again'),
    end: z
      .object({ reason: z.enum(ALERT_ENDINGS), ...size })
      .readonly()
      .exactOptional()
      .describe('Of a closed alert: why it ended, and what its last window held'),
    topReleases: z
      .array(
        z
          .object({
            url: z.string(),
            artistName: z.string(),
            title: z.string(),
            artUrl: z.string().nullable(),
            ...part,
          })
          .readonly(),
      )
      .readonly(),
    topCountries: z.array(z.object({ country: z.string(), ...part }).readonly()).readonly(),
    topArtists: z.array(z.object({ artistHost: z.string(), ...part }).readonly()).readonly(),
    hours: z.array(z.object({ startMs: timeMs, purchases: count, expected: amount }).readonly()).readonly(),
    firstSeenMs: timeMs,
    coverage: share,
    partial: z.boolean(),
    learningDay: count.nullable(),
    marketRatio: amount,
    isFrenzy: z.boolean(),
  })
  .readonly()
  .describe('One state of an alert: what moved, how unusual it is, and what stands behind it.')
