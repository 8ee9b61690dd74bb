// Processes side by side: who writes the past, whose world counts, and a world that another process serves.
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { backfill } from '../../infra/main/backfill.ts'
import { loadConfig } from '../../infra/main/config.ts'
import { EXIT } from '../../infra/main/errors.ts'
import { chooseFeed } from '../../infra/main/feed-choice.ts'
import { createNeighbours, lagOfAll } from '../../infra/main/neighbours.ts'
import { type RunInfo, sweepRunFiles, writeRunFile } from '../../infra/main/run-file.ts'
import { systemClock } from '../../infra/system/clock.ts'
import { createWorld } from '../../producers/simulator/core/world.ts'
import { createSimulatedFeed } from '../../producers/simulator/feed.ts'
import { startFeedServer } from '../../producers/simulator/server.ts'
import { createFakeClock } from '../fakes/clock.ts'
import { createFakeStore } from '../fakes/store.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'bct-side-'))
afterEach(() => rmSync(dataDir, { recursive: true, force: true }))

const NEVER = new AbortController().signal

const choice = (flags: Readonly<Record<string, string>>) =>
  chooseFeed({
    config: loadConfig({ flags: { mode: 'simulated', dataDir, ...flags }, env: {}, cwd: dataDir }).config,
    clock: systemClock,
    version: '0',
    signal: NEVER,
  })

describe('a world that another process serves', () => {
  it('[C21] gives its feed, its pages, its seed and its time', async () => {
    const world = createWorld({ seed: 4 })
    const clock = createFakeClock(Date.UTC(2026, 9, 14, 12))
    const server = await startFeedServer({ world, feed: createSimulatedFeed({ world, clock }), port: 0 })
    try {
      const { feed, pages, world: ours, clock: time } = await choice({ feedBaseUrl: server.url })
      expect(ours?.seed).toBe(4)
      expect(Math.abs(time.nowMs() - clock.nowMs())).toBeLessThan(60_000)
      const answer = await feed.get(null)
      const [first] = world.eventsOfMinute(clock.nowMs() - 120_000)
      expect(answer).toMatchObject({ kind: 'body', text: expect.stringContaining(first!.text) })
      const item = first!.event.items[0]!
      const url = `https:${item.url}`
      const html = world.pageHtml(url)
      expect(await pages.get(url)).toEqual(
        html === null ? { kind: 'failed', code: 'http-404' } : { kind: 'html', html, finalUrl: url },
      )
    } finally {
      await server.close()
    }
  })

  it('[C21] that does not answer is one clear sentence with the next step, exit 5', async () => {
    const refused = choice({ feedBaseUrl: 'http://127.0.0.1:9' })
    await expect(refused).rejects.toMatchObject({
      exitCode: EXIT.precondition,
      message: 'no simulated feed answers at http://127.0.0.1:9',
      fix: expect.stringContaining('bct feed-server'),
    })
  })
})

describe('neighbours', () => {
  it('[C22] processes that begin together agree on when a fast world began', async () => {
    const [one, other] = await Promise.all([
      choice({ simulatorSpeed: '50' }),
      choice({ simulatorSpeed: '50' }),
    ])
    expect(Math.abs(one.clock.nowMs() - other.clock.nowMs())).toBeLessThan(5_000)
    const held: unknown = JSON.parse(readFileSync(join(dataDir, 'simulated/world-clock.json'), 'utf8'))
    expect(held).toEqual({ beganAtMs: expect.any(Number) })
  })

  it('hear of each other, and add up what is left to read', () => {
    const run: RunInfo = {
      pid: process.ppid,
      url: null,
      mode: 'simulated',
      version: '0',
      startedAtMs: 1,
      stages: ['panes'],
      log: 'embedded',
      world: null,
      lagRecords: { panes: 3, enrich: 1 },
      historyProgress: 0.5,
    }
    writeRunFile(dataDir, run)
    const neighbours = createNeighbours(dataDir)
    expect(neighbours.others()).toEqual([run])
    const stop = neighbours.announce({ ...run, pid: process.pid }, () => run)
    expect(createNeighbours(dataDir).others()).toEqual([run])
    expect(lagOfAll({ panes: 2 }, [run])).toEqual([
      { name: 'panes', lagRecords: 5 },
      { name: 'enrich', lagRecords: 1 },
    ])
    stop()
  })

  it('[C41] one that has the number of a process that is gone is not taken for it', () => {
    const run: RunInfo = {
      ...{ pid: process.ppid, url: null, mode: 'simulated', version: '0', startedAtMs: 1, stages: [] },
      ...{ log: 'embedded', world: null, lagRecords: {}, historyProgress: null },
    }
    writeRunFile(dataDir, run)
    const file = join(dataDir, 'run', `${process.ppid}.json`)
    const held = JSON.parse(readFileSync(file, 'utf8')) as { host: string; startedAt: string }
    const written = (change: Partial<typeof held>) => {
      writeFileSync(file, JSON.stringify({ ...held, ...change }))
      return createNeighbours(dataDir).others().length
    }
    expect([written({}), written({ startedAt: `${held.startedAt}1` })]).toEqual([1, 0])
    const elsewhere = { host: 'another container' }
    expect(written(elsewhere)).toBe(1)
    const longAgo = new Date(Date.now() - 60_000)
    utimesSync(file, longAgo, longAgo)
    expect(createNeighbours(dataDir).others()).toEqual([])
    sweepRunFiles(dataDir)
    expect(existsSync(file)).toBe(false)
  })

  it('[C28] a process whose disk is full goes on, though it can tell the others nothing', () => {
    vi.useFakeTimers()
    const info: Parameters<ReturnType<typeof createNeighbours>['announce']>[0] = {
      ...{ pid: process.pid, url: null, mode: 'simulated', version: '0', startedAtMs: 1, stages: [] },
      ...{ log: 'embedded', world: null },
    }
    const stop = createNeighbours(dataDir).announce(info, () => ({ lagRecords: {}, historyProgress: null }))
    rmSync(join(dataDir, 'run'), { recursive: true })
    writeFileSync(join(dataDir, 'run'), 'no folder, as little as room')
    vi.advanceTimersByTime(10_000)
    rmSync(join(dataDir, 'run'))
    vi.advanceTimersByTime(10_000)
    expect(existsSync(join(dataDir, 'run', `${process.pid}.json`))).toBe(true)
    stop()
    vi.useRealTimers()
  })

  it('[C24] a past that another process writes is not written again, and nobody waits for it', async () => {
    const store = createFakeStore()
    const clock = createFakeClock(0)
    const lease = await store.acquireLease('poll', NEVER)
    let isMissing = true
    const past = { fromMs: 0, toMs: 60_000 }
    const done = backfill({
      store,
      clock,
      work: past as Parameters<typeof backfill>[0]['work'],
      signal: NEVER,
      stillMissing: async () => (isMissing ? past : null),
      storedUpToMs: async () => null,
      onProgress: () => {
        throw new Error('the past is being written')
      },
    })
    await clock.advance(5_000)
    isMissing = false
    await clock.advance(2_000)
    await done
    await lease.release()
  })
})
