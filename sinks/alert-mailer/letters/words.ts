// How letters say numbers, times and names. Sellers' text becomes one harmless line, still to be escaped.
import { surenessOf } from '../../../schemas/alert-words.ts'
import type { Alert, AlertKind } from '../../../schemas/alerts.ts'
import { dimensionOf, type Key, keyValue } from '../../../schemas/keys.ts'
import { countryLabel, formatLabel, genreLabel } from '../../../schemas/names.ts'
import { safeText } from '../../../schemas/safe-text.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../schemas/time.ts'
import type { Tone } from './blocks.ts'

export const PRODUCT = 'Bandcamp Tracker'

/** Right-to-left letters: without a frame of their own they drag numbers beside them along. */
const RTL = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u
/** First strong isolate … pop directional isolate. */
const FRAME = ['\u2068', '\u2069'] as const

/** A name inside a sentence: harmless, cut, and in a frame where it is written from the right. */
export function nameText(text: string, maxChars: number): string {
  if (maxChars < 4) return ''
  const name = safeText(text, maxChars)
  if (!RTL.test(name)) return name
  return `${FRAME[0]}${safeText(name, maxChars - FRAME.length)}${FRAME[1]}`
}

const NAMES: Readonly<Record<string, (value: string) => string>> = {
  all: () => 'the whole market',
  genre: genreLabel,
  country: countryLabel,
  format: formatLabel,
  tag: value => `#${value}`,
}

/** How a key is called that somebody follows. */
export function keyText(key: Key, maxChars: number): string {
  const dimension = dimensionOf(key)
  const value = keyValue(key)
  return nameText(Object.hasOwn(NAMES, dimension) ? NAMES[dimension]!(value) : value, maxChars)
}

// ---------------------------------------------------------------- numbers

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const dollars = new Intl.NumberFormat('en', { style: 'currency', currency: 'USD', maximumFractionDigits: 0 })
const percent = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 0 })

export const countText = (count: number): string => whole.format(count)
export const usdText = (usdCents: number): string => dollars.format(usdCents / 100)
export const shareText = (share: number): string => percent.format(share)

/** "1 purchase", "64 purchases". */
export const purchasesText = (count: number): string =>
  count === 1 ? '1 purchase' : `${countText(count)} purchases`

/** Below this a factor says nothing: twenty is more than none, but not forty times as much. */
const MIN_EXPECTED_FOR_FACTOR = 1
const WHOLE_FACTOR_FROM = 10

/** "3.1×", "0.4×"; empty where next to nothing was expected. */
export function factorText({ purchases, expected }: Pick<Alert, 'purchases' | 'expected'>): string {
  if (expected < MIN_EXPECTED_FOR_FACTOR) return ''
  const factor = purchases / expected
  return `${factor >= WHOLE_FACTOR_FROM ? countText(factor) : factor.toFixed(1)}×`
}

// ---------------------------------------------------------------- times

const formats = new Map<string, Intl.DateTimeFormat>()

function partsOf(timeMs: number, zone: string): Readonly<Record<string, string>> {
  let format = formats.get(zone)
  if (format === undefined) {
    const options: Intl.DateTimeFormatOptions = {
      weekday: 'short',
      day: 'numeric',
      month: 'short',
      year: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
      timeZoneName: 'short',
    }
    try {
      format = new Intl.DateTimeFormat('en-GB', { ...options, timeZone: zone })
    } catch {
      // A zone that this machine does not know: the name beside the time says what it is.
      format = new Intl.DateTimeFormat('en-GB', { ...options, timeZone: 'UTC' })
    }
    formats.set(zone, format)
  }
  return Object.fromEntries(format.formatToParts(timeMs).map(({ type, value }) => [type, value]))
}

/** "Sun 22 Nov". */
export function dayText(timeMs: number, zone: string): string {
  const { weekday, day, month } = partsOf(timeMs, zone)
  return `${weekday} ${day} ${month}`
}

/** "3 Nov 2026". */
export function dateText(timeMs: number, zone: string): string {
  const { day, month, year } = partsOf(timeMs, zone)
  return `${day} ${month} ${year}`
}

/** "15:03". */
export function clockText(timeMs: number, zone: string): string {
  const { hour, minute } = partsOf(timeMs, zone)
  return `${hour}:${minute}`
}

/** "CET", "GMT-5", "UTC": what the zone was called at that time. */
export const zoneText = (timeMs: number, zone: string): string => partsOf(timeMs, zone).timeZoneName ?? 'UTC'

/** "Sun 22 Nov, 14:00–15:00 CET"; both days where there are two. */
export function windowText({ windowEndMs, windowMs }: Alert, zone: string): string {
  const fromMs = windowEndMs - windowMs
  const [from, to] = [dayText(fromMs, zone), dayText(windowEndMs, zone)]
  const between = from === to ? '–' : ` – ${to}, `
  return `${from}, ${clockText(fromMs, zone)}${between}${clockText(windowEndMs, zone)} ${zoneText(windowEndMs, zone)}`
}

/** "15 min", "1 h", "24 h", "7 days": how long a window is. */
export function lengthText(ms: number): string {
  if (ms < HOUR_MS) return `${Math.round(ms / MINUTE_MS)} min`
  return ms <= DAY_MS ? `${Math.round(ms / HOUR_MS)} h` : `${Math.round(ms / DAY_MS)} days`
}

/** "48 s", "4 min", "3 h", "2 days": about how long ago. */
export function agoText(ms: number): string {
  if (ms < MINUTE_MS) return `${Math.max(0, Math.round(ms / 1_000))} s`
  if (ms < HOUR_MS) return `${Math.round(ms / MINUTE_MS)} min`
  return ms < 2 * DAY_MS ? `${Math.round(ms / HOUR_MS)} h` : `${Math.round(ms / DAY_MS)} days`
}

// ---------------------------------------------------------------- how sure

const SURE = ['Unusual', 'Very unusual', 'Extremely unusual'] as const
/** Rarer than one in a million no model knows. */
const MAX_SCORE = 6

/** "1 hour in 400", "1 day in 400", "1 window of 6 h in 400". */
function oddsText(odds: string, windowMs: number): string {
  const names: Readonly<Record<number, string>> = { [HOUR_MS]: 'hour', [DAY_MS]: 'day' }
  return `1 ${names[windowMs] ?? `window of ${lengthText(windowMs)}`} in ${odds}`
}

/** "Very unusual: about 1 hour in 400". One significant digit: more is not known. */
export function sureText(alert: Alert): string {
  const { score, windowMs } = alert
  const sure = SURE[surenessOf(alert)]
  if (score >= MAX_SCORE) return `${sure}: less than ${oddsText('a million', windowMs)}`
  const odds = Number((10 ** Math.max(score, 0)).toPrecision(1))
  return `${sure}: about ${oddsText(countText(odds), windowMs)}`
}

// ---------------------------------------------------------------- kinds

export const isDrop = (kind: AlertKind): boolean => kind === 'drop' || kind === 'market-drop'
export const toneOf = (kind: AlertKind): Tone =>
  kind === 'feed-silent' ? 'plain' : isDrop(kind) ? 'drop' : 'rise'

const MARKS: Readonly<Record<AlertKind, string>> = {
  rise: '▲',
  drop: '▼',
  emerging: '✦',
  'market-rise': '▲',
  'market-drop': '▼',
  'feed-silent': '■',
}
export const markOf = (kind: AlertKind): string => MARKS[kind]

/** "▲ 3.1×": the mark, and the factor where it says something. */
export const markText = (alert: Alert): string => `${MARKS[alert.alertKind]} ${factorText(alert)}`.trim()
