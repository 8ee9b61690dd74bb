// Chapter: replay. Reading the log again builds the same rows and windows, in a schema beside the live one,
// which can be compared with the live tables, take their place, or be dropped.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { worldSales } from '../../bench/world-sales.ts'
import { openLmdbLog } from '../../infra/lmdb/log.ts'
import { loadConfig } from '../../infra/main/config.ts'
import { type ReplayOptions, replay } from '../../infra/main/replay.ts'
import { openReplayParts } from '../../infra/main/replay-resources.ts'
import { rebuildRows } from '../../infra/main/replay-rows.ts'
import { offsetsAt, rebuildWindows } from '../../infra/main/replay-windows.ts'
import type { Entry, EventLog } from '../../infra/ports.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../infra/postgres/embedded.ts'
import { openPostgresStore } from '../../infra/postgres/store.ts'
import { NO_FILTER } from '../../schemas/history.ts'
import { partitionOf } from '../../schemas/partition.ts'
import type { SalesRecord } from '../../schemas/records.ts'
import { HOUR_MS } from '../../schemas/time.ts'
import { TOPIC_NAMES } from '../../schemas/topics.ts'
import { bct } from '../fakes/io.ts'
import { storedRows, storedWindows, windowsOfRows } from '../support/stored.ts'

const DAY = Date.UTC(2026, 9, 14)
const PARTITIONS = 2
const LATENESS_MS = HOUR_MS
const ALL = { fromMs: DAY, toMs: DAY + 6 * HOUR_MS }
const ASKED = { fromMs: DAY + HOUR_MS, toMs: DAY + 4 * HOUR_MS }
const dataDir = mkdtempSync(join(tmpdir(), 'bct-replay-'))
const { config } = loadConfig({ flags: { dataDir, mode: 'simulated' }, env: {}, cwd: dataDir })
const AT = ['--mode', 'simulated', '--data-dir', dataDir]
const TIMES = ['--from', '2026-10-14T01:00Z', '--to', '2026-10-14T04:00Z']
const cli = (...args: readonly string[]) => bct(['replay', ...args, ...AT], { cwd: tmpdir() })

let log: EventLog
let server: EmbeddedPostgres
let client: pg.Client
let itemsAsked = 0

async function fillLog(): Promise<void> {
  for (const batch of worldSales(ALL.fromMs, ALL.toMs, HOUR_MS)) {
    for (const record of batch) {
      if (record.kind !== 'sale' || record.soldAtMs < ASKED.fromMs || record.soldAtMs >= ASKED.toMs) continue
      itemsAsked += record.items.length
    }
    await log.append(batch.flatMap(entriesOf))
  }
}

function entriesOf(record: SalesRecord): Entry<'sales'>[] {
  const topic = 'sales'
  if (record.kind === 'sale') return [{ topic, partition: partitionOf(record.basketId, PARTITIONS), record }]
  return Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition, record }))
}

/** The live tables as the stages would have filled them. */
async function fillLive(): Promise<void> {
  const store = await openPostgresStore({ connection: server.connection, schema: 'bct' })
  const ends = (await log.bounds('sales')).map(({ end }) => end)
  const signal = new AbortController().signal
  const onRead = () => {}
  const work = { log, store, interval: ALL, allowedLatenessMs: LATENESS_MS, ends, signal, onRead }
  await rebuildRows(work, await offsetsAt(log, ALL.fromMs))
  await rebuildWindows(work, null)
  await store.close()
}

function run(into: string, over: Partial<ReplayOptions> = {}) {
  const startProgress = () => ({ update: () => {}, stop: () => {} })
  const said: string[] = []
  const options: ReplayOptions = {
    config,
    mode: 'simulated',
    interval: ASKED,
    into,
    parts: ['sales', 'windows'],
    late: false,
    startProgress,
    nowMs: () => 0,
    say: text => said.push(text),
    signal: new AbortController().signal,
    ...over,
  }
  return replay(options).then(result => ({ ...result, said }))
}

describe('replay', () => {
  beforeAll(async () => {
    log = await openLmdbLog({ dir: join(dataDir, 'simulated', 'log'), partitions: PARTITIONS })
    await fillLog()
    server = await startEmbeddedPostgres({ dataDir: join(dataDir, 'simulated', 'postgres') })
    client = new pg.Client(server.connection)
    await client.connect()
    await fillLive()
  })
  afterAll(async () => {
    await client?.end()
    await server?.stop()
    await log?.close()
    rmSync(dataDir, { recursive: true, force: true })
  })

  it('[G3] rows and windows of an interval equal what its sales add up to, again and again', async () => {
    const { said, ...first } = await run('check')
    expect(said).toEqual(['building check'])
    expect(first.items).toBe(itemsAsked)
    expect(await run('check')).toMatchObject({
      ...first,
      said: [expect.stringContaining('complete already')],
    })
    const rows = await storedRows(client, '"check"')
    expect(rows.length).toBe(itemsAsked)
    const windows = await storedWindows(client, '"check"')
    const found = new Map([...windows].map(([id, { totals }]) => [id, totals]))
    expect(found).toEqual(windowsOfRows(rows, ASKED.fromMs, ASKED.toMs))
  })

  it('[B3] interrupted, the same command goes on; other parameters start again; both say so', async () => {
    const stop = new AbortController()
    const startProgress = () => ({ update: () => stop.abort(), stop: () => {} })
    const broken = await run('stopped', { signal: stop.signal, startProgress })
    expect(broken.upToMs).toBeNull()
    expect((await cli('promote', 'stopped', '--yes')).stderr).toContain('stopped was interrupted')
    const resumed = await run('stopped')
    expect(resumed.said).toEqual(['going on with stopped where it stopped'])
    const { said: _, ...whole } = await run('check')
    expect(resumed).toMatchObject(whole)
    const windowsOnly = await run('stopped', { parts: ['windows'] })
    expect(windowsOnly.said).toEqual([expect.stringContaining('other parameters')])
    expect(windowsOnly).toMatchObject({ items: 0, baskets: 0, windows: whole.windows })
    const unequal = await cli('diff', 'stopped')
    expect([unequal.exitCode, unequal.stdout.includes('sale_items')]).toEqual([0, false])
  })

  it('[B4] promote makes the interval of the live tables what the replay is, and touches nothing else', async () => {
    await run('check')
    expect((await cli('diff', 'check')).exitCode).toBe(0)
    const asWas = [await storedRows(client), await storedWindows(client)]
    await spoilLive()
    const spoilt = await cli('diff', 'check', '--json')
    expect(spoilt.exitCode).toBe(1)
    const tables = JSON.parse(spoilt.stdout).tables as { table: string; onlyReplay: number }[]
    expect(tables.find(t => t.table === 'sale_items')?.onlyReplay).toBeGreaterThan(50)
    expect((await cli('diff', 'check', '--rows', '3')).stdout).toMatch(/only in the replay/)
    const dry = await cli('promote', 'check', '--dry-run')
    const refused = await cli('promote', 'check')
    expect([dry.exitCode, refused.exitCode]).toEqual([0, 2])
    expect((await cli('diff', 'check')).exitCode).toBe(1)
    const promoted = await cli('promote', 'check', '--yes')
    expect([promoted.exitCode, promoted.stdout]).toEqual([0, dry.stdout])
    expect((await cli('diff', 'check')).exitCode).toBe(0)
    expect([await storedRows(client), await storedWindows(client)]).toEqual(asWas)
    expect((await cli('promote', 'check', '--yes')).stderr).toContain('0 live rows changed')
  })

  it('[B5] readers of the live tables see what was promoted, and a late repeat of a live stage loses', async () => {
    await run('check')
    const store = await openPostgresStore({ connection: server.connection, schema: 'bct' })
    const before = await store.totals({ ...ASKED, filter: { ...NO_FILTER, country: 'de', format: 'vinyl' } })
    const spoiltAt = await spoilLive()
    const spoilt = await store.totals({ ...ASKED, filter: { ...NO_FILTER, country: 'de', format: 'vinyl' } })
    expect(spoilt.items).toBeLessThan(before.items)
    await cli('promote', 'check', '--yes')
    expect(
      await store.totals({ ...ASKED, filter: { ...NO_FILTER, country: 'de', format: 'vinyl' } }),
    ).toEqual(before)
    const repeat = { ...spoiltAt, partial: false, baskets: 1, units: 1, revenueUsdCents: 1, overUsdCents: 0 }
    const progress = { stage: 'store-writer', topic: 'windows', partition: 0, offset: 1 } as const
    await store.write({ windows: [{ ...repeat, items: 1 }], progress })
    expect((await cli('diff', 'check')).exitCode).toBe(0)
    await store.close()
  })

  it('[B6] promote refuses an interval that live stages may still change', async () => {
    await run('open', { interval: { ...ASKED, toMs: ALL.toMs - LATENESS_MS / 2 } })
    const early = await cli('promote', 'open', '--yes')
    expect([early.exitCode, early.stderr]).toEqual([5, expect.stringContaining('late ones may change it')])
    await run('check')
    const behind = DAY + 3 * HOUR_MS
    await client.query('CREATE TABLE kept AS SELECT * FROM bct.stage_offsets')
    await client.query('UPDATE bct.stage_offsets SET watermark_at = to_timestamp($1)', [behind / 1_000])
    const late = await cli('promote', 'check', '--yes')
    expect([late.exitCode, late.stderr]).toEqual([5, expect.stringContaining('have come to')])
    await client.query(
      'UPDATE bct.stage_offsets o SET watermark_at = k.watermark_at FROM kept k WHERE o.topic = k.topic AND o.partition = k.partition AND o.stage = k.stage',
    )
  })

  it('[B17] a replay has a log to read and tables of its own, nothing that mails, and adds nothing to the log', async () => {
    const parts = await openReplayParts(config, 'simulated')
    expect(Object.keys(parts).sort()).toEqual(['close', 'log', 'openStore', 'replays'])
    await parts.close()
    const ends = () => Promise.all(TOPIC_NAMES.map(topic => log.bounds(topic)))
    const before = await ends()
    await run('silent')
    expect(await ends()).toEqual(before)
  })

  it('[B7] only what a replay has made is overwritten or dropped', async () => {
    await client.query('CREATE SCHEMA mine; CREATE TABLE mine.things (id int)')
    const [drop, into] = [await cli('drop', 'mine'), await cli(...TIMES, '--into', 'mine')]
    expect([drop.exitCode, into.exitCode]).toEqual([5, 5])
    expect((await cli('drop', 'bct')).exitCode).toBe(2)
    expect((await cli('drop', 'nowhere')).exitCode).toBe(3)
    expect((await client.query('SELECT FROM mine.things')).rowCount).toBe(0)
    expect((await cli(...TIMES, '--into', 'passing', '--stages', 'windows')).exitCode).toBe(0)
    expect((await cli('list')).stdout).toMatch(
      /^passing +simulated +2026-10-14T01:00Z .* windows +complete$/m,
    )
    expect((await cli('drop', 'passing')).exitCode).toBe(0)
    expect((await cli('list')).stdout).not.toContain('passing')
  })
})

/** Loses, changes and invents live rows within the interval; answers a window it has changed. */
async function spoilLive() {
  const within = `sold_at >= '2026-10-14T01:00Z' AND sold_at < '2026-10-14T04:00Z'`
  const hour = `start_at = '2026-10-14T02:00Z'`
  await client.query(`DELETE FROM bct.sales WHERE ${within} AND basket_id < 'M'`)
  await client.query(`DELETE FROM bct.sale_items WHERE ${within} AND basket_id < 'M'`)
  await client.query(
    `UPDATE bct.sale_items SET title = 'spoilt', units = 7 WHERE ${within} AND country = 'us'`,
  )
  await client.query(`UPDATE bct.sale_hours SET version = version + 1`)
  await client.query(`UPDATE bct.windows_1h SET items = items + 1 WHERE ${hour} AND dimension IN (0, 1)`)
  await client.query(`DELETE FROM bct.windows_1m WHERE start_at = '2026-10-14T02:30Z'`)
  await client.query(`INSERT INTO bct.windows_1h SELECT start_at, 1, 1, 1, 1, 0, 0, 1, false, 'invented'
    FROM bct.windows_1h WHERE ${hour} AND dimension = 0 ON CONFLICT DO NOTHING`)
  await client.query(`INSERT INTO bct.gaps VALUES ('2026-10-14T02:00Z', '2026-10-14T02:01Z', 'outage')
    ON CONFLICT DO NOTHING`)
  return {
    kind: 'window' as const,
    key: 'all',
    size: '1h' as const,
    startMs: DAY + 2 * HOUR_MS,
    revision: 0,
  }
}
