// Where a letter leads: the page that shows what it speaks of, and what its reader can do by signed link.
import {
  type LinkPurpose,
  linkUrl,
  MAX_EXTRA_BYTES,
  type Snooze,
  signLink,
} from '../../../infra/runtime/links.ts'
import type { Alert } from '../../../schemas/alerts.ts'
import { type Key, keyValue } from '../../../schemas/keys.ts'
import { DAY_MS, MINUTE_MS } from '../../../schemas/time.ts'

/** Where the page is, and what signs its links. */
export interface Site {
  /** As people reach it: `https://tracker.example`, with or without a slash at its end. */
  readonly publicUrl: string
  /** See `Subscribers.linkSecret`. */
  readonly linkSecret: Uint8Array
}

/** What stays before the window in the view that a letter leads to. */
const BEFORE_MS = DAY_MS
const FILTERS: ReadonlySet<string> = new Set(['genre', 'artist', 'country', 'format'])

const minuteText = (ms: number): string =>
  `${new Date(Math.floor(ms / MINUTE_MS) * MINUTE_MS).toISOString().slice(0, 16)}Z`

/**
 * The page's own path for what an alert speaks of: its key around its window; among the alerts where the page
 * has no such filter. The page says the same in its own words: a test compares them.
 */
export function alertPath({ id, dimension, key, windowEndMs, windowMs }: Alert): string {
  if (!FILTERS.has(dimension) && dimension !== 'all') return `/alerts?id=${id}`
  const query = new URLSearchParams({
    range: 'custom',
    from: minuteText(windowEndMs - windowMs - BEFORE_MS),
    to: minuteText(windowEndMs),
  })
  if (dimension !== 'all') query.set(dimension, keyValue(key))
  return `/?${query}`
}

/** A path of the page as an address. */
export const pageUrl = ({ publicUrl }: Site, path: string): string =>
  `${publicUrl.replace(/\/+$/, '')}${path}`

/** What one subscriber can do by link. */
export interface Doors {
  readonly confirm: string
  readonly manage: string
  readonly unsubscribe: string
  snooze(how: Snooze): string
  /** Null where the key is too long for a link. */
  mute(key: Key): string | null
}

export function doorsOf({ publicUrl, linkSecret }: Site, subscriberId: string): Doors {
  const door = (purpose: LinkPurpose, extra = ''): string =>
    linkUrl(publicUrl, purpose, signLink(linkSecret, purpose, subscriberId, extra))
  return {
    confirm: door('confirm'),
    manage: door('manage'),
    unsubscribe: door('unsubscribe'),
    snooze: how => `${door('snooze')}?for=${how}`,
    mute: key => (Buffer.byteLength(key) > MAX_EXTRA_BYTES ? null : door('mute', key)),
  }
}
