// Alerts in words and numbers for people: kind, size, usual range, how sure, what stands behind it.
import { atHeight, expectedText, surenessOf } from '../../../../schemas/alert-words.ts'
import { type Alert, type AlertKind, SEVERITIES, type Severity } from '../../../../schemas/alerts.ts'
import { DAY_MS } from '../../../../schemas/time.ts'
import { countText, shareText } from '../../../core/display.ts'

/** What the words need of an alert. */
export type AlertFacts = Omit<Alert, 'kind'>

interface KindWords {
  /** Never colour alone: a mark and a word. */
  readonly mark: string
  readonly word: string
  readonly tone: 'up' | 'down' | 'new' | 'still'
}
export const KIND_WORDS: Readonly<Record<AlertKind, KindWords>> = {
  rise: { mark: '▲', word: 'Rising', tone: 'up' },
  'market-rise': { mark: '▲', word: 'Whole market rising', tone: 'up' },
  drop: { mark: '▼', word: 'Falling', tone: 'down' },
  'market-drop': { mark: '▼', word: 'Whole market falling', tone: 'down' },
  emerging: { mark: '✦', word: 'Emerging', tone: 'new' },
  'feed-silent': { mark: '○', word: 'Feed silent', tone: 'still' },
}

export const SEVERITY_WORDS: Readonly<Record<Severity, string>> = {
  info: 'Small',
  notable: 'Notable',
  major: 'Major',
}

/** Below this a factor says more about the usual than about now. */
const LEAST_EXPECTED = 1

/** "3.1×", "42×", "0.4×"; null where so little is usual that a factor says nothing. */
export function factorText(alert: AlertFacts): string | null {
  const { purchases, expected } = atHeight(alert)
  if (expected < LEAST_EXPECTED) return null
  const factor = purchases / expected
  return `${factor >= 10 ? countText(Math.round(factor)) : factor.toFixed(1)}×`
}

export const usualText = (alert: AlertFacts): string => `usual ${expectedText(alert)}`

export interface Confidence {
  /** 1 to 4. */
  readonly dots: number
  readonly label: string
}
/** The words are those of the letters. */
const SURE: readonly Confidence[] = [
  { dots: 2, label: 'unusual' },
  { dots: 3, label: 'very unusual' },
  { dots: 4, label: 'extremely unusual' },
]

/** A dot less where what is usual is not well known yet, or where counts are lower bounds. */
export function confidenceOf(alert: AlertFacts): Confidence {
  const { learningDay, partial } = alert
  const sure = SURE[surenessOf(alert)]!
  return learningDay === null && !partial
    ? sure
    : { dots: sure.dots - 1, label: `${sure.label}, as far as is known` }
}

/** Rarer than this nobody believes a number. */
const MAX_RARITY_EXPONENT = 6

/** "about 1 window in 400 by chance": the score in words. */
export function chanceText(score: number): string {
  if (score >= MAX_RARITY_EXPONENT) return 'less than 1 window in a million by chance'
  const rarity = 10 ** score
  const step = 10 ** Math.max(0, Math.floor(score) - 1)
  return `about 1 window in ${countText(Math.max(2, Math.round(rarity / step) * step))} by chance`
}

/** One release with more than this share is most of the story. */
const CONCENTRATED_FROM = 0.5

/** "1 release = 58%"; null where it is spread, or where something falls. */
export function concentrationText({ alertKind, topReleases }: AlertFacts): string | null {
  const share = topReleases[0]?.share ?? 0
  const falls = alertKind === 'drop' || alertKind === 'market-drop'
  return falls || share < CONCENTRATED_FROM ? null : `1 release = ${shareText(share, 1)}`
}

/** What to keep in mind while reading the numbers. */
export function notesOf(alert: AlertFacts): readonly string[] {
  const notes: string[] = []
  if (alert.learningDay !== null) notes.push(`learning: day ${alert.learningDay} of ${LEARNING_DAYS}`)
  if (alert.partial) notes.push('a gap in the feed touches it: at least')
  if (alert.isFrenzy)
    notes.push(`Bandcamp Friday, most likely: the market runs at ${alert.marketRatio.toFixed(1)}×`)
  return notes
}

/** From then on what is usual at each hour of the week is known. */
export const LEARNING_DAYS = 21

/** The day of learning, 1 to 21; null where it is over or nothing was sold yet. */
export function learningDayOf(firstSaleMs: number | null, nowMs: number | null): number | null {
  if (firstSaleMs === null || nowMs === null) return null
  const days = (nowMs - firstSaleMs) / DAY_MS
  return days >= LEARNING_DAYS ? null : Math.max(1, Math.ceil(days))
}

const rankOf = (severity: Severity): number => SEVERITIES.indexOf(severity)

export const isAtLeast = (severity: Severity, least: Severity): boolean => rankOf(severity) >= rankOf(least)

/** Most severe first, then newest. */
export function byWeight(a: AlertFacts, b: AlertFacts): number {
  return rankOf(b.severity) - rankOf(a.severity) || b.openedAtMs - a.openedAtMs
}

/** Longer after the end of its window an alert may be open, but tells of the past. */
const NOW_MS = DAY_MS

/** Whether its window, or the day behind it, holds the newest sales; true where nothing is known of those. */
export const isPresent = ({ windowEndMs, windowMs }: AlertFacts, watermarkMs: number | null): boolean =>
  watermarkMs === null || watermarkMs - windowEndMs < Math.max(NOW_MS, windowMs)

/** One hour with the range in which two of three such hours lie. */
export interface ChartHour {
  readonly startMs: number
  readonly purchases: number
  readonly expected: number
  readonly low: number
  readonly high: number
}

/**
 * The hours of an alert with their usual range. Counts of a key scatter by `mu + mu² / r`: the alert's own
 * range gives the second part, the hour's expectation the rest.
 */
export function chartHours({ hours, expected, expectedHigh }: AlertFacts): readonly ChartHour[] {
  const spread = expectedHigh - expected
  const clumping = expected > 0 ? Math.max(0, (spread * spread - expected) / (expected * expected)) : 0
  return hours.map(hour => {
    const scatter = Math.sqrt(hour.expected + clumping * hour.expected * hour.expected)
    return { ...hour, low: Math.max(0, hour.expected - scatter), high: hour.expected + scatter }
  })
}
