// What every PageCache keeps to.
import { describe, expect, it } from 'vitest'
import type { CachedPage, PageFacts } from '../../infra/ports.ts'
import { T0 } from '../support/sales.ts'
import type { StoreUnderTest } from './store.ts'

const facts = (genre: string | null, tags: readonly string[] = []): PageFacts => ({
  genre,
  tags,
  location: null,
  label: null,
  releaseDate: null,
})
const page = (path: string, genre: string | null, fetchedAtMs = T0, host = 'a.bandcamp.com'): CachedPage => ({
  url: `https://${host}/${path}`,
  artistHost: host,
  facts: facts(genre, [`${path}"{},\\`, 'second']),
  fetchedAtMs,
})
const ask = ({ url, artistHost }: CachedPage) => ({ url, artistHost })

export function pageCacheContract(target: StoreUnderTest): void {
  describe('PageCache', () => {
    it('[S9] knows a page by its url, else by the newest page of its host, else not at all', async () => {
      const cache = await target.open()
      const [x, y, z] = [page('x', 'rock'), page('y', 'folk', T0 + 1), page('z', null, T0)]
      const stranger = page('x', null, T0, 'b.bandcamp.com')
      await cache.remember([x, y])
      const found = await cache.lookup([ask(x), ask(z), ask(stranger)], 0)
      expect(new Map(found)).toEqual(
        new Map([
          [x.url, { facts: x.facts, exact: true }],
          [z.url, { facts: y.facts, exact: false }],
        ]),
      )
      await cache.close()
    })

    it('[S9] keeps the newest of a page, in any order, and none older than asked', async () => {
      const cache = await target.open()
      const [older, newer] = [page('x', 'rock', T0), page('x', 'folk', T0 + 5)]
      await cache.remember([newer, older])
      await cache.remember([older])
      expect((await cache.lookup([ask(older)], T0 + 5)).get(older.url)?.facts.genre).toBe('folk')
      expect((await cache.lookup([ask(older)], T0 + 6)).size).toBe(0)
      expect((await cache.lookup([], 0)).size).toBe(0)
      await cache.close()
    })

    it('[S9] takes hostile pages', async () => {
      const cache = await target.open()
      const hostile = page('x'.repeat(9_000), null, T0, 'h'.repeat(3_000))
      await cache.remember([{ ...hostile, facts: facts('rock', ['\u202E', 'NULL', '']) }])
      expect((await cache.lookup([ask(hostile)], 0)).get(hostile.url)?.facts.tags).toEqual([
        '\u202E',
        'NULL',
        '',
      ])
      await cache.close()
    })
  })
}
