// Subscriptions: who wants to hear of what, how often, and what is on its way to them.
import type { Alert, Severity } from './alerts.ts'
import type { Key } from './keys.ts'

/** How often at most: at once, once an hour, or once a day at `DIGEST_HOUR` of the subscriber's zone. */
export const FREQUENCIES = ['instant', 'hourly', 'daily'] as const
export type Frequency = (typeof FREQUENCIES)[number]

/** Local hour of the daily digest, and of what a day's cap held back. */
export const DIGEST_HOUR = 18

/** Kinds of movement that somebody can follow; those of the market go with `rise` and `drop`. */
export const FOLLOWED_KINDS = ['rise', 'drop', 'emerging'] as const
export type FollowedKind = (typeof FOLLOWED_KINDS)[number]

/** What somebody wants to hear of: any of the keys, or everything where there are none. */
export interface Interest {
  /** At most `MAX_FOLLOWED_KEYS`: `genre:techno`, `artist:host`, `country:de`, `tag:dub-techno`. */
  readonly keys: readonly Key[]
  /** At least one. */
  readonly kinds: readonly FollowedKind[]
  readonly minSeverity: Severity
}

export const MAX_FOLLOWED_KEYS = 50

/** What a subscriber can choose. */
export interface Wishes {
  /** Null: no alerts. */
  readonly alerts: { readonly interest: Interest; readonly frequency: Frequency } | null
  /** The daily report. */
  readonly report: boolean
  /** IANA name of the zone in which a day begins and the digest goes out. */
  readonly zone: string
}

/**
 * `pending` until the address is confirmed; `suppressed`: mail to it bounces, so nothing is sent. Whoever
 * unsubscribes is no subscriber any more: a tombstone remembers the address, hashed.
 */
export type SubscriberState = 'pending' | 'active' | 'suppressed'

export interface Subscriber {
  /** Random UUID. */
  readonly id: string
  /** As `normaliseAddress` gives it. */
  readonly email: string
  readonly state: SubscriberState
  readonly wishes: Wishes
  readonly requestedAtMs: number
  readonly confirmedAtMs: number | null
  /** No alert is sent before this; the report is. */
  readonly snoozedUntilMs: number | null
  readonly mutes: readonly Mute[]
}

/** A key of which nothing is to be told for a while. */
export interface Mute {
  readonly key: Key
  readonly untilMs: number
}

/** More would only be the trace of clicks on old mails: those that end first go. */
export const MAX_MUTES = 100

/** The mutes with this one in the place of an earlier one of its key. */
export function withMute(mutes: readonly Mute[], mute: Mute): readonly Mute[] {
  const others = mutes.filter(({ key }) => key !== mute.key)
  return [...others, mute].sort((a, b) => b.untilMs - a.untilMs).slice(0, MAX_MUTES)
}

/** Refusals of an address, with nothing delivered between them, after which no mail goes there. */
export const BOUNCES_TO_SUPPRESS = 3

/** Where something goes: an address by mail, or the operator's webhook. */
export type Channel = 'mail' | 'webhook'

/** One alert that somebody is to hear of, once: identity (alertId, subscriberId, channel). */
export interface Notice {
  readonly alertId: string
  /** `WEBHOOK_SUBSCRIBER` for the webhook. */
  readonly subscriberId: string
  readonly channel: Channel
  readonly decidedAtMs: number
}

/** The webhook has no subscriber of its own: this UUID stands for it. */
export const WEBHOOK_SUBSCRIBER = '00000000-0000-0000-0000-000000000000'

/** Why an alert is not told to somebody who follows it; counted, never silent. */
export const SUPPRESSED_FOR = ['muted', 'snoozed', 'too-old', 'partial', 'coverage', 'capped'] as const
export type SuppressedFor = (typeof SUPPRESSED_FOR)[number]

/** What a mail says of a report beside its sentences: all of it for people, sellers' names made harmless. */
export interface ReportTable {
  /** What the changes of a figure are against: "last Friday", "day before". */
  readonly against: readonly string[]
  /** `changes` as `against`: "▲6%", "–". */
  readonly figures: readonly {
    readonly label: string
    readonly value: string
    readonly changes: readonly string[]
  }[]
  readonly movers: readonly { readonly kind: FollowedKind; readonly text: string; readonly note: string }[]
  /** What is to be known of the data, and of this mail. */
  readonly notes: readonly { readonly label: string; readonly text: string }[]
  /** Days that are mailed with the newest one, newest first. */
  readonly earlier: readonly { readonly day: string; readonly text: string }[]
}

/** Mailboxes show no more of a subject. */
export const MAX_SUBJECT_CHARS = 60

/**
 * What a message says, by reference or in full: enough to write the same letter again at any time.
 * `alert` and `digest` name alerts with the revision that was current when they were put together.
 */
export type MessageContent =
  | { readonly kind: 'confirm' }
  | { readonly kind: 'already-subscribed' }
  | { readonly kind: 'alert'; readonly alerts: readonly Alert[] }
  | { readonly kind: 'digest'; readonly opened: readonly Alert[]; readonly closed: readonly Alert[] }
  | {
      readonly kind: 'operator'
      readonly subject: string
      /** What, since when, with which effect; and the command that comes next. */
      readonly lines: readonly string[]
    }
  | {
      readonly kind: 'report'
      /** `YYYY-MM-DD` days in `zone`, newest last: several after a downtime. */
      readonly days: readonly string[]
      readonly zone: string
      /** Paths in the archive, as `days`: each day's PDF, or its HTML where there was no PDF. */
      readonly archived: readonly string[]
      readonly subject: string
      /** The summary, a sentence each; where there is no table, everything. */
      readonly lines: readonly string[]
      /** Not in messages of earlier versions. */
      readonly table?: ReportTable
      readonly isPartial: boolean
    }

/** A message on its way: identity `dedupeKey`. */
export interface OutboxMessage {
  /** A UUID made from the dedupe key: the same whoever posts it, and however often. */
  readonly id: string
  readonly dedupeKey: string
  readonly channel: Channel
  /** Null where it is for nobody who subscribed: the operator, the webhook. */
  readonly subscriberId: string | null
  /** Address or URL. */
  readonly recipient: string
  readonly content: MessageContent
  /** Not before this, by the machine's clock. */
  readonly dueAtMs: number
}

/** `sending`: handed to somebody and not yet known to have arrived. `dropped`: nobody wants it any more. */
export type MessageState = 'waiting' | 'sending' | 'sent' | 'failed' | 'dropped'
