// Chapter: replay. Reading the log again builds the same rows and windows, in a schema beside the live one.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, describe, expect, it } from 'vitest'
import { worldSales } from '../../bench/world-sales.ts'
import { openLmdbLog } from '../../infra/lmdb/log.ts'
import { loadConfig } from '../../infra/main/config.ts'
import { replay } from '../../infra/main/replay.ts'
import { startEmbeddedPostgres } from '../../infra/postgres/embedded.ts'
import { HOUR_MS } from '../../schemas/time.ts'
import { storedRows, storedWindows, windowsOfRows } from '../support/stored.ts'

const DAY = Date.UTC(2026, 9, 14)
const dataDir = mkdtempSync(join(tmpdir(), 'bct-replay-'))
const { config } = loadConfig({ flags: { dataDir, mode: 'simulated' }, env: {}, cwd: dataDir })
const quiet = () => ({ update: () => {}, stop: () => {} })

async function fillLog(): Promise<number> {
  const log = await openLmdbLog({ dir: join(dataDir, 'simulated', 'log'), partitions: 1 })
  let items = 0
  for (const batch of worldSales(DAY, DAY + 6 * HOUR_MS, HOUR_MS)) {
    for (const record of batch) {
      if (record.kind !== 'sale' || record.soldAtMs < DAY + HOUR_MS || record.soldAtMs >= DAY + 4 * HOUR_MS)
        continue
      items += record.items.length
    }
    await log.append(batch.map(record => ({ topic: 'sales', partition: 0, record })))
  }
  await log.close()
  return items
}

const run = (into: string) =>
  replay({
    config,
    mode: 'simulated',
    interval: { fromMs: DAY + HOUR_MS, toMs: DAY + 4 * HOUR_MS },
    into,
    parts: ['sales', 'windows'],
    startProgress: quiet,
    nowMs: () => 0,
    say: () => {},
    signal: new AbortController().signal,
  })

describe('replay', () => {
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }))

  it('[G3] rows and windows of an interval equal what its sales add up to, again and again', async () => {
    const items = await fillLog()
    const first = await run('check')
    expect(first.items).toBe(items)
    expect(await run('check')).toEqual(first)
    const server = await startEmbeddedPostgres({ dataDir: join(dataDir, 'simulated', 'postgres') })
    const client = new pg.Client(server.connection)
    await client.connect()
    try {
      const rows = await storedRows(client, '"check"')
      expect(rows.length).toBe(items)
      const windows = await storedWindows(client, '"check"')
      const found = new Map([...windows].map(([id, { totals }]) => [id, totals]))
      expect(found).toEqual(windowsOfRows(rows, DAY + HOUR_MS, DAY + 4 * HOUR_MS))
    } finally {
      await client.end()
      await server.stop()
    }
  })
})
