// The feed for tests: events and answers as text, a scripted feed, and a world that a feed shows with faults.
import type { FeedAnswer, SalesFeed } from '../../infra/ports.ts'
import { readEvent } from '../../producers/core/feed-json.ts'
import { basketId, itemKeys } from '../../producers/core/identity.ts'
import type { Basket, FeedRecord } from '../../schemas/records.ts'
import { floorTo, MINUTE_MS } from '../../schemas/time.ts'

/** A minute that begins at a whole minute: all feed tests start here. */
export const FEED_T0 = Date.UTC(2026, 10, 20, 12, 0)

export type Fields = Readonly<Record<string, unknown>>

/** A good item, as the feed would give it. */
export function feedItem(over: Fields = {}): Fields {
  return {
    utc_date: FEED_T0 / 1000 + 0.25,
    artist_name: 'Ella Zirina',
    item_type: 'a',
    item_description: 'Boundless Blue, Sunset Hue',
    album_title: null,
    slug_type: 'a',
    track_album_slug_text: null,
    currency: 'EUR',
    amount_paid: 7,
    item_price: 7,
    amount_paid_usd: 8,
    country: 'Japan',
    art_id: 3672109546,
    releases: null,
    package_image_id: null,
    url: '//ellazirina.bandcamp.com/album/boundless-blue-sunset-hue',
    country_code: 'jp',
    amount_paid_fmt: '€7',
    art_url: 'https://f4.bcbits.com/img/a3672109546_7.jpg',
    ...over,
  }
}

/** An event's text; `utc_date` is that of the first item unless given. */
export function feedEvent(items: readonly Fields[], over: Fields = {}): string {
  return JSON.stringify({ event_type: 'sale', utc_date: items[0]?.utc_date, items, ...over })
}

/** An event with one item, sold at `ms`; `name` makes the address. */
export function saleAt(ms: number, name: string): string {
  return feedEvent([feedItem({ utc_date: ms / 1000, url: `//${name}.bandcamp.com/album/x` })])
}

export interface AnswerTimes {
  readonly startMs: number
  readonly endMs: number
  readonly serverTimeMs?: number
}

/** An answer's text, with the events verbatim. */
export function feedAnswer({ startMs, endMs, serverTimeMs = endMs }: AnswerTimes, events: readonly string[]) {
  const head = `"start_date":${startMs / 1000},"end_date":${endMs / 1000},"data_delay_sec":120`
  return `{${head},"events":[${events.join(',')}],"server_time":${Math.floor(serverTimeMs / 1000)}}`
}

export function basketOf(text: string, over: Partial<Basket> = {}): Basket {
  const event = readEvent(text)
  if (event.kind === 'bad') return { kind: 'basket', id: 'bad', soldAtMs: FEED_T0, text, ...over }
  const { soldAtMs, soldAtText, items } = event
  return { kind: 'basket', id: basketId(soldAtText, items), soldAtMs, text, ...over }
}

/** Keys of the items that a log counts: those of its baskets, without the seen ones, in the log's order. */
export function countedKeys(records: readonly FeedRecord[]): string[] {
  return records.flatMap(record => {
    if (record.kind !== 'basket') return []
    const event = readEvent(record.text)
    if (event.kind === 'bad') throw new Error(`a bad event in the log: ${event.message}`)
    return itemKeys(event.items).filter((_, position) => !record.seenItems?.includes(position))
  })
}

export interface ScriptedFeed extends SalesFeed {
  /** What was asked for, in order. */
  readonly asked: (number | null)[]
  /** The next answers, in order; after the last one every call is an outage `script-over`. */
  answer(...answers: readonly (string | FeedAnswer)[]): void
}

export function createScriptedFeed(): ScriptedFeed {
  const asked: (number | null)[] = []
  const answers: FeedAnswer[] = []
  return {
    asked,
    answer: (...more) => {
      answers.push(...more.map(a => (typeof a === 'string' ? ({ kind: 'body', text: a } as const) : a)))
    },
    get: async startMs => {
      asked.push(startMs)
      return answers.shift() ?? { kind: 'outage', code: 'script-over', retryAfterMs: null }
    },
  }
}

/** One event of a world: what the feed shows of it depends on when it is asked. */
export interface WorldEvent {
  readonly soldAtMs: number
  /** When the feed begins to show it; later than its minute's end: a late sale. */
  readonly visibleAtMs: number
  readonly items: readonly Fields[]
  /** From here on the event has one item more. */
  readonly growsAtMs: number | null
}

export type FeedFault =
  | 'none'
  | 'outage'
  | 'cut' // the text ends in the middle
  | 'too-recent'
  | 'lagging' // an answer of a minute ago
  | 'twice' // every event stands twice
  | 'backwards' // events in the other order
  | 'deaf' // the asked start is ignored: ten minutes come

/** The widest answer of the feed. */
const CLAMP_MS = 10 * MINUTE_MS

export interface WorldFeed extends SalesFeed {
  fault: FeedFault
  /** Keys of items in answers that could be read, with the event's time. */
  readonly shown: ReadonlyMap<string, number>
  readonly firstStartMs: number | null
  /** What the last answer showed for the first time, of before the start that was asked for plus a minute. */
  lateNews(): readonly string[]
  /** Nothing was shown yet: whoever saw it died without a trace. */
  unseen(): void
}

export function createWorldFeed(world: readonly WorldEvent[], nowMs: () => number): WorldFeed {
  const shown = new Map<string, number>()
  let news = new Map<string, number>()
  let lateBeforeMs = 0
  let firstStartMs: number | null = null
  const textOf = (event: WorldEvent, at: number): string => {
    const { items, growsAtMs, soldAtMs } = event
    const more = growsAtMs !== null && growsAtMs <= at
    const all = more ? [...items, { ...items[0], url: `//more.bandcamp.com/track/${soldAtMs}` }] : items
    return feedEvent(all, { utc_date: soldAtMs / 1000 })
  }
  const feed: WorldFeed = {
    fault: 'none',
    shown,
    get firstStartMs() {
      return firstStartMs
    },
    lateNews: () => [...news].filter(([, ms]) => ms < lateBeforeMs).map(([key]) => key),
    unseen: () => {
      shown.clear()
      firstStartMs = null
    },
    get: async asked => {
      const { fault } = feed
      news = new Map()
      lateBeforeMs = (asked ?? 0) + MINUTE_MS
      const serverTimeMs = floorTo(nowMs(), 1000)
      if (fault === 'outage') return { kind: 'outage', code: 'http-503', retryAfterMs: null }
      const recent = JSON.stringify({ server_time: serverTimeMs / 1000 })
      const endMs = floorTo(serverTimeMs, MINUTE_MS) - (fault === 'lagging' ? MINUTE_MS : 0)
      const wanted = fault === 'deaf' ? 0 : (asked ?? endMs - 2 * MINUTE_MS)
      const startMs = Math.max(wanted, endMs - CLAMP_MS)
      if (fault === 'too-recent' || startMs > endMs) return { kind: 'body', text: recent }
      const seen = world.filter(
        e => e.visibleAtMs <= serverTimeMs && e.soldAtMs >= startMs && e.soldAtMs < endMs,
      )
      const texts = seen.map(event => textOf(event, serverTimeMs))
      if (fault === 'backwards') texts.reverse()
      const text = feedAnswer(
        { startMs, endMs, serverTimeMs },
        fault === 'twice' ? [...texts, ...texts] : texts,
      )
      if (fault === 'cut') return { kind: 'body', text: text.slice(0, -7) }
      firstStartMs ??= startMs
      for (const event of texts) {
        const { soldAtMs } = basketOf(event)
        for (const key of countedKeys([basketOf(event)])) {
          if (!shown.has(key)) news.set(key, soldAtMs)
          shown.set(key, soldAtMs)
        }
      }
      return { kind: 'body', text }
    },
  }
  return feed
}
