// Alerts, wishes and messages for the contracts of delivery, complete and plain until a test says otherwise.
import { createHash } from 'node:crypto'
import type { Alert } from '../../schemas/alerts.ts'
import type { Notice, OutboxMessage, Wishes } from '../../schemas/subscriptions.ts'
import { MINUTE_MS } from '../../schemas/time.ts'
import { T0 } from './sales.ts'
import { alertOf as anyAlert } from './told-alerts.ts'

/** As `alertOf` of told-alerts.ts, opened at T0. */
export function alertOf(over: Partial<Alert> = {}): Alert {
  return anyAlert(0xa1, { key: 'genre:techno', expected: 21, openedAtMs: T0, ...over })
}

/** The record that closes an alert `minutes` after it opened. */
export function closed(alert: Alert, minutes: number): Alert {
  const atMs = alert.openedAtMs + minutes * MINUTE_MS
  return { ...alert, revision: alert.revision + 1, state: 'closed', atMs, closedAtMs: atMs }
}

export const WISHES: Wishes = {
  alerts: {
    interest: { keys: ['genre:ambient'], kinds: ['rise', 'emerging'], minSeverity: 'info' },
    frequency: 'instant',
  },
  report: true,
  zone: 'Europe/Berlin',
}

export function noticeOf(alertId: string, subscriberId: string, over: Partial<Notice> = {}): Notice {
  return { alertId, subscriberId, channel: 'mail', decidedAtMs: T0, ...over }
}

/** Any UUID, the same for the same key. */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  return hex.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

export function messageOf(dedupeKey: string, over: Partial<OutboxMessage> = {}): OutboxMessage {
  return {
    id: uuidOf(dedupeKey),
    dedupeKey,
    channel: 'mail',
    subscriberId: null,
    recipient: 'operator@example.com',
    content: { kind: 'operator', subject: 'The feed is silent', lines: ['for 6 minutes'] },
    dueAtMs: T0,
    ...over,
  }
}
