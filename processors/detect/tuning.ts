// The constants of detection in one place: what each class of keys starts from, and when it speaks.
import { EVIDENCE_MS } from '../../schemas/alerts.ts'
import type { Dimension } from '../../schemas/keys.ts'
import { MINUTE_MS } from '../../schemas/time.ts'

/** Rolling windows in minutes; short ones see bursts, long ones see what is small and lasts. */
export const WINDOW_MINUTES = [15, 60, 180, 360, 720, 1440] as const
export const WINDOWS = WINDOW_MINUTES.length
/**
 * What a window's surprise is lowered by: there are 96 quarter hours a day to be surprised by and only one
 * day. Half of it in logarithms, so that short windows still see sharp bursts, and long ones what is small.
 */
export const WINDOW_HANDICAP = WINDOW_MINUTES.map(minutes => 0.5 * Math.log10(1_440 / minutes))
/** 24 h, the longest: what leaves it is learnt. */
export const LONGEST = WINDOWS - 1
/** 6 h: what the market's mood and the spread of a key are judged by. */
export const STEADY = 3
/** 15 min, 1 h. */
export const [QUARTER, HOUR] = [0, 1] as const
export const DAY_MINUTES = 1_440
export const EVIDENCE_MINUTES = EVIDENCE_MS / MINUTE_MS
export const HOUR_MINUTES = 60

/** Classes of keys, in the order of their numbers. */
export const CLASSES = ['genre', 'country', 'format', 'tag', 'artist'] as const satisfies readonly Dimension[]
export const [GENRE, COUNTRY, FORMAT, TAG, ARTIST] = [0, 1, 2, 3, 4] as const

/** What a key's purchases are measured against: every purchase, or those whose genre is known. */
export const [ALL_PURCHASES, KNOWN_PURCHASES] = [0, 1] as const

export interface ClassTuning {
  /** Strength of the prior in purchases: so many are believed before any was seen. */
  readonly prior: number
  /** Mean share of a key of the class in the market: the prior's mean; of dense classes. */
  readonly meanShare: number
  /** As many keys of a sparse class as were seen, times this, share the market: some were never seen. */
  readonly keysShare: number
  /** Thresholds of a dense class were set for so many keys; null: the class is sparse. */
  readonly usualKeys: number | null
  readonly exposure: typeof ALL_PURCHASES | typeof KNOWN_PURCHASES
  /** Overdispersion to start from, and what comes on top while the market is in a frenzy. */
  readonly phi: number
  readonly phiFrenzy: number
  /** Few keys, looked at every minute in both directions, with a profile by hour of day. */
  readonly dense: boolean
  /** The first window that counts: quarter hours are for classes with enough sales. */
  readonly firstWindow: number
  /** Surprise (−log10 p) at which an alert opens, for keys that expect `busyPerDay` and for others. */
  readonly riseAt: number
  readonly riseAtBusy: number
  readonly dropAt: number
  readonly busyPerDay: number
  /** A drop needs so many expected purchases in its window. */
  readonly dropExpected: number
  /** A rise needs so many purchases. */
  readonly risePurchases: number
  /** False alarms a day that thresholds are kept at; null: what is real is most of what nearly is told. */
  readonly falseADay: number | null
  readonly emerging: EmergingTuning | null
}

export interface EmergingTuning {
  readonly at: number
  /** Only keys whose baseline expects fewer a day. */
  readonly maxPerDay: number
  /** Purchases of three days, and of the last one. */
  readonly minPurchases: number
  readonly minRecent: number
  /** In so many half days of the last three days: a burst is in one or two. */
  readonly minHalfDays: number
}

export const TUNING: readonly ClassTuning[] = [
  {
    prior: 5,
    meanShare: 1 / 27,
    keysShare: 0,
    usualKeys: 27,
    exposure: KNOWN_PURCHASES,
    phi: 0.005,
    phiFrenzy: 0.06,
    dense: true,
    firstWindow: 0,
    riseAt: 4.3,
    riseAtBusy: 4.3,
    dropAt: 4.5,
    busyPerDay: 0,
    dropExpected: 4,
    risePurchases: 3,
    falseADay: 0.3,
    emerging: null,
  },
  {
    prior: 1,
    meanShare: 1 / 190,
    keysShare: 0,
    usualKeys: 190,
    exposure: ALL_PURCHASES,
    phi: 0.03,
    phiFrenzy: 0.02,
    dense: true,
    firstWindow: 0,
    riseAt: 4.9,
    riseAtBusy: 4.9,
    dropAt: 4.4,
    busyPerDay: 0,
    dropExpected: 4,
    risePurchases: 5,
    falseADay: 0.2,
    emerging: null,
  },
  {
    prior: 5,
    meanShare: 1 / 7,
    keysShare: 0,
    usualKeys: 7,
    exposure: ALL_PURCHASES,
    phi: 0.01,
    phiFrenzy: 0.06,
    dense: true,
    firstWindow: 1,
    riseAt: 5,
    riseAtBusy: 5,
    dropAt: 5,
    busyPerDay: 0,
    dropExpected: 8,
    risePurchases: 5,
    falseADay: 0.05,
    emerging: null,
  },
  {
    prior: 0.5,
    meanShare: 1 / 1_000,
    keysShare: 0.2,
    usualKeys: null,
    exposure: KNOWN_PURCHASES,
    phi: 0.04,
    phiFrenzy: 0.1,
    dense: false,
    firstWindow: 1,
    riseAt: 8,
    riseAtBusy: 6.5,
    dropAt: 7.5,
    busyPerDay: 20,
    dropExpected: 15,
    risePurchases: 5,
    falseADay: null,
    emerging: { at: 5.5, maxPerDay: 25, minPurchases: 8, minRecent: 3, minHalfDays: 3 },
  },
  {
    prior: 0.3,
    meanShare: 1 / 300_000,
    keysShare: 3,
    usualKeys: null,
    exposure: ALL_PURCHASES,
    phi: 0.1,
    phiFrenzy: 0.35,
    dense: false,
    firstWindow: 1,
    riseAt: 6.8,
    riseAtBusy: 4.8,
    dropAt: 4,
    busyPerDay: 5,
    dropExpected: 7,
    risePurchases: 4,
    falseADay: null,
    emerging: { at: 5.7, maxPerDay: 4, minPurchases: 5, minRecent: 2, minHalfDays: 3 },
  },
]

/** What is learnt counts half after 14 days; the lagged baseline of emerging keys after 28. */
export const HALF_LIFE_DAYS = 14
export const LAGGED_HALF_LIFE_DAYS = 28
/** Share of what was counted that is learnt while the key is in an alert; the rest is what was expected. */
export const LEARNT_IN_ALERT = 0.2
/** A level that holds longer than this is the new usual: its alert ends, and it is learnt in full. */
export const NEW_USUAL_MINUTES = 2 * DAY_MINUTES
/** What emerges is followed for a week: then its growth has begun to be what is usual. */
export const FOLLOWED_MINUTES = 7 * DAY_MINUTES
/** Profiles by hour are drawn to the key's share as by so many purchases of the market. */
export const PROFILE_PRIOR = 2_000
/** The market above so many times its usual level is in a frenzy: a Bandcamp Friday, whatever its date. */
export const FRENZY_RATIO = 2.5
/** A quarter of an hour above so many times its usual level may be the beginning of one. */
export const STIRRED_RATIO = 1.45
/** Days of history after which nothing is called learning any more. */
export const LEARNING_DAYS = 21
/** In the first week a flood is more likely to be ignorance than news, and spreads are not learnt. */
export const IGNORANT_DAYS = 7
/** Emerging needs so many days of history: then a key that was never seen is as small as one that was. */
export const EMERGING_AFTER_DAYS = 14
/** Before, it may as well be a first release: three days tell what grows from what dies down. */
export const NEW_KEY_DAYS = 3
/** After an alert has closed, its key is left alone for so long. */
export const QUIET_MINUTES = 6 * HOUR_MINUTES
export const QUIET_EMERGING_MINUTES = 48 * HOUR_MINUTES
/** A new usual of the market, or of what emerged, is learnt slowly. */
export const QUIET_NEW_USUAL_MINUTES = 28 * DAY_MINUTES
/** An alert closes when the surprise stays under this part of its threshold for a whole window. */
export const CLOSE_SHARE = 0.5
