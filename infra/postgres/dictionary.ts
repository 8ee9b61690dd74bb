// Artists as small numbers, and the words by which artists, tags, genres and countries are found.
import { LRUCache } from 'lru-cache'
import type { ClientBase } from 'pg'
import { keyText, searchWords } from './text.ts'

/** Hosts of a busy day several times over; some 100 bytes each. */
const MAX_HOSTS = 200_000
const MAX_NAMES = 300_000

export const SEARCH_DIMENSIONS = ['genre', 'artist', 'country', 'tag'] as const
export type SearchDimension = (typeof SEARCH_DIMENSIONS)[number]

export interface Named {
  readonly dimension: SearchDimension
  readonly value: string
  /** What else it is found by. */
  readonly name: string
}

/**
 * Entries are written before the rows that use them and in statements of their own: one that nobody uses does
 * no harm, two writers never wait for each other's transactions, and what is remembered here is always
 * committed.
 */
export class Dictionary {
  readonly #ids = new LRUCache<string, number>({ max: MAX_HOSTS })
  readonly #named = new LRUCache<string, true>({ max: MAX_NAMES })

  /** Ids of the hosts; new ones are made. Never inside a transaction. */
  async artistIds(client: ClientBase, hosts: Iterable<string>): Promise<(host: string) => number> {
    const ids = new Map<string, number>()
    const missing: string[] = []
    for (const host of new Set([...hosts].map(keyText))) {
      const id = this.#ids.get(host)
      if (id === undefined) missing.push(host)
      else ids.set(host, id)
    }
    if (missing.length > 0) {
      missing.sort()
      const find = async () => {
        const { rows } = await client.query<{ id: number; host: string }>(
          'SELECT id, host FROM artists WHERE host = ANY($1)',
          [missing.filter(host => !ids.has(host))],
        )
        for (const { id, host } of rows) {
          ids.set(host, id)
          this.#ids.set(host, id)
        }
      }
      await find()
      const fresh = missing.filter(host => !ids.has(host))
      if (fresh.length > 0) {
        await client.query(
          `INSERT INTO artists (host) SELECT unnest($1::text[]) ON CONFLICT (host) DO NOTHING`,
          [fresh],
        )
        await find()
      }
    }
    return host => {
      const id = ids.get(keyText(host))
      if (id === undefined) throw new Error(`no id for host ${host}`)
      return id
    }
  }

  /** Makes the values findable by the words of themselves and of their names. A set: order is no matter. */
  async remember(client: ClientBase, named: Iterable<Named>): Promise<void> {
    const fresh = new Map<string, Named>()
    for (const one of named) {
      const key = `${one.dimension} ${one.value} ${one.name}`
      if (!this.#named.has(key)) fresh.set(key, one)
    }
    if (fresh.size === 0) return
    const rows = new Map<string, readonly [string, number, string]>()
    for (const { dimension, value, name } of fresh.values()) {
      const stored = keyText(value)
      const code = SEARCH_DIMENSIONS.indexOf(dimension)
      for (const word of [...searchWords(value), ...searchWords(name)]) {
        rows.set(`${word} ${code} ${stored}`, [word, code, stored])
      }
    }
    const listed = [...fresh.values()].filter(n => n.dimension === 'genre' || n.dimension === 'country')
    if (listed.length > 0) {
      await client.query(
        `INSERT INTO vocabulary (dimension, value) SELECT * FROM unnest($1::smallint[], $2::text[])
         ORDER BY 1, 2 ON CONFLICT DO NOTHING`,
        [listed.map(n => SEARCH_DIMENSIONS.indexOf(n.dimension)), listed.map(n => keyText(n.value))],
      )
    }
    // Sorted, so that two writers take the same locks in the same order.
    const sorted = [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row)
    await client.query(
      `INSERT INTO search_words (word, dimension, value)
       SELECT * FROM unnest($1::text[], $2::smallint[], $3::text[]) ON CONFLICT DO NOTHING`,
      [sorted.map(r => r[0]), sorted.map(r => r[1]), sorted.map(r => r[2])],
    )
    for (const key of fresh.keys()) this.#named.set(key, true)
  }
}
