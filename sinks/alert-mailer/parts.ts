// What the alert-mailer needs from outside, and its name.
import type {
  Clock,
  GlobalMutes,
  History,
  Letter,
  Mailer,
  Outbox,
  PostedMessage,
  Store,
  Subscribers,
  Telemetry,
  Webhook,
} from '../../infra/ports.ts'
import type { Subscriber } from '../../schemas/subscriptions.ts'

export const ALERT_MAILER = 'alert-mailer'

/** What a person or a program reads; the same message gives the same bytes. */
export interface Writing {
  /** Rejects with `OutageError` where something is away that the letter needs, such as a report's file. */
  letter(message: PostedMessage, subscriber: Subscriber | null): Promise<Letter>
  /** The body of a post to the webhook. */
  post(message: PostedMessage): unknown
}

export interface AlertMailerParts {
  readonly outbox: Outbox
  readonly subscribers: Pick<Subscribers, 'subscribers' | 'find' | 'bounced'>
  readonly mutes: Pick<GlobalMutes, 'mutes'>
  readonly progress: Store['progress']
  readonly history: Pick<History, 'totals'>
  readonly mailer: Pick<Mailer, 'send'>
  /** Null: none is configured. */
  readonly webhook: Webhook | null
  readonly writing: Writing
  /** Who hears of troubles; null: nobody, by mail. */
  readonly operatorEmail: string | null
  /** The time of the feed: how old an alert is. */
  readonly clock: Clock
  /** The time of the machine: when to send, how long to back off. */
  readonly pace: Clock
  readonly telemetry: Telemetry
  /** Uniform in `[0, 1)`: jitter. */
  readonly random: () => number
}
