// The TimescaleDB layer: made whole or not at all, compressed by age, changed when late, and let go by time.
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { StoreBatch } from '../../infra/ports.ts'
import { HYPERTABLES } from '../../infra/postgres/migrations/timescale-0001-hypertables.ts'
import { openPostgresStore, type PostgresStore } from '../../infra/postgres/store.ts'
import type { Sale } from '../../schemas/records.ts'
import { DAY_MS, HOUR_MS } from '../../schemas/time.ts'
import { someSales } from '../contracts/history.ts'
import { windowsOf } from '../support/history.ts'
import type { TestServer } from '../support/postgres.ts'
import { T0 } from '../support/sales.ts'
import { storedRows, storedWindows } from '../support/stored.ts'
import { chunksOf, compressAll, runPolicies, TIMESCALE_SERVERS, withClient } from '../support/timescale.ts'

const progress: StoreBatch['progress'] = { stage: 'store-writer', topic: 'sales', partition: 0, offset: 1 }
/** Several chunks of each table, and so few windows that PGlite is done in time. */
const DAYS = 24
const NAMES = HYPERTABLES.map(table => table.name).sort()

/** Old on any day: their chunks are weeks. Of the tables of days it is the calendar that says. */
const WEEKLY = ['sale_items', 'sales', 'windows_1h', 'windows_1m']

/** The tables that have a chunk which ended a week ago, by the database's clock. */
async function oldTables(client: pg.Client, schema: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT DISTINCT hypertable_name::text AS name FROM timescaledb_information.chunks
     WHERE hypertable_schema = $1 AND range_end <= now() - interval '7 days' ORDER BY 1`,
    [schema],
  )
  return rows.map(row => row.name)
}

/** The tables that have compressed chunks. */
async function packedTables(client: pg.Client, schema: string): Promise<readonly string[]> {
  const chunks = [...(await chunksOf(client, schema))]
  return chunks.flatMap(([name, { compressed }]) => (compressed > 0 ? [name] : [])).sort()
}

async function fill(store: PostgresStore, sales: readonly Sale[], revision = 0): Promise<void> {
  const windows = windowsOf(sales, T0).map(window => ({ ...window, revision }))
  await store.write({ sales, watermarkMs: T0, progress })
  await store.write({ windows, watermarkMs: T0, progress: { ...progress, topic: 'windows' } })
}

/** Every sale row and window, as the tables hold them. */
const contents = (server: TestServer, store: PostgresStore) =>
  withClient(server, server.schemaOf(store), async client => ({
    rows: await storedRows(client, server.schemaOf(store)),
    windows: await storedWindows(client, server.schemaOf(store)),
  }))

for (const { name, start } of TIMESCALE_SERVERS) {
  describe(`hypertables of ${name}`, () => {
    const sales = someSales(300, DAYS)
    let server: TestServer
    beforeAll(async () => {
      server = await start()
    })
    afterAll(() => server.stop())
    const on = <T>(store: PostgresStore, work: (client: pg.Client, schema: string) => Promise<T>) =>
      withClient(server, server.schemaOf(store), client => work(client, server.schemaOf(store)))

    it('[S24] turns plain tables that hold rows into hypertables with the same rows, once', async () => {
      const plain = await server.open({ timescale: 'off' })
      await fill(plain, sales)
      const before = await contents(server, plain)
      expect(plain.timescale).toBeNull()
      const layered = await server.again(plain, { timescale: 'auto' })
      expect(layered.timescale).toMatch(/^2\./)
      const chunks = await on(layered, chunksOf)
      expect([...chunks.keys()].sort()).toEqual(NAMES)
      expect(chunks.get('sales')?.chunks).toBeGreaterThanOrEqual(DAYS / 7)
      expect(await contents(server, layered)).toEqual(before)
      const again = await server.again(plain, { timescale: 'off' })
      expect(again.timescale).toBe(layered.timescale)
      expect(await on(again, chunksOf)).toEqual(chunks)
    })

    it('[S24] leaves every table plain where one of them cannot be turned, and can try again', async () => {
      const plain = await server.open({ timescale: 'off' })
      await fill(plain, sales.slice(0, 50))
      const before = await contents(server, plain)
      // The last table of the migration has a key that does not fit.
      const column = 'in_the_way bigint GENERATED ALWAYS AS IDENTITY UNIQUE'
      await on(plain, client => client.query(`ALTER TABLE item_days ADD COLUMN ${column}`))
      await expect(server.again(plain)).rejects.toThrow(/unique index without the column/)
      expect(await on(plain, chunksOf)).toEqual(new Map())
      expect(await contents(server, plain)).toEqual(before)
      expect((await server.again(plain, { timescale: 'off' })).timescale).toBeNull()
      await on(plain, client => client.query('ALTER TABLE item_days DROP COLUMN in_the_way'))
      const layered = await server.again(plain)
      expect([...(await on(layered, chunksOf)).keys()].sort()).toEqual(NAMES)
      expect(await contents(server, layered)).toEqual(before)
    })

    it('[S20] compresses what is old by itself, and leaves the present as it is', async () => {
      const store = await server.open()
      await fill(store, sales)
      const before = await contents(server, store)
      await on(store, runPolicies)
      expect(await on(store, packedTables)).toEqual(await on(store, oldTables))
      expect(await on(store, packedTables)).toEqual(expect.arrayContaining(WEEKLY))
      const young = await on(store, client =>
        client.query(`SELECT FROM timescaledb_information.chunks
          WHERE hypertable_schema = current_schema() AND is_compressed AND range_end > now() - interval '7 days'`),
      )
      expect(young.rowCount).toBe(0)
      expect(await contents(server, store)).toEqual(before)
    })

    it('[S20] keeps late sales, amendments and revisions in compressed chunks as in plain tables', async () => {
      const plain = await server.open({ timescale: 'off' })
      const packed = await server.open()
      const known = sales.filter(s => s.items.some(i => i.genre === null))
      const amended = known.map(s => ({
        ...s,
        items: s.items.map(i => ({ ...i, genre: i.genre ?? 'jazz', genreSource: 'page' as const })),
      }))
      for (const store of [plain, packed]) {
        await fill(store, sales.slice(0, 200))
        if (store === packed) await on(store, compressAll)
        // All again: new ones among them, changed ones, repeated ones, and windows seen before.
        await fill(store, [...sales, ...amended])
        if (store === packed) await on(store, compressAll)
        await fill(store, sales, 1)
      }
      expect(amended.length).toBeGreaterThan(30)
      expect(await contents(server, packed)).toEqual(await contents(server, plain))
    })

    it('[S20] unpacks more rows in one write than TimescaleDB allows unasked', async () => {
      const store = await server.open()
      await fill(store, sales)
      await on(store, compressAll)
      const options = '-c timescaledb.max_tuples_decompressed_per_dml_transaction=10'
      const bound = await openPostgresStore({
        connection: { ...server.connection, options },
        schema: server.schemaOf(store),
      })
      await fill(bound, sales, 1)
      await bound.close()
      expect((await contents(server, store)).rows).toHaveLength(sales.flatMap(s => s.items).length)
    })

    it('[S21] drops by time what plain tables drop, to the hour, from whole and from cut chunks', async () => {
      const retentionDays = 10
      const plain = await server.open({ timescale: 'off', retentionDays })
      const fresh = await server.open({ retentionDays })
      const packed = await server.open({ retentionDays })
      for (const store of [plain, fresh, packed]) await fill(store, sales)
      await on(packed, compressAll)
      for (const nowMs of [T0 - 5 * DAY_MS, T0 - 5 * DAY_MS + 9 * HOUR_MS, T0, T0 + 6 * DAY_MS]) {
        const dropped = await plain.enforceRetention(nowMs)
        const left = await contents(server, plain)
        expect(dropped).toBeGreaterThan(0)
        for (const store of [fresh, packed]) {
          expect(await store.enforceRetention(nowMs)).toBe(dropped)
          expect(await contents(server, store)).toEqual(left)
          expect(await store.enforceRetention(nowMs)).toBe(0)
        }
      }
      const chunks = await on(packed, chunksOf)
      expect(chunks.get('sale_items')?.chunks).toBeLessThanOrEqual(1 + Math.ceil((retentionDays + 1) / 7))
    })

    it('[S24] leaves nothing behind when its schema is dropped, and the extension in its place', async () => {
      const store = await server.open()
      await fill(store, sales.slice(0, 100))
      const schema = server.schemaOf(store)
      const other = await server.open()
      await store.drop()
      const left = await withClient(server, server.schemaOf(other), client =>
        client.query(
          `SELECT 1 FROM timescaledb_information.hypertables WHERE hypertable_schema = $1
           UNION ALL SELECT 1 FROM timescaledb_information.jobs WHERE hypertable_schema = $1`,
          [schema],
        ),
      )
      expect(left.rowCount).toBe(0)
      expect((await on(other, chunksOf)).size).toBe(0)
      await fill(other, sales.slice(0, 100))
      expect((await on(other, chunksOf)).size).toBe(HYPERTABLES.length)
    })

    it('[S24] stays a store when its schema gets another name', async () => {
      const store = await server.open()
      await fill(store, sales)
      const before = await contents(server, store)
      const schema = server.schemaOf(store)
      const renamed = `${schema}_2`
      await on(store, client => client.query(`ALTER SCHEMA ${schema} RENAME TO ${renamed}`))
      await withClient(server, renamed, client => runPolicies(client, renamed))
      await withClient(server, renamed, client => client.query(`ALTER SCHEMA ${renamed} RENAME TO ${schema}`))
      expect(await on(store, packedTables)).toEqual(await on(store, oldTables))
      expect(await on(store, packedTables)).toEqual(expect.arrayContaining(WEEKLY))
      expect(await contents(server, store)).toEqual(before)
    })
  })
}
