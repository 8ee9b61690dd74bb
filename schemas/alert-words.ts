// An alert in words: the same sentence in the feed, on the page and wherever else one line must do.
import type { Alert, AlertSize } from './alerts.ts'
import { dimensionOf, type Key, keyValue } from './keys.ts'
import { artistLabel, countryLabel, formatLabel, genreLabel } from './names.ts'
import { safeText } from './safe-text.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from './time.ts'

/** Room for the numbers beside it, in a line. */
const MAX_NAME_CHARS = 60
/** Below this a factor says nothing: twenty is more than none, but not forty times as much. */
const MIN_EXPECTED_FOR_FACTOR = 1
/** From here on a decimal of a factor is noise. */
const WHOLE_FACTOR_FROM = 10
/** So many times as surprising as what is just told is very, or extremely, unusual. */
const [VERY_FROM, EXTREMELY_FROM] = [1.6, 3] as const

/**
 * How a key is called for people, with the artist's name where it is known: seller's text made harmless,
 * never empty. Text, not HTML.
 */
export function keyName(key: Key, artistName = ''): string {
  const value = keyValue(key)
  switch (dimensionOf(key)) {
    case 'all':
      return 'The whole market'
    case 'genre':
      return genreLabel(value)
    case 'country':
      return countryLabel(value)
    case 'format':
      return formatLabel(value)
    case 'artist':
      // The page's host is who it is; its releases say how the name is written.
      return safeText(artistLabel(artistName, value), MAX_NAME_CHARS) || safeText(value, MAX_NAME_CHARS)
    default:
      return safeText(value, MAX_NAME_CHARS) || safeText(key, MAX_NAME_CHARS)
  }
}

/** −log10 of a chance against where such alerts open, in words: the same in letters and on the page. */
export function surenessOf({ peakScore, threshold }: Pick<Alert, 'peakScore' | 'threshold'>): 0 | 1 | 2 {
  const thresholds = peakScore / threshold
  return thresholds >= EXTREMELY_FROM ? 2 : thresholds >= VERY_FROM ? 1 : 0
}

/** How what moves is called. */
export function alertName({ key, topReleases }: Alert): string {
  return keyName(key, topReleases[0]?.artistName)
}

/** "30 min", "1 h", "6 h", "24 h", "7 days". */
export function windowText(windowMs: number): string {
  if (windowMs < HOUR_MS) return `${Math.round(windowMs / MINUTE_MS)} min`
  if (windowMs <= DAY_MS) return `${Math.round(windowMs / HOUR_MS)} h`
  return `${Math.round(windowMs / DAY_MS)} days`
}

/** "15–28", or "3" where both bounds round to it. */
export function expectedText({
  expectedLow,
  expectedHigh,
}: Pick<Alert, 'expectedLow' | 'expectedHigh'>): string {
  const [low, high] = [Math.round(expectedLow), Math.round(expectedHigh)]
  return low >= high ? String(low) : `${low}–${high}`
}

/** What the size of an alert is told from. */
type Sized = AlertSize & Pick<Alert, 'peak' | 'peakScore' | 'score' | 'closedAtMs' | 'end'>

/** Whether an open alert was larger before than it is now. */
export function isPastHeight({ peak, closedAtMs, windowEndMs }: Sized): boolean {
  return closedAtMs === null && peak !== undefined && peak.windowEndMs < windowEndMs
}

/** The alert with the size of its height: a headline says that, and how it is now. */
export function atHeight<T extends Sized>(alert: T): T {
  return isPastHeight(alert) ? { ...alert, ...alert.peak, score: alert.peakScore } : alert
}

/** "40 in 1 h", where that is less than at its height; else empty. */
export function nowText(alert: Sized): string {
  return isPastHeight(alert) ? `${alert.purchases.toLocaleString('en')} in ${windowText(alert.windowMs)}` : ''
}

/** "the new usual: 210 in 24 h"; "back to 18 in 1 h"; empty where nobody wrote it down. */
export function endText({ end }: Pick<Alert, 'end'>): string {
  if (end === undefined) return ''
  const size = `${end.purchases.toLocaleString('en')} in ${windowText(end.windowMs)}`
  return end.reason === 'new-usual' ? `the new usual: ${size}` : `back to ${size}`
}

function factorText({ purchases, expected }: Alert): string {
  if (expected < MIN_EXPECTED_FOR_FACTOR) return ''
  const factor = purchases / expected
  return ` ${factor >= WHOLE_FACTOR_FROM ? Math.round(factor) : factor.toFixed(1)}×`
}

/**
 * "Ambient up 3.1× in 1 h: 64 purchases, usual 15–28; now 40 in 1 h". One line, harmless, but text: escape
 * it for HTML.
 */
export function alertTitle(told: Alert): string {
  const alert = atHeight(told)
  const { alertKind, purchases, windowMs, windowEndMs } = alert
  if (alertKind === 'feed-silent') {
    const since = new Date(windowEndMs - windowMs).toISOString().slice(0, 16).replace('T', ' ')
    return `Bandcamp’s feed is silent since ${since} UTC`
  }
  const count = purchases === 1 ? '1 purchase' : `${purchases} purchases`
  const verb = alertKind === 'emerging' ? 'emerging, up' : alertKind.endsWith('drop') ? 'down' : 'up'
  const factor = verb === 'down' ? '' : factorText(alert)
  const usual = `usual ${expectedText(alert)}`
  const now = isPastHeight(told) ? `; now ${nowText(told)}` : ''
  return `${alertName(alert)} ${verb}${factor} in ${windowText(windowMs)}: ${count}, ${usual}${now}`
}
