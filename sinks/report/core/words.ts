// How the report writes names, numbers and times, and how it makes a seller's text harmless.
import { keyValue } from '../../../schemas/keys.ts'
import { countryLabel, formatLabel, genreLabel } from '../../../schemas/names.ts'
import { safeText } from '../../../schemas/safe-text.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../schemas/time.ts'
import type { Change, Quality } from './model.ts'

const MAX_SHOWN_CHARS = 90

/** One harmless line of at most `maxChars`; `fallback` where nothing can be seen. Not escaped. */
export function shownText(text: string, fallback = '', maxChars = MAX_SHOWN_CHARS): string {
  return safeText(text, maxChars) || fallback
}

/** Names with an article in a sentence. */
const WITH_ARTICLE = new Set(['us', 'gb', 'nl', 'ph', 'ae', 'cz', 'bs', 'gm', 'mv', 'do', 'cf'])

/** `the United States`, `Germany`: within a sentence. */
export function countryInSentence(code: string): string {
  return `${WITH_ARTICLE.has(code) ? 'the ' : ''}${countryLabel(code)}`
}

const ALERT_NAMES: Readonly<Record<string, (value: string) => string>> = {
  all: () => 'The whole market',
  genre: genreLabel,
  country: countryLabel,
  format: formatLabel,
  tag: value => `#${shownText(value, 'tag')}`,
  artist: value => shownText(value, 'an artist'),
  item: value => shownText(value, 'a release'),
  'genre-country': value => {
    const [genre = '', country = ''] = value.split('/')
    return `${genreLabel(genre)} in ${countryInSentence(country)}`
  },
}

/** What a person reads for a key; of artists and items the host and address, unless a name is given. */
export function keyName(key: string, dimension: string, name: string | undefined): string {
  const own = name === undefined ? '' : shownText(name)
  return own !== '' ? own : (ALERT_NAMES[dimension] ?? shownText)(keyValue(key))
}

// ---------------------------------------------------------------- numbers

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const dollars = new Intl.NumberFormat('en', { style: 'currency', currency: 'USD', maximumFractionDigits: 0 })
const cents = new Intl.NumberFormat('en', { style: 'currency', currency: 'USD' })
const FULL_DOLLARS_FROM_CENTS = 100_000
/** Below it a percentage is written with one decimal. */
const FINE_SHARE = 0.1
/** Above it a factor is easier to grasp. */
const FACTOR_FROM = 2
const LEVEL_BELOW = 0.005

export const NOTHING = '–'

export function countText(value: number): string {
  return whole.format(Math.round(value))
}

/** What a reader should know of how sales came in: those that came late, and what could not be read. */
export function arrivalNotes({ tooLate, deadLetters }: Quality): readonly string[] {
  const some = (n: number, one: string, more: string) => `${countText(n)} ${n === 1 ? one : more}`
  const late = some(tooLate ?? 0, 'sale came late and counts here', 'sales came late and count here')
  const unread = some(deadLetters, 'record of the feed not readable', 'records of the feed not readable')
  return [
    ...(tooLate === null ? [] : [tooLate === 0 ? 'no sale came late' : late]),
    ...(deadLetters === 0 ? [] : [unread]),
  ]
}

/** With cents below 1,000 dollars. */
export function usdText(usdCents: number): string {
  return (Math.abs(usdCents) < FULL_DOLLARS_FROM_CENTS ? cents : dollars).format(usdCents / 100)
}

/** `$401k` for a headline. */
export function shortUsdText(usdCents: number): string {
  const value = usdCents / 100
  if (value >= 10_000_000) return `$${Math.round(value / 1_000_000)}M`
  if (value >= 1_000_000) return `$${(value / 1_000_000).toFixed(1)}M`
  return value >= 10_000 ? `$${Math.round(value / 1_000)}k` : usdText(usdCents)
}

/** `34%`, below ten `2.5%`; never 100% where something is missing, nor 0% where something is there. */
export function shareText(share: number): string {
  if (share >= 1) return '100%'
  if (share <= 0) return '0%'
  const percent = share * 100
  const digits = share < FINE_SHARE || share > 0.99 ? 1 : 0
  const rounded = Math.min(99.9, Math.max(0.1, percent)).toFixed(digits)
  return `${rounded}%`
}

/** `▲6%`, `▼12%`, `▲3.1×`, `±0%`, `new`; a mark and a sign of its own, never a colour alone. */
export function changeText(change: Change | null): string {
  if (change === null) return NOTHING
  if (change.change === null) return 'new'
  if (Math.abs(change.change) < LEVEL_BELOW) return '±0%'
  if (change.change + 1 >= FACTOR_FROM) return `▲${factorText(change.change + 1)}×`
  return `${change.change > 0 ? '▲' : '▼'}${Math.round(Math.abs(change.change) * 100)}%`
}

export function factorText(factor: number): string {
  return factor >= 10 ? whole.format(factor) : factor.toFixed(1)
}

/** For shares: the difference in points. */
export function pointsText(value: number, before: Change | null): string {
  if (before === null) return NOTHING
  const points = Math.round((value - before.before) * 1_000) / 10
  if (points === 0) return '±0 pt'
  return `${points > 0 ? '▲' : '▼'}${Math.abs(points).toFixed(1)} pt`
}

/** Below a percent nothing rose or fell. */
const FLAT_BELOW = 0.01

/** `rose 6%`, `fell 12%`, `were level`, `rose to 3.1 times` as a verb of the sales. */
export function moveWords(change: number): string {
  if (Math.abs(change) < FLAT_BELOW) return 'were level'
  if (change + 1 >= FACTOR_FROM) return `rose to ${factorText(change + 1)} times`
  return `${change > 0 ? 'rose' : 'fell'} ${Math.round(Math.abs(change) * 100)}%`
}

// ---------------------------------------------------------------- times

/** `25`, `24.5`. */
export function hoursText(hours: number): string {
  return Number.isInteger(hours) ? String(hours) : hours.toFixed(1)
}

/** `14 min`, `3 h 05 min`. */
export function durationText(ms: number): string {
  const minutes = Math.max(1, Math.round(ms / MINUTE_MS))
  if (ms >= 2 * DAY_MS) return `${Math.round(ms / DAY_MS)} days`
  if (minutes < 60) return `${minutes} min`
  const rest = minutes % 60
  return `${Math.floor((minutes * MINUTE_MS) / HOUR_MS)} h${rest === 0 ? '' : ` ${String(rest).padStart(2, '0')} min`}`
}

/** `UTC`, `UTC+1`, `UTC−3:30`. */
export function offsetText(offsetMinutes: number): string {
  if (offsetMinutes === 0) return 'UTC+0'
  const [hours, minutes] = [Math.floor(Math.abs(offsetMinutes) / 60), Math.abs(offsetMinutes) % 60]
  const tail = minutes === 0 ? '' : `:${String(minutes).padStart(2, '0')}`
  return `UTC${offsetMinutes > 0 ? '+' : '−'}${hours}${tail}`
}

/** `a`, `a and b`, `a, b and c`. */
export function listText(parts: readonly string[]): string {
  if (parts.length < 2) return parts[0] ?? ''
  return `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`
}
