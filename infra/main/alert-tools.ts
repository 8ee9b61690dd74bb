// `bct alerts list`, `mute` and `test`: what moved, what nobody is to hear of, and a mail to see its look.

import { atHeight } from '../../schemas/alert-words.ts'
import type { Alert, Severity } from '../../schemas/alerts.ts'
import type { Key } from '../../schemas/keys.ts'
import { safeText } from '../../schemas/safe-text.ts'
import type { Mute, Subscriber } from '../../schemas/subscriptions.ts'
import { HOUR_MS, MINUTE_MS } from '../../schemas/time.ts'
import type { PostgresStore } from '../postgres/store.ts'
import { outboxMessage } from '../runtime/outbox-message.ts'
import { CommandError, EXIT, type ExitCode } from './errors.ts'
import { instantText } from './instant.ts'
import { type Output, table } from './output.ts'
import { sampleAlert } from './sample-alert.ts'

/** Keys are cut where a table would break. */
const KEY_CHARS = 48

export interface AlertRequest {
  readonly store: PostgresStore
  readonly output: Output
  readonly json: boolean
  readonly nowMs: number
}

/** `1 h`, `15 min`. */
export function windowText(windowMs: number): string {
  return windowMs >= HOUR_MS ? `${windowMs / HOUR_MS} h` : `${windowMs / MINUTE_MS} min`
}

const minuteText = (timeMs: number): string => `${new Date(timeMs).toISOString().slice(0, 16)}Z`

/** A row of a table of alerts. */
export function alertCells(alert: Alert): readonly string[] {
  const { openedAtMs, alertKind, key, severity } = alert
  const { purchases, expected, windowMs } = atHeight(alert)
  const says = `${purchases} in ${windowText(windowMs)}, expected ${expected.toFixed(1)}`
  return [minuteText(openedAtMs), severity, alertKind, safeText(key, KEY_CHARS), says]
}

export async function listAlerts(
  { store, output, json }: AlertRequest,
  asked: {
    readonly open: boolean
    readonly key: Key | null
    readonly minSeverity: Severity
    readonly sinceMs: number | null
    readonly limit: number
  },
): Promise<ExitCode> {
  const { open: openOnly, key, minSeverity, sinceMs: fromMs, limit } = asked
  const alerts = await store.alertBook.alerts({ fromMs, toMs: null, key, minSeverity, openOnly, limit })
  if (json) output.json(alerts)
  else if (alerts.length === 0) output.say('no alerts')
  else {
    const rows = alerts.map(alert => {
      const end = alert.closedAtMs === null ? 'open' : `closed ${minuteText(alert.closedAtMs)}`
      return [alert.id, ...alertCells(alert), end]
    })
    output.data(table(rows))
    if (alerts.length === limit) output.say(`the newest ${limit}; more with --limit`)
  }
  return EXIT.ok
}

/** @throws CommandError where nobody subscribed by that address. */
async function subscriberOf({ store }: AlertRequest, email: string): Promise<Subscriber> {
  const found = (await store.subscribers.subscribers()).find(subscriber => subscriber.email === email)
  if (found !== undefined) return found
  throw new CommandError(
    EXIT.notFound,
    'nobody subscribed by that address',
    'see bct subscribers list; bct subscribers add EMAIL adds somebody',
  )
}

/** `untilMs` null: tells of it again. */
export async function muteKey(
  request: AlertRequest,
  key: Key,
  untilMs: number | null,
  email: string | null,
): Promise<ExitCode> {
  const { store, output, json, nowMs } = request
  const mute: Mute = { key, untilMs: untilMs ?? nowMs }
  if (email === null) await store.globalMutes.muteForAll(mute)
  else await store.subscribers.mute((await subscriberOf(request, email)).id, mute)
  if (json) output.json({ key, until: untilMs === null ? null : instantText(untilMs) })
  else {
    const whom = email === null ? 'nobody' : 'the subscriber'
    const shown = safeText(key)
    output.say(
      untilMs === null
        ? `${shown} is told again`
        : email === null
          ? `${whom} is told of ${shown} until ${instantText(untilMs)}`
          : `${whom} is not told of ${shown} until ${instantText(untilMs)}`,
    )
  }
  return EXIT.ok
}

/** Why the mail would not be sent; null where it would. */
function unwillingness({ state, wishes, snoozedUntilMs }: Subscriber, nowMs: number): string | null {
  if (state === 'pending') return 'the address is not confirmed yet'
  if (state === 'suppressed') return 'mail to the address came back three times'
  if (wishes.alerts === null) return 'the subscriber wants no alerts'
  return snoozedUntilMs !== null && snoozedUntilMs > nowMs ? 'the subscriber snoozes' : null
}

/**
 * Posts a letter about the newest alert, or a made-up one, as the alert-mailer would: with the subscriber's
 * own links, which work.
 */
export async function testAlert(request: AlertRequest, email: string): Promise<ExitCode> {
  const { store, output, json, nowMs } = request
  const subscriber = await subscriberOf(request, email)
  const reason = unwillingness(subscriber, nowMs)
  if (reason !== null) {
    const fix = 'bct subscribers add EMAIL makes a subscriber active, with alerts'
    throw new CommandError(EXIT.precondition, `nothing was sent: ${reason}`, fix)
  }
  const [newest] = await store.alertBook.alerts({
    fromMs: null,
    toMs: null,
    key: null,
    minSeverity: 'info',
    openOnly: false,
    limit: 1,
  })
  const alert = newest ?? sampleAlert(nowMs)
  const message = outboxMessage({
    dedupeKey: `test:${subscriber.id}:${nowMs}`,
    channel: 'mail',
    subscriberId: subscriber.id,
    recipient: subscriber.email,
    content: { kind: 'alert', alerts: [alert] },
    dueAtMs: nowMs,
  })
  await store.outbox.post([message])
  if (json) output.json({ message: message.id, alert: alert.id, madeUp: newest === undefined })
  else {
    output.data(`posted ${message.id}`)
    output.say(
      newest === undefined ? 'there is no alert yet: it is a made-up one' : `about ${safeText(alert.key)}`,
    )
    output.say('it goes out within a minute while bct start runs, else when it is started next')
  }
  return EXIT.ok
}
