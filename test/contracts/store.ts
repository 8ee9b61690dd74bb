// What every Store keeps to, the fake and the real one.
import { describe, expect, it } from 'vitest'
import type {
  AlertBook,
  GlobalMutes,
  History,
  Outbox,
  PageCache,
  Store,
  StoreBatch,
  Subscribers,
} from '../../infra/ports.ts'
import { NO_FILTER } from '../../schemas/history.ts'
import type { DeadLetter, Window } from '../../schemas/records.ts'
import { DAY_MS, HOUR_MS } from '../../schemas/time.ts'
import { item, sale, T0 } from '../support/sales.ts'

export type AnyStore = Store &
  History &
  PageCache & {
    readonly alertBook: AlertBook
    readonly globalMutes: GlobalMutes
    readonly subscribers: Subscribers
    readonly outbox: Outbox
  }

export interface StoreUnderTest {
  /** An empty store; the suite closes it. */
  open(options?: { readonly retentionDays?: number }): Promise<AnyStore>
  /** True where all connections are one session to the server, which so has nobody to keep out. */
  readonly isOneSession?: boolean
}

export const at = (offset: number, partition = 0): StoreBatch['progress'] => ({
  stage: 'store-writer',
  topic: 'sales',
  partition,
  offset,
})
const onWindows = (offset: number, partition = 0): StoreBatch['progress'] => ({
  ...at(offset, partition),
  topic: 'windows',
})

export function windowOf(over: Partial<Window> = {}): Window {
  return {
    kind: 'window',
    key: 'all',
    size: '1m',
    startMs: T0,
    revision: 0,
    partial: false,
    items: 1,
    baskets: 1,
    units: 1,
    revenueUsdCents: 100,
    overUsdCents: 0,
    ...over,
  }
}

const letter: DeadLetter = {
  kind: 'dead-letter',
  id: 'd1',
  stage: 'enrich',
  topic: 'feed',
  partition: 0,
  offset: 12,
  reason: 'schema',
  message: 'items.0.url: missing',
  bytes: '{"a":"<img onerror=alert(1)>"}',
  atMs: T0,
}

const unknownItem = item({ genre: null, genreSource: 'pending', tags: [] })
const minute = { fromMs: T0, toMs: T0 + 60_000 }
const hour = { fromMs: T0 - HOUR_MS, toMs: T0 + HOUR_MS }

export async function withStore(
  target: StoreUnderTest,
  work: (store: AnyStore) => Promise<void>,
  options?: { readonly retentionDays?: number },
): Promise<void> {
  const store = await target.open(options)
  try {
    await work(store)
  } finally {
    await store.close()
  }
}

const genresOf = async (store: AnyStore) => (await store.recent(NO_FILTER, 10, null)).map(i => i.genre)
const itemsOf = async (store: AnyStore) =>
  (await store.series({ ...minute, filter: NO_FILTER }, 60_000))[0]?.items

/** Call inside a `describe` whose hooks have made the target ready. */
export function storeContract(target: StoreUnderTest): void {
  describe('Store', () => {
    it('[S1] keeps rows and progress of a write together', () =>
      withStore(target, async store => {
        expect(await store.progress('store-writer', 'sales', 0)).toBeNull()
        await store.write({ sales: [sale('b1', T0)], progress: at(7) })
        expect(await store.progress('store-writer', 'sales', 0)).toBe(7)
        expect(await store.progress('store-writer', 'sales', 1)).toBeNull()
        expect(await store.recent(NO_FILTER, 10, null)).toHaveLength(1)
      }))

    it('[S2] shows a repeated write as one', () =>
      withStore(target, async store => {
        const batch: StoreBatch = {
          sales: [sale('b1', T0, [item(), item({ url: 'https://a.bandcamp.com/track/y' })])],
          gaps: [{ kind: 'gap', ...minute, reason: 'outage' }],
          deadLetters: [letter, { ...letter, atMs: T0 + 1 }],
          progress: at(1),
        }
        await store.write(batch)
        await store.write(batch)
        await store.write({ ...batch, sales: [...batch.sales!, ...batch.sales!] })
        expect(await store.recent(NO_FILTER, 10, null)).toHaveLength(2)
        expect(await store.gaps(hour)).toEqual([{ ...minute, reason: 'outage' }])
        expect(await store.deadLetters(10)).toEqual([{ ...letter, atMs: T0 + 1 }])
      }))

    it('[S3] a basket is all that any record of it has, in either order', () =>
      withStore(target, async store => {
        const other = { ...item({ url: 'https://a.bandcamp.com/track/y', paidUsdCents: 100 }), position: 1 }
        const whole = sale('b1', T0, [item(), other])
        const records = [{ ...whole, items: [other] }, whole, { ...whole, items: [item()] }]
        for (const [offset, each] of records.entries()) {
          await store.write({ sales: [each], progress: at(offset) })
        }
        const urls = (await store.recent(NO_FILTER, 10, null)).map(({ url }) => url)
        expect(urls.sort()).toEqual([item().url, other.url])
        expect(await store.totals({ ...hour, filter: NO_FILTER })).toMatchObject({ items: 2, baskets: 1 })
      }))

    it('[S3] learns a genre from an amendment', () =>
      withStore(target, async store => {
        await store.write({ sales: [sale('b1', T0, [unknownItem])], progress: at(1) })
        expect(await genresOf(store)).toEqual([null])
        await store.write({ sales: [sale('b1', T0, [item()])], progress: at(2) })
        expect(await genresOf(store)).toEqual(['electronic'])
        expect(await store.totals({ ...hour, filter: NO_FILTER })).toMatchObject({
          items: 1,
          baskets: 1,
          knownGenreItems: 1,
        })
      }))

    it('[S3] never forgets a genre to a record that knows less, before or after it, item by item', () =>
      withStore(target, async store => {
        const other = { url: 'https://a.bandcamp.com/track/y', genre: 'rock' }
        await store.write({ sales: [sale('b1', T0, [item(), unknownItem])], progress: at(1) })
        await store.write({ sales: [sale('b1', T0, [unknownItem, item(other)])], progress: at(2) })
        await store.write({ sales: [sale('b1', T0, [unknownItem, unknownItem])], progress: at(3) })
        expect(await genresOf(store)).toEqual(['rock', 'electronic'])
      }))

    it('[S3] keeps what it knows where another record knows as much', () =>
      withStore(target, async store => {
        await store.write({ sales: [sale('b1', T0, [item()])], progress: at(1) })
        await store.write({ sales: [sale('b1', T0, [item({ genre: 'rock' })])], progress: at(2) })
        expect(await genresOf(store)).toEqual(['electronic'])
      }))

    it('[S4] keeps the window of the highest revision, whatever the order', () =>
      withStore(target, async store => {
        await store.write({ sales: [sale('b1', T0)], progress: at(1), watermarkMs: T0 + DAY_MS })
        const write = (...windows: Window[]) =>
          store.write({ windows, progress: onWindows(1), watermarkMs: T0 + HOUR_MS })
        await write(windowOf({ items: 5 }), windowOf({ items: 6 }))
        await write(windowOf({ revision: 2, items: 1 }), windowOf({ revision: 1, items: 8 }))
        await write(windowOf({ revision: 1, items: 9 }))
        await write(windowOf({ items: 10 }), windowOf({ startMs: T0 + 60_000, items: 3 }))
        expect(await itemsOf(store)).toBe(1)
      }))

    it('[S5] has the lowest watermark of all partitions, and none while a partition is silent', () =>
      withStore(target, async store => {
        const mark = async () => (await store.extent()).watermarkMs
        expect(await mark()).toBeNull()
        await store.write({ progress: onWindows(1, 0), watermarkMs: T0 + 5 })
        expect(await mark()).toBe(T0 + 5)
        await store.write({ progress: onWindows(0, 1) })
        expect(await mark()).toBeNull()
        await store.write({ progress: onWindows(1, 1), watermarkMs: T0 + 3 })
        expect(await mark()).toBe(T0 + 3)
        await store.write({ progress: onWindows(2, 1), watermarkMs: T0 })
        expect(await mark()).toBe(T0 + 3)
        await store.write({ progress: at(2, 0), watermarkMs: T0 + 2 })
        expect(await mark()).toBe(T0 + 2)
      }))

    it.skipIf(target.isOneSession)('[S6] gives a lease to one at a time', () =>
      withStore(target, async store => {
        const { signal } = new AbortController()
        const first = await store.acquireLease('poll', signal)
        const other = await store.acquireLease('another', signal)
        let granted = false
        const second = store.acquireLease('poll', signal).then(lease => {
          granted = true
          return lease
        })
        const gaveUp = new AbortController()
        const third = store.acquireLease('poll', gaveUp.signal)
        gaveUp.abort(new Error('had enough'))
        await expect(third).rejects.toThrow('had enough')
        expect(granted).toBe(false)
        expect(first.lost.aborted).toBe(false)
        await first.release()
        await (await second).release()
        await other.release()
      }),
    )

    it('[S7] drops sales and small windows past their retention, and nothing else', () =>
      withStore(
        target,
        async store => {
          const old = T0 - 10 * DAY_MS
          await store.write({
            sales: [sale('old', old), sale('new', T0)],
            windows: [
              windowOf({ startMs: old }),
              windowOf({ startMs: old, size: '1h' }),
              windowOf({ startMs: old, size: '1d' }),
              windowOf(),
            ],
            progress: at(1),
          })
          expect(await store.enforceRetention(T0)).toBe(3)
          expect(await store.enforceRetention(T0)).toBe(0)
          expect((await store.recent(NO_FILTER, 10, null)).map(i => i.basketId)).toEqual(['new'])
          const all = await store.totals({ fromMs: old - DAY_MS, toMs: T0 + 1, filter: NO_FILTER })
          expect(all.items).toBe(1)
        },
        { retentionDays: 9 },
      ))

    it('[S8] returns hostile texts as they came', () =>
      withStore(target, async store => {
        const texts = {
          artistName: '\u202E<img src=x onerror=alert(1)>\\N\t\r\n\\.\'"{},NULL',
          title: '𝐺𝑂𝑅𝐸 肉と血を超えて'.repeat(700),
          albumTitle: '\\',
          tags: ['{a,"b"}', '\\"', 'NULL', '', 'x\ty', '\u202E'],
        }
        await store.write({ sales: [sale('b1', T0, [item(texts)])], progress: at(1) })
        const [sold] = await store.recent(NO_FILTER, 1, null)
        expect(sold).toMatchObject(texts)
      }))

    it('[S8] takes keys too long for any index', () =>
      withStore(target, async store => {
        const long = `https://${'h'.repeat(5_000)}.bandcamp.com/album/${'x'.repeat(10_000)}`
        const hostile = item({ url: long, artistHost: 'h'.repeat(5_000), tags: ['t'.repeat(10_000)] })
        const windows = [`item:${long}`, `artist:${hostile.artistHost}`, `tag:${hostile.tags[0]}`]
        await store.write({
          sales: [sale('b1', T0, [hostile])],
          windows: windows.map(key => windowOf({ key, size: '1d' })),
          deadLetters: [{ ...letter, id: 'i'.repeat(9_000) }],
          progress: at(1),
        })
        expect((await store.recent(NO_FILTER, 1, null))[0]?.url).toBe(long)
        expect(
          await store.totals({ ...hour, filter: { ...NO_FILTER, artist: hostile.artistHost } }),
        ).toMatchObject({
          items: 1,
          artists: 1,
        })
      }))
  })
}
