// The outbox in memory: the tables as maps by identity, each call in one go.
import type { Outbox, PostedMessage } from '../../infra/ports.ts'
import type { Alert } from '../../schemas/alerts.ts'
import {
  type Notice,
  type OutboxMessage,
  type SuppressedFor,
  WEBHOOK_SUBSCRIBER,
} from '../../schemas/subscriptions.ts'
import type { Membership } from './subscribers.ts'

export interface FakeOutboxParts {
  /** The alert as it stands, where the book has it. */
  readonly standing: (id: string) => Alert | undefined
  readonly membership: Membership
  /** Called with the progress of `decide`. */
  readonly onProgress?: (stage: string, partition: number, offset: number) => void
}

interface NoticeRow {
  readonly notice: Notice
  readonly reason: SuppressedFor | null
  messageId: string | null
}

interface MessageRow {
  message: PostedMessage
  heldUntilMs: number
  hasBody: boolean
}

const idOf = ({ alertId, subscriberId, channel }: Notice): string => `${alertId} ${subscriberId} ${channel}`
const byId = (a: MessageRow, b: MessageRow): number => (a.message.id < b.message.id ? -1 : 1)
const isSettled = (row: MessageRow): boolean => ['sent', 'failed', 'dropped'].includes(row.message.state)
const isSettledBefore = (row: MessageRow, timeMs: number): boolean =>
  isSettled(row) && (row.message.settledAtMs ?? Number.POSITIVE_INFINITY) < timeMs

/** Empty. */
export function createFakeOutbox({ standing, membership, onProgress }: FakeOutboxParts): Outbox {
  const notices = new Map<string, NoticeRow>()
  const messages = new Map<string, MessageRow>()

  const isGone = (subscriberId: string | null): boolean =>
    subscriberId !== null && subscriberId !== WEBHOOK_SUBSCRIBER && !membership.isSubscriber(subscriberId)

  membership.onForgotten = id => {
    for (const [key, { notice, reason, messageId }] of notices) {
      if (notice.subscriberId === id && reason === null && messageId === null) notices.delete(key)
    }
    for (const row of messages.values()) {
      if (row.message.subscriberId !== id) continue
      const state = row.message.state === 'sent' ? 'sent' : 'dropped'
      const settledAtMs = row.message.settledAtMs ?? row.message.postedAtMs
      row.message = { ...row.message, recipient: '', state, settledAtMs, lastError: null }
    }
  }

  function decideOne(notice: Notice, reason: SuppressedFor | null): void {
    const { alertId, subscriberId, channel, decidedAtMs } = notice
    const row = { notice: { alertId, subscriberId, channel, decidedAtMs }, reason, messageId: null }
    if (!notices.has(idOf(notice))) notices.set(idOf(notice), row)
  }

  /** False where one with its dedupe key is there. */
  function insert(message: OutboxMessage): boolean {
    if ([...messages.values()].some(row => row.message.dedupeKey === message.dedupeKey)) return false
    const posted: PostedMessage = {
      ...message,
      state: 'waiting',
      attempts: 0,
      postedAtMs: message.dueAtMs,
      settledAtMs: null,
      lastError: null,
    }
    messages.set(message.id, { message: posted, heldUntilMs: 0, hasBody: true })
    return true
  }

  const told = (subscriberId: string, kind: 'alert' | 'digest'): readonly PostedMessage[] =>
    [...messages.values()]
      .map(row => row.message)
      .filter(message => message.subscriberId === subscriberId && message.content.kind === kind)

  const count = (isCounted: (message: PostedMessage, hasBody: boolean) => boolean): number =>
    [...messages.values()].filter(row => isCounted(row.message, row.hasBody)).length

  return {
    async decide({ notices: decided, suppressed, progress }) {
      for (const notice of decided) decideOne(notice, null)
      for (const suppression of suppressed) decideOne(suppression, suppression.reason)
      onProgress?.(progress.stage, progress.partition, progress.offset)
    },
    async openNotices() {
      const open = [...notices.values()].filter(
        ({ notice, reason, messageId }) =>
          reason === null && messageId === null && !isGone(notice.subscriberId),
      )
      open.sort(
        (a, b) => a.notice.decidedAtMs - b.notice.decidedAtMs || (idOf(a.notice) < idOf(b.notice) ? -1 : 1),
      )
      return open.flatMap(({ notice }) => {
        const alert = standing(notice.alertId)
        return alert === undefined ? [] : [{ ...notice, alert }]
      })
    },
    async carry(message, carried) {
      if (isGone(message.subscriberId)) return false
      const rows = [...new Set(carried.map(idOf))].map(id => notices.get(id))
      if (rows.some(row => row === undefined || row.reason !== null)) return false
      if (rows.length > 0 && rows.every(row => row?.messageId === message.id)) return true
      if (rows.some(row => row?.messageId !== null)) return false
      if (!insert(message)) return rows.length === 0
      for (const row of rows) if (row !== undefined) row.messageId = message.id
      return true
    },
    async post(all) {
      for (const message of all) if (!isGone(message.subscriberId)) insert(message)
    },
    async postedTo(subscriberId, fromMs, toMs) {
      const within = (kind: 'alert' | 'digest') =>
        told(subscriberId, kind).filter(m => m.postedAtMs >= fromMs && m.postedAtMs < toMs).length
      return { alert: within('alert'), digest: within('digest') }
    },
    async lastDigestMs(subscriberId) {
      const times = told(subscriberId, 'digest').map(message => message.postedAtMs)
      return times.length === 0 ? null : Math.max(...times)
    },
    async closedFor(subscriberId, fromMs, toMs) {
      const ids = [...notices.values()]
        .filter(row => row.notice.subscriberId === subscriberId && row.messageId !== null)
        .map(row => row.notice.alertId)
      const alerts = [...new Set(ids)].flatMap(id => standing(id) ?? [])
      return alerts
        .filter(({ closedAtMs }) => closedAtMs !== null && closedAtMs >= fromMs && closedAtMs < toMs)
        .sort((a, b) => (a.closedAtMs ?? 0) - (b.closedAtMs ?? 0) || (a.id < b.id ? -1 : 1))
    },
    async claim(channel, nowMs, holdMs, limit) {
      const isFree = ({ message, heldUntilMs }: MessageRow) =>
        (message.state === 'waiting' && message.dueAtMs <= nowMs) ||
        (message.state === 'sending' && heldUntilMs <= nowMs)
      const free = [...messages.values()].filter(row => row.message.channel === channel && isFree(row))
      free.sort((a, b) => a.message.dueAtMs - b.message.dueAtMs || byId(a, b))
      return free.slice(0, limit).map(row => {
        row.message = { ...row.message, state: 'sending', attempts: row.message.attempts + 1 }
        row.heldUntilMs = nowMs + holdMs
        return row.message
      })
    },
    async sent(id, nowMs) {
      const row = messages.get(id)
      if (row === undefined || row.message.state === 'sent') return
      row.message = { ...row.message, state: 'sent', settledAtMs: nowMs, lastError: null }
      if (row.message.subscriberId !== null) membership.reached(row.message.subscriberId)
    },
    async postpone(id, dueAtMs, error) {
      const row = messages.get(id)
      if (row?.message.state !== 'sending') return
      row.message = { ...row.message, state: 'waiting', dueAtMs, lastError: error }
    },
    async giveUp(id, state, error, nowMs) {
      const row = messages.get(id)
      if (row === undefined || isSettled(row)) return
      row.message = { ...row.message, state, settledAtMs: nowMs, lastError: error }
    },
    async retryFailed(nowMs) {
      const failed = [...messages.values()].filter(row => row.hasBody && row.message.state === 'failed')
      for (const row of failed) {
        row.message = { ...row.message, state: 'waiting', attempts: 0, dueAtMs: nowMs, settledAtMs: null }
      }
      return failed.length
    },
    async messages(limit) {
      const all = [...messages.values()].filter(row => row.hasBody)
      all.sort((a, b) => b.message.postedAtMs - a.message.postedAtMs || byId(a, b))
      return all.slice(0, limit).map(row => row.message)
    },
    async counts(sinceMs) {
      return {
        waiting: count(({ state }) => state === 'waiting'),
        sending: count(({ state }) => state === 'sending'),
        failed: count(({ state }, hasBody) => hasBody && state === 'failed'),
        sentSince: count(({ state, settledAtMs }) => state === 'sent' && (settledAtMs ?? 0) >= sinceMs),
      }
    },
    async failures(sinceMs, overdueMs) {
      const byMail = (isCounted: (message: PostedMessage) => boolean) =>
        count(message => message.channel === 'mail' && isCounted(message))
      const settled = (state: string) =>
        byMail(m => m.state === state && m.content.kind !== 'confirm' && (m.settledAtMs ?? 0) >= sinceMs)
      const isOnItsWay = ({ state }: PostedMessage) => state === 'waiting' || state === 'sending'
      const overdue = byMail(m => isOnItsWay(m) && m.attempts > 0 && m.postedAtMs < overdueMs)
      return { sent: settled('sent'), failed: settled('failed'), overdue }
    },
    async decidedOn(alertId) {
      const rows = [...notices.values()].filter(row => row.notice.alertId === alertId)
      const decided = rows.map(({ notice, reason, messageId }) => {
        const messageState = messageId === null ? null : (messages.get(messageId)?.message.state ?? null)
        return { ...notice, reason, messageState }
      })
      return decided.sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1))
    },
    async suppressedSince(sinceMs) {
      const counts: Partial<Record<SuppressedFor, number>> = {}
      for (const { notice, reason } of notices.values()) {
        if (reason !== null && notice.decidedAtMs >= sinceMs) counts[reason] = (counts[reason] ?? 0) + 1
      }
      return counts
    },
    async forgetBodies(settledBeforeMs) {
      const old = [...messages.values()].filter(row => row.hasBody && isSettledBefore(row, settledBeforeMs))
      for (const row of old) {
        row.hasBody = false
        row.message = { ...row.message, recipient: '', lastError: null }
      }
      return old.length
    },
    async forgetDecisions(beforeMs) {
      const before = notices.size + messages.size
      for (const [key, { notice, reason, messageId }] of notices) {
        const closedAtMs = standing(notice.alertId)?.closedAtMs
        const isNews = closedAtMs === null || (closedAtMs !== undefined && closedAtMs >= beforeMs)
        const isDone = reason !== null || messageId !== null
        if (isDone && !isNews && notice.decidedAtMs < beforeMs) notices.delete(key)
      }
      const named = new Set([...notices.values()].map(row => row.messageId))
      for (const [id, row] of messages) {
        if (!row.hasBody && isSettledBefore(row, beforeMs) && !named.has(id)) messages.delete(id)
      }
      return before - notices.size - messages.size
    },
  }
}
