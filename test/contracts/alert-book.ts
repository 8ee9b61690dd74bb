// What every alert book and list of global mutes keeps to, the fake and the real one.
import { describe, expect, it } from 'vitest'
import type { AlertQuery } from '../../infra/ports.ts'
import type { Alert } from '../../schemas/alerts.ts'
import { HOUR_MS, MINUTE_MS } from '../../schemas/time.ts'
import { alertOf, closed } from '../support/delivery.ts'
import { T0 } from '../support/sales.ts'
import { type AnyStore, type StoreUnderTest, withStore } from './store.ts'

const ALL: AlertQuery = {
  fromMs: null,
  toMs: null,
  key: null,
  minSeverity: 'info',
  openOnly: false,
  limit: 1_000,
}

/** What the store-writer does. */
export function writeAlerts(store: AnyStore, alerts: readonly Alert[], offset = 1): Promise<void> {
  return store.write({
    alerts,
    progress: { stage: 'store-writer', topic: 'alerts', partition: 0, offset },
  })
}

const hostile = alertOf({
  id: 'b2',
  key: `tag:${'𝐺\u202e<img src=x onerror=alert(1)>'.repeat(300)}`,
  topReleases: [
    {
      url: 'https://a.bandcamp.com/album/x',
      artistName: '\u0000\ud800\u202e"\'\\\r\n{}',
      title: '肉'.repeat(10_000),
      artUrl: null,
      purchases: 1,
      share: 1e-7,
    },
  ],
})

export function alertBookContract(target: StoreUnderTest): void {
  describe('AlertBook', () => {
    it('[S26] keeps the highest revision of an alert, whatever the order, however often', () =>
      withStore(target, async store => {
        const opened = alertOf()
        const updated = alertOf({ revision: 1, state: 'updated', severity: 'major', score: 9 })
        const ended = closed(updated, 90)
        expect(await store.alertBook.alert(opened.id)).toBeNull()
        await writeAlerts(store, [opened, updated])
        await writeAlerts(store, [opened])
        expect(await store.alertBook.alert(opened.id)).toEqual(updated)
        await writeAlerts(store, [ended, opened, updated])
        await writeAlerts(store, [ended, opened, updated])
        expect(await store.alertBook.alerts(ALL)).toEqual([ended])
        expect(await store.progress('store-writer', 'alerts', 0)).toBe(1)
      }))

    it('[S26] does not hold the watermark back by alerts, which tell none', () =>
      withStore(target, async store => {
        const windows = { stage: 'store-writer', topic: 'windows', partition: 0, offset: 1 } as const
        await store.write({ progress: windows, watermarkMs: T0 })
        await writeAlerts(store, [alertOf()])
        const progress = { stage: 'alert-mailer', partition: 0, offset: 1 }
        await store.outbox.decide({ notices: [], suppressed: [], progress })
        expect((await store.extent()).watermarkMs).toBe(T0)
      }))

    it('[S26] gives a record back to the byte, hostile as its texts may be', () =>
      withStore(target, async store => {
        await writeAlerts(store, [hostile])
        expect(JSON.stringify(await store.alertBook.alert('b2'))).toBe(JSON.stringify(hostile))
        expect(await store.alertBook.alerts({ ...ALL, key: hostile.key })).toHaveLength(1)
      }))

    it('[S26] finds alerts by opening, key, severity, kind and whether they are open, newest first', () =>
      withStore(target, async store => {
        const at = (hours: number) => ({ openedAtMs: T0 + hours * HOUR_MS })
        const one = alertOf({ id: 'a', severity: 'info' })
        const two = alertOf({ id: 'b', ...at(1), key: 'country:de' })
        const three = alertOf({ id: 'c', ...at(1), severity: 'major', alertKind: 'emerging' })
        await writeAlerts(store, [three, one, two, closed(two, 30)])
        const ids = async (over: Partial<AlertQuery>) =>
          (await store.alertBook.alerts({ ...ALL, ...over })).map(alert => alert.id).join()
        expect(await ids({})).toBe('b,c,a')
        expect(await ids({ limit: 2 })).toBe('b,c')
        expect(await ids({ fromMs: T0 + HOUR_MS })).toBe('b,c')
        expect(await ids({ toMs: T0 + HOUR_MS })).toBe('a')
        expect(await ids({ fromMs: T0, toMs: T0 })).toBe('')
        expect(await ids({ key: 'country:de' })).toBe('b')
        expect(await ids({ minSeverity: 'notable' })).toBe('b,c')
        expect(await ids({ minSeverity: 'major' })).toBe('c')
        expect(await ids({ openOnly: true })).toBe('c,a')
        expect(await ids({ kinds: ['emerging'] })).toBe('c')
        expect(await ids({ kinds: ['emerging', 'rise'], limit: 2 })).toBe('b,c')
        expect(await ids({ kinds: ['drop'] })).toBe('')
      }))
  })

  describe('GlobalMutes', () => {
    it('[N81] mutes a key until its end, again with another end, or not at all', () =>
      withStore(target, async ({ globalMutes }) => {
        const long = `tag:${'x'.repeat(5_000)}`
        await globalMutes.muteForAll({ key: 'genre:techno', untilMs: T0 + HOUR_MS })
        await globalMutes.muteForAll({ key: long, untilMs: T0 + MINUTE_MS })
        const techno = { key: 'genre:techno', untilMs: T0 + HOUR_MS }
        expect(await globalMutes.mutes(T0)).toEqual([techno, { key: long, untilMs: T0 + MINUTE_MS }])
        expect(await globalMutes.mutes(T0 + MINUTE_MS)).toEqual([techno])
        await globalMutes.muteForAll({ key: 'genre:techno', untilMs: T0 + 2 * MINUTE_MS })
        expect(await globalMutes.mutes(T0 + 2 * MINUTE_MS)).toEqual([])
        await globalMutes.muteForAll({ key: 'genre:techno', untilMs: T0 + HOUR_MS })
        await globalMutes.muteForAll({ key: 'genre:techno', untilMs: 0 })
        expect(await globalMutes.mutes(T0)).toEqual([{ key: long, untilMs: T0 + MINUTE_MS }])
      }))
  })
}
