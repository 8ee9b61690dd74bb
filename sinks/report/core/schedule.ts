// When a day's report is due, and what is the next thing to do for it: from the clock and the store alone.
import { Temporal } from 'temporal-polyfill'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../schemas/time.ts'
import { addDays, dayInterval, dayOf } from './day.ts'

/** A report that is later than this is kept in the archive, and nobody is woken by it. */
export const MAIL_WITHIN_MS = 36 * HOUR_MS
/** A day's windows have so long after the report is due to close; then it says what is there. */
export const WAIT_AT_MOST_MS = HOUR_MS
/** Days that a downtime may leave behind and that are made by themselves; older ones when asked for. */
export const CATCH_UP_DAYS = 7
/** A day of which less is known is no news: the operator hears of it. */
export const SENT_FROM = 0.5
/** Past the time for mailing, so many failures in a row are the end. */
const FAILURES_AT_MOST = 5
const FIRST_RETRY_MS = MINUTE_MS
const LONGEST_RETRY_MS = 30 * MINUTE_MS

export interface Schedule {
  readonly zone: string
  /** `HH:MM`, by the clocks of the zone. */
  readonly at: string
}

/**
 * The instant at which the report of a day is due: `at` on the day after. Where clocks skip that time it is
 * as much later as they skip; where they show it twice it is the first.
 */
export function dueAtMs(day: string, { zone, at }: Schedule): number {
  const next = Temporal.PlainDate.from(addDays(day, 1))
  return next.toZonedDateTime({ timeZone: zone, plainTime: at }).epochMilliseconds
}

/** The newest day whose report is due; a day that the zone's calendar skips has none. */
export function newestDueDay(nowMs: number, schedule: Schedule): string {
  let day = dayOf(nowMs, schedule.zone)
  while (dueAtMs(day, schedule) > nowMs || isSkipped(day, schedule)) day = addDays(day, -1)
  return day
}

/** When the next one is due. */
export function nextDueAtMs(nowMs: number, schedule: Schedule): number {
  let day = addDays(newestDueDay(nowMs, schedule), 1)
  while (isSkipped(day, schedule)) day = addDays(day, 1)
  return dueAtMs(day, schedule)
}

const isSkipped = (day: string, { zone }: Schedule): boolean => dayInterval(day, zone).hours === 0

type Settled = 'sent' | 'failed' | 'skipped'

interface RunState {
  readonly day: string
  readonly state: Settled | 'due' | 'collecting' | 'rendered' | 'archived' | 'sending'
  readonly attempts: number
  readonly retryAtMs: number
}

export interface Situation {
  /** By the feed. */
  readonly nowMs: number
  /** By the machine: pauses after failures. */
  readonly paceMs: number
  readonly firstSaleMs: number | null
  readonly watermarkMs: number | null
  readonly allowedLatenessMs: number
}

const isSettled = ({ state }: RunState): boolean =>
  state === 'sent' || state === 'failed' || state === 'skipped'

/**
 * Days whose report is due and not settled, oldest first, `CATCH_UP_DAYS` back at most. A day of which the
 * history holds less than half has none.
 */
export function dueDays(
  { nowMs, firstSaleMs }: Pick<Situation, 'nowMs' | 'firstSaleMs'>,
  schedule: Schedule,
  runs: readonly RunState[],
): readonly string[] {
  if (firstSaleMs === null) return []
  const settled = new Set(runs.filter(isSettled).map(run => run.day))
  const newest = newestDueDay(nowMs, schedule)
  const days: string[] = []
  for (let back = CATCH_UP_DAYS - 1; back >= 0; back--) {
    const day = addDays(newest, -back)
    const { fromMs, toMs } = dayInterval(day, schedule.zone)
    const isHeld = firstSaleMs < fromMs + (toMs - fromMs) / 2
    if (isHeld && toMs > fromMs && !settled.has(day)) days.push(day)
  }
  return days
}

export type Step =
  /** Its windows may still change, or it failed a moment ago. */
  | { readonly kind: 'wait' }
  | { readonly kind: 'collect' }
  | { readonly kind: 'archive' }
  /** Everything is in the archive: it goes with the next mail, or it does not. */
  | { readonly kind: 'mail' }
  | { readonly kind: 'post' }
  | { readonly kind: 'give-up' }
  | { readonly kind: 'none' }

/** What comes next for a day that is due; null is a day that nobody has looked at. */
export function nextStep(day: string, run: RunState | null, schedule: Schedule, situation: Situation): Step {
  const { nowMs, paceMs } = situation
  const state = run?.state ?? 'due'
  const dueMs = dueAtMs(day, schedule)
  if (run !== null && isSettled(run)) return { kind: 'none' }
  if (run !== null && run.attempts >= FAILURES_AT_MOST && nowMs > dueMs + MAIL_WITHIN_MS) {
    return { kind: 'give-up' }
  }
  if (run !== null && run.attempts > 0 && paceMs < run.retryAtMs) return { kind: 'wait' }
  if (state === 'rendered') return { kind: 'archive' }
  if (state === 'archived') return { kind: 'mail' }
  if (state === 'sending') return { kind: 'post' }
  const isReady = isClosed(day, schedule.zone, situation) || nowMs >= dueMs + WAIT_AT_MOST_MS
  return isReady ? { kind: 'collect' } : { kind: 'wait' }
}

/** The day's windows do not change any more. */
export function isClosed(
  day: string,
  zone: string,
  { watermarkMs, allowedLatenessMs }: Pick<Situation, 'watermarkMs' | 'allowedLatenessMs'>,
): boolean {
  return watermarkMs !== null && watermarkMs >= dayInterval(day, zone).toMs + allowedLatenessMs
}

/** How long a report that failed so often in a row is left alone. */
export function retryInMs(attempts: number): number {
  return Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(attempts - 1, 10))
}

/** Null: it goes out. Else why its mail does not, in few words: "not sent: only 41% of the day was read". */
export function whyNotMailed(
  day: string,
  completeness: number,
  schedule: Schedule,
  nowMs: number,
): { readonly reason: string; readonly isOld: boolean } | null {
  if (completeness < SENT_FROM) {
    const known = Math.floor(completeness * 100)
    return { reason: `only ${known}% of the day was read`, isOld: false }
  }
  const lateMs = nowMs - dueAtMs(day, schedule)
  if (lateMs <= MAIL_WITHIN_MS) return null
  const late =
    lateMs >= 2 * DAY_MS ? `${Math.floor(lateMs / DAY_MS)} days` : `${Math.floor(lateMs / HOUR_MS)} h`
  return { reason: `made ${late} late`, isOld: true }
}
