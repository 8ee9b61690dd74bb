// Laws of the real store: repeats, order and cuts of writes leave the same tables as one undisturbed run.
import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { OutageError, type Store, type StoreBatch } from '../../infra/ports.ts'
import type { PostgresStore } from '../../infra/postgres/store.ts'
import type { SalesRecord, Window, WindowRecord } from '../../schemas/records.ts'
import { createStoreWriter, type StoreWriter } from '../../sinks/store-writer.ts'
import { createFakeStore } from '../fakes/store.ts'
import { createFakeTelemetry } from '../fakes/telemetry.ts'
import { windowsOf } from '../support/history.ts'
import { TEST_SERVERS, type TestServer } from '../support/postgres.ts'
import { arbSalesLog, item, sale, T0 } from '../support/sales.ts'

/** Every table as text, without what may differ: ids of the dictionary and counters of change. */
async function tablesOf(
  server: TestServer,
  store: PostgresStore,
): Promise<Readonly<Record<string, unknown>>> {
  const client = new pg.Client(server.connection)
  await client.connect()
  await client.query(`SET search_path TO ${server.schemaOf(store)}`)
  const rows = async (sql: string) => (await client.query<{ row: string }>(sql)).rows.map(r => r.row)
  const plain = (table: string) => rows(`SELECT t::text AS row FROM ${table} AS t ORDER BY 1`)
  const tables = {
    sales: await plain('sales'),
    items: await rows(`SELECT (to_jsonb(t) - 'artist_id' || jsonb_build_object('host', host))::text AS row
      FROM sale_items AS t JOIN artists ON artists.id = artist_id ORDER BY 1`),
    hours: await rows('SELECT hour_at::text AS row FROM sale_hours ORDER BY 1'),
    minutes: await plain('windows_1m'),
    hourly: await plain('windows_1h'),
    daily: await plain('windows_1d'),
    artistDays:
      await rows(`SELECT (to_jsonb(t) - 'artist_id' || jsonb_build_object('host', host))::text AS row
      FROM artist_days AS t JOIN artists ON artists.id = artist_id ORDER BY 1`),
    itemDays: await plain('item_days'),
    gaps: await plain('gaps'),
    offsets: await plain('stage_offsets'),
    words: await plain('search_words'),
  }
  await client.end()
  return tables
}

function windowRecords(log: readonly SalesRecord[]): readonly WindowRecord[] {
  const endMs = T0 + 3 * 86_400_000
  const sales = new Map(
    log.flatMap(r =>
      r.kind === 'sale' ? [[r.basketId, r]] : r.kind === 'amend' ? [[r.sale.basketId, r.sale]] : [],
    ),
  )
  const final = windowsOf([...sales.values()], endMs).filter(w => w.items > 0)
  // An earlier and smaller revision of each, as late data leaves them.
  const first = final.map((w): Window => ({ ...w, items: 0, baskets: 0 }))
  return [...first, ...final.map(w => ({ ...w, revision: 1 })), { kind: 'tick', upToMs: endMs }]
}

/** Cuts records into batches and feeds them to the stage, from where the store says. */
async function feed(
  writer: StoreWriter,
  topics: { readonly sales: readonly SalesRecord[]; readonly windows: readonly WindowRecord[] },
  size: number,
): Promise<void> {
  const sales = await writer.sales(0, null)
  for (let at = sales.from; at < topics.sales.length; at += size) {
    const records = topics.sales.slice(at, at + size)
    await sales.task.handle({
      topic: 'sales',
      partition: 0,
      firstOffset: at,
      records,
      endOffset: topics.sales.length,
    })
  }
  const windows = await writer.windows(0, null)
  for (let at = windows.from; at < topics.windows.length; at += size) {
    const records = topics.windows.slice(at, at + size)
    const endOffset = topics.windows.length
    await windows.task.handle({ topic: 'windows', partition: 0, firstOffset: at, records, endOffset })
  }
}

const crash = new Error('the process died')

/** The store as a process sees it that dies before or after its n-th write. */
function dying(store: Store, writes: number, when: 'before' | 'after'): Pick<Store, 'write' | 'progress'> {
  let left = writes
  return {
    progress: (...place) => store.progress(...place),
    async write(batch: StoreBatch) {
      if (left-- > 0) return store.write(batch)
      if (when === 'after') await store.write(batch)
      throw crash
    },
  }
}

/** Each run makes two schemas, and every table waits for the disk: others may keep it busy. */
const LIMIT_MS = 180_000

for (const { name, start } of TEST_SERVERS) {
  describe(`the store-writer on ${name}`, () => {
    let server: TestServer
    beforeAll(async () => {
      server = await start()
    })
    afterAll(() => server.stop())

    it(
      '[S16] leaves the same tables when it is killed between any two steps, and repeats what it did',
      async () => {
        await fc.assert(
          fc.asyncProperty(
            arbSalesLog,
            fc.integer({ min: 3, max: 60 }),
            fc.array(fc.tuple(fc.nat(6), fc.constantFrom('before' as const, 'after' as const)), {
              maxLength: 3,
            }),
            async (log, size, deaths) => {
              const topics = { sales: log, windows: windowRecords(log) }
              const telemetry = createFakeTelemetry()
              const once = await server.open()
              await feed(createStoreWriter({ store: once, telemetry }), topics, 1_000)
              const often = await server.open()
              for (const [writes, when] of deaths) {
                const writer = createStoreWriter({ store: dying(often, writes, when), telemetry })
                await feed(writer, topics, size).catch((error: unknown) => {
                  if (error !== crash) throw error
                })
              }
              await feed(createStoreWriter({ store: often, telemetry }), topics, size)
              expect(await tablesOf(server, often)).toEqual(await tablesOf(server, once))
              await once.close()
              await often.close()
            },
          ),
          { numRuns: 12 },
        )
      },
      LIMIT_MS,
    )

    it('[S16] leaves the same words of an amended sale, in one batch with it or in two', async () => {
      const made = sale('b0', T0, [item({ genre: null, genreSource: 'pending', tags: [] })])
      const amended = sale('b0', T0, [item({ genre: 'ambient', tags: ['learnt'] })])
      const log: readonly SalesRecord[] = [made, { kind: 'amend', sale: amended }]
      const telemetry = createFakeTelemetry()
      const [whole, cut] = [await server.open(), await server.open()]
      await feed(createStoreWriter({ store: whole, telemetry }), { sales: log, windows: [] }, 2)
      await feed(createStoreWriter({ store: cut, telemetry }), { sales: log, windows: [] }, 1)
      expect((await tablesOf(server, whole)).words).toEqual((await tablesOf(server, cut)).words)
      await whole.close()
      await cut.close()
    })

    it('[S16] leaves the same tables whatever the order and number of its writes', async () => {
      await fc.assert(
        fc.asyncProperty(arbSalesLog, fc.infiniteStream(fc.nat(1_000)), async (log, chance) => {
          const amended = log.flatMap(r => (r.kind === 'sale' ? [r] : r.kind === 'amend' ? [r.sale] : []))
          const progress = { stage: 's', topic: 'sales', partition: 0, offset: 9 } as const
          const writes: readonly StoreBatch[] = [
            ...amended.map(sale => ({ sales: [sale], progress })),
            ...windowRecords(log).flatMap(w => (w.kind === 'window' ? [{ windows: [w], progress }] : [])),
          ].slice(0, 120)
          const shuffled = [...writes, ...writes.slice(0, 10)]
            .map(write => ({ write, at: chance.next().value ?? 0 }))
            .sort((a, b) => a.at - b.at)
          const [inOrder, mixed] = [await server.open(), await server.open()]
          for (const write of writes) await inOrder.write(write)
          for (const { write } of shuffled) await mixed.write(write)
          const { sales: _, ...rest } = await tablesOf(server, inOrder)
          expect(await tablesOf(server, mixed)).toMatchObject(rest)
          await inOrder.close()
          await mixed.close()
        }),
        { numRuns: 6 },
      )
    })

    it('[S17] tells an outage from a bug, and goes on with a new connection', async () => {
      const store = await server.open()
      const client = new pg.Client(server.connection)
      await client.connect()
      await store.write({ progress: { stage: 's', topic: 'sales', partition: 0, offset: 1 } })
      await client.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND state = 'idle'`,
      )
      await client.end()
      const progress = { stage: 's', topic: 'sales', partition: 0, offset: 2 } as const
      const attempts = Array.from({ length: 3 }, () =>
        store.write({ progress }).catch((error: unknown) => error),
      )
      for (const result of await Promise.all(attempts)) {
        if (result !== undefined) expect(result).toBeInstanceOf(OutageError)
      }
      await store.write({ progress })
      expect(await store.progress('s', 'sales', 0)).toBe(2)
      const bug = { progress: { ...progress, partition: Number.NaN } }
      await expect(store.write(bug)).rejects.not.toBeInstanceOf(OutageError)
      await store.close()
      await expect(store.progress('s', 'sales', 0)).rejects.toBeInstanceOf(OutageError)
    })

    it('[S6] loses a lease with the connection that holds it, and the next one gets it', async () => {
      const one = await server.open()
      const other = await server.again(one)
      const { signal } = new AbortController()
      const lease = await one.acquireLease('poll', signal)
      const waiting = other.acquireLease('poll', signal)
      const client = new pg.Client(server.connection)
      await client.connect()
      await client.query(
        `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid <> pg_backend_pid()`,
      )
      await client.end()
      const next = await waiting
      if (!lease.lost.aborted) await new Promise(lost => lease.lost.addEventListener('abort', lost))
      expect(next.lost.aborted).toBe(false)
      await next.release()
      await lease.release()
      await one.close()
      await other.close()
    })

    it('[S10] shows another process what was written, amended or late, at its next question', async () => {
      const writer = await server.open()
      const reader = await server.again(writer)
      const plain = createFakeStore()
      const query = {
        fromMs: T0 - 86_400_000,
        toMs: T0 + 86_400_000,
        filter: { genre: 'rock', artist: null, country: null, format: null },
      }
      const pending = item({ genre: null, genreSource: 'pending', tags: [] })
      for (const [offset, made] of [
        sale('b1', T0, [pending]),
        sale('b2', T0 - 3_600_000, [item({ genre: 'rock' })]),
        sale('b1', T0, [item({ genre: 'rock' })]),
      ].entries()) {
        const batch = {
          sales: [made],
          progress: { stage: 's', topic: 'sales', partition: 0, offset } as const,
        }
        await writer.write(batch)
        await plain.write(batch)
        expect(await reader.totals(query)).toEqual(await plain.totals(query))
      }
      await writer.close()
      await reader.close()
    })
  })
}
