// What becomes of a message when its turn comes: still wanted, tried again later, or given up.
import type { MessageContent, Subscriber } from '../../../schemas/subscriptions.ts'
import { DAY_MS, HOUR_MS, SECOND_MS } from '../../../schemas/time.ts'

/** Two days to confirm; a letter that comes later than its link holds is of no use. */
const CONFIRM_WITHIN_MS = 2 * DAY_MS
/** A mail server may be away over a weekend. */
export const GIVE_UP_AFTER_MS = 3 * DAY_MS
const FIRST_RETRY_MS = 30 * SECOND_MS
const LONGEST_RETRY_MS = HOUR_MS
/** 2^20 times the first wait is beyond any bound. */
const MAX_DOUBLINGS = 20

export interface Sending {
  readonly content: MessageContent
  /** Null where it is for nobody who subscribed. */
  readonly subscriberId: string | null
  readonly postedAtMs: number
}

/** Why nobody wants the message any more; null where it is wanted. `subscriber`: null where there is none. */
export function unwanted(
  { content, subscriberId, postedAtMs }: Sending,
  subscriber: Subscriber | null,
  nowMs: number,
): string | null {
  if (subscriberId === null) return null
  if (subscriber === null) return 'unsubscribed'
  if (content.kind === 'confirm') {
    if (subscriber.state === 'active') return 'confirmed already'
    return nowMs - postedAtMs > CONFIRM_WITHIN_MS ? 'too late to confirm' : null
  }
  if (subscriber.state !== 'active') return `subscriber is ${subscriber.state}`
  if (content.kind === 'report') return subscriber.wishes.report ? null : 'wants no report'
  if (content.kind !== 'alert' && content.kind !== 'digest') return null
  if (subscriber.wishes.alerts === null) return 'wants no alerts'
  const { snoozedUntilMs } = subscriber
  return snoozedUntilMs !== null && snoozedUntilMs > nowMs ? 'snoozed' : null
}

/**
 * How long to wait after the `attempts`-th try (1 is the first): half to all of a bound that doubles up to an
 * hour, and what the server asked for in any case. `random` is uniform in `[0, 1)`.
 */
export function retryInMs(attempts: number, retryAfterMs: number | null, random: number): number {
  const doublings = Math.min(MAX_DOUBLINGS, Math.max(0, attempts - 1))
  const boundMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** doublings)
  return Math.max(retryAfterMs ?? 0, Math.floor((boundMs * (1 + random)) / 2))
}
