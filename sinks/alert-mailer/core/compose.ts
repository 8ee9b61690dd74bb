// What goes out now: which of the open notices make one message, and which wait for a digest.
import type { Alert } from '../../../schemas/alerts.ts'
import type { Notice, Subscriber } from '../../../schemas/subscriptions.ts'
import { DAY_MS, type Interval, MINUTE_MS, SECOND_MS } from '../../../schemas/time.ts'
import { lastDigestTime, lastFullHour, localDay } from './local-time.ts'

/** A notice that no message carries yet, with its alert as it stands. */
export interface OpenNotice extends Notice {
  readonly alert: Alert
}

/** Instant mails to one person in their local day; the rest waits for the digest. */
export const INSTANT_PER_DAY = 3
/** So long the first of several that are decided together waits for the others. */
export const GROUP_WAIT_MS = 15 * SECOND_MS
/** A letter names a few and counts the rest; this many still make a message of a few hundred kB. */
const MAX_ALERTS_IN_MAIL = 50
const MAX_ALERTS_IN_DIGEST = 200
/** A closing is in the store some minutes after it happened: digests look at times that are settled. */
const CLOSED_SETTLE_MS = 10 * MINUTE_MS
/** What was decided so shortly before midnight has not had its turn that day. */
const OVER_MIDNIGHT_MS = MINUTE_MS

/** What has gone to a subscriber before. */
export interface Gone {
  /** Instant mails posted in the local day. */
  readonly instantToday: number
  readonly lastDigestMs: number | null
}

/** A message to be posted: its identity, and the notices that it carries. */
export type Parcel =
  | { readonly kind: 'alert'; readonly dedupeKey: string; readonly notices: readonly OpenNotice[] }
  | {
      readonly kind: 'digest'
      readonly dedupeKey: string
      readonly notices: readonly OpenNotice[]
      /** Alerts that closed in this time are told too. */
      readonly closedIn: Interval
    }

function byDecision(a: Notice, b: Notice): number {
  return a.decidedAtMs - b.decidedAtMs || (a.alertId < b.alertId ? -1 : 1)
}

/** The same notices make the same key, whoever puts them together. */
function alertParcel(subscriberId: string, notices: readonly OpenNotice[]): Parcel {
  const taken = notices.toSorted(byDecision).slice(0, MAX_ALERTS_IN_MAIL)
  const ids = taken.map(notice => notice.alertId).toSorted()
  return { kind: 'alert', dedupeKey: `alert:${subscriberId}:${ids.join(',')}`, notices: taken }
}

/** One digest for each full hour or day, of what was decided before it. */
function digestParcel(
  subscriberId: string,
  notices: readonly OpenNotice[],
  atMs: number,
  { lastDigestMs }: Gone,
): Parcel | null {
  if (lastDigestMs !== null && lastDigestMs >= atMs) return null
  const due = notices.filter(notice => notice.decidedAtMs < atMs)
  if (due.length === 0) return null
  const toMs = atMs - CLOSED_SETTLE_MS
  const fromMs = Math.min(toMs, (lastDigestMs ?? atMs - DAY_MS) - CLOSED_SETTLE_MS)
  return {
    kind: 'digest',
    dedupeKey: `digest:${subscriberId}:${atMs}`,
    notices: due.toSorted(byDecision).slice(0, MAX_ALERTS_IN_DIGEST),
    closedIn: { fromMs, toMs },
  }
}

/** Some at once, together; what the day's cap holds back goes with the digest. */
function instantParcels(
  { id, wishes }: Subscriber,
  notices: readonly OpenNotice[],
  gone: Gone,
  nowMs: number,
): readonly Parcel[] {
  const isFull = gone.instantToday >= INSTANT_PER_DAY
  const fromMs = localDay(nowMs, wishes.zone).fromMs - OVER_MIDNIGHT_MS
  const fresh = isFull ? [] : notices.filter(notice => notice.decidedAtMs >= fromMs)
  const held = notices.filter(notice => !fresh.includes(notice))
  const isReady = fresh.some(notice => nowMs - notice.decidedAtMs >= GROUP_WAIT_MS)
  const digest = digestParcel(id, held, lastDigestTime(nowMs, wishes.zone), gone)
  return [...(isReady ? [alertParcel(id, fresh)] : []), ...(digest === null ? [] : [digest])]
}

/**
 * What is due for one subscriber of the mail: a pure function of the open notices, what has gone before, and
 * the machine's time, so that whoever works it out posts the same messages.
 */
export function parcelsFor(
  subscriber: Subscriber,
  notices: readonly OpenNotice[],
  gone: Gone,
  nowMs: number,
): readonly Parcel[] {
  const { id, wishes } = subscriber
  // Whoever wants no alerts any more is sent none: the message is dropped, and the notices are done with.
  if (wishes.alerts === null) return notices.length === 0 ? [] : [alertParcel(id, notices)]
  const { frequency } = wishes.alerts
  if (frequency === 'instant') return instantParcels(subscriber, notices, gone, nowMs)
  const last = frequency === 'hourly' ? lastFullHour : lastDigestTime
  const digest = digestParcel(id, notices, last(nowMs, wishes.zone), gone)
  return digest === null ? [] : [digest]
}

/** The day over which instant mails are counted. */
export function dayOf({ wishes }: Subscriber, nowMs: number): Interval {
  return localDay(nowMs, wishes.zone)
}

/** The webhook is told of each alert by itself, at once. */
export function webhookParcels(notices: readonly OpenNotice[]): readonly Parcel[] {
  return notices.map(notice => ({
    kind: 'alert',
    dedupeKey: `webhook:${notice.alertId}`,
    notices: [notice],
  }))
}
