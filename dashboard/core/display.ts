// How numbers, money and times are shown to people, and names, which others share.
import { safeText } from './safe-text.ts'

export { artistLabel, countryFlag, countryLabel, formatLabel, genreLabel } from '../../schemas/names.ts'

// ---------------------------------------------------------------- numbers

export const UNKNOWN_NUMBER = '—'

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })
const dollars = new Intl.NumberFormat('en', { style: 'currency', currency: 'USD', maximumFractionDigits: 0 })
const cents = new Intl.NumberFormat('en', { style: 'currency', currency: 'USD' })
const compactDollars = new Intl.NumberFormat('en', {
  style: 'currency',
  currency: 'USD',
  notation: 'compact',
  maximumFractionDigits: 1,
})
const percent = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 0 })
const finePercent = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 1 })

/** Shares below this are shown with one decimal: "0 %" would say nothing. */
const FINE_SHARE = 0.1

export function countText(value: number | null): string {
  return value === null ? UNKNOWN_NUMBER : whole.format(value)
}

export function compactText(value: number): string {
  return compact.format(value)
}

/** USD cents as dollars: with cents below 100 dollars, whole dollars above. */
export function usdText(usdCents: number | null): string {
  if (usdCents === null) return UNKNOWN_NUMBER
  return Math.abs(usdCents) < 10_000 ? cents.format(usdCents / 100) : dollars.format(usdCents / 100)
}

/** USD cents for an axis: whole dollars without the cents of small amounts. */
export function usdAxisText(usdCents: number): string {
  return Math.abs(usdCents) < 1_000_000
    ? dollars.format(usdCents / 100)
    : compactDollars.format(usdCents / 100)
}

/** A share 0..1: "34%", below ten percent with one decimal; "—" where the whole is nothing. */
export function shareText(part: number, all: number): string {
  if (all <= 0) return UNKNOWN_NUMBER
  const share = part / all
  return share < FINE_SHARE ? finePercent.format(share) : percent.format(share)
}

/** An amount in a currency's minor unit, as ISO 4217 divides it; "12.00 XQX" for a code that is none. */
export function moneyText(minor: number, currency: string): string {
  const code = /^[A-Za-z]{3}$/.test(currency) ? currency.toUpperCase() : null
  if (code === null) return `${(minor / 100).toFixed(2)} ${safeText(currency, 8)}`
  const format = new Intl.NumberFormat('en', {
    style: 'currency',
    currency: code,
    currencyDisplay: 'narrowSymbol',
  })
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2
  return format.format(minor / 10 ** digits)
}

// ---------------------------------------------------------------- change

export type Direction = 'up' | 'down' | 'level' | 'new' | 'unknown'
export interface Change {
  readonly direction: Direction
  /** "▲ +6%", "▼ −12%", "▲ 3.1×", "level", "new" or "—". */
  readonly text: string
  /** The same as a sentence's part: "up 6 percent". */
  readonly spoken: string
}

/** Above this a factor is easier to grasp than a percentage. */
const FACTOR_FROM = 3
const LEVEL_BELOW = 0.005

/**
 * Change of `now` against `before`; null: not known. Never red or green, always a mark, a sign and a word.
 */
export function changeOf(now: number | null, before: number | null): Change {
  if (now === null || before === null)
    return { direction: 'unknown', text: UNKNOWN_NUMBER, spoken: 'no comparison' }
  if (before === 0) {
    return now === 0
      ? { direction: 'level', text: 'level', spoken: 'no change' }
      : { direction: 'new', text: '✦ new', spoken: 'new, none in the period before' }
  }
  const ratio = now / before
  const delta = ratio - 1
  if (Math.abs(delta) < LEVEL_BELOW) return { direction: 'level', text: '± 0%', spoken: 'no change' }
  if (ratio >= FACTOR_FROM) {
    const factor = ratio >= 10 ? whole.format(ratio) : ratio.toFixed(1)
    return { direction: 'up', text: `▲ ${factor}×`, spoken: `up ${factor} times` }
  }
  const size = percent.format(Math.abs(delta))
  return delta > 0
    ? { direction: 'up', text: `▲ +${size}`, spoken: `up ${size}` }
    : { direction: 'down', text: `▼ −${size}`, spoken: `down ${size}` }
}

// ---------------------------------------------------------------- times

/** "48 s", "1 m 48 s", "12 min", "3 h 05 min", "2 days": how long, for a person. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000))
  if (seconds < 60) return `${seconds} s`
  if (seconds < 600) return `${Math.floor(seconds / 60)} m ${String(seconds % 60).padStart(2, '0')} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`
  return `${Math.round(minutes / 1_440)} days`
}

/** "now", "40 s", "3 min", "2 h", "4 d": age of a sale in a narrow column. */
export function ageText(ms: number): string {
  const seconds = Math.floor(ms / 1_000)
  if (seconds < 5) return 'now'
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h`
  return `${Math.floor(seconds / 86_400)} d`
}

/** "UTC", "UTC+1", "UTC−3:30" of minutes ahead of UTC. */
export function zoneText(offsetMinutes: number): string {
  if (offsetMinutes === 0) return 'UTC'
  const hours = Math.floor(Math.abs(offsetMinutes) / 60)
  const minutes = Math.abs(offsetMinutes) % 60
  const tail = minutes === 0 ? '' : `:${String(minutes).padStart(2, '0')}`
  return `UTC${offsetMinutes > 0 ? '+' : '−'}${hours}${tail}`
}
