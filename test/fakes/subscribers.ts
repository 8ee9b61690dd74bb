// Subscribers in memory, for whatever is built on their port.
import { createHash } from 'node:crypto'
import type { Subscribers } from '../../infra/ports.ts'
import { BOUNCES_TO_SUPPRESS, type Subscriber, type Wishes, withMute } from '../../schemas/subscriptions.ts'

/** What the outbox must know of them, and they of the outbox. */
export interface Membership {
  isSubscriber(id: string): boolean
  /** Something reached the subscriber: bounces are forgotten. */
  reached(id: string): void
  /** Called whenever somebody is forgotten. */
  onForgotten: (id: string) => void
}

interface Row {
  readonly subscriber: Subscriber
  readonly bounces: number
}

const hashOf = (email: string): string => createHash('sha256').update(email).digest('hex')

function createRow(email: string, wishes: Wishes, nowMs: number, confirmedAtMs: number | null): Row {
  const subscriber: Subscriber = {
    id: crypto.randomUUID(),
    email,
    state: confirmedAtMs === null ? 'pending' : 'active',
    wishes,
    requestedAtMs: nowMs,
    confirmedAtMs,
    snoozedUntilMs: null,
    mutes: [],
  }
  return { subscriber, bounces: 0 }
}

/** Nobody, at first. */
export function createFakeSubscribers(): {
  readonly subscribers: Subscribers
  readonly membership: Membership
} {
  const rows = new Map<string, Row>()
  const tombstones = new Set<string>()
  const secret = crypto.getRandomValues(new Uint8Array(32))

  const membership: Membership = {
    isSubscriber: id => rows.has(id),
    reached(id) {
      const row = rows.get(id)
      if (row !== undefined) rows.set(id, { ...row, bounces: 0 })
    },
    onForgotten: () => {},
  }
  const rowOf = (email: string): Row | undefined =>
    [...rows.values()].find(row => row.subscriber.email === email)

  function put(row: Row): Subscriber {
    rows.set(row.subscriber.id, row)
    return row.subscriber
  }
  /** False where there is none. */
  function change(id: string, over: Partial<Subscriber>): boolean {
    const row = rows.get(id)
    if (row !== undefined) put({ ...row, subscriber: { ...row.subscriber, ...over } })
    return row !== undefined
  }
  function forget(id: string): void {
    if (rows.delete(id)) membership.onForgotten(id)
  }

  const subscribers: Subscribers = {
    async request(email, wishes, nowMs) {
      const row = rowOf(email)
      if (row === undefined) return put(createRow(email, wishes, nowMs, null))
      if (row.subscriber.state !== 'pending') return row.subscriber
      return put({ ...row, subscriber: { ...row.subscriber, wishes, requestedAtMs: nowMs } })
    },
    async confirm(id, nowMs) {
      const row = rows.get(id)
      if (row === undefined) return null
      tombstones.delete(hashOf(row.subscriber.email))
      const confirmedAtMs = row.subscriber.confirmedAtMs ?? nowMs
      return put({ subscriber: { ...row.subscriber, state: 'active', confirmedAtMs }, bounces: 0 })
    },
    async find(id) {
      return rows.get(id)?.subscriber ?? null
    },
    async change(id, wishes) {
      return change(id, { wishes })
    },
    async snooze(id, untilMs) {
      return change(id, { snoozedUntilMs: untilMs })
    },
    async mute(id, mute) {
      return change(id, { mutes: withMute(rows.get(id)?.subscriber.mutes ?? [], mute) })
    },
    async unsubscribe(id) {
      const row = rows.get(id)
      if (row === undefined) return
      tombstones.add(hashOf(row.subscriber.email))
      forget(id)
    },
    async add(email, wishes, nowMs) {
      if (tombstones.has(hashOf(email))) return 'unsubscribed-before'
      const row = rowOf(email)
      if (row === undefined) {
        put(createRow(email, wishes, nowMs, nowMs))
        return 'added'
      }
      const confirmedAtMs = row.subscriber.confirmedAtMs ?? nowMs
      put({ subscriber: { ...row.subscriber, wishes, state: 'active', confirmedAtMs }, bounces: 0 })
      return 'changed'
    },
    async remove(email, nowMs) {
      const row = rowOf(email)
      if (row !== undefined) await subscribers.unsubscribe(row.subscriber.id, nowMs)
      return row !== undefined
    },
    async bounced(id) {
      const row = rows.get(id)
      if (row === undefined) return
      const bounces = row.bounces + 1
      put({ ...row, bounces })
      const isActive = row.subscriber.state === 'active'
      if (isActive && bounces >= BOUNCES_TO_SUPPRESS) change(id, { state: 'suppressed' })
    },
    async subscribers() {
      const all = [...rows.values()].map(row => row.subscriber)
      return all.sort((a, b) => (a.email < b.email ? -1 : 1))
    },
    async linkSecret() {
      return secret.slice()
    },
    async forgetUnconfirmed(requestedBeforeMs) {
      const old = [...rows.values()].filter(
        ({ subscriber }) => subscriber.state === 'pending' && subscriber.requestedAtMs < requestedBeforeMs,
      )
      for (const { subscriber } of old) forget(subscriber.id)
      return old.length
    },
  }
  return { subscribers, membership }
}
