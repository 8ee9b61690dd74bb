// Chapter: tools of the log. What is exported and imported again is the same log; what is damaged, foreign
// or hostile does no harm.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { gunzipSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { openLmdbLog } from '../../infra/lmdb/log.ts'
import { readExport, streamExport, writeExport } from '../../infra/main/log-file.ts'
import { checkFile, importFile } from '../../infra/main/log-import.ts'
import { mergedRecords } from '../../infra/main/log-merge.ts'
import { type TailLine, tailLog } from '../../infra/main/log-tail.ts'
import { recordLine, safeJson } from '../../infra/main/log-text.ts'
import { type RunInfo, writeRunFile } from '../../infra/main/run-file.ts'
import type { Entry, EventLog } from '../../infra/ports.ts'
import { partitionOf } from '../../schemas/partition.ts'
import type { Basket, FeedRecord } from '../../schemas/records.ts'
import { MINUTE_MS } from '../../schemas/time.ts'
import { createFakeEventLog } from '../fakes/event-log.ts'
import { bct } from '../fakes/io.ts'
import { sale, T0 } from '../support/sales.ts'

const dir = mkdtempSync(join(tmpdir(), 'bct-log-'))
const RUNS = Number(process.env.RUNS ?? 60)
afterAll(() => rmSync(dir, { recursive: true, force: true }))

let files = 0
const newFile = () => join(dir, `${files++}.ndjson.gz`)
const forever = new AbortController().signal

const basket = (n: number, soldAtMs: number): Basket => ({
  kind: 'basket',
  id: `${n}`.padStart(22, 'a'),
  soldAtMs,
  text: JSON.stringify({ n, items: [] }),
})

/** Baskets of a minute each and a tick behind them, now and then a late one or a gap: as a poller writes. */
const arbRounds = fc.array(fc.record({ baskets: fc.nat(4), late: fc.boolean(), gap: fc.boolean() }), {
  minLength: 1,
  maxLength: 12,
})

type Rounds = readonly { readonly baskets: number; readonly late: boolean; readonly gap: boolean }[]

function feedOf(rounds: Rounds, partitions: number): Entry<'feed'>[] {
  const entries: Entry<'feed'>[] = []
  const toAll = (record: FeedRecord) => {
    for (let partition = 0; partition < partitions; partition++)
      entries.push({ topic: 'feed', partition, record })
  }
  let n = 0
  for (const [minute, round] of rounds.entries()) {
    const fromMs = T0 + minute * MINUTE_MS
    const add = (soldAtMs: number) => {
      const record = basket(n++, soldAtMs)
      entries.push({ topic: 'feed', partition: partitionOf(record.id, partitions), record })
    }
    for (let i = 0; i < round.baskets; i++) add(fromMs + i)
    if (round.late) add(Math.max(T0, fromMs - 3 * MINUTE_MS))
    if (round.gap) toAll({ kind: 'gap', fromMs, toMs: fromMs + 1_000, reason: 'feed-skipped' })
    // A log may end in the middle of a poll.
    if (minute < rounds.length - 1 || !round.late) toAll({ kind: 'tick', upToMs: fromMs + MINUTE_MS })
  }
  return entries
}

async function exported(log: EventLog, interval: { fromMs: number; toMs: number } | null): Promise<string> {
  const file = newFile()
  const { fromMs, toMs } = interval ?? { fromMs: null, toMs: null }
  const header = {
    topic: 'feed',
    mode: 'simulated',
    fromMs,
    toMs,
    partitions: log.partitions('feed'),
  } as const
  await writeExport(file, header, mergedRecords(log, 'feed', interval))
  return file
}

async function imported(log: EventLog, file: string) {
  return importFile(log, file, await checkFile(file, () => {}), forever, () => {})
}

const recordsOf = (log: ReturnType<typeof createFakeEventLog>) => log.records('feed')
const identities = (log: ReturnType<typeof createFakeEventLog>) =>
  recordsOf(log)
    .flatMap(part => part.filter(r => r.kind === 'basket').map(r => r.id))
    .sort()

describe('export and import', () => {
  it('[B8] a log exported and imported into any number of partitions is the same log, in the same order', async () => {
    const arbPartitions = fc.integer({ min: 1, max: 3 })
    const property = fc.asyncProperty(arbRounds, arbPartitions, arbPartitions, async (rounds, from, to) => {
      const source = createFakeEventLog({ partitions: from })
      await source.append(feedOf(rounds, from))
      const copy = createFakeEventLog({ partitions: to })
      await imported(copy, await exported(source, null))
      const wanted = createFakeEventLog({ partitions: to })
      await wanted.append(feedOf(rounds, to))
      const inFile: FeedRecord[] = []
      for await (const record of mergedRecords(source, 'feed', null)) inFile.push(record as FeedRecord)
      const alone = createFakeEventLog()
      await alone.append(feedOf(rounds, 1))
      expect(roundsOf(inFile)).toEqual(roundsOf(recordsOf(alone)[0]!))
      const byRound = (parts: readonly (readonly FeedRecord[])[]) => parts.map(roundsOf)
      expect(byRound(recordsOf(copy))).toEqual(byRound(recordsOf(wanted)))
    })
    await fc.assert(property, { numRuns: RUNS })
  })

  it('[B9] importing twice, or parts that overlap, adds nothing twice and loses nothing', async () => {
    const arbCut = fc.integer({ min: 1, max: 10 })
    const property = fc.asyncProperty(arbRounds, arbCut, arbCut, async (rounds, first, second) => {
      const source = createFakeEventLog({ partitions: 2 })
      await source.append(feedOf(rounds, 2))
      const [low, high] = [T0 + Math.min(first, second) * MINUTE_MS, T0 + Math.max(first, second) * MINUTE_MS]
      const copy = createFakeEventLog({ partitions: 2 })
      const parts = [
        await exported(source, { fromMs: T0, toMs: high }),
        await exported(source, { fromMs: low, toMs: T0 + 100 * MINUTE_MS }),
      ]
      for (const part of [...parts, ...parts]) await imported(copy, part)
      expect(identities(copy)).toEqual(identities(source))
      const ends = await copy.bounds('feed')
      for (const part of parts) expect((await imported(copy, part)).added).toBe(0)
      expect(await copy.bounds('feed')).toEqual(ends)
      for (const part of recordsOf(copy)) expect(ticksOf(part)).toEqual([...new Set(ticksOf(part))].sort())
    })
    await fc.assert(property, { numRuns: RUNS })
  })

  it('[B10] a stretch between the log and the file becomes a gap, once', async () => {
    const source = createFakeEventLog()
    await source.append(
      feedOf(
        Array.from({ length: 9 }, () => ({ baskets: 2, late: false, gap: false })),
        1,
      ),
    )
    const copy = createFakeEventLog({ partitions: 2 })
    await imported(copy, await exported(source, { fromMs: T0, toMs: T0 + 2 * MINUTE_MS }))
    const later = await exported(source, { fromMs: T0 + 5 * MINUTE_MS, toMs: T0 + 9 * MINUTE_MS })
    const gap = { kind: 'gap', fromMs: T0 + 2 * MINUTE_MS, toMs: T0 + 5 * MINUTE_MS, reason: 'outage' }
    expect((await imported(copy, later)).gap).toEqual(gap)
    expect((await imported(copy, later)).gap).toBeNull()
    for (const part of recordsOf(copy)) expect(part.filter(r => r.kind === 'gap')).toEqual([gap])
    // What was left out comes in late, and is told as that.
    const missing = await imported(copy, await exported(source, null))
    expect(missing).toMatchObject({ added: 6, late: 6, gap: null })
  })

  it('[B11] a cut or damaged file is refused with the line, and nothing is written', async () => {
    const source = createFakeEventLog()
    await source.append(feedOf([{ baskets: 3, late: false, gap: true }], 1))
    const file = await exported(source, null)
    const lines = gunzipSync(readFileSync(file)).toString().split('\n')
    const cases: readonly (readonly [string | Buffer, RegExp])[] = [
      [gzipSync(lines.slice(0, 4).join('\n')), /line 5: the file is cut off/],
      [readFileSync(file).subarray(0, -20), /line \d+: .*cut off/],
      [gzipSync(lines.toSpliced(2, 1, '{"kind":"basket","id":7}').join('\n')), /line 3: id is not a string/],
      [gzipSync(lines.toSpliced(1, 1, 'no json').join('\n')), /line 2: the line is cut off or damaged$/m],
      [gzipSync(lines.toSpliced(1, 1).join('\n')), /line 6: 4 records, not 5/],
      [gzipSync([...lines.slice(0, -1), lines[1]].join('\n')), /line 8: there is more behind the end/],
      [lines.join('\n'), /is not an exported log/],
      [gzipSync('{"format":"other"}\n'), /is not an exported log/],
      [gzipSync(lines.join('\n').replace('"version":1', '"version":9')), /format version 9/],
    ]
    for (const [content, says] of cases) {
      writeFileSync(file, content)
      const run = await bct(['log', 'import', file, '--data-dir', join(dir, 'untouched')])
      expect([run.exitCode, run.stderr]).toEqual([5, expect.stringMatching(says)])
    }
    expect(readdirSync(dir)).not.toContain('untouched')
    expect((await bct(['log', 'import', join(dir, 'none')])).exitCode).toBe(3)
  })
})

/** The records of a partition, those between two ticks in the order of their texts. */
function roundsOf(records: readonly FeedRecord[]): string[] {
  const rounds: string[][] = [[]]
  for (const record of records) {
    rounds.at(-1)!.push(JSON.stringify(record))
    if (record.kind === 'tick') rounds.push([])
  }
  return rounds.map(round => round.sort().join('\n'))
}

const ticksOf = (records: readonly FeedRecord[]) =>
  records.flatMap(r => (r.kind === 'tick' ? [r.upToMs] : []))

describe('bct log', () => {
  const dataDir = join(dir, 'data')
  const AT = ['--data-dir', dataDir]
  const cli = (...args: readonly string[]) => bct(['log', ...args, ...AT], { cwd: dir })
  const HOSTILE = '\u001b[31m\u202eevil\u0007\n<img onerror=x>'

  async function fill(): Promise<void> {
    const log = await openLmdbLog({ dir: join(dataDir, 'simulated', 'log'), partitions: 2 })
    await log.append(
      feedOf(
        Array.from({ length: 5 }, (_, i) => ({ baskets: 3, late: i < 4, gap: false })),
        2,
      ),
    )
    const made = sale('b1', T0)
    const hostile = { ...made, items: [{ ...made.items[0]!, artistName: HOSTILE, title: 'x'.repeat(9_000) }] }
    await log.append([{ topic: 'sales', partition: 1, record: hostile }])
    await log.close()
  }

  it('[B12] a simulated log never enters a live one, and none enters a log that is being written', async () => {
    await fill()
    expect((await cli('export', 'feed.ndjson.gz', '--mode', 'simulated')).exitCode).toBe(0)
    const live = await cli('import', 'feed.ndjson.gz', '--mode', 'live')
    expect([live.exitCode, live.stderr]).toEqual([5, expect.stringContaining('never enters a live one')])
    expect((await cli('import', 'feed.ndjson.gz')).stderr).toContain('added 0 records to feed (simulated)')
    const run: RunInfo = {
      pid: process.pid,
      url: null,
      mode: 'simulated',
      version: '0',
      startedAtMs: 0,
      stages: [],
      log: 'embedded',
      world: null,
      lagRecords: {},
      historyProgress: null,
    }
    writeRunFile(join(dataDir, 'simulated'), run)
    const busy = await cli('import', 'feed.ndjson.gz')
    expect([busy.exitCode, busy.stderr]).toEqual([5, expect.stringContaining('runs on this log')])
  })

  it('[B13] tail shows the newest records of all partitions, with nothing that a terminal obeys', async () => {
    const shown = await cli('tail', '--topic', 'feed', '-n', '3')
    const lines = shown.stdout.trim().split('\n')
    expect([shown.exitCode, lines.length]).toEqual([0, 3])
    const hostile = await cli('tail', '--topic', 'sales')
    expect(hostile.stdout).toContain('[31mevil <img onerror=x>')
    expect(hostile.stdout.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    expect(hostile.stdout.length).toBeLessThan(400)
    const json = await cli('tail', '--topic', 'sales', '--json')
    expect(json.stdout.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}]/u)
    expect(JSON.parse(json.stdout).record.items[0].artistName).toBe(HOSTILE)
  })

  it('[B13] any text at all becomes one harmless line, and its JSON stays the same JSON', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        const made = sale('b', T0)
        const record = { ...made, items: [{ ...made.items[0]!, artistName: text, title: text, genre: text }] }
        expect(recordLine(record, 0, 0)).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u)
        expect(safeJson(record)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u)
        expect(JSON.parse(safeJson(record))).toEqual(record)
      }),
    )
  })

  it('[B14] stat counts records, times and bounds of every partition', async () => {
    const { partitions, bytes } = JSON.parse((await cli('stat', '--json')).stdout)
    const feed = partitions.filter((p: { topic: string }) => p.topic === 'feed')
    expect(feed.map((p: { records: number }) => p.records).reduce((a: number, b: number) => a + b)).toBe(29)
    expect(feed[0]).toMatchObject({ start: 0, lastMs: T0 + 5 * MINUTE_MS, groups: [] })
    expect(bytes).toBeGreaterThan(0)
    const { stdout, stderr } = await cli('stat')
    expect(stdout).toMatch(/^topic .* read again *\nfeed +0 +0 +\d+ /m)
    // What is committed is not how far a running stage is behind: that is status's to say.
    expect(stdout).not.toContain('lag')
    expect(stderr).toMatch(/^read again: .*bct status$/m)
  })

  it('tail --follow goes on with what is appended to any partition, until it is stopped', async () => {
    const log = createFakeEventLog({ partitions: 2 })
    const [first, second, third] = [basket(1, T0), basket(2, T0 + 1), basket(3, T0 + 2)]
    await log.append([{ topic: 'feed', partition: 0, record: first }])
    const stop = new AbortController()
    const shown: unknown[] = []
    const show = ({ record, partition, offset }: TailLine) => {
      shown.push([partition, offset, record])
      if (shown.length === 2) void log.append([{ topic: 'feed', partition: 0, record: third }])
      if (shown.length === 3) stop.abort()
    }
    const tailed = tailLog(log, { topic: 'feed', count: 5, follow: true, signal: stop.signal, show })
    await log.append([{ topic: 'feed', partition: 1, record: second }])
    await tailed
    expect(shown).toEqual([
      [0, 0, first],
      [1, 0, second],
      [0, 1, third],
    ])
  })

  it('an export into a pipe is the file, and a failure of the log is told', async () => {
    const log = createFakeEventLog()
    await log.append(feedOf([{ baskets: 3, late: false, gap: true }], 1))
    const header = { topic: 'feed', mode: 'simulated', fromMs: null, toMs: null, partitions: 1 } as const
    const chunks: Buffer[] = []
    const pipe = new Writable({
      write: (chunk, _encoding, next) => {
        chunks.push(chunk)
        next()
      },
    })
    await streamExport(pipe, header, mergedRecords(log, 'feed', null))
    const file = await exported(log, null)
    expect(gunzipSync(Buffer.concat(chunks))).toEqual(gunzipSync(readFileSync(file)))
    async function* failing() {
      yield basket(1, T0)
      throw new Error('log gone')
    }
    await expect(streamExport(pipe, header, failing())).rejects.toThrow('log gone')
  })

  it('says what is missing or mistaken, and with which code', async () => {
    const codes = [
      await cli('export', 'x', '--topic', 'windows'),
      await cli('export', 'x', '--from', '2026-01-01'),
      await cli('tail', '--topic', 'fed'),
      await cli('import'),
      await cli('import', dir),
      await cli('export', dir),
      await cli('export', join(dir, 'nothing', 'x')),
      await bct(['log', 'stat', '--data-dir', join(dir, 'nothing')]),
      await bct(['log', 'stat', '--mode', 'live', '--data-dir', join(dir, 'nothing')]),
    ].map(run => [run.exitCode, run.stderr.includes('→')])
    expect(codes).toEqual([
      [2, true],
      [2, true],
      [2, true],
      [2, true],
      [5, true],
      [5, true],
      [5, true],
      [3, true],
      [3, true],
    ])
    expect(readdirSync(dir)).not.toContain('nothing')
  })

  it('an export that fails leaves neither a file nor half of one', async () => {
    async function* failing() {
      yield basket(1, T0)
      throw new Error('log gone')
    }
    const file = newFile()
    const header = { topic: 'feed', mode: 'live', fromMs: null, toMs: null, partitions: 1 } as const
    await expect(writeExport(file, header, failing())).rejects.toThrow('log gone')
    expect(
      readdirSync(dir).filter(name => file.includes(name.split('.')[0]!) && name.includes('part')),
    ).toEqual([])
    await expect(readExport(file)).rejects.toThrow('there is no file')
  })
})
