// The daily report as data: everything that its page, its mail, its CSV and its JSON say. Plain and complete.
import type { AlertEnding, AlertKind, Severity } from '../../../schemas/alerts.ts'
import type { GapRow } from '../../../schemas/history.ts'
import type { Interval } from '../../../schemas/time.ts'

/** A figure on another day, and how the report's day stands against it. */
export interface Change {
  /** What it was then, in the figure's unit; for the usual day the median, rounded. */
  readonly before: number
  /** Change of the rate per hour read: 0.06 is six percent more. Null where it was nothing. */
  readonly change: number | null
}

/** The other days: null where the history has none, or none that is complete enough to compare with. */
export interface Compared {
  readonly dayBefore: Change | null
  readonly weekBefore: Change | null
}

export interface Figure extends Compared {
  readonly value: number
  /** Against the median of the 28 days before. */
  readonly usual: Change | null
}

/** `items` are sales, `baskets` transactions; money in USD cents; `overShare` in [0, 1] of the revenue. */
export const MEASURES = [
  'items',
  'revenueUsdCents',
  'baskets',
  'averageUsdCents',
  'overShare',
  'units',
  'artists',
] as const
export type Measure = (typeof MEASURES)[number]

export interface RankedRow extends Compared {
  /** 1 leads; 0 for what has no rank: sales whose genre or country is not known. */
  readonly rank: number
  /** Slug, host, ISO code, format or url. */
  readonly value: string
  /** For people, from sellers where it is an artist or release: hostile until escaped. */
  readonly label: string
  readonly artUrl: string | null
  readonly items: number
  readonly baskets: number
  readonly revenueUsdCents: number
  /** Of the day's items, in [0, 1]. */
  readonly share: number
  /** The day before: null where that day is not comparable, 0 where it was not among the first 200. */
  readonly rankBefore: number | null
}

/** An hour by the local clocks; two slots have the same label where clocks go back. */
export interface ReportHour extends Interval {
  /** `01:00`. */
  readonly label: string
  readonly items: number
  readonly revenueUsdCents: number
  /** A gap touches it, or the log has not come to its end. */
  readonly partial: boolean
  /** Items at the same local hour a week before, and the quartiles of the 28 days before, per hour. */
  readonly weekBefore: number | null
  readonly usual: { readonly low: number; readonly middle: number; readonly high: number } | null
}

export interface DayPoint {
  readonly day: string
  readonly items: number
  readonly baskets: number
  readonly revenueUsdCents: number
  readonly overUsdCents: number
  /** In [0, 1]. */
  readonly completeness: number
}

export interface Mover {
  readonly dimension: 'genre' | 'country' | 'tag'
  readonly value: string
  readonly label: string
  readonly kind: 'rise' | 'drop' | 'emerging'
  readonly items: number
  /** Its mean of the 28 days before, times how the market stood; of emerging ones an upper bound. */
  readonly expected: number
  /** Standard deviations from there; negative for a drop. */
  readonly score: number
  readonly confidence: 'clear' | 'likely' | 'possible'
}

export interface ReportAlert {
  readonly id: string
  readonly key: string
  /** For people; of a tag, artist or item hostile until escaped. */
  readonly label: string
  readonly alertKind: AlertKind
  readonly severity: Severity
  readonly openedAtMs: number
  readonly closedAtMs: number | null
  /** How it ended; null while it is open, and where nobody wrote it down. */
  readonly ending: AlertEnding | null
  readonly purchases: number
  readonly expected: number
  readonly isFrenzy: boolean
  readonly partial: boolean
  /** The release that most of it is, with its share in [0, 1] of the purchases. */
  readonly topRelease: {
    readonly label: string
    readonly url: string
    readonly artUrl: string | null
    readonly share: number
  } | null
}

/** A country's taste: the genre that it buys most above everybody's measure. */
export interface OverIndexed {
  readonly country: string
  readonly genre: string
  readonly items: number
  /** 2 is twice the share that the genre has everywhere. */
  readonly index: number
}

export interface BandcampFriday extends Interval {
  /** The Friday, as the Pacific has it. */
  readonly day: string
  /** How it is known: the first Friday of a month, sales above 2.5 times the usual, or both. */
  readonly by: 'calendar' | 'market' | 'calendar and market'
  /** Which part of it lies in the report's day. */
  readonly part: 'whole' | 'begins' | 'ends'
}

export interface Quality {
  /** Share of the day, in [0, 1], that is not in gaps, not before the history and not ahead of the log. */
  readonly completeness: number
  /** Merged stretches of the day that could not be read, or were not read yet. */
  readonly unread: readonly Interval[]
  readonly gaps: readonly GapRow[]
  /** Share of items whose genre is known; null without sales. */
  readonly coverage: number | null
  /** Items counted here that came too late for the windows of the dashboard; null: not known yet. */
  readonly tooLate: number | null
  /** What the feed said and nobody could read: in no figure. */
  readonly deadLetters: number
}

export interface DailyReport extends Interval {
  readonly kind: 'daily'
  /** `YYYY-MM-DD` in `zone`. */
  readonly day: string
  readonly zone: string
  readonly hours: number
  /** What the figures were taken from, as of when, and by which build: for the footer. */
  readonly asOfMs: number
  readonly revision: number
  readonly build: string
  /** `live`, `simulated` or `recorded`. */
  readonly feed: string
  readonly isPartial: boolean
  readonly dayBefore: string
  readonly weekBefore: string
  /** True where the compared days differ in length or completeness: changes are of rates per hour read. */
  readonly isPerHour: boolean
  readonly figures: Readonly<Record<Measure, Figure>>
  /** The 28 days before, oldest first. */
  readonly days: readonly DayPoint[]
  readonly byHour: readonly ReportHour[]
  readonly genres: readonly RankedRow[]
  readonly countries: readonly RankedRow[]
  readonly artists: readonly RankedRow[]
  readonly releases: readonly RankedRow[]
  readonly formats: readonly RankedRow[]
  /** Items by local hour of the day, 24 values, of the genres that sold most. */
  readonly heatmap: readonly { readonly genre: string; readonly itemsByHour: readonly number[] }[]
  readonly overIndexed: readonly OverIndexed[]
  readonly movers: readonly Mover[]
  readonly alerts: readonly ReportAlert[]
  readonly bandcampFriday: BandcampFriday | null
  readonly quality: Quality
  /** Sentences, the most important first. Texts of sellers in them are made harmless, not escaped. */
  readonly summary: readonly string[]
}

/** Share of an hour that was read, in [0, 1]. */
export function readShare({ fromMs, toMs }: Interval, { unread }: Quality): number {
  const missing = unread.reduce(
    (sum, u) => sum + Math.max(0, Math.min(u.toMs, toMs) - Math.max(u.fromMs, fromMs)),
    0,
  )
  return 1 - missing / (toMs - fromMs)
}

/** An hour of which less was read is shown as not read: what it sold says nothing of the hour. */
export const SHOWN_FROM = 0.5

/** Local hours of the day, 0 to 23, that are to be shown as not read. */
export function unreadHours({ byHour, quality }: DailyReport): ReadonlySet<number> {
  const unread = byHour.filter(hour => readShare(hour, quality) < SHOWN_FROM)
  return new Set(unread.map(({ label }) => Number(label.slice(0, 2))))
}

/** Below it a report is PARTIAL, and no day is compared with. */
export const COMPLETE_FROM = 0.95

/** Share of the day that the figures speak for, in [0, 1]. */
export function completeness(report: DailyReport): number {
  return report.quality.completeness
}

/** Every number and text of the report, as JSON. The same report, the same bytes. */
export function reportJson(report: DailyReport): string {
  return `${JSON.stringify(report, null, 1)}\n`
}
