// What the history answered about a day and the days before it: the report is made from this alone.
import type { Alert } from '../../../schemas/alerts.ts'
import type { Breakdown, GapRow, HistoryExtent, SeriesPoint, TopRow } from '../../../schemas/history.ts'
import type { DayInterval } from './day.ts'

/** The day itself or one it is compared with: its breakdown has buckets of the grain. */
export interface DayAnswers extends Breakdown {
  readonly day: string
  readonly interval: DayInterval
  readonly gaps: readonly GapRow[]
}

export interface PastDay {
  readonly day: string
  readonly interval: DayInterval
  readonly gaps: readonly GapRow[]
}

export interface Answers {
  readonly extent: HistoryExtent
  readonly grainMs: number
  readonly today: DayAnswers
  readonly dayBefore: DayAnswers
  readonly weekBefore: DayAnswers
  /** 28 days, oldest first, and their buckets of the grain in one row. */
  readonly past: readonly PastDay[]
  readonly pastSeries: readonly SeriesPoint[]
  /** Sums over those days and over the day: what moved is looked for among them. */
  readonly pastGenres: readonly TopRow[]
  readonly pastCountries: readonly TopRow[]
  readonly pastTags: readonly TopRow[]
  readonly tags: readonly TopRow[]
  readonly alerts: readonly Alert[]
}

/** What the report says of itself. */
export interface ReportOptions {
  /** `YYYY-MM-DD` in `zone`. */
  readonly day: string
  readonly zone: string
  /** When the figures were taken. */
  readonly asOfMs: number
  /** 1 at first, one more for each later version of the same day. */
  readonly revision: number
  /** Version of the program, such as `0.1.0`. */
  readonly build: string
  readonly feed: 'live' | 'simulated' | 'recorded'
}
