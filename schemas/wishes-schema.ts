// What a subscriber can choose, as a validator: for the form, the API and the command line.
import { z } from 'zod'
import { SEVERITIES } from './alerts.ts'
import { dimensionOf, FORMATS, keyOf, keyValue } from './keys.ts'
import { FOLLOWED_KINDS, FREQUENCIES, MAX_FOLLOWED_KEYS } from './subscriptions.ts'

/** Longer than any tag or host; anything longer is a mistake or an attack. */
const MAX_KEY_CHARS = 200

/** Dimensions that can be followed, and how their values are written. */
const VALUES: ReadonlyMap<string, RegExp> = new Map([
  ['genre', /^[a-z0-9-]+$/],
  ['artist', /^[a-z0-9-]+(\.[a-z0-9-]+)+$/],
  ['country', /^[a-z]{2}$/],
  // As item pages are read: letters of any script, each run of anything else a hyphen.
  ['tag', /^[\p{L}\p{M}\p{N}]+(-[\p{L}\p{M}\p{N}]+)*$/u],
  ['format', new RegExp(`^(${FORMATS.join('|')})$`)],
])

const HAS_CONTROLS = /\p{C}/u

/**
 * A key as people write it, in its one spelling: `Tag: Dub Techno` is `tag:dub-techno`. What is no key stays
 * none.
 */
export function spellKey(text: string): string {
  const key = text
    .trim()
    .replace(/\s*:\s*/, ':')
    .toLowerCase()
  if (dimensionOf(key) !== 'tag' || HAS_CONTROLS.test(key)) return key
  const value = keyValue(key).normalize('NFKC').toLowerCase()
  return keyOf('tag', value.replace(/[^\p{L}\p{M}\p{N}]+/gu, '-').replace(/^-|-$/g, ''))
}

/** `genre:techno`, `artist:host`, `country:de`, `tag:dub-techno`, `format:vinyl`. */
export function isFollowable(key: string): boolean {
  return key.length <= MAX_KEY_CHARS && (VALUES.get(dimensionOf(key))?.test(keyValue(key)) ?? false)
}

function isZone(name: string): boolean {
  try {
    // Offsets such as +02:00 are no zones: their days know no summer time.
    return /^[A-Za-z]/.test(name) && new Intl.DateTimeFormat('en', { timeZone: name }) !== null
  } catch {
    return false
  }
}

const unique = <T>(values: readonly T[]): T[] => [...new Set(values)]

export const interestSchema = z.strictObject({
  keys: z
    .array(
      z
        .string()
        .max(MAX_KEY_CHARS)
        .transform(spellKey)
        .refine(isFollowable, 'must be genre:…, artist:…, country:…, tag:… or format:…'),
    )
    .max(MAX_FOLLOWED_KEYS)
    .transform(unique)
    .readonly()
    .describe('Any of these, or everything where there are none'),
  kinds: z.array(z.enum(FOLLOWED_KINDS)).min(1).max(FOLLOWED_KINDS.length).transform(unique).readonly(),
  minSeverity: z.enum(SEVERITIES),
})

/** At least one of alerts and report is wished for. */
export const wishesSchema = z
  .strictObject({
    alerts: z
      .strictObject({ interest: interestSchema, frequency: z.enum(FREQUENCIES) })
      .nullable()
      .describe('Null: no alerts'),
    report: z.boolean().describe('The daily report'),
    zone: z.string().max(64).refine(isZone, 'must be a time zone such as Europe/Berlin'),
  })
  .refine(({ alerts, report }) => alerts !== null || report, {
    path: ['alerts'],
    error: 'choose alerts, the report, or both',
  })
