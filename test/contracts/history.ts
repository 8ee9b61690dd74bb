// What every History answers: drawn cases, and equality with the slow and obvious computation.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TooWideError } from '../../infra/ports.ts'
import { NO_FILTER, type SalesFilter, type TopDimension } from '../../schemas/history.ts'
import { FORMATS } from '../../schemas/keys.ts'
import type { Sale, SaleItem } from '../../schemas/records.ts'
import { DAY_MS, floorTo, HOUR_MS, MINUTE_MS } from '../../schemas/time.ts'
import { createFakeStore } from '../fakes/store.ts'
import { windowsOf } from '../support/history.ts'
import { item, sale, T0 } from '../support/sales.ts'
import { type AnyStore, at, type StoreUnderTest } from './store.ts'

const DIMENSIONS: readonly TopDimension[] = ['genre', 'artist', 'country', 'format', 'tag', 'item']

/** `next` has 23 bits: enough for the seconds of 90 days, not for the milliseconds of three hours. */
const SECONDS_A_DAY = DAY_MS / 1_000

/**
 * Sales before `T0` over `days` days, by a fixed sequence: a few artists, genres, countries; whole baskets.
 */
export function someSales(count: number, days: number, seed = 1): readonly Sale[] {
  let state = seed
  const next = (below: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return (state >>> 8) % below
  }
  return Array.from({ length: count }, (_, n) => {
    const country = ['de', 'us', null][next(3)]!
    const items = Array.from({ length: 1 + Math.max(0, next(6) - 3) }, (): SaleItem => {
      const host = next(5)
      const genre = ['electronic', 'rock', 'folk', null][next(4)]!
      return item({
        artistHost: `h${host}.bandcamp.com`,
        artistName: `Ärtist ${host}`,
        url: `https://h${host}.bandcamp.com/album/${next(2)}`,
        country: country ?? null,
        format: FORMATS[next(FORMATS.length)]!,
        genre,
        genreSource: genre === null ? 'pending' : 'page',
        tags: genre === null ? [] : ['techno', 'dub', 'live'].filter(() => next(2) === 0),
        paidUsdCents: 20 + next(3_000),
        overUsdCents: next(20),
        units: 1 + next(3),
      })
    })
    const agoMs = (next(days * SECONDS_A_DAY) + 1) * 1_000 - next(1_000)
    return sale(`b${n}`, T0 - agoMs, items)
  })
}

export async function fill(store: AnyStore, sales: readonly Sale[], watermarkMs: number): Promise<void> {
  const windows = windowsOf(sales, watermarkMs)
  const gap = {
    kind: 'gap' as const,
    fromMs: T0 - 5 * HOUR_MS,
    toMs: T0 - 4 * HOUR_MS,
    reason: 'outage' as const,
  }
  await store.write({ sales, gaps: [gap], watermarkMs, progress: at(1) })
  await store.write({ windows, watermarkMs, progress: { ...at(1), topic: 'windows' } })
}

const arbFilter: fc.Arbitrary<SalesFilter> = fc.record({
  genre: fc.constantFrom(null, null, 'electronic', 'rock', 'unknown', 'nothing'),
  artist: fc.constantFrom(null, null, null, 'h1.bandcamp.com', 'nobody'),
  country: fc.constantFrom(null, null, 'de', 'unknown'),
  format: fc.constantFrom(null, null, null, 'vinyl' as const),
})

/** Ends on odd milliseconds as on whole days, before and after the watermark. */
const arbInterval = fc
  .tuple(
    fc.constantFrom(1, 1, MINUTE_MS, HOUR_MS, DAY_MS),
    fc.integer({ min: 0, max: 5 * DAY_MS }),
    fc.integer({ min: 0, max: 5 * DAY_MS }),
  )
  .map(([grainMs, a, b]) => ({
    fromMs: floorTo(T0 - Math.max(a, b), grainMs),
    toMs: floorTo(T0 + HOUR_MS - Math.min(a, b), grainMs),
  }))

export function historyContract(target: StoreUnderTest): void {
  describe('History', () => {
    it('[S10] answers an empty store with nothing', async () => {
      const store = await target.open()
      const query = { fromMs: T0, toMs: T0 + HOUR_MS, filter: NO_FILTER }
      expect(await store.extent()).toEqual({ firstSaleMs: null, watermarkMs: null })
      expect(await store.totals(query)).toMatchObject({ items: 0, artists: 0, knownGenreItems: 0 })
      expect(await store.series(query, 30 * MINUTE_MS)).toHaveLength(2)
      for (const dimension of DIMENSIONS) expect(await store.top(query, dimension, 5)).toEqual([])
      expect(await store.heatmap(query, 0, 5)).toEqual([])
      const both = { ...query, genres: 5, countries: 5 }
      expect(await store.genreCountries(both)).toEqual({ countries: [], rows: [] })
      expect(await store.recent(NO_FILTER, 5, null)).toEqual([])
      expect(await store.search('a', 5)).toEqual([])
      await store.close()
    })

    it('[S10] answers from windows and rows exactly what single sales add up to', async () => {
      const sales = someSales(400, 5)
      const store = await target.open()
      const plain = createFakeStore()
      const watermarkMs = floorTo(T0 - 7 * HOUR_MS, MINUTE_MS)
      await fill(store, sales, watermarkMs)
      await fill(plain, sales, watermarkMs)
      const arbQuestion = fc.record({
        filter: arbFilter,
        interval: arbInterval,
        bucketMs: fc.constantFrom(15 * MINUTE_MS, HOUR_MS, 90 * MINUTE_MS, DAY_MS),
        dimension: fc.constantFrom(...DIMENSIONS),
        limit: fc.integer({ min: 1, max: 8 }),
        zone: fc.constantFrom(0, 60, -300, 330),
      })
      await fc.assert(
        fc.asyncProperty(arbQuestion, async ({ filter, interval, bucketMs, dimension, limit, zone }) => {
          const query = { ...interval, filter }
          expect(await store.totals(query)).toEqual(await plain.totals(query))
          expect(await store.series(query, bucketMs)).toEqual(await plain.series(query, bucketMs))
          for (const by of ['items', 'revenueUsdCents'] as const) {
            const ranked = await plain.top(query, dimension, limit, by)
            expect(await store.top(query, dimension, limit, by)).toEqual(ranked)
          }
          expect(await store.heatmap(query, zone, limit)).toEqual(await plain.heatmap(query, zone, limit))
          const both = { ...query, genres: limit, countries: 4 - (limit % 4) }
          expect(await store.genreCountries(both)).toEqual(await plain.genreCountries(both))
        }),
        { numRuns: 60 },
      )
      await store.close()
    })

    it('[S29] ranks by revenue what sold little for much, and what sold for nothing last', async () => {
      const store = await target.open()
      const sold = (host: string, paidUsdCents: number, n: number) =>
        sale(`${host}${n}`, T0 - 1_000 - n, [
          item({ artistHost: `${host}.bandcamp.com`, country: host === 'dear' ? 'jp' : 'de', paidUsdCents }),
        ])
      const cheap = [1, 2, 3].map(n => sold('cheap', 100, n))
      await fill(store, [...cheap, sold('dear', 4_000, 4), sold('gift', 0, 5), sold('even', 300, 6)], T0)
      const query = { fromMs: T0 - HOUR_MS, toMs: T0, filter: NO_FILTER }
      const hosts = async (limit: number, by: 'items' | 'revenueUsdCents') =>
        (await store.top(query, 'artist', limit, by)).map(row => row.value.split('.')[0])
      expect(await hosts(1, 'items')).toEqual(['cheap'])
      expect(await hosts(1, 'revenueUsdCents')).toEqual(['dear'])
      expect(await hosts(2, 'revenueUsdCents')).toEqual(['dear', 'cheap'])
      expect(await hosts(9, 'revenueUsdCents')).toEqual(['dear', 'cheap', 'even', 'gift'])
      const [first] = await store.top(query, 'country', 1, 'revenueUsdCents')
      expect([first?.value, first?.revenueUsdCents]).toEqual(['jp', 4_000])
      await store.close()
    })

    it('[S10] what is written into a day shows in answers about it that were given before', async () => {
      const store = await target.open()
      const plain = createFakeStore()
      const filter: SalesFilter = { ...NO_FILTER, country: 'de', format: 'vinyl' }
      const query = { fromMs: floorTo(T0, DAY_MS) - 4 * DAY_MS, toMs: T0, filter }
      for (const [n, { soldAtMs }] of someSales(12, 4, 3).entries()) {
        const vinyl = item({ country: 'de', format: 'vinyl', artistHost: `h${n % 3}.bandcamp.com` })
        const batch = { sales: [sale(`v${n}`, soldAtMs, [vinyl])], progress: at(n + 1) }
        await store.write(batch)
        await plain.write(batch)
        expect(await store.totals(query)).toEqual(await plain.totals(query))
        expect(await store.series(query, HOUR_MS)).toEqual(await plain.series(query, HOUR_MS))
        expect(await store.top(query, 'artist', 5)).toEqual(await plain.top(query, 'artist', 5))
        expect(await store.top(query, 'genre', 5)).toEqual(await plain.top(query, 'genre', 5))
        expect(await store.heatmap(query, 0, 5)).toEqual(await plain.heatmap(query, 0, 5))
        const both = { ...query, genres: 5, countries: 5 }
        expect(await store.genreCountries(both)).toEqual(await plain.genreCountries(both))
      }
      await store.close()
    })

    it('[S10] pages through the newest sales without loss or repeat, under every filter', async () => {
      const sales = [...someSales(60, 3), sale('x1', T0 - 5), sale('x2', T0 - 5, [item(), item(), item()])]
      const store = await target.open()
      const plain = createFakeStore()
      await fill(store, sales, T0)
      await fill(plain, sales, T0)
      for (const filter of [
        NO_FILTER,
        { ...NO_FILTER, genre: 'electronic' },
        { ...NO_FILTER, artist: 'h1.bandcamp.com' },
        { ...NO_FILTER, genre: 'unknown', country: 'de' },
        { ...NO_FILTER, format: 'vinyl' as const },
      ]) {
        const all = await plain.recent(filter, 1_000, null)
        const paged = []
        for (let page = await store.recent(filter, 4, null); page.length > 0; ) {
          paged.push(...page)
          page = await store.recent(filter, 4, page.at(-1)!)
        }
        expect(paged).toEqual(all)
      }
      await store.close()
    })

    it('[S11] finds by the beginning of words, without case and accents, best sellers first', async () => {
      const store = await target.open()
      const named = (artistName: string, artistHost: string, over: Partial<SaleItem> = {}) =>
        item({ artistName, artistHost, url: `https://${artistHost}/album/x`, ...over })
      const sales = [
        sale('b1', T0 - 1, [named('Björk Guðmundsdóttir', 'bjork.bandcamp.com', { tags: ['big beat'] })]),
        sale('b2', T0 - 2, [named('The Big Orchestra', 'tbo.bandcamp.com', { genre: 'jazz', tags: [] })]),
        sale('b3', T0 - 3, [named('The Big Orchestra', 'tbo.bandcamp.com', { genre: 'jazz', tags: [] })]),
        sale('b4', T0 - 4, [named('Ambigu', 'ambigu.bandcamp.com', { country: 'bg', genre: 'blues' })]),
      ]
      await fill(store, sales, T0)
      const found = async (text: string) =>
        (await store.search(text, 10)).map(h => `${h.dimension} ${h.value} ${h.label} ${h.items}`)
      expect(await found('BIG')).toEqual([
        'artist tbo.bandcamp.com The Big Orchestra 2',
        'tag big beat big beat 1',
      ])
      expect(await found('bjö')).toEqual(['artist bjork.bandcamp.com Björk Guðmundsdóttir 1'])
      expect(await found('gudm bjork')).toEqual(['artist bjork.bandcamp.com Björk Guðmundsdóttir 1'])
      expect(await found('orch the')).toEqual(['artist tbo.bandcamp.com The Big Orchestra 2'])
      expect(await found('jazz')).toEqual(['genre jazz jazz 2'])
      expect(await found('bg')).toEqual(['country bg bg 1'])
      expect(await found('bandcamp')).toEqual([])
      expect(await found('%')).toEqual([])
      expect(await found("';--")).toEqual([])
      await store.close()
    })

    it('[S12] refuses more buckets than it may give', async () => {
      const store = await target.open()
      const query = { fromMs: T0, toMs: T0 + 2_001 * MINUTE_MS, filter: NO_FILTER }
      await expect(store.series(query, MINUTE_MS)).rejects.toThrow(TooWideError)
      await expect(store.series(query, 90_000)).rejects.toThrow(RangeError)
      await store.close()
    })
  })
}
