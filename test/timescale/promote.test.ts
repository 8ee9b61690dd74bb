// A replay that takes the place of live rows which TimescaleDB has compressed.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { StoreBatch } from '../../infra/ports.ts'
import { diffReplay } from '../../infra/postgres/replays/diff.ts'
import { promoteReplay } from '../../infra/postgres/replays/promote.ts'
import { beginReplay, finishReplay, readReplay } from '../../infra/postgres/replays/registry.ts'
import { openReplayStore } from '../../infra/postgres/replays/replay-store.ts'
import type { Sale } from '../../schemas/records.ts'
import { DAY_MS } from '../../schemas/time.ts'
import { someSales } from '../contracts/history.ts'
import { windowsOf } from '../support/history.ts'
import type { TestServer } from '../support/postgres.ts'
import { T0 } from '../support/sales.ts'
import { storedRows, storedWindows } from '../support/stored.ts'
import { compressAll, TIMESCALE_SERVERS, withClient } from '../support/timescale.ts'

const DAYS = 24
const REPLAY = 'promote_check'

async function fill(
  store: { write(batch: StoreBatch): Promise<void> },
  stage: string,
  sales: readonly Sale[],
): Promise<void> {
  const progress = { stage, partition: 0, offset: 1 }
  await store.write({ sales, watermarkMs: T0, progress: { ...progress, topic: 'sales' } })
  const windows = windowsOf(sales, T0)
  await store.write({ windows, watermarkMs: T0, progress: { ...progress, topic: 'windows' } })
}

for (const { name, start } of TIMESCALE_SERVERS) {
  describe(`a replay beside hypertables of ${name}`, () => {
    const sales = someSales(200, DAYS)
    /** As if two of three genres had been read wrong, and every tenth sale had not been read at all. */
    const wrong = sales
      .filter((_, i) => i % 10 !== 0)
      .map((s, i) => ({
        ...s,
        items: s.items.map(item => (i % 3 === 0 ? item : { ...item, genre: 'jazz' })),
      }))
    let server: TestServer
    beforeAll(async () => {
      server = await start()
    })
    afterAll(() => server.stop())

    it('[S25] takes the place of compressed rows and windows, however many there are', async () => {
      const live = await server.open()
      const schema = server.schemaOf(live)
      await fill(live, 'store-writer', wrong)
      await withClient(server, schema, compressAll)
      await live.close()
      const params = {
        mode: 'simulated',
        live: schema,
        parts: ['sales', 'windows'] as const,
        allowedLatenessMs: 0,
        starts: [0],
        fromMs: T0 - (DAYS + 1) * DAY_MS,
        toMs: T0,
      }
      // Far fewer than it would change: the limit of the server is for those who did not mean to.
      const options = '-c timescaledb.max_tuples_decompressed_per_dml_transaction=10'
      const bound: TestServer = { ...server, connection: { ...server.connection, options } }
      await withClient(bound, 'public', client => beginReplay(client, REPLAY, params, T0))
      const replay = await openReplayStore(server.connection, REPLAY)
      await fill(replay, 'replay', sales)
      await replay.close()
      await withClient(bound, 'public', client => finishReplay(client, REPLAY))
      await withClient(bound, 'public', async client => {
        const info = (await readReplay(client, REPLAY))!
        expect((await diffReplay(client, info, 5)).tables.some(table => table.changed > 10)).toBe(true)
        expect((await promoteReplay(client, info, T0, false)).kind).toBe('promoted')
        const { tables } = await diffReplay(client, info, 5)
        expect(tables.filter(t => t.changed + t.onlyLive + t.onlyReplay > 0)).toEqual([])
        expect(await storedRows(client, schema)).toEqual(await storedRows(client, REPLAY))
        const totals = async (of: string) => {
          const full = [...(await storedWindows(client, of))].filter(([, w]) => w.totals[0] !== 0)
          return new Map(full.map(([id, w]) => [id, w.totals]))
        }
        expect(await totals(schema)).toEqual(await totals(REPLAY))
        await client.query(`DROP SCHEMA ${REPLAY} CASCADE`)
      })
    })
  })
}
