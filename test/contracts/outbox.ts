// What every outbox keeps to, the fake and the real one.
import { describe, expect, it } from 'vitest'
import type { Outbox } from '../../infra/ports.ts'
import { type Notice, type OutboxMessage, WEBHOOK_SUBSCRIBER } from '../../schemas/subscriptions.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../schemas/time.ts'
import { alertOf, closed, messageOf, noticeOf, WISHES } from '../support/delivery.ts'
import { T0 } from '../support/sales.ts'
import { writeAlerts } from './alert-book.ts'
import { type AnyStore, type StoreUnderTest, withStore } from './store.ts'

const [A, B] = ['00000000000000a1', '00000000000000b2']
const HOLD_MS = 10 * MINUTE_MS
const progress = (offset: number) => ({ stage: 'alert-mailer', partition: 0, offset })

/** Two alerts and an active subscriber. */
async function ready(store: AnyStore, email = 'ann@example.com'): Promise<string> {
  await writeAlerts(store, [alertOf({ id: A }), alertOf({ id: B, key: 'genre:rock' })])
  await store.subscribers.add(email, WISHES, T0)
  return (await store.subscribers.subscribers()).find(subscriber => subscriber.email === email)!.id
}

function letterTo(subscriberId: string, dedupeKey: string, over: Partial<OutboxMessage> = {}): OutboxMessage {
  const content = { kind: 'alert', alerts: [alertOf()] } as const
  return messageOf(dedupeKey, { subscriberId, recipient: 'ann@example.com', content, ...over })
}

const decided = (outbox: Outbox, notices: readonly Notice[], offset = 1) =>
  outbox.decide({ notices, suppressed: [], progress: progress(offset) })
const openIds = async (outbox: Outbox) => (await outbox.openNotices()).map(n => `${n.alertId} ${n.channel}`)
const claimAll = (outbox: Outbox, nowMs: number, limit = 100) => outbox.claim('mail', nowMs, HOLD_MS, limit)
const keysOf = (messages: readonly OutboxMessage[]) => messages.map(message => message.dedupeKey)

function deciding(target: StoreUnderTest): void {
  it('[N87] keeps a decision and its progress together, once, whatever is decided later', () =>
    withStore(target, async store => {
      const { outbox } = store
      const ann = await ready(store)
      const notice = noticeOf(A, ann)
      const muted = { ...noticeOf(B, ann), reason: 'muted' } as const
      await outbox.decide({ notices: [notice, notice], suppressed: [muted], progress: progress(7) })
      expect(await store.progress('alert-mailer', 'alerts', 0)).toBe(7)
      await outbox.decide({
        notices: [noticeOf(B, ann), noticeOf(A, ann, { decidedAtMs: T0 + 5 })],
        suppressed: [{ ...notice, reason: 'capped' }],
        progress: progress(5),
      })
      expect(await store.progress('alert-mailer', 'alerts', 0)).toBe(7)
      expect(await outbox.openNotices()).toEqual([{ ...notice, alert: alertOf({ id: A }) }])
      expect(await outbox.suppressedSince(T0)).toEqual({ muted: 1 })
      expect(await outbox.suppressedSince(T0 + 1)).toEqual({})
    }))

  it('[N87] says of an alert who is told and who is not, and why', () =>
    withStore(target, async store => {
      const { outbox } = store
      const ann = await ready(store)
      const webhook = noticeOf(A, WEBHOOK_SUBSCRIBER, { channel: 'webhook' })
      const snoozed = { ...webhook, reason: 'snoozed' } as const
      await outbox.decide({ notices: [noticeOf(A, ann)], suppressed: [snoozed], progress: progress(1) })
      const toAnn = { ...noticeOf(A, ann), reason: null }
      expect(await outbox.decidedOn(A)).toEqual([
        { ...snoozed, messageState: null },
        { ...toAnn, messageState: null },
      ])
      await outbox.carry(letterTo(ann, 'one'), [noticeOf(A, ann)])
      expect((await outbox.decidedOn(A))[1]).toEqual({ ...toAnn, messageState: 'waiting' })
      expect(await outbox.decidedOn(B)).toEqual([])
    }))

  it('[N87] tells open notices oldest first, with the alert as it stands, once the book has it', () =>
    withStore(target, async store => {
      const { outbox } = store
      const ann = await ready(store)
      const webhook = noticeOf(A, WEBHOOK_SUBSCRIBER, { channel: 'webhook', decidedAtMs: T0 - 1 })
      await decided(outbox, [
        noticeOf(B, ann, { decidedAtMs: T0 + 1 }),
        noticeOf(A, ann),
        webhook,
        noticeOf('late', ann, { decidedAtMs: T0 - 5 }),
      ])
      expect(await openIds(outbox)).toEqual([`${A} webhook`, `${A} mail`, `${B} mail`])
      const ended = closed(alertOf({ id: B, key: 'genre:rock' }), 30)
      await writeAlerts(store, [ended, alertOf({ id: 'late' })])
      expect(await openIds(outbox)).toEqual(['late mail', `${A} webhook`, `${A} mail`, `${B} mail`])
      expect((await outbox.openNotices()).at(-1)?.alert).toEqual(ended)
    }))
}

function carrying(target: StoreUnderTest): void {
  it('[N88] carries a notice with one message, however many try', () =>
    withStore(target, async store => {
      const { outbox } = store
      const ann = await ready(store)
      const [a, b] = [noticeOf(A, ann), noticeOf(B, ann)]
      await decided(outbox, [a, b])
      expect(await outbox.carry(letterTo(ann, 'one'), [a])).toBe(true)
      expect(await outbox.carry(letterTo(ann, 'one'), [a])).toBe(true)
      expect(await outbox.carry(letterTo(ann, 'two'), [a])).toBe(false)
      expect(await outbox.carry(letterTo(ann, 'two'), [b, a])).toBe(false)
      expect(await outbox.carry(letterTo(ann, 'one'), [a, b])).toBe(false)
      expect(await outbox.carry(letterTo(ann, 'one'), [b])).toBe(false)
      expect(await openIds(outbox)).toEqual([`${B} mail`])
      expect(keysOf(await outbox.messages(10))).toEqual(['one'])
      await decided(outbox, [a, b])
      expect(await openIds(outbox)).toEqual([`${B} mail`])
    }))

  it('[N88] carries nothing that was not decided, or was suppressed', () =>
    withStore(target, async store => {
      const { outbox } = store
      const ann = await ready(store)
      const [a, b] = [noticeOf(A, ann), noticeOf(B, ann)]
      const suppressed = [{ ...b, reason: 'snoozed' } as const]
      await outbox.decide({ notices: [a], suppressed, progress: progress(1) })
      expect(await outbox.carry(letterTo(ann, 'one'), [a, b])).toBe(false)
      expect(await outbox.carry(letterTo(ann, 'one'), [a, noticeOf('other', ann)])).toBe(false)
      expect(await outbox.carry(letterTo(ann, 'one'), [noticeOf(A, ann, { channel: 'webhook' })])).toBe(false)
      expect(await outbox.messages(10)).toEqual([])
      expect(await openIds(outbox)).toEqual([`${A} mail`])
    }))

  it('[N88] lets one of many carriers of overlapping notices win each of them', () =>
    withStore(target, async store => {
      const { outbox } = store
      const ann = await ready(store)
      const ids = Array.from({ length: 6 }, (_, i) => `alert-${i}`)
      await writeAlerts(
        store,
        ids.map(id => alertOf({ id })),
      )
      await decided(
        outbox,
        ids.map(id => noticeOf(id, ann)),
      )
      const carriers = ids.flatMap((id, i) => [
        { key: `one ${i}`, ids: [id] },
        { key: `pair ${i}`, ids: [ids[(i + 1) % ids.length]!, id] },
        { key: `triple ${i}`, ids: [id, ids[(i + 2) % ids.length]!, ids[(i + 3) % ids.length]!] },
      ])
      const won = await Promise.all(
        carriers.map(async carrier => {
          const notices = carrier.ids.map(id => noticeOf(id, ann))
          return (await outbox.carry(letterTo(ann, carrier.key), notices)) ? carrier : null
        }),
      )
      const winners = won.filter(carrier => carrier !== null)
      const carried = winners.flatMap(carrier => carrier.ids)
      expect(new Set(carried).size).toBe(carried.length)
      expect(keysOf(await outbox.messages(100)).sort()).toEqual(winners.map(w => w.key).sort())
      const open = (await outbox.openNotices()).map(notice => notice.alertId)
      expect([...open, ...carried].sort()).toEqual(ids)
    }))

  it('[N88] tells which alerts that somebody was told of closed, and when they heard last', () =>
    withStore(target, async store => {
      const { outbox } = store
      const ann = await ready(store)
      await decided(outbox, [noticeOf(A, ann), noticeOf(B, ann)])
      await outbox.carry(letterTo(ann, 'one'), [noticeOf(A, ann)])
      const ended = closed(alertOf({ id: A }), 30)
      await writeAlerts(store, [ended, closed(alertOf({ id: B }), 30)])
      expect(await outbox.closedFor(ann, T0, T0 + HOUR_MS)).toEqual([ended])
      expect(await outbox.closedFor(ann, T0, T0 + 30 * MINUTE_MS)).toEqual([])
      expect(await outbox.closedFor(WEBHOOK_SUBSCRIBER, T0, T0 + HOUR_MS)).toEqual([])

      expect(await outbox.lastDigestMs(ann)).toBeNull()
      const digest = { kind: 'digest', opened: [], closed: [ended] } as const
      const later = letterTo(ann, 'digest', { content: digest, dueAtMs: T0 + HOUR_MS })
      expect(await outbox.carry(later, [])).toBe(true)
      expect(await outbox.carry(later, [])).toBe(true)
      await outbox.post([messageOf('operator')])
      expect(await outbox.lastDigestMs(ann)).toBe(T0 + HOUR_MS)
      expect(await outbox.postedTo(ann, T0, T0 + HOUR_MS)).toEqual({ alert: 1, digest: 0 })
      expect(await outbox.postedTo(ann, T0 + 1, T0 + 2 * HOUR_MS)).toEqual({ alert: 0, digest: 1 })
    }))
}

function sending(target: StoreUnderTest): void {
  it('[N89] posts a message once, as it was first', () =>
    withStore(target, async ({ outbox }) => {
      const message = messageOf('one')
      await outbox.post([message, message])
      await outbox.post([{ ...message, recipient: 'other@example.com', dueAtMs: T0 + 5 }])
      const posted = {
        ...message,
        state: 'waiting',
        attempts: 0,
        postedAtMs: T0,
        settledAtMs: null,
        lastError: null,
      }
      expect(await outbox.messages(10)).toEqual([posted])
      expect(await claimAll(outbox, T0)).toEqual([{ ...posted, state: 'sending', attempts: 1 }])
    }))

  it('[N89] hands out what is due, oldest first, by channel, and again when the hold is over', () =>
    withStore(target, async ({ outbox }) => {
      await outbox.post([
        messageOf('late', { dueAtMs: T0 + 2 }),
        messageOf('early', { dueAtMs: T0 + 1 }),
        messageOf('hook', { channel: 'webhook' }),
        messageOf('tomorrow', { dueAtMs: T0 + 24 * HOUR_MS }),
      ])
      expect(await claimAll(outbox, T0)).toEqual([])
      expect(keysOf(await claimAll(outbox, T0 + 2, 1))).toEqual(['early'])
      expect(keysOf(await claimAll(outbox, T0 + 2))).toEqual(['late'])
      expect(keysOf(await outbox.claim('webhook', T0, HOLD_MS, 10))).toEqual(['hook'])
      expect(await claimAll(outbox, T0 + 1 + HOLD_MS)).toEqual([])
      const again = await claimAll(outbox, T0 + 2 + HOLD_MS)
      expect(again.map(m => `${m.dedupeKey} ${m.attempts}`)).toEqual(['early 2', 'late 2'])
      expect(await outbox.counts(T0)).toEqual({ waiting: 1, sending: 3, failed: 0, sentSince: 0 })
    }))

  it('[N89] gives a message to one of many who claim at once', () =>
    withStore(target, async ({ outbox }) => {
      const keys = Array.from({ length: 40 }, (_, i) => `m${i}`)
      await outbox.post(keys.map(key => messageOf(key)))
      const claimed = await Promise.all(Array.from({ length: 12 }, () => claimAll(outbox, T0, 5)))
      const rest = await claimAll(outbox, T0)
      expect(keysOf([...claimed.flat(), ...rest]).sort()).toEqual(keys.sort())
    }))

  it('[N89] settles a message once', () =>
    withStore(target, async ({ outbox }) => {
      const [sent, failed, dropped, waiting] = ['sent', 'failed', 'dropped', 'waiting'].map(key =>
        messageOf(key),
      )
      await outbox.post([sent!, failed!, dropped!, waiting!])
      await outbox.postpone(waiting!.id, T0 + HOUR_MS, 'it is in nobody’s hands')
      await claimAll(outbox, T0)
      await outbox.sent(sent!.id, T0 + 1)
      await outbox.sent(sent!.id, T0 + 9)
      await outbox.giveUp(failed!.id, 'failed', '550 no\0\ud800', T0 + 2)
      await outbox.giveUp(dropped!.id, 'dropped', 'unwanted', T0 + 3)
      await outbox.postpone(waiting!.id, T0 + HOUR_MS, '451 later')
      for (const { id } of [sent!, failed!, dropped!]) {
        await outbox.postpone(id, T0, 'again')
        await outbox.giveUp(id, 'failed', 'again', T0 + 4)
      }
      const stand = new Map((await outbox.messages(10)).map(m => [m.dedupeKey, m]))
      expect(stand.get('sent')).toMatchObject({ state: 'sent', settledAtMs: T0 + 1, lastError: null })
      expect(stand.get('failed')).toMatchObject({ state: 'failed', settledAtMs: T0 + 2 })
      expect(stand.get('failed')?.lastError).toMatch(/^550 no/)
      expect(stand.get('dropped')).toMatchObject({ state: 'dropped', lastError: 'unwanted' })
      expect(stand.get('waiting')).toMatchObject({
        state: 'waiting',
        dueAtMs: T0 + HOUR_MS,
        postedAtMs: T0,
        lastError: '451 later',
      })
      expect(await claimAll(outbox, T0 + HOLD_MS)).toEqual([])
      expect(await outbox.counts(T0 + 1)).toEqual({ waiting: 1, sending: 0, failed: 1, sentSince: 1 })
      expect(await outbox.counts(T0 + 2)).toMatchObject({ sentSince: 0 })
      expect(await outbox.retryFailed(T0 + HOUR_MS)).toBe(1)
      expect(await outbox.retryFailed(T0 + HOUR_MS)).toBe(0)
      const again = await claimAll(outbox, T0 + HOUR_MS)
      expect(again.map(m => `${m.dedupeKey} ${m.attempts}`).sort()).toEqual(['failed 1', 'waiting 2'])
    }))

  it('[N99] counts what got out and what did not, and what has been on its way for long', () =>
    withStore(target, async store => {
      const { outbox } = store
      const ann = await ready(store)
      const keys = ['sent', 'old', 'failed', 'bounced confirm', 'late', 'fresh', 'hook']
      const confirm = { kind: 'confirm' } as const
      await outbox.post(
        keys.map(key => {
          const over = key === 'fresh' ? { dueAtMs: T0 + HOUR_MS } : {}
          const hook = key === 'hook' ? { channel: 'webhook' as const } : {}
          return letterTo(ann, key, {
            ...over,
            ...hook,
            ...(key.endsWith('confirm') ? { content: confirm } : {}),
          })
        }),
      )
      const idOf = (key: string) => messageOf(key).id
      await claimAll(outbox, T0)
      await outbox.sent(idOf('old'), T0)
      await outbox.sent(idOf('sent'), T0 + 1)
      await outbox.giveUp(idOf('failed'), 'failed', '550', T0 + 1)
      await outbox.giveUp(idOf('bounced confirm'), 'failed', '550', T0 + 1)
      await outbox.giveUp(idOf('hook'), 'failed', '410', T0 + 1)
      await outbox.postpone(idOf('late'), T0 + HOUR_MS, '451')
      expect(await outbox.failures(T0 + 1, T0 + 1)).toEqual({ sent: 1, failed: 1, overdue: 1 })
      expect(await outbox.failures(T0, T0)).toEqual({ sent: 2, failed: 1, overdue: 0 })
      await outbox.forgetBodies(T0 + 9)
      expect(await outbox.failures(T0, T0 + DAY_MS)).toEqual({ sent: 2, failed: 1, overdue: 1 })
    }))

  it('[N89] lists the newest first', () =>
    withStore(target, async ({ outbox }) => {
      await outbox.post(['a', 'b', 'c'].map((key, i) => messageOf(key, { dueAtMs: T0 + i })))
      expect(keysOf(await outbox.messages(2))).toEqual(['c', 'b'])
    }))
}

function peopleWhoLeave(target: StoreUnderTest): void {
  it('[N90] tells nothing more to whoever unsubscribed, and keeps no address', () =>
    withStore(target, async store => {
      const { outbox, subscribers } = store
      const ann = await ready(store)
      const bob = await ready(store, 'bob@example.com')
      const to = (id: string, key: string) => letterTo(id, key, { recipient: `${key}@example.com` })
      await decided(outbox, [noticeOf(A, ann), noticeOf(B, ann), noticeOf(A, bob)])
      await outbox.carry(to(ann, 'carried'), [noticeOf(A, ann)])
      await outbox.post([to(ann, 'sent'), to(ann, 'failed'), to(ann, 'sending'), to(bob, 'bob')])
      const claimed = await claimAll(outbox, T0)
      const idOf = (key: string) => claimed.find(m => m.dedupeKey === key)!.id
      await outbox.sent(idOf('sent'), T0)
      await outbox.giveUp(idOf('failed'), 'failed', '550 no ann@example.com', T0)
      await outbox.postpone(idOf('carried'), T0, '451 ann@example.com later')

      await subscribers.unsubscribe(ann, T0 + 1)
      const after = (await outbox.messages(10)).map(m => `${m.dedupeKey} ${m.state} ${m.recipient}`)
      expect(after.sort()).toEqual([
        'bob sending bob@example.com',
        'carried dropped ',
        'failed dropped ',
        'sending dropped ',
        'sent sent ',
      ])
      expect((await outbox.messages(10)).map(m => m.lastError)).toEqual(Array(5).fill(null))
      expect((await outbox.openNotices()).map(n => n.subscriberId)).toEqual([bob])
      expect(await outbox.retryFailed(T0)).toBe(0)
      await outbox.postpone(idOf('sending'), T0, '451')
      await decided(outbox, [noticeOf('late', ann)], 2)
      await writeAlerts(store, [alertOf({ id: 'late' })])
      expect(await outbox.carry(letterTo(ann, 'late'), [noticeOf('late', ann)])).toBe(false)
      await outbox.post([letterTo(ann, 'later')])
      expect(await outbox.messages(10)).toHaveLength(after.length)
      expect((await outbox.openNotices()).map(n => n.subscriberId)).toEqual([bob])
      expect(keysOf(await claimAll(outbox, T0 + HOLD_MS))).toEqual(['bob'])
    }))

  it('[N90] keeps no address of a request that nobody confirmed', () =>
    withStore(target, async ({ outbox, subscribers }) => {
      const { id } = await subscribers.request('ann@example.com', WISHES, T0)
      await outbox.post([letterTo(id, 'confirm', { content: { kind: 'confirm' } })])
      await subscribers.forgetUnconfirmed(T0 + 1)
      expect((await outbox.messages(1))[0]).toMatchObject({ recipient: '', state: 'dropped' })
    }))

  it('[N90] leaves nothing open where people leave while they are told', () =>
    withStore(target, async store => {
      const { outbox, subscribers } = store
      await ready(store)
      const people = Array.from({ length: 8 }, (_, i) => `p${i}@example.com`)
      for (const email of people) await subscribers.add(email, WISHES, T0)
      const all = (await subscribers.subscribers()).filter(s => people.includes(s.email))
      await decided(
        outbox,
        all.map(({ id }) => noticeOf(A, id)),
      )
      await Promise.all(
        all.flatMap(({ id, email }) => [
          outbox.carry(letterTo(id, `to ${id}`, { recipient: email }), [noticeOf(A, id)]),
          subscribers.unsubscribe(id, T0 + 1),
          outbox.post([letterTo(id, `other ${id}`, { recipient: email })]),
        ]),
      )
      expect(await outbox.openNotices()).toEqual([])
      expect((await outbox.messages(100)).filter(m => m.recipient !== '' || m.state !== 'dropped')).toEqual(
        [],
      )
    }))

  it('[N85] forgives refusals once something arrived', () =>
    withStore(target, async store => {
      const { outbox, subscribers } = store
      const ann = await ready(store)
      const message = letterTo(ann, 'one')
      await outbox.post([message])
      for (const at of [1, 2]) await subscribers.bounced(ann, T0 + at)
      await outbox.sent(message.id, T0 + 3)
      for (const at of [4, 5]) await subscribers.bounced(ann, T0 + at)
      expect((await subscribers.find(ann))?.state).toBe('active')
      await subscribers.bounced(ann, T0 + 6)
      expect((await subscribers.find(ann))?.state).toBe('suppressed')
    }))
}

function forgetting(target: StoreUnderTest): void {
  it('[N95] forgets the bodies and addresses of what was settled before, and posts none of it again', () =>
    withStore(target, async store => {
      const { outbox } = store
      const ann = await ready(store)
      const keys = ['sent', 'failed', 'dropped', 'late', 'waiting']
      await decided(outbox, [noticeOf(A, ann)])
      const [sent, failed, dropped, late, waiting] = keys.map(key => letterTo(ann, key))
      expect(await outbox.carry(sent!, [noticeOf(A, ann)])).toBe(true)
      await outbox.post([failed!, dropped!, late!, waiting!])
      await claimAll(outbox, T0)
      await outbox.sent(sent!.id, T0 + 1)
      await outbox.giveUp(failed!.id, 'failed', '550 no', T0 + 1)
      await outbox.giveUp(dropped!.id, 'dropped', 'unwanted', T0 + 1)
      await outbox.sent(late!.id, T0 + 5)
      expect(await outbox.forgetBodies(T0 + 1)).toBe(0)
      expect(await outbox.forgetBodies(T0 + 2)).toBe(3)
      expect(await outbox.forgetBodies(T0 + 2)).toBe(0)
      expect(keysOf(await outbox.messages(10)).sort()).toEqual(['late', 'waiting'])
      expect(await outbox.counts(T0)).toMatchObject({ failed: 0, sending: 1, sentSince: 2 })
      expect(await outbox.retryFailed(T0 + 9)).toBe(0)
      // All of it comes again: the alert, its notice, and every message.
      await decided(outbox, [noticeOf(A, ann, { decidedAtMs: T0 + 9 })])
      expect(await openIds(outbox)).toEqual([])
      expect(await outbox.carry(letterTo(ann, 'other'), [noticeOf(A, ann)])).toBe(false)
      expect(await outbox.carry(sent!, [noticeOf(A, ann)])).toBe(true)
      await outbox.post([sent!, failed!, dropped!, late!])
      expect(keysOf(await claimAll(outbox, T0 + HOLD_MS))).toEqual(['waiting'])
      expect((await outbox.decidedOn(A))[0]?.messageState).toBe('sent')
      expect(await outbox.lastDigestMs(ann)).toBeNull()
      expect(await outbox.postedTo(ann, T0, T0 + 1)).toEqual({ alert: 5, digest: 0 })
    }))

  it('[N96] forgets who was told of alerts that ended before, but of none that is open or waits', () =>
    withStore(target, async store => {
      const { outbox } = store
      const ann = await ready(store)
      const alerts = ['ended', 'open', 'lately', 'unknown', 'uncarried', 'muted']
      const ends: Readonly<Record<string, number | null>> = {
        ...{ ended: 1, lately: 60, open: null },
        muted: 1,
      }
      for (const id of alerts.filter(id => id !== 'unknown')) {
        const alert = alertOf({ id, key: `genre:${id}` })
        const minutes = id === 'uncarried' ? 1 : (ends[id] ?? null)
        await writeAlerts(store, [minutes === null ? alert : closed(alert, minutes)])
      }
      const carried = ['ended', 'open', 'lately', 'unknown']
      await outbox.decide({
        notices: [...carried, 'uncarried'].map(id => noticeOf(id, ann)),
        suppressed: [{ ...noticeOf('muted', ann), reason: 'muted' }],
        progress: progress(1),
      })
      for (const id of carried) expect(await outbox.carry(letterTo(ann, id), [noticeOf(id, ann)])).toBe(true)
      const operator = messageOf('operator')
      await outbox.post([operator])
      for (const { id } of await claimAll(outbox, T0)) await outbox.sent(id, T0 + 1)
      const beforeMs = T0 + 30 * MINUTE_MS
      await outbox.forgetBodies(beforeMs)
      expect(await outbox.forgetDecisions(T0)).toBe(0)
      // Two notices and a suppression; two letters and the operator's.
      expect(await outbox.forgetDecisions(beforeMs)).toBe(6)
      expect(await outbox.forgetDecisions(beforeMs)).toBe(0)
      const known = []
      for (const id of alerts) if ((await outbox.decidedOn(id)).length > 0) known.push(id)
      expect(known).toEqual(['open', 'lately', 'uncarried'])
      await decided(
        outbox,
        alerts.map(id => noticeOf(id, ann)),
      )
      expect((await openIds(outbox)).sort()).toEqual(['ended mail', 'muted mail', 'uncarried mail'])
    }))
}

export function outboxContract(target: StoreUnderTest): void {
  describe('Outbox', () => {
    deciding(target)
    carrying(target)
    sending(target)
    peopleWhoLeave(target)
    forgetting(target)
  })
}
