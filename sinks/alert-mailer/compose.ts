// Puts open notices into messages: whoever does it first settles which message carries a notice.
import { outboxMessage } from '../../infra/runtime/outbox-message.ts'
import {
  type Channel,
  type MessageContent,
  type OutboxMessage,
  type Subscriber,
  WEBHOOK_SUBSCRIBER,
} from '../../schemas/subscriptions.ts'
import { dayOf, type Gone, type OpenNotice, type Parcel, parcelsFor, webhookParcels } from './core/compose.ts'
import type { AlertMailerParts } from './parts.ts'

const NOTHING_GONE: Gone = { instantToday: 0, lastDigestMs: null }
/** The URL is a secret and stands in the configuration alone. */
const WEBHOOK_RECIPIENT = 'webhook'

interface Addressee {
  readonly channel: Channel
  readonly subscriberId: string
  readonly recipient: string
}

async function contentOf(
  { outbox }: AlertMailerParts,
  { subscriberId }: Addressee,
  parcel: Parcel,
): Promise<MessageContent> {
  const alerts = parcel.notices.map(notice => notice.alert)
  if (parcel.kind === 'alert') return { kind: 'alert', alerts }
  const { fromMs, toMs } = parcel.closedIn
  const closed = await outbox.closedFor(subscriberId, fromMs, toMs)
  const shown = new Set(alerts.map(alert => alert.id))
  return { kind: 'digest', opened: alerts, closed: closed.filter(alert => !shown.has(alert.id)) }
}

async function post(
  parts: AlertMailerParts,
  to: Addressee,
  parcels: readonly Parcel[],
  nowMs: number,
): Promise<number> {
  let posted = 0
  for (const parcel of parcels) {
    const content = await contentOf(parts, to, parcel)
    const message: OutboxMessage = outboxMessage({
      dedupeKey: parcel.dedupeKey,
      ...to,
      content,
      dueAtMs: nowMs,
    })
    if (await parts.outbox.carry(message, parcel.notices)) posted++
  }
  return posted
}

/** Only who may have something due is asked after: most have their digest still before them. */
async function parcelsNow(
  { outbox }: AlertMailerParts,
  subscriber: Subscriber,
  notices: readonly OpenNotice[],
  nowMs: number,
): Promise<readonly Parcel[]> {
  if (parcelsFor(subscriber, notices, NOTHING_GONE, nowMs).length === 0) return []
  const { fromMs, toMs } = dayOf(subscriber, nowMs)
  const { alert: instantToday } = await outbox.postedTo(subscriber.id, fromMs, toMs)
  const lastDigestMs = await outbox.lastDigestMs(subscriber.id)
  return parcelsFor(subscriber, notices, { instantToday, lastDigestMs }, nowMs)
}

function bySubscriber(notices: readonly OpenNotice[]): ReadonlyMap<string, readonly OpenNotice[]> {
  const groups = new Map<string, OpenNotice[]>()
  for (const notice of notices) {
    const group = groups.get(notice.subscriberId)
    if (group === undefined) groups.set(notice.subscriberId, [notice])
    else group.push(notice)
  }
  return groups
}

/** Posts whatever is due; how many messages. */
export async function composeOnce(parts: AlertMailerParts, signal: AbortSignal): Promise<number> {
  const open = await parts.outbox.openNotices()
  if (open.length === 0) return 0
  const everybody = new Map((await parts.subscribers.subscribers()).map(each => [each.id, each]))
  const nowMs = parts.pace.nowMs()
  let posted = 0
  for (const [subscriberId, notices] of bySubscriber(open)) {
    if (signal.aborted) break
    if (subscriberId === WEBHOOK_SUBSCRIBER) {
      const to: Addressee = { channel: 'webhook', subscriberId, recipient: WEBHOOK_RECIPIENT }
      posted += await post(parts, to, webhookParcels(notices), nowMs)
      continue
    }
    const subscriber = everybody.get(subscriberId)
    // Gone since: their notices go with them.
    if (subscriber === undefined) continue
    const to: Addressee = { channel: 'mail', subscriberId, recipient: subscriber.email }
    posted += await post(parts, to, await parcelsNow(parts, subscriber, notices, nowMs), nowMs)
  }
  return posted
}
