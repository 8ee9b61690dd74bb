// What only the embedded log does: folders, formats, block sizes, retention, map size, full disks.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { open as openLmdb } from 'lmdb'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { toOutage } from '../../infra/lmdb/environment.ts'
import { type LmdbLogOptions, openLmdbLog } from '../../infra/lmdb/log.ts'
import { type EventLog, OutageError } from '../../infra/ports.ts'
import { HOUR_MS } from '../../schemas/time.ts'
import { after, basket, baskets, eventually, idsOf, inFeed, tick } from './event-log-helpers.ts'

describe('the embedded log in its folder', () => {
  let dir = ''
  let logs: EventLog[] = []
  const open = async (options: Partial<LmdbLogOptions> = {}): Promise<EventLog> => {
    const log = await openLmdbLog({ dir, partitions: 1, ...options })
    logs.push(log)
    return log
  }
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'bct-log-'))
  })
  afterEach(async () => {
    await Promise.all(logs.map(log => log.close()))
    logs = []
    rmSync(dir, { recursive: true, force: true })
  })

  /** Records in each block of partition 0 of `feed`, oldest first: offsets in the keys tell. */
  async function blockSizes(end: number): Promise<number[]> {
    await Promise.all(logs.map(log => log.close()))
    const root = openLmdb({ path: dir, noSubdir: false, overlappingSync: false, maxDbs: 32 })
    const table = root.openDB<Buffer, number[]>({ name: 'topic-feed', encoding: 'binary' })
    const firsts = [...table.getKeys({})].map(key => key[1] ?? 0)
    await root.close()
    return firsts.map((first, i) => (firsts[i + 1] ?? end) - first)
  }

  test('[L15] thousands of single appends end up in a few large blocks', async () => {
    const log = await open()
    const count = 2_500
    const entries = baskets('a', count)
    // A hundred at a time share a commit; to the blocks each is an append of its own.
    for (let i = 0; i < count; i += 100) {
      await Promise.all(entries.slice(i, i + 100).map(entry => log.append([entry])))
    }
    expect(idsOf((await log.read('feed', 0, 0, count)).records)).toEqual(
      Array.from({ length: count }, (_, i) => `a-${i}`),
    )
    const sizes = await blockSizes(count)
    expect(sizes.length).toBeLessThan(16)
    expect(sizes[0]).toBeGreaterThan(count / 2)
  })

  test('large records make blocks of few records, and a read stops before it holds too much', async () => {
    const log = await open()
    const large = Array.from({ length: 40 }, (_, i) => inFeed(0, basket(`l-${i}`, i, 'x'.repeat(500_000))))
    await log.append(large)
    const batch = await log.read('feed', 0, 0, 1_000)
    expect(batch.records.length).toBeGreaterThan(10)
    expect(batch.records.length).toBeLessThan(30)
    expect(batch.endOffset).toBe(40)
    expect(Math.max(...(await blockSizes(40)))).toBeLessThanOrEqual(2)
  })

  test('[L16] another number of partitions is refused, with both numbers and what to do', async () => {
    await (await open({ partitions: 4 })).close()
    await expect(open({ partitions: 8 })).rejects.toMatchObject({
      name: 'SetupError',
      message: expect.stringMatching(/created with 4 partitions of "feed", but 8 are configured/),
      fix: expect.stringMatching(/^set --partitions back to 4/),
    })
    await open({ partitions: 4 })
  })

  test('[L49] a member that reads its past gives way to the rest of the process between batches', async () => {
    const log = await open()
    await log.append(baskets('a', 20_000))
    let turns = 0
    let isOver = false
    const count = (): void => {
      turns++
      if (!isOver) setImmediate(count)
    }
    const turnsAt: number[] = []
    setImmediate(count)
    const consumer = await log.consume({
      group: 'g',
      topic: 'feed',
      onAssigned: async () => ({
        from: 0,
        task: {
          handle: async batch => {
            turnsAt.push(turns)
            return after(batch)
          },
          revoked: async () => {},
        },
      }),
    })
    await eventually(() => expect(turnsAt.length).toBeGreaterThanOrEqual(4))
    isOver = true
    await consumer.close()
    expect(new Set(turnsAt).size).toBe(turnsAt.length)
  })

  test('a folder with something else in it is refused', async () => {
    mkdirSync(dir, { recursive: true })
    writeFileSync(join(dir, 'data.mdb'), 'not ours')
    await expect(open()).rejects.toThrow(/not an event log/)
  })

  test('a newer format, or a damaged format file, is refused by name', async () => {
    await (await open()).close()
    const file = join(dir, 'format.json')
    const format = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
    writeFileSync(file, JSON.stringify({ ...format, version: 7 }))
    await expect(open()).rejects.toThrow(/format version 7, this program writes 1/)
    writeFileSync(file, '{')
    await expect(open()).rejects.toThrow(/format\.json is not that of an event log/)
  })

  test('[L17] retention drops whole blocks by the time of appending; reading goes on at the new start', async () => {
    let nowMs = 1_000_000_000_000
    const log = await open({ clock: { nowMs: () => nowMs } })
    // Old sales, appended now: a backfill. They are young to the log.
    const pane = (from: number, count: number) =>
      Array.from({ length: count }, (_, i) => ({
        topic: 'panes' as const,
        partition: 0,
        record: tick(from + i),
      }))
    await log.append([...pane(0, 900), ...baskets('kept', 3)])
    await log.enforceRetention(nowMs + 71 * HOUR_MS)
    expect(await log.bounds('panes')).toEqual([{ start: 0, end: 900 }])
    nowMs += 2 * HOUR_MS
    await log.append(pane(900, 800))
    await log.enforceRetention(nowMs + 71 * HOUR_MS)
    expect(await log.bounds('panes')).toEqual([{ start: 900, end: 1_700 }])
    expect((await log.read('panes', 0, 0, 1)).firstOffset).toBe(900)
    expect(await log.offsetAtTime('panes', 0, 1_000)).toBe(1_000)
    await log.enforceRetention(nowMs + 73 * HOUR_MS)
    expect(await log.bounds('panes')).toEqual([{ start: 1_700, end: 1_700 }])
    expect((await log.read('panes', 0, 0, 1)).records).toEqual([])
    await log.append(pane(1_700, 1))
    expect((await log.read('panes', 0, 0, 10)).records).toEqual([tick(1_700)])
    expect(await log.bounds('feed')).toEqual([{ start: 0, end: 3 }])
  })

  test('[L4] seeking stays exact where what was dropped was younger than what is left', async () => {
    let nowMs = 1_000_000_000_000
    const log = await open({ clock: { nowMs: () => nowMs } })
    const panes = (from: number, count: number) =>
      Array.from({ length: count }, (_, i) => ({
        ...{ topic: 'panes' as const, partition: 0 },
        record: tick(from + i),
      }))
    // Sales of a wrong clock, then an import of old ones: three blocks.
    await log.append([...panes(90_000, 1), ...panes(0, 599)])
    nowMs += 2 * HOUR_MS
    for (const [from, count] of [
      [600, 500],
      [1_100, 400],
      [1_500, 300],
    ] as const)
      await log.append(panes(from, count))
    await log.enforceRetention(nowMs + 71 * HOUR_MS)
    expect(await log.bounds('panes')).toEqual([{ start: 600, end: 1_800 }])
    for (const timeMs of [0, 600, 601, 1_099, 1_100, 1_300, 1_500, 1_799])
      expect(await log.offsetAtTime('panes', 0, timeMs)).toBe(Math.max(600, timeMs))
    expect(await log.offsetAtTime('panes', 0, 1_800)).toBe(1_800)
  })

  test('[L18] what a group has not read yet is kept, up to ten times as long', async () => {
    const nowMs = 1_000_000_000_000
    const log = await open({ clock: { nowMs: () => nowMs } })
    const panes = (from: number) =>
      Array.from({ length: 4_000 }, (_, i) => {
        return { topic: 'panes' as const, partition: 0, record: tick(from + i) }
      })
    await log.append(panes(0))
    await log.append(panes(4_000))
    await log.append(panes(8_000))
    const commitAt = async (group: string, offset: number) => {
      const position = { offset, watermarkMs: null, finalAtMs: null }
      const task = { handle: async () => position, revoked: async () => {} }
      const consumer = await log.consume({
        group,
        topic: 'panes',
        onAssigned: async () => ({ task, from: 0 }),
      })
      await eventually(async () => expect((await log.committed(group, 'panes'))[0]?.offset).toBe(offset))
      await consumer.close()
    }
    await commitAt('quick', 12_000)
    await commitAt('lagging', 5_000)
    await log.enforceRetention(nowMs + 73 * HOUR_MS)
    expect(await log.bounds('panes')).toEqual([{ start: 4_000, end: 12_000 }])
    await log.enforceRetention(nowMs + 719 * HOUR_MS)
    expect(await log.bounds('panes')).toEqual([{ start: 4_000, end: 12_000 }])
    await log.enforceRetention(nowMs + 721 * HOUR_MS)
    expect(await log.bounds('panes')).toEqual([{ start: 12_000, end: 12_000 }])
  })

  test('retention may be set by topic', async () => {
    const log = await open({ clock: { nowMs: () => 0 }, retentionMs: { feed: 1_000, panes: null } })
    await log.append([inFeed(0, tick(1)), { topic: 'panes', partition: 0, record: tick(1) }])
    await log.enforceRetention(100 * 24 * HOUR_MS)
    expect(await log.bounds('feed')).toEqual([{ start: 1, end: 1 }])
    expect(await log.bounds('panes')).toEqual([{ start: 0, end: 1 }])
  })

  test('the map grows as the log does, for every log on the folder', async () => {
    const [writer, reader] = [
      await open({ mapSizeBytes: 1_048_576 }),
      await open({ mapSizeBytes: 1_048_576 }),
    ]
    for (let i = 0; i < 24; i++) {
      await writer.append([inFeed(0, basket(`g-${i}`, i, 'x'.repeat(1_000_000)))])
      const batch = await reader.read('feed', 0, i, 1)
      expect(idsOf(batch.records)).toEqual([`g-${i}`])
    }
  })

  test('a full disk is an outage that says what to do', () => {
    const full = toOutage(new Error('No space left on device'))
    expect(full).toBeInstanceOf(OutageError)
    expect(full).toMatchObject({ code: 'log-disk-full', message: expect.stringContaining('free some space') })
    // A write that is cut short by a full disk, as seen on a small file system.
    expect(toOutage(new Error('Input/output error'))).toMatchObject({ code: 'log-disk-error' })
    const other = new Error('something else')
    expect(toOutage(other)).toBe(other)
  })

  test('group names that cannot be keys are refused', async () => {
    const log = await open()
    await expect(log.committed('a/b', 'feed')).rejects.toThrow(/no group name/)
  })
})
