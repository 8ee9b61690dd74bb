// Several processes on one embedded log: killed, stopped and resumed at bad moments.
import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openLmdbLog } from '../../infra/lmdb/log.ts'
import type { EventLog } from '../../infra/ports.ts'
import { baskets, eventually, idsOf, witness } from './event-log-helpers.ts'

const PARTITIONS = 3
const BATCH_RECORDS = 40
/** Each child takes a second to start, several where the machine is busy. */
const PATIENCE_MS = 180_000
const CHILD = new URL('lmdb-child.ts', import.meta.url)

interface Told {
  readonly ready?: boolean
  readonly joined?: boolean
  readonly acknowledged?: number
  readonly assigned?: number
  readonly revoked?: number
  readonly handling?: number
  readonly ids?: readonly string[]
}

interface Child {
  readonly process: ChildProcess
  readonly told: Told[]
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>
}

describe('the embedded log shared by processes', () => {
  let dir = ''
  let children: Child[] = []
  let logs: EventLog[] = []

  const start = (...args: readonly string[]): Child => {
    const [role = '', ...rest] = args
    const child = fork(CHILD, [role, dir, ...rest], { execArgv: ['--import', 'tsx'] })
    const told: Told[] = []
    child.on('message', message => told.push(message as Told))
    const gone = new Promise<void>(resolve => child.once('exit', () => resolve()))
    const kill = (): Promise<void> => {
      child.kill('SIGKILL')
      return gone
    }
    const started = { process: child, told, kill }
    children.push(started)
    return started
  }
  const open = async (): Promise<EventLog> => {
    const log = await openLmdbLog({ dir, partitions: PARTITIONS })
    logs.push(log)
    return log
  }

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'bct-log-'))
  })
  afterEach(async () => {
    await Promise.all(children.map(child => child.kill()))
    await Promise.all(logs.map(log => log.close()))
    children = []
    logs = []
    rmSync(dir, { recursive: true, force: true })
  })

  test(
    '[L12] a writer killed in the middle, ten times over, loses nothing acknowledged and tears no append',
    async () => {
      let acknowledged = -1
      for (let round = 0; round < 10; round++) {
        const writer = start('write')
        // More acknowledgements in each round, so that the kill falls at other places of the merging of
        // blocks.
        await eventually(() => expect(writer.told.length).toBeGreaterThan(round * 3))
        await writer.kill()
        acknowledged = Math.max(acknowledged, ...writer.told.map(({ acknowledged: n = -1 }) => n))
      }
      const log = await open()
      const bounds = await log.bounds('feed')
      const batches = (bounds[0]?.end ?? 0) / BATCH_RECORDS
      expect(Number.isInteger(batches)).toBe(true)
      expect(batches).toBeGreaterThan(acknowledged)
      const expected = Array.from({ length: batches }, (_, b) =>
        idsOf(baskets(`batch-${b}`, BATCH_RECORDS).map(e => e.record)),
      )
      for (let p = 0; p < PARTITIONS; p++) {
        const { records } = await log.read('feed', p, 0, 1_000_000)
        expect(idsOf(records)).toEqual(expected.flat())
      }
    },
    PATIENCE_MS,
  )

  test('two processes follow what a third appends', async () => {
    const count = 2_000
    const readers = [start('follow', String(count)), start('follow', String(count))]
    await eventually(() => expect(readers.every(({ told }) => told.some(({ ready }) => ready))).toBe(true))
    const log = await open()
    const entries = baskets('a', count)
    for (let i = 0; i < count; i += 50) await log.append(entries.slice(i, i + 50))
    for (const reader of readers) {
      await eventually(() =>
        expect(reader.told.at(-1)?.ids).toEqual(idsOf(entries.map(({ record }) => record))),
      )
    }
  })

  test('an append of another process wakes a waiter', async () => {
    const log = await open()
    const writer = start('write-on-demand')
    await eventually(() => expect(writer.told).toHaveLength(1))
    for (let end = 0; end < 5; end++) {
      const waiting = log.waitForAppend('feed', [end, 0, 0], new AbortController().signal)
      writer.process.send('append')
      await waiting
      expect((await log.bounds('feed'))[0]?.end).toBe(end + 1)
    }
  })

  test('[L13] the partitions of a killed process go to the others within seconds, from its last commit', async () => {
    const log = await open()
    await log.append(Array.from({ length: PARTITIONS }, (_, p) => baskets(`p${p}`, 10, p)).flat())
    const child = start('consume')
    await eventually(() =>
      expect(child.told.filter(({ handling }) => handling !== undefined)).toHaveLength(3),
    )
    await eventually(async () =>
      expect((await log.committed('group', 'feed')).every(p => p?.offset === 10)).toBe(true),
    )
    const mine = await witness(log)
    await eventually(() => expect(mine.holding.size).toBeGreaterThan(0))
    expect(mine.holding.size).toBeLessThan(PARTITIONS)
    await child.kill()
    const killedAtMs = Date.now()
    await log.append(Array.from({ length: PARTITIONS }, (_, p) => baskets(`q${p}`, 1, p)).flat())
    await eventually(() => {
      for (let p = 0; p < PARTITIONS; p++) expect(mine.seen.get(p)).toEqual([`q${p}-0`])
    })
    expect(Date.now() - killedAtMs).toBeLessThan(5_000)
  })

  test('[L13] a restart right after a kill has all partitions at once', async () => {
    const child = start('consume')
    await eventually(() =>
      expect(child.told.filter(({ assigned }) => assigned !== undefined)).toHaveLength(3),
    )
    await child.kill()
    const log = await open()
    const startedAtMs = Date.now()
    const mine = await witness(log)
    await eventually(() => expect(mine.holding.size).toBe(PARTITIONS))
    expect(Date.now() - startedAtMs).toBeLessThan(1_000)
  })

  test(
    '[L14] a process that stood still and lost its partitions cannot commit; it comes back as a new member',
    async () => {
      const log = await open()
      await log.append(Array.from({ length: PARTITIONS }, (_, p) => baskets(`p${p}`, 10, p)).flat())
      const child = start('consume-and-hold')
      await eventually(() =>
        expect(child.told.filter(({ handling }) => handling !== undefined)).toHaveLength(3),
      )
      child.process.kill('SIGSTOP')
      const mine = await witness(log)
      await eventually(async () => {
        expect(mine.holding.size).toBe(PARTITIONS)
        expect((await log.committed('group', 'feed')).map(p => p?.offset)).toEqual([10, 10, 10])
      })
      child.process.kill('SIGCONT')
      child.process.send('go')
      await eventually(() =>
        expect(child.told.filter(({ revoked }) => revoked !== undefined)).toHaveLength(3),
      )
      // The child's commits carry a watermark, ours none.
      expect((await log.committed('group', 'feed')).map(p => p?.watermarkMs)).toEqual([null, null, null])
      await eventually(() => {
        expect(mine.holding.size).toBeLessThan(PARTITIONS)
        expect(child.told.filter(({ assigned }) => assigned !== undefined).length).toBeGreaterThan(PARTITIONS)
      })
    },
    PATIENCE_MS,
  )
})
