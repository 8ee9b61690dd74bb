// Alerts: what a person is told when something really moves, with everything that explains it.
import type { Dimension, Key } from './keys.ts'
import { DAY_MS } from './time.ts'

/**
 * `rise`, `drop`: a key against its own baseline, by the market's clock. `emerging`: small until a week ago,
 * growing since. `market-rise`, `market-drop`: everything together. `feed-silent`: for the operator.
 */
export const ALERT_KINDS = ['rise', 'drop', 'emerging', 'market-rise', 'market-drop', 'feed-silent'] as const
export type AlertKind = (typeof ALERT_KINDS)[number]

/** An alert is `opened` once, `updated` when what it says is no longer so, and `closed` once. */
export const ALERT_STATES = ['opened', 'updated', 'closed'] as const
export type AlertState = (typeof ALERT_STATES)[number]

/** What stands behind an alert is remembered for so long. */
export const EVIDENCE_MS = 2 * DAY_MS

/** Why an alert was told again: it matters more than was said, or its size is another. */
export const ALERT_CHANGES = ['severity', 'size'] as const
export type AlertChange = (typeof ALERT_CHANGES)[number]

/** How it ended: what moved is back where it usually is, or where it went has become its new usual. */
export const ALERT_ENDINGS = ['calm', 'new-usual'] as const
export type AlertEnding = (typeof ALERT_ENDINGS)[number]

/** How much it should matter to a reader, ascending: `processors/detect/severity.ts` says by what rule. */
export const SEVERITIES = ['info', 'notable', 'major'] as const
export type Severity = (typeof SEVERITIES)[number]

/** A part of what stands behind an alert: purchases (checkouts) and their share of the window's. */
export interface AlertPart {
  readonly purchases: number
  /** In [0, 1]. */
  readonly share: number
}

export interface AlertRelease extends AlertPart {
  readonly url: string
  /** Texts as their seller wrote them: hostile until escaped. Empty where they are not at hand any more. */
  readonly artistName: string
  readonly title: string
  readonly artUrl: string | null
}

export interface AlertCountry extends AlertPart {
  /** Lower-case ISO 3166-1 alpha-2, or `unknown`. */
  readonly country: string
}

export interface AlertArtist extends AlertPart {
  readonly artistHost: string
}

/** One hour of the last two days: purchases, and what was expected by the market's clock. */
export interface AlertHour {
  readonly startMs: number
  readonly purchases: number
  readonly expected: number
}

/** What a window held, and what was expected of it. */
export interface AlertSize {
  readonly windowMs: number
  readonly windowEndMs: number
  readonly purchases: number
  readonly expected: number
  readonly expectedLow: number
  readonly expectedHigh: number
}

/** How an alert ended: why, and what its last window held. */
export interface AlertEnd extends AlertSize {
  readonly reason: AlertEnding
}

/**
 * One state of an alert. Identity of the alert is (key, alertKind, openedAtMs), of the record (id, revision);
 * the highest revision holds. A record explains itself: nothing else needs to be asked. While an alert is
 * open its numbers are those of now; those of a closed one are those of its height.
 */
export interface Alert {
  readonly kind: 'alert'
  /** 16 hexadecimal digits, made from key, kind and opening time: the same in every replay. */
  readonly id: string
  /** 0 for `opened`, one more for each further record. */
  readonly revision: number
  readonly state: AlertState
  readonly alertKind: AlertKind
  readonly key: Key
  readonly dimension: Dimension
  readonly severity: Severity
  readonly openedAtMs: number
  /** The watermark at which this record was made. */
  readonly atMs: number
  readonly closedAtMs: number | null
  /** The window that surprised most: `[windowEndMs - windowMs, windowEndMs)`. */
  readonly windowMs: number
  readonly windowEndMs: number
  /** Checkouts with the key in the window; a checkout of 17 records is one. */
  readonly purchases: number
  /**
   * What was bought in the window, and below from whom and where: of a longer window than `EVIDENCE_MS` its
   * end alone.
   */
  readonly items: number
  readonly units: number
  readonly revenueUsdCents: number
  /** What was expected, and the range in which two of three such windows lie. */
  readonly expected: number
  readonly expectedLow: number
  readonly expectedHigh: number
  /** −log10 of the chance of such a window in ordinary times, and where alerts of this kind open. */
  readonly score: number
  readonly threshold: number
  /** The highest score since it opened. */
  readonly peakScore: number
  /** What it was at its height, to a tenth of the score. Absent in old records. */
  readonly peak?: AlertSize
  /** Of `updated` alone; absent in old records, which are told for the severity. */
  readonly change?: AlertChange
  /** Of `closed` alone; absent in old records, and where a silent feed shows sales again. */
  readonly end?: AlertEnd
  readonly topReleases: readonly AlertRelease[]
  readonly topCountries: readonly AlertCountry[]
  readonly topArtists: readonly AlertArtist[]
  /**
   * The last 48 hours up to `windowEndMs`, oldest first: fewer where the log begins in them, 24 in records of
   * earlier versions; none for `feed-silent`.
   */
  readonly hours: readonly AlertHour[]
  /** When the key was first seen in the log, as far as it is remembered. */
  readonly firstSeenMs: number
  /** Share of the purchases of the last 6 hours whose genre is known, in [0, 1]. */
  readonly coverage: number
  /** A gap touches the window: its counts are a lower bound. */
  readonly partial: boolean
  /** The day of learning, 1 to 21, while there are less than three weeks of history; else null. */
  readonly learningDay: number | null
  /** The market's purchases in the window against what is usual then: 8 on a Bandcamp Friday. */
  readonly marketRatio: number
  /** The market ran at more than 2.5 times its usual level: a Bandcamp Friday, most likely. */
  readonly isFrenzy: boolean
}

export type AlertRecord = Alert
