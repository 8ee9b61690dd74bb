// Who wants to hear of an alert, and why somebody who does is not told.
import { type Alert, type AlertKind, SEVERITIES } from '../../../schemas/alerts.ts'
import type { Dimension, Key } from '../../../schemas/keys.ts'
import {
  type Channel,
  type FollowedKind,
  type Frequency,
  type Interest,
  type Mute,
  type Notice,
  type Subscriber,
  type SuppressedFor,
  WEBHOOK_SUBSCRIBER,
} from '../../../schemas/subscriptions.ts'
import { DAY_MS, HOUR_MS } from '../../../schemas/time.ts'

/** What a past, a backfill or a downtime leaves is not news any more, by the feed's clock. */
const TOO_OLD_MS: Readonly<Record<Frequency, number>> = {
  instant: 2 * HOUR_MS,
  hourly: 2 * HOUR_MS,
  daily: DAY_MS,
}

/** Fifteen points less than usual: what seems to move among the known genres may be what is not known. */
const COVERAGE_DROP = 0.15
/** Alerts whose counts are those of known genres only. */
const COVERED: ReadonlySet<Dimension> = new Set(['genre', 'tag', 'genre-country'])

const FOLLOWED_AS: Readonly<Record<AlertKind, FollowedKind | null>> = {
  rise: 'rise',
  'market-rise': 'rise',
  drop: 'drop',
  'market-drop': 'drop',
  emerging: 'emerging',
  // The operator's, who is told of it as a message of its own.
  'feed-silent': null,
}

/** Alerts of the market go to those who follow everything; a silent feed to no subscriber. */
export function wants({ keys, kinds, minSeverity }: Interest, alert: Alert): boolean {
  const kind = FOLLOWED_AS[alert.alertKind]
  if (kind === null || !kinds.includes(kind)) return false
  if (SEVERITIES.indexOf(alert.severity) < SEVERITIES.indexOf(minSeverity)) return false
  return keys.length === 0 || keys.includes(alert.key)
}

/** Whether the alert counts among the known genres, so that coverage matters. */
export function needsCoverage({ dimension }: Alert): boolean {
  return COVERED.has(dimension)
}

/** Whether somebody may hear of it who did not before: not of what ends, nor of another size. */
export const isNews = ({ state, change }: Alert): boolean => state !== 'closed' && change !== 'size'

/** What is known at the moment of deciding. */
export interface Circumstances {
  /** Of the feed: how old an alert is. */
  readonly feedNowMs: number
  /** Of the machine: how long somebody has muted or snoozed. */
  readonly nowMs: number
  /** For everybody. */
  readonly mutes: readonly Mute[]
  /** Share of items with a known genre over the days before; null: not known. */
  readonly usualCoverage: number | null
}

function isMuted(mutes: readonly Mute[], key: Key, nowMs: number): boolean {
  return mutes.some(mute => mute.key === key && mute.untilMs > nowMs)
}

/** For everybody who follows it: null where nothing speaks against telling. */
function keptBack(alert: Alert, frequency: Frequency, now: Circumstances): SuppressedFor | null {
  if (now.feedNowMs - alert.atMs > TOO_OLD_MS[frequency]) return 'too-old'
  if (isMuted(now.mutes, alert.key, now.nowMs)) return 'muted'
  // What a gap took away is no drop; a rise in spite of it is one all the more.
  const isDrop = FOLLOWED_AS[alert.alertKind] === 'drop'
  if (alert.partial && isDrop) return 'partial'
  const { usualCoverage } = now
  if (usualCoverage !== null && needsCoverage(alert) && usualCoverage - alert.coverage > COVERAGE_DROP) {
    return 'coverage'
  }
  return null
}

/** Of one subscriber: `undefined` where they do not want it at all, null where they are to be told. */
export function suppressedFor(
  { state, wishes, mutes, snoozedUntilMs }: Subscriber,
  alert: Alert,
  now: Circumstances,
): SuppressedFor | null | undefined {
  if (state !== 'active' || wishes.alerts === null) return undefined
  const { interest, frequency } = wishes.alerts
  if (!wants(interest, alert)) return undefined
  const reason = keptBack(alert, frequency, now)
  if (reason !== null) return reason
  if (isMuted(mutes, alert.key, now.nowMs)) return 'muted'
  return snoozedUntilMs !== null && snoozedUntilMs > now.nowMs ? 'snoozed' : null
}

/** A notice where `reason` is null, else a suppression. */
export interface Decision extends Notice {
  readonly reason: SuppressedFor | null
}

/** Everybody who hears of the alert, or would have; those that closed are told in digests only. */
export function decisionsOn(
  alert: Alert,
  subscribers: readonly Subscriber[],
  hasWebhook: boolean,
  now: Circumstances,
): readonly Decision[] {
  if (!isNews(alert)) return []
  const decided = (subscriberId: string, channel: Channel, reason: SuppressedFor | null): Decision => {
    return { alertId: alert.id, subscriberId, channel, decidedAtMs: now.nowMs, reason }
  }
  const decisions: Decision[] = []
  for (const subscriber of subscribers) {
    const reason = suppressedFor(subscriber, alert, now)
    if (reason !== undefined) decisions.push(decided(subscriber.id, 'mail', reason))
  }
  // The webhook follows everything, at once.
  if (hasWebhook) decisions.push(decided(WEBHOOK_SUBSCRIBER, 'webhook', keptBack(alert, 'instant', now)))
  return decisions
}
