// Whether mail gets out: a share over a day, with enough failures behind it to mean something.
import { DAY_MS, HOUR_MS } from '../../../schemas/time.ts'

/** What was settled within so long is looked at. */
export const FAILURES_WITHIN_MS = DAY_MS
/** A letter that was tried and has not gone for so long is overdue; greylisting takes minutes. */
export const OVERDUE_AFTER_MS = HOUR_MS
/** Two letters may be two people who moved. */
const MIN_FAILURES = 3
const MAX_SHARE = 0.05

export interface MailCounts {
  readonly sent: number
  readonly failed: number
  /** Tried, and on its way for more than `OVERDUE_AFTER_MS`. */
  readonly overdue: number
}

export interface MailHealth extends MailCounts {
  /** Of what was settled or is overdue, the share that did not get out; null where there is nothing. */
  readonly share: number | null
  readonly isFailing: boolean
}

export function mailHealth({ sent, failed, overdue }: MailCounts): MailHealth {
  const bad = failed + overdue
  const share = bad + sent === 0 ? null : bad / (bad + sent)
  const isFailing = bad >= MIN_FAILURES && share !== null && share > MAX_SHARE
  return { sent, failed, overdue, share, isFailing }
}
