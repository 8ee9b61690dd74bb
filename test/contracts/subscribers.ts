// What every list of subscribers keeps to, the fake and the real one.
import { describe, expect, it } from 'vitest'
import { MAX_MUTES, type Wishes } from '../../schemas/subscriptions.ts'
import { HOUR_MS } from '../../schemas/time.ts'
import { WISHES } from '../support/delivery.ts'
import { T0 } from '../support/sales.ts'
import { type AnyStore, type StoreUnderTest, withStore } from './store.ts'

const ANN = 'ann@example.com'
const OTHER: Wishes = { alerts: null, report: true, zone: 'UTC' }
const NOBODY = '11111111-2222-4333-8444-555555555555'
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

async function active(store: AnyStore, email = ANN): Promise<string> {
  const { id } = await store.subscribers.request(email, WISHES, T0)
  await store.subscribers.confirm(id, T0 + 1)
  return id
}

function askingAndConfirming(target: StoreUnderTest): void {
  it('[N82] is pending until confirmed, and active then', () =>
    withStore(target, async ({ subscribers }) => {
      const asked = await subscribers.request(ANN, WISHES, T0)
      expect(asked).toEqual({
        id: expect.stringMatching(UUID),
        email: ANN,
        state: 'pending',
        wishes: WISHES,
        requestedAtMs: T0,
        confirmedAtMs: null,
        snoozedUntilMs: null,
        mutes: [],
      })
      const confirmed = { ...asked, state: 'active', confirmedAtMs: T0 + 5 }
      expect(await subscribers.confirm(asked.id, T0 + 5)).toEqual(confirmed)
      expect(await subscribers.confirm(asked.id, T0 + 9)).toEqual(confirmed)
      expect(await subscribers.find(asked.id)).toEqual(confirmed)
      expect(await subscribers.subscribers()).toEqual([confirmed])
    }))

  it('[N82] takes new wishes while pending, and none from the form once active', () =>
    withStore(target, async ({ subscribers }) => {
      const first = await subscribers.request(ANN, WISHES, T0)
      const second = await subscribers.request(ANN, OTHER, T0 + 5)
      expect(second).toEqual({ ...first, wishes: OTHER, requestedAtMs: T0 + 5 })
      const confirmed = await subscribers.confirm(first.id, T0 + 6)
      expect(await subscribers.request(ANN, WISHES, T0 + 7)).toEqual(confirmed)
    }))

  it('[N82] makes one subscriber of requests that come together', () =>
    withStore(target, async ({ subscribers }) => {
      const asked = await Promise.all([1, 2, 3, 4].map(n => subscribers.request(ANN, WISHES, T0 + n)))
      expect(new Set(asked.map(({ id }) => id)).size).toBe(1)
      expect(await subscribers.subscribers()).toHaveLength(1)
    }))

  it('[N82] knows nobody where there is nobody', () =>
    withStore(target, async ({ subscribers }) => {
      for (const id of [NOBODY, 'no id', '']) {
        expect(await subscribers.find(id)).toBeNull()
        expect(await subscribers.confirm(id, T0)).toBeNull()
        expect(await subscribers.change(id, OTHER)).toBe(false)
        expect(await subscribers.snooze(id, T0)).toBe(false)
        expect(await subscribers.mute(id, { key: 'all', untilMs: T0 })).toBe(false)
        await subscribers.unsubscribe(id, T0)
        await subscribers.bounced(id, T0)
      }
      expect(await subscribers.remove(ANN, T0)).toBe(false)
      expect(await subscribers.subscribers()).toEqual([])
    }))

  it('[N82] forgets requests that nobody confirmed in time, and nothing else', () =>
    withStore(target, async store => {
      const { subscribers } = store
      await active(store, 'active@example.com')
      await subscribers.request('old@example.com', WISHES, T0)
      await subscribers.request('new@example.com', WISHES, T0 + 2)
      expect(await subscribers.forgetUnconfirmed(T0 + 2)).toBe(1)
      expect((await subscribers.subscribers()).map(s => s.email)).toEqual([
        'active@example.com',
        'new@example.com',
      ])
      expect(await subscribers.add('old@example.com', WISHES, T0)).toBe('added')
    }))
}

function choosing(target: StoreUnderTest): void {
  it('[N83] changes wishes, sleeps and wakes', () =>
    withStore(target, async store => {
      const { subscribers } = store
      const id = await active(store)
      expect(await subscribers.change(id, OTHER)).toBe(true)
      expect(await subscribers.snooze(id, T0 + HOUR_MS)).toBe(true)
      expect(await subscribers.find(id)).toMatchObject({ wishes: OTHER, snoozedUntilMs: T0 + HOUR_MS })
      expect(await subscribers.snooze(id, null)).toBe(true)
      expect(await subscribers.find(id)).toMatchObject({ snoozedUntilMs: null, state: 'active' })
    }))

  it('[N83] keeps one end for each muted key, and the latest of too many', () =>
    withStore(target, async store => {
      const { subscribers } = store
      const id = await active(store)
      const mutes = async () => (await subscribers.find(id))?.mutes
      await subscribers.mute(id, { key: 'genre:techno', untilMs: T0 + 9 })
      await subscribers.mute(id, { key: 'genre:techno', untilMs: T0 + 5 })
      await subscribers.mute(id, { key: 'tag:\u202e"\\', untilMs: T0 + 7 })
      expect(await mutes()).toEqual([
        { key: 'tag:\u202e"\\', untilMs: T0 + 7 },
        { key: 'genre:techno', untilMs: T0 + 5 },
      ])
      const many = Array.from({ length: MAX_MUTES }, (_, i) => ({ key: `tag:${i}`, untilMs: T0 + 100 + i }))
      for (const mute of many) await subscribers.mute(id, mute)
      expect(await mutes()).toEqual(many.reverse())
    }))

  it('[N83] loses none of two mutes that come together', () =>
    withStore(target, async store => {
      const id = await active(store)
      const keys = ['tag:a', 'tag:b', 'tag:c', 'tag:d']
      await Promise.all(keys.map(key => store.subscribers.mute(id, { key, untilMs: T0 })))
      expect((await store.subscribers.find(id))?.mutes.map(({ key }) => key).sort()).toEqual(keys)
    }))
}

function leaving(target: StoreUnderTest): void {
  it('[N84] never adds an address that unsubscribed, until its owner confirms again', () =>
    withStore(target, async store => {
      const { subscribers } = store
      const id = await active(store)
      await subscribers.unsubscribe(id, T0 + 2)
      await subscribers.unsubscribe(id, T0 + 3)
      expect(await subscribers.find(id)).toBeNull()
      expect(await subscribers.confirm(id, T0 + 3)).toBeNull()
      expect(await subscribers.add(ANN, WISHES, T0 + 4)).toBe('unsubscribed-before')
      expect(await subscribers.subscribers()).toEqual([])

      const again = await subscribers.request(ANN, OTHER, T0 + 5)
      expect(again).toMatchObject({ state: 'pending', wishes: OTHER })
      expect(await subscribers.add(ANN, WISHES, T0 + 6)).toBe('unsubscribed-before')
      expect(await subscribers.find(again.id)).toEqual(again)
      await subscribers.confirm(again.id, T0 + 7)
      expect(await subscribers.add(ANN, WISHES, T0 + 8)).toBe('changed')
    }))

  it('[N84] adds for the operator, at once; removes by address', () =>
    withStore(target, async ({ subscribers }) => {
      expect(await subscribers.add(ANN, WISHES, T0)).toBe('added')
      const [added] = await subscribers.subscribers()
      expect(added).toMatchObject({ email: ANN, state: 'active', requestedAtMs: T0, confirmedAtMs: T0 })
      expect(await subscribers.add(ANN, OTHER, T0 + 1)).toBe('changed')
      expect(await subscribers.subscribers()).toEqual([{ ...added, wishes: OTHER }])
      expect(await subscribers.remove(ANN, T0 + 2)).toBe(true)
      expect(await subscribers.remove(ANN, T0 + 2)).toBe(false)
      expect(await subscribers.add(ANN, WISHES, T0 + 3)).toBe('unsubscribed-before')
    }))

  it('[N84] lets the operator confirm for somebody who asked', () =>
    withStore(target, async ({ subscribers }) => {
      const { id } = await subscribers.request(ANN, OTHER, T0)
      expect(await subscribers.add(ANN, WISHES, T0 + 1)).toBe('changed')
      expect(await subscribers.find(id)).toMatchObject({
        state: 'active',
        wishes: WISHES,
        confirmedAtMs: T0 + 1,
      })
    }))

  it('[N85] sends nothing more after three refusals, until the address is confirmed', () =>
    withStore(target, async store => {
      const { subscribers } = store
      const id = await active(store)
      const state = async () => (await subscribers.find(id))?.state
      for (const at of [1, 2]) await subscribers.bounced(id, T0 + at)
      expect(await state()).toBe('active')
      await subscribers.bounced(id, T0 + 3)
      expect(await state()).toBe('suppressed')
      expect(await subscribers.request(ANN, OTHER, T0 + 4)).toMatchObject({
        state: 'suppressed',
        wishes: WISHES,
      })
      await subscribers.confirm(id, T0 + 5)
      for (const at of [6, 7]) await subscribers.bounced(id, T0 + at)
      expect(await state()).toBe('active')
    }))

  it('[N85] leaves a request that bounces to be forgotten', () =>
    withStore(target, async ({ subscribers }) => {
      const { id } = await subscribers.request(ANN, WISHES, T0)
      for (const at of [1, 2, 3]) await subscribers.bounced(id, T0 + at)
      expect((await subscribers.find(id))?.state).toBe('pending')
    }))
}

export function subscribersContract(target: StoreUnderTest): void {
  describe('Subscribers', () => {
    askingAndConfirming(target)
    choosing(target)
    leaving(target)
    it('[N86] signs links with one secret for ever', () =>
      withStore(target, async ({ subscribers }) => {
        const secrets = await Promise.all([1, 2, 3, 4].map(() => subscribers.linkSecret()))
        expect(secrets[0]).toHaveLength(32)
        expect(new Set(secrets[0]).size).toBeGreaterThan(8)
        const again = [...secrets, await subscribers.linkSecret()].map(s => Buffer.from(s).toString('hex'))
        expect(new Set(again).size).toBe(1)
      }))
  })
}
