// What every History says of a stretch all at once: equality with the slow and obvious computation.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TooWideError } from '../../infra/ports.ts'
import { NO_FILTER } from '../../schemas/history.ts'
import { DAY_MS, floorTo, HOUR_MS, MINUTE_MS } from '../../schemas/time.ts'
import { createFakeStore } from '../fakes/store.ts'
import { windowsOf } from '../support/history.ts'
import { item, sale, T0 } from '../support/sales.ts'
import { fill, someSales } from './history.ts'
import { at, type StoreUnderTest } from './store.ts'

const HOURLY = { bucketMs: HOUR_MS, leaders: 5 } as const
const day = { fromMs: floorTo(T0, DAY_MS) - 2 * DAY_MS, toMs: floorTo(T0, DAY_MS) - DAY_MS, ...HOURLY }

/** Begins on a bucket, ends anywhere. */
const arbQuery = fc
  .record({
    bucketMs: fc.constantFrom(15 * MINUTE_MS, 30 * MINUTE_MS, HOUR_MS),
    beginsAgo: fc.integer({ min: 0, max: 5 * DAY_MS }),
    lengthMs: fc.oneof(
      fc.integer({ min: 0, max: DAY_MS }),
      fc.constantFrom(23, 24, 25).map(h => h * HOUR_MS),
    ),
    leaders: fc.integer({ min: 0, max: 12 }),
  })
  .map(({ bucketMs, beginsAgo, lengthMs, leaders }) => {
    const fromMs = floorTo(T0 - beginsAgo, bucketMs)
    return { fromMs, toMs: fromMs + lengthMs, bucketMs, leaders }
  })

export function breakdownContract(target: StoreUnderTest): void {
  describe('History: everything about a stretch', () => {
    it('[S27] is what single sales add up to, whatever came too late for its window', async () => {
      const sales = someSales(500, 5, 7)
      const store = await target.open()
      const plain = createFakeStore()
      const inTime = sales.filter((_, i) => i % 4 !== 0)
      for (const each of [store, plain]) {
        await each.write({ sales, watermarkMs: T0, progress: at(1) })
        const windows = windowsOf(inTime, T0)
        await each.write({ windows, watermarkMs: T0, progress: { ...at(1), topic: 'windows' } })
      }
      await fc.assert(
        fc.asyncProperty(arbQuery, async query => {
          const { tooLate: _, ...found } = await store.breakdown(query)
          const { tooLate: __, ...expected } = await plain.breakdown(query)
          expect(found).toEqual(expected)
          // The same by the other questions.
          expect(found.totals).toEqual(await plain.totals({ ...query, filter: NO_FILTER }))
          const releases = await plain.top({ ...query, filter: NO_FILTER }, 'item', query.leaders)
          expect(found.releases.map(r => [r.value, r.items])).toEqual(releases.map(r => [r.value, r.items]))
        }),
        { numRuns: 40 },
      )
      const late = sales.filter(s => !inTime.includes(s) && s.soldAtMs >= day.fromMs && s.soldAtMs < day.toMs)
      const lateItems = late.reduce((sum, s) => sum + s.items.length, 0)
      expect(lateItems).toBeGreaterThan(10)
      expect((await store.breakdown(day)).tooLate).toBe(lateItems)
      expect((await plain.breakdown(day)).tooLate).toBe(lateItems)
      await store.close()
    })

    it('[S27] does not know what came too late where windows of it may still come', async () => {
      const store = await target.open()
      expect((await store.breakdown(day)).tooLate).toBeNull()
      await fill(store, someSales(50, 5), day.toMs - 1)
      expect((await store.breakdown(day)).tooLate).toBeNull()
      await store.write({ windows: [], watermarkMs: day.toMs, progress: { ...at(2), topic: 'windows' } })
      expect((await store.breakdown(day)).tooLate).not.toBeNull()
      await store.close()
    })

    it('[S27] names leaders as their newest sale of the stretch does, ties by position', async () => {
      const store = await target.open()
      const named = (artistName: string, title: string, position: number) => ({
        ...item({ artistName, title, artistHost: 'a.bandcamp.com', url: 'https://a.bandcamp.com/album/x' }),
        position,
      })
      const sales = [
        sale('b1', day.fromMs + 1, [named('Old', 'Old', 0)]),
        sale('b2', day.toMs - 2, [named('Name', 'Title', 0), named('Newest', '', 1)]),
        sale('b3', day.toMs, [named('The day after', 'The day after', 0)]),
      ]
      await store.write({ sales, progress: at(1) })
      const { artists, releases } = await store.breakdown(day)
      expect(artists).toMatchObject([{ value: 'a.bandcamp.com', label: 'Newest', items: 3, baskets: 2 }])
      const address = 'https://a.bandcamp.com/album/x'
      expect(releases).toMatchObject([{ value: address, label: address, items: 3, baskets: 2 }])
      await store.close()
    })

    it('[S27] counts what was set aside in the stretch and is open still', async () => {
      const store = await target.open()
      const letterAt = (id: string, atMs: number) => ({
        ...{ kind: 'dead-letter' as const, id, stage: 'poll', topic: null, partition: null, offset: null },
        ...{ reason: 'schema', message: 'm', bytes: '{}', atMs },
      })
      const deadLetters = [day.fromMs - 1, day.fromMs, day.toMs - 1, day.toMs].map((ms, i) =>
        letterAt(`d${i}`, ms),
      )
      await store.write({ deadLetters, progress: at(1) })
      expect((await store.breakdown(day)).deadLetters).toBe(2)
      const settled = { kind: 'settled' as const, letterId: 'd1', how: 'resent' as const, note: '', atMs: 0 }
      await store.write({ settled: [settled], progress: at(2) })
      expect((await store.breakdown(day)).deadLetters).toBe(1)
      await store.close()
    })

    it('[S12] refuses more than a month, and buckets that the stretch does not begin on', async () => {
      const store = await target.open()
      const wide = { ...day, fromMs: day.toMs - 32 * DAY_MS }
      await expect(store.breakdown(wide)).rejects.toThrow(TooWideError)
      await expect(store.breakdown({ ...day, fromMs: day.fromMs + MINUTE_MS })).rejects.toThrow(RangeError)
      await store.close()
    })
  })
}
