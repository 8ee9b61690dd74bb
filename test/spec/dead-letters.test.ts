// Chapter: dead letters. What could not be read is listed, shown harmlessly, sent again once it can be read,
// or let go; whatever becomes of it stands in the log.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { openLmdbLog } from '../../infra/lmdb/log.ts'
import { MAX_LETTERS, readLetters, remedyOf, resend, settle } from '../../infra/main/dead-letters.ts'
import { deadLetterNews } from '../../infra/main/silence-watch.ts'
import type { Entry, EventLog } from '../../infra/ports.ts'
import { partitionOf } from '../../schemas/partition.ts'
import type { Basket, DeadLetter } from '../../schemas/records.ts'
import { DAY_MS, HOUR_MS } from '../../schemas/time.ts'
import { createStoreWriter } from '../../sinks/store-writer.ts'
import { settled } from '../fakes/clock.ts'
import { createFakeEventLog } from '../fakes/event-log.ts'
import { bct } from '../fakes/io.ts'
import { createFakeStore } from '../fakes/store.ts'
import { createFakeTelemetry } from '../fakes/telemetry.ts'
import { album, basket, html, START_MS, startEnrich, tick } from '../support/enrich.ts'
import { basketOf, feedEvent, feedItem } from '../support/feed.ts'

const NOW_MS = START_MS + DAY_MS
const HOSTILE = '{"a":"\u001b[31mevil\u202e"}'

function letterOf(over: Partial<DeadLetter> = {}): DeadLetter {
  const nowhere = { topic: null, partition: null, offset: null }
  const facts = { id: 'letter-one', stage: 'poll', reason: 'schema', message: 'items: no array', bytes: '{}' }
  return { kind: 'dead-letter', ...facts, ...nowhere, atMs: START_MS, ...over }
}

const inTopic = (record: DeadLetter): Entry => ({ topic: 'dead-letters', partition: 0, record })
const itemTextOf = ({ text }: Basket, position: number): string =>
  JSON.stringify((JSON.parse(text) as { items: readonly unknown[] }).items[position])

/** What an older program left of a basket whose second item it could not read. */
function leftBehind(made: Basket): DeadLetter {
  const place = { topic: 'feed', partition: 0, offset: 0 }
  return letterOf({ id: 'of-enrich', stage: 'enrich', ...place, bytes: itemTextOf(made, 1) })
}

/** The rows of a store that has read all of `sales` and `dead-letters`. */
async function storeOf(log: EventLog) {
  const store = createFakeStore()
  const writer = createStoreWriter({ store, telemetry: createFakeTelemetry() })
  const consumers = [
    await log.consume({ group: 'rows', topic: 'sales', onAssigned: writer.sales }),
    await log.consume({ group: 'rows', topic: 'dead-letters', onAssigned: writer.deadLetters }),
  ]
  await settled()
  await Promise.all(consumers.map(consumer => consumer.close()))
  return store
}

describe('sent again', () => {
  it('[B22] an item that can be read by now makes its basket what it would have been', async () => {
    const made = basket('one', 1, album('a'), album('b'))
    const whole = await startEnrich()
    whole.pages.script(() => html('techno', ['dub']))
    await whole.feed([made, tick(60)])
    const expected = (await storeOf(whole.log)).tables().sales

    const bench = await startEnrich()
    bench.pages.script(() => html('techno', ['dub']))
    await bench.feed([made, tick(60)])
    // As an older program would have left it: the log has the first item alone, and a letter.
    const log = createFakeEventLog()
    const { records } = await bench.log.read('sales', 0, 0, 10)
    const partly = records.map(r => (r.kind === 'sale' ? { ...r, items: r.items.slice(0, 1) } : r))
    await log.append(partly.map(record => ({ topic: 'sales', partition: 0, record })))
    const letter = leftBehind(made)
    await log.append([{ topic: 'feed', partition: 0, record: made }, inTopic(letter)])
    expect((await storeOf(log)).tables().sales).not.toEqual(expected)

    const remedy = await remedyOf(log, letter, NOW_MS)
    expect(remedy).toEqual({ kind: 'readable', basket: made, partition: 0 })
    for (let times = 0; times < 2; times++) await resend(log, letter, remedy as never, NOW_MS)
    expect(log.records('feed')[0]).toEqual([made, made, made])
    // What enrich makes of it, behind what was there.
    await log.append(records.map(record => ({ topic: 'sales', partition: 0, record })))
    expect((await storeOf(log)).tables().sales).toEqual(expected)
  })

  it('[B22] an event that can be read by now goes where the poller would have put it', async () => {
    const log = createFakeEventLog({ partitions: 4 })
    const text = feedEvent([feedItem(), feedItem({ url: '//b.bandcamp.com/track/x' })])
    const made = basketOf(text)
    const letter = letterOf({ bytes: text })
    const remedy = await remedyOf(log, letter, made.soldAtMs)
    const partition = partitionOf(made.id, 4)
    expect(remedy).toMatchObject({ kind: 'readable', partition, basket: { text, soldAtMs: made.soldAtMs } })
    await resend(log, letter, remedy as never, NOW_MS)
    expect(log.records('feed')[partition]).toEqual([(remedy as { basket: Basket }).basket])
  })

  it('[B24] what would be refused again, or is not all there, stays open and says why', async () => {
    const log = createFakeEventLog()
    const made = basket('one', 1, album('a'), 'no host at all/x')
    await log.append([{ topic: 'feed', partition: 0, record: made }])
    const cases: readonly (readonly [DeadLetter, string, RegExp])[] = [
      [leftBehind(made), 'refused', /^unsafe-url: items\[1\]\.url/],
      [letterOf({ bytes: '{"event_type":"sale"' }), 'refused', /^schema/],
      [letterOf({ stage: 'enrich', topic: 'feed', partition: 0, offset: 9 }), 'lost', /is no basket/],
      [letterOf({ reason: 'clock' }), 'lost', /clock/],
      [letterOf({ stage: 'log', topic: 'panes', partition: 0, offset: 1 }), 'lost', /looked at only/],
    ]
    for (const [letter, kind, message] of cases) {
      expect(await remedyOf(log, letter, NOW_MS)).toMatchObject({
        kind,
        message: expect.stringMatching(message),
      })
    }
    expect(log.records('feed')[0]).toEqual([made])
  })

  it('[B24] another basket never goes in the place of one that the log has dropped', async () => {
    const log = createFakeEventLog()
    const other = basket('two', 2, album('c'), album('d'))
    await log.append([{ topic: 'feed', partition: 0, record: other }])
    const dropped: EventLog = {
      ...log,
      read: async (topic, partition, _from, most) => ({
        ...(await log.read(topic, partition, 0, most)),
        firstOffset: 7,
      }),
    }
    const remedy = await remedyOf(dropped, leftBehind(basket('one', 1, album('a'), album('b'))), NOW_MS)
    expect(remedy.kind).toBe('lost')
  })
})

describe('settled', () => {
  it('[B23] a settled letter is open to nobody, wherever it stands and however often it comes', async () => {
    const log = createFakeEventLog()
    const [one, two] = [letterOf({ id: 'one' }), letterOf({ id: 'two', stage: 'enrich', reason: 'money' })]
    await log.append([inTopic(one), inTopic(two)])
    await settle(log, [one], 'discarded', 'a test', NOW_MS)
    await settle(log, [one], 'resent', '', NOW_MS + 1)
    // A stage that reads its past again writes its letters again.
    await log.append([inTopic(one), inTopic(two)])
    expect((await readLetters(log, true)).letters).toEqual([{ letter: two, settled: null }])
    expect((await readLetters(log, false)).letters.map(({ settled: end }) => end?.note ?? null)).toEqual([
      'a test',
      null,
    ])
    const store = await storeOf(log)
    expect(await store.deadLetters(9)).toEqual([two])
    expect(await store.deadLetterCounts()).toEqual([{ stage: 'enrich', reason: 'money', count: 1 }])
    expect(deadLetterNews(await store.deadLetters(9), START_MS + HOUR_MS)?.lines.join()).toContain(
      'enrich: money, 1',
    )
  })

  it('is bounded: of very many the newest are looked at, and how many are not is said', async () => {
    const log = createFakeEventLog()
    const letters = Array.from({ length: MAX_LETTERS + 5 }, (_, n) => letterOf({ id: `letter ${n}` }))
    await log.append(letters.map(inTopic))
    const { letters: read, leftOut } = await readLetters(log, true)
    expect([read.length, leftOut, read[0]?.letter.id]).toEqual([MAX_LETTERS, 5, 'letter 5'])
  })
})

describe('bct dead-letters', () => {
  const dir = mkdtempSync(join(tmpdir(), 'bct-letters-'))
  afterAll(() => rmSync(dir, { recursive: true, force: true }))
  let dataDir = ''
  let runs = 0
  const cli = (...args: readonly string[]) =>
    bct(['dead-letters', ...args, '--mode', 'simulated', '--data-dir', dataDir])

  const text = feedEvent([feedItem()])
  const letters = [
    letterOf({ id: 'aaaa-readable', bytes: text }),
    letterOf({ id: 'aabb-hostile', bytes: HOSTILE, message: 'no \u001b[31mtime', atMs: START_MS + 1 }),
    letterOf({ id: 'cccc-money', stage: 'enrich', reason: 'money', atMs: START_MS + 2 }),
  ]

  beforeEach(async () => {
    dataDir = join(dir, `${runs++}`)
    const log = await openLmdbLog({ dir: join(dataDir, 'simulated', 'log'), partitions: 2 })
    await log.append(letters.map(inTopic))
    await log.close()
  })

  it('[B24] lists, resends and discards; whatever stays open makes it exit 1', async () => {
    const list = await cli('list')
    expect(list.stdout).toMatch(
      /^poll: schema +2\nenrich: money +1\n\ncccc-money .*\naabb-hostile .*\naaaa-read/,
    )
    const dry = await cli('resend', '--all', '--dry-run')
    expect([dry.exitCode, dry.stdout.match(/would be sent|still refused|cannot be sent/g)]).toEqual([
      1,
      ['would be sent', 'still refused', 'cannot be sent'],
    ])
    expect((await cli('list', '--json')).stdout).toContain('aaaa-readable')
    const sent = await cli('resend', 'aaaa')
    expect([sent.exitCode, sent.stdout]).toEqual([0, 'aaaa-readable  sent again\n'])
    expect(sent.stderr).toContain('bct replay --from 2026-11-20T12:00Z --to 2026-11-20T13:00Z --late')
    expect(await cli('discard', '--stage', 'enrich', '--because', 'a test')).toMatchObject({ exitCode: 0 })
    expect(JSON.parse((await cli('list', '--json')).stdout)).toMatchObject([{ id: 'aabb-hostile' }])
    const all = JSON.parse((await cli('list', '--settled', '--json')).stdout) as {
      settled: { how: string }
    }[]
    expect(all.map(({ settled: end }) => end?.how ?? null)).toEqual(['discarded', null, 'resent'])
    const log = await openLmdbLog({ dir: join(dataDir, 'simulated', 'log'), partitions: 2 })
    const held = await Promise.all([0, 1].map(async p => (await log.read('feed', p, 0, 9)).records))
    await log.close()
    expect(held.flat()).toMatchObject([{ kind: 'basket', text }])
  })

  it('[B13] shows what came with nothing that a terminal obeys', async () => {
    const { exitCode, stdout } = await cli('show', 'aabb')
    expect(exitCode).toBe(0)
    expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    expect(JSON.parse(stdout.trim().split('\n').at(-1)!)).toBe(HOSTILE)
  })

  it.each([
    [['show'], 2, 'which one?'],
    [['discard', '--all'], 2, '--because'],
    [['resend'], 2, '--all'],
    [['resend', 'aa'], 3, 'no open dead letter'],
    [['show', 'zzzz'], 3, 'see bct dead-letters list'],
    [['resend', 'aaaa', '--all'], 2, 'do not go together'],
    [['list', '--limit', '0'], 2, '--limit'],
  ])('[C13] %j exits %i and says what to do', async (args, exitCode, says) => {
    const run = await cli(...args)
    expect([run.exitCode, run.stdout]).toEqual([exitCode, ''])
    expect(run.stderr).toContain(says)
  })
})
