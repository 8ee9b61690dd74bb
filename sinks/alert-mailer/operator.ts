// Messages for whoever runs the tracker: what, since when, with which effect, and the next command.
import { outboxMessage } from '../../infra/runtime/outbox-message.ts'
import type { Alert } from '../../schemas/alerts.ts'
import type { OutboxMessage } from '../../schemas/subscriptions.ts'
import { MINUTE_MS } from '../../schemas/time.ts'

/** A feed that has brought no new minute for so long is silent; watched at the edge (`SilenceWatch`). */
export const SILENT_AFTER_MS = 5 * MINUTE_MS

export interface OperatorNews {
  /** What makes it one message, however often it is noticed, and by however many processes. */
  readonly about: string
  readonly subject: string
  readonly lines: readonly string[]
}

/** Null where nobody is to hear of it. */
export function operatorMessage(
  operatorEmail: string | null,
  { about, subject, lines }: OperatorNews,
  nowMs: number,
): OutboxMessage | null {
  if (operatorEmail === null) return null
  return outboxMessage({
    dedupeKey: `operator:${about}`,
    channel: 'mail',
    subscriberId: null,
    recipient: operatorEmail,
    content: { kind: 'operator', subject, lines },
    dueAtMs: nowMs,
  })
}

/** `2026-11-22 14:05 UTC`. */
export function utcText(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

/** Null where it is none, or so old that the watch at the edge has spoken of it. */
export function silenceSeen(
  { operatorEmail }: { readonly operatorEmail: string | null },
  alert: Alert,
  { feedNowMs, nowMs }: { readonly feedNowMs: number; readonly nowMs: number },
): OutboxMessage | null {
  if (alert.alertKind !== 'feed-silent' || alert.state !== 'opened') return null
  if (feedNowMs - alert.atMs > SILENT_AFTER_MS) return null
  const news: OperatorNews = {
    about: `feed-silent:${alert.id}`,
    subject: 'The feed answers, but shows no sales',
    lines: [
      `Up to ${utcText(alert.atMs)} the feed answered with new minutes, and none of them had a sale; about ` +
        `${Math.round(alert.expected)} purchases were to be expected.`,
      'Until sales come again no drop is told: silence is not zero.',
      'Next: bct status, and look at the feed itself.',
    ],
  }
  return operatorMessage(operatorEmail, news, nowMs)
}
