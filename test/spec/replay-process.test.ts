// Replay and recorded mode as processes: Ctrl-C in the middle of a replay, and a recording that is played.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { worldSales } from '../../bench/world-sales.ts'
import { openLmdbLog } from '../../infra/lmdb/log.ts'
import { writeExport } from '../../infra/main/log-file.ts'
import { readEvent } from '../../producers/core/feed-json.ts'
import { basketId } from '../../producers/core/identity.ts'
import { createWorld } from '../../producers/simulator/core/world.ts'
import type { FeedRecord, SalesRecord } from '../../schemas/records.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../schemas/time.ts'
import { ROOT } from '../tidy/files.ts'

const DAY = Date.UTC(2026, 9, 14)
const dir = mkdtempSync(path.join(tmpdir(), 'bct-procs-'))
/** Three seconds on a quiet machine. */
const PLAYED_WITHIN_MS = 60_000
const ASK_EVERY_MS = 300
const running = new Set<ChildProcess>()

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the CLI from its sources; `onText` sees all that was said so far whenever there is more. */
function run(
  args: readonly string[],
  onText: (text: string, child: ChildProcess) => void = () => {},
): Promise<Ended> {
  const env = { PATH: process.env.PATH, NODE_NO_WARNINGS: '1' }
  const cli = path.join(ROOT, 'infra/main/cli.ts')
  const child = spawn(process.execPath, ['--import', 'tsx', cli, ...args], { cwd: ROOT, env })
  running.add(child)
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', chunk => {
    stdout += chunk
    onText(stdout + stderr, child)
  })
  child.stderr.on('data', chunk => {
    stderr += chunk
    onText(stdout + stderr, child)
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', code => {
      running.delete(child)
      resolve({ code, stdout, stderr })
    })
  })
}

async function fillSales(): Promise<void> {
  const log = await openLmdbLog({ dir: path.join(dir, 'simulated', 'log'), partitions: 1 })
  for (const batch of worldSales(DAY, DAY + DAY_MS, HOUR_MS))
    await log.append(batch.map((record: SalesRecord) => ({ topic: 'sales', partition: 0, record })))
  await log.close()
}

describe('replay and recorded mode as processes', () => {
  beforeAll(fillSales)
  afterAll(() => {
    for (const child of running) child.kill('SIGKILL')
    rmSync(dir, { recursive: true, force: true })
  })

  test('[B3] Ctrl-C stops a replay in order with exit 130; the same command ends it', async () => {
    const AT = ['--data-dir', dir]
    const times = ['--from', '2026-10-14', '--to', '2026-10-14T22:00Z']
    const replay = ['replay', ...times, '--into', 'check', ...AT]
    let isSent = false
    const broken = await run(replay, (text, child) => {
      if (!text.includes('building check') || isSent) return
      isSent = child.kill('SIGINT')
    })
    expect([broken.code, broken.stderr]).toEqual([130, expect.stringContaining('goes on from here')])
    const list = await run(['replay', 'list', ...AT])
    expect(list.stdout).toMatch(/^check .* interrupted/m)
    const whole = await run(replay)
    expect([whole.code, whole.stderr]).toEqual([0, expect.stringContaining('going on with check')])
    const fresh = await run(['replay', ...times, '--into', 'other', ...AT])
    expect(whole.stdout).toBe(fresh.stdout)
  })

  test('[B15] [B18] a recording is played into a folder of its own; a replay beside it leaves it running', async () => {
    const file = path.join(dir, 'feed.ndjson.gz')
    const header = { topic: 'feed', mode: 'live', fromMs: null, toMs: null, partitions: 1 } as const
    await writeExport(file, header, recorded())
    const data = path.join(dir, 'played')
    const args = [
      'start',
      '--mode',
      'recorded',
      '--recording',
      file,
      '--recorded-speed',
      '600',
      '--port',
      '0',
    ]
    let asking: Promise<Status> | null = null
    const ended = await run([...args, '--data-dir', data, '--json'], (text, child) => {
      const url = /"url": "([^"]+)"/.exec(text)?.[1]
      if (url === undefined || asking !== null) return
      asking = whenPlayed(url)
        .then(async () => {
          // Beside the running tracker, whose database it finds and leaves as it is.
          const times = ['--from', '2026-10-14', '--to', '2026-10-14T00:20Z']
          const built = await run(['replay', ...times, '--into', 'beside', '--data-dir', data])
          const diff = await run(['replay', 'diff', 'beside', '--data-dir', data])
          expect([built.code, diff.code]).toEqual([0, 0])
          return whenPlayed(url)
        })
        .finally(() => child.kill('SIGTERM'))
    })
    expect(ended.code).toBe(0)
    expect(await asking).toMatchObject({ mode: 'recorded', watermarkMs: DAY + 30 * MINUTE_MS })
    const stat = await run(['log', 'stat', '--json', '--data-dir', data])
    expect(JSON.parse(stat.stdout)).toMatchObject({ mode: 'recorded' })
    const other = await run([...args, '--data-dir', data, '--recording', `${file}.none`])
    expect([other.code, other.stderr]).toEqual([3, expect.stringContaining('there is no file')])
  })
})

interface Status {
  readonly mode: string
  readonly watermarkMs: number | null
}

/** Asks until the recording is over. */
function whenPlayed(url: string): Promise<Status> {
  const ask = async (): Promise<Status> => {
    const response = await fetch(`${url}/api/v1/status`)
    const status = (await response.json()) as Status
    if ((status.watermarkMs ?? 0) < DAY + 30 * MINUTE_MS) throw new Error('it is still being played')
    return status
  }
  return vi.waitFor(ask, { timeout: PLAYED_WITHIN_MS, interval: ASK_EVERY_MS })
}

/** Half an hour of a world, as a poller would have written it. */
async function* recorded(): AsyncGenerator<FeedRecord> {
  const world = createWorld({ seed: 3 })
  for (let minute = DAY; minute < DAY + 30 * MINUTE_MS; minute += MINUTE_MS) {
    for (const { soldAtMs, text } of world.eventsOfMinute(minute)) {
      const event = readEvent(text)
      if (event.kind !== 'event') continue
      yield { kind: 'basket', id: basketId(event.soldAtText, event.items), soldAtMs, text }
    }
    yield { kind: 'tick', upToMs: minute + MINUTE_MS }
  }
}
