// Reads an answer of the feed: its head, and every event as the very text that the feed sent.
import { feedHeadSchema, feedTooRecentSchema } from '../../schemas/feed.ts'
import { SECOND_MS } from '../../schemas/time.ts'
import { eachElement, eachMember } from './json-slices.ts'

export type ParsedAnswer =
  | {
      readonly kind: 'sales'
      readonly startMs: number
      readonly endMs: number
      readonly serverTimeMs: number
      /** One slice of the answer for each event, verbatim, in the feed's order. */
      readonly events: readonly string[]
    }
  /** The asked start has not been generated yet. */
  | { readonly kind: 'too-recent'; readonly serverTimeMs: number }
  /** Not readable as a whole; nothing of it is used. */
  | { readonly kind: 'bad'; readonly reason: 'malformed-json' | 'schema'; readonly message: string }

/** One item of an event, with the parts that identify it as text. */
export interface RawItem {
  /** The item's JSON, verbatim. */
  readonly text: string
  readonly value: unknown
  /** `utc_date` as the feed wrote it (without quotes, where it came as a string); empty where absent. */
  readonly soldAtText: string
  /** `url` as the feed gave it; empty where absent or not a string. */
  readonly url: string
}

export type RawEvent =
  | {
      readonly kind: 'event'
      /** Epoch milliseconds, floored: the event's own `utc_date`, else the earliest of its items. */
      readonly soldAtMs: number
      readonly soldAtText: string
      readonly items: readonly RawItem[]
    }
  | { readonly kind: 'bad'; readonly reason: 'schema' | 'unknown-event-type'; readonly message: string }

/** Longest message that repeats what came. */
const MAX_QUOTED_CHARS = 80

export function quoted(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > MAX_QUOTED_CHARS ? `${text.slice(0, MAX_QUOTED_CHARS)}…` : text
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parseJson(text: string): { readonly value: unknown } | { readonly message: string } {
  try {
    return { value: JSON.parse(text) as unknown }
  } catch (error) {
    return { message: error instanceof Error ? error.message : String(error) }
  }
}

function schemaError(message: string): ParsedAnswer {
  return { kind: 'bad', reason: 'schema', message }
}

/** Where the value of `key` begins in the object at `at`; −1 where it has none. */
function memberAt(text: string, at: number, key: string): number {
  let found = -1
  eachMember(text, at, (name, from) => {
    if (name === key) found = from
  })
  return found
}

/**
 * Reads the text of an HTTP 200: bare, or wrapped in `feed_data`. Never throws. The events are not looked
 * into: one bad event does not spoil the others.
 */
export function readAnswer(text: string): ParsedAnswer {
  const parsed = parseJson(text)
  if ('message' in parsed) return { kind: 'bad', reason: 'malformed-json', message: parsed.message }
  if (!isObject(parsed.value)) return schemaError(`the answer is no object: ${quoted(parsed.value)}`)
  const wrapped = Object.hasOwn(parsed.value, 'feed_data')
  const body = wrapped ? parsed.value.feed_data : parsed.value
  if (!isObject(body)) return schemaError(`feed_data is no object: ${quoted(body)}`)
  if (body.events === undefined && body.start_date === undefined && body.end_date === undefined) {
    const recent = feedTooRecentSchema.safeParse(body)
    if (recent.success) return { kind: 'too-recent', serverTimeMs: recent.data.server_time * SECOND_MS }
  }
  const head = feedHeadSchema.safeParse(body)
  if (!head.success) {
    const issues = head.error.issues.map(issue => `${issue.path.join('.')}: ${issue.message}`)
    return schemaError(issues.join('; '))
  }
  if (!Array.isArray(body.events)) return schemaError(`events is no list: ${quoted(body.events)}`)
  const events: string[] = []
  const bodyAt = wrapped ? memberAt(text, 0, 'feed_data') : 0
  eachElement(text, memberAt(text, bodyAt, 'events'), (from, to) => {
    events.push(text.slice(from, to))
  })
  const { start_date: start, end_date: end, server_time: serverTime } = head.data
  return {
    kind: 'sales',
    startMs: start * SECOND_MS,
    endMs: end * SECOND_MS,
    serverTimeMs: serverTime * SECOND_MS,
    events,
  }
}

const DECIMAL = /^(\d{1,11})(?:\.(\d+))?$/
const MS_DIGITS = 3

/**
 * Epoch milliseconds of seconds written as text, floored; null where it is no time. Taken from the digits,
 * because `seconds * 1000` in floating point can fall a millisecond short.
 */
export function epochMsOf(secondsText: string): number | null {
  const digits = DECIMAL.exec(secondsText)
  if (digits !== null) {
    const fraction = (digits[2] ?? '').slice(0, MS_DIGITS).padEnd(MS_DIGITS, '0')
    return Number(digits[1]) * SECOND_MS + Number(fraction)
  }
  const ms = secondsText === '' ? Number.NaN : Math.floor(Number(secondsText) * SECOND_MS)
  return Number.isSafeInteger(ms) && ms > 0 ? ms : null
}

/** The text of a `utc_date`: a number's own digits; of a string, what is between the quotes. */
function timeText(text: string, from: number, to: number, value: unknown): string {
  if (typeof value === 'string') return value.trim()
  return typeof value === 'number' ? text.slice(from, to) : ''
}

function readItem(text: string, value: unknown): RawItem {
  if (!isObject(value)) return { text, value, soldAtText: '', url: '' }
  let soldAtText = ''
  eachMember(text, 0, (key, from, to) => {
    if (key === 'utc_date') soldAtText = timeText(text, from, to, value.utc_date)
  })
  return { text, value, soldAtText, url: typeof value.url === 'string' ? value.url : '' }
}

/** Reads one slice that `readAnswer` gave, or the text of a basket. Never throws. */
export function readEvent(text: string): RawEvent {
  const parsed = parseJson(text)
  const bad = (message: string): RawEvent => ({ kind: 'bad', reason: 'schema', message })
  if ('message' in parsed) return bad(parsed.message)
  const event = parsed.value
  if (!isObject(event)) return bad(`the event is no object: ${quoted(event)}`)
  if (event.event_type !== 'sale') {
    return { kind: 'bad', reason: 'unknown-event-type', message: `event_type: ${quoted(event.event_type)}` }
  }
  const values = event.items
  if (!Array.isArray(values) || values.length === 0) return bad(`items: no list of at least one`)
  let soldAtText = ''
  const items: RawItem[] = []
  eachMember(text, 0, (key, from, to) => {
    if (key === 'utc_date') soldAtText = timeText(text, from, to, event.utc_date)
    if (key !== 'items') return
    items.length = 0
    eachElement(text, from, (itemFrom, itemTo) => {
      items.push(readItem(text.slice(itemFrom, itemTo), values[items.length]))
    })
  })
  const soldAtMs = epochMsOf(soldAtText) ?? earliest(items)
  if (soldAtMs === null) return bad(`utc_date: no time, neither of the event nor of an item`)
  return { kind: 'event', soldAtMs, soldAtText, items }
}

function earliest(items: readonly RawItem[]): number | null {
  let least: number | null = null
  for (const { soldAtText } of items) {
    const ms = epochMsOf(soldAtText)
    if (ms !== null && (least === null || ms < least)) least = ms
  }
  return least
}
