// The contract of the EventLog port: every adapter and the fake run it.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { EventLog } from '../../infra/ports.ts'
import { describeColumns } from './event-log-columns.ts'
import { describeGroups } from './event-log-groups.ts'
import {
  basket,
  baskets,
  type EventLogHarness,
  eventually,
  idsOf,
  inFeed,
  type MakeHarness,
  tick,
} from './event-log-helpers.ts'
import { describeModel } from './event-log-model.ts'
import { describeSeek } from './event-log-seek.ts'

export interface ContractOptions {
  /** Runs of the random tests: fewer where a log is slow to make. */
  readonly propertyRuns?: number
}

export function describeEventLogContract(
  name: string,
  makeHarness: MakeHarness,
  options: ContractOptions = {},
): void {
  describe(`event log: ${name}`, () => {
    describeAppendAndRead(makeHarness)
    describeSeek(makeHarness)
    describeWaiting(makeHarness)
    describeGroups(makeHarness)
    describeModel(makeHarness, options.propertyRuns ?? 30)
    describeColumns(makeHarness, options.propertyRuns ?? 30)
  })
}

function describeAppendAndRead(makeHarness: MakeHarness): void {
  describe('append and read', () => {
    let harness: EventLogHarness
    let log: EventLog
    beforeEach(async () => {
      harness = await makeHarness({ partitions: 3 })
      log = await harness.open()
    })
    afterEach(async () => {
      await log.close()
      await harness.remove()
    })

    test('[L1] what was appended is read in the order of appends, partition by partition', async () => {
      await log.append([...baskets('a', 3, 0), ...baskets('b', 2, 2)])
      await log.append([...baskets('c', 1, 2), ...baskets('d', 2, 0)])
      const zero = await log.read('feed', 0, 0, 100)
      const two = await log.read('feed', 2, 0, 100)
      expect(idsOf(zero.records)).toEqual(['a-0', 'a-1', 'a-2', 'd-0', 'd-1'])
      expect(idsOf(two.records)).toEqual(['b-0', 'b-1', 'c-0'])
      expect((await log.read('feed', 1, 0, 100)).records).toEqual([])
    })

    test('[L1] entries of concurrent appends to one partition keep their order within each append', async () => {
      await Promise.all(['a', 'b', 'c'].map(name => log.append(baskets(name, 50))))
      const ids = idsOf((await log.read('feed', 0, 0, 1_000)).records)
      for (const name of ['a', 'b', 'c']) {
        const own = ids.filter(id => id.startsWith(name))
        expect(own).toEqual(Array.from({ length: 50 }, (_, i) => `${name}-${i}`))
      }
      expect(ids).toHaveLength(150)
    })

    test('[L2] any offset can be read again, any number of records at a time', async () => {
      await log.append(baskets('a', 10))
      for (const [from, max] of [
        [0, 1],
        [3, 4],
        [9, 5],
        [3, 4],
      ] as const) {
        const batch = await log.read('feed', 0, from, max)
        expect(batch).toMatchObject({ topic: 'feed', partition: 0, firstOffset: from, endOffset: 10 })
        const expected = Array.from({ length: Math.min(max, 10 - from) }, (_, i) => `a-${from + i}`)
        expect(idsOf(batch.records)).toEqual(expected)
      }
    })

    test('reading at or past the end gives an empty batch with the end offset', async () => {
      await log.append(baskets('a', 2))
      expect(await log.read('feed', 0, 2, 10)).toMatchObject({ records: [], endOffset: 2 })
      expect(await log.read('feed', 0, 7, 10)).toMatchObject({ records: [], endOffset: 2 })
      expect(await log.read('feed', 1, 0, 10)).toMatchObject({ records: [], endOffset: 0 })
    })

    test('bounds tell the first and the next offset of each partition', async () => {
      await log.append(baskets('a', 4, 1))
      expect(await log.bounds('feed')).toEqual([
        { start: 0, end: 0 },
        { start: 0, end: 4 },
        { start: 0, end: 0 },
      ])
    })

    test('an empty append does nothing', async () => {
      await log.append([])
      expect((await log.bounds('feed')).map(({ end }) => end)).toEqual([0, 0, 0])
    })

    test('one append may go to several topics', async () => {
      await log.append([
        inFeed(0, tick(1)),
        { topic: 'sales', partition: 1, record: tick(2) },
        { topic: 'panes', partition: 2, record: tick(3) },
      ])
      expect((await log.read('feed', 0, 0, 1)).records).toEqual([tick(1)])
      expect((await log.read('sales', 1, 0, 1)).records).toEqual([tick(2)])
      expect((await log.read('panes', 2, 0, 1)).records).toEqual([tick(3)])
    })

    test('[L3] what was acknowledged is there after a restart', async () => {
      await log.append(baskets('a', 3))
      await log.close()
      log = await harness.open()
      expect(idsOf((await log.read('feed', 0, 0, 10)).records)).toEqual(['a-0', 'a-1', 'a-2'])
    })

    test('a record of a megabyte comes back whole, between small ones', async () => {
      const large = basket('large', 0, 'é\u2028"\\'.repeat(220_000))
      await log.append([...baskets('a', 2), inFeed(0, large), ...baskets('b', 2)])
      const { records } = await log.read('feed', 0, 0, 10)
      expect(idsOf(records)).toEqual(['a-0', 'a-1', 'large', 'b-0', 'b-1'])
      expect(records[2]).toEqual(large)
    })

    test('texts come back as they were: quotes, controls, joiners, right-to-left marks, lone surrogates', async () => {
      const texts = ['<img onerror=x>', '\u202Etxt', '\0\u0001\u200b', '😀é', '\ud800 alone', '__proto__', '']
      const records = texts.map((text, i) => basket(`t-${i}`, i, text))
      await log.append(records.map(record => inFeed(0, record)))
      expect((await log.read('feed', 0, 0, 100)).records).toEqual(records)
    })

    test('a topic or partition that does not exist is refused, and nothing is appended', async () => {
      const entries = [...baskets('a', 1), inFeed(3, tick(1))]
      await expect(log.append(entries)).rejects.toThrow(/partition 3/)
      expect((await log.bounds('feed')).map(({ end }) => end)).toEqual([0, 0, 0])
    })

    test('a closed log refuses; closing again does nothing', async () => {
      await log.close()
      await log.close()
      await expect(log.append(baskets('a', 1))).rejects.toThrow(/closed/)
      await expect(log.read('feed', 0, 0, 1)).rejects.toThrow(/closed/)
    })

    test('retention never touches what is young, nor a topic that is kept for ever', async () => {
      const nowMs = Date.now()
      await log.append([
        inFeed(0, tick(0)),
        { topic: 'panes', partition: 0, record: tick(nowMs) },
        { topic: 'panes', partition: 0, record: tick(nowMs + 1) },
      ])
      await log.enforceRetention(nowMs)
      expect((await log.bounds('feed'))[0]).toEqual({ start: 0, end: 1 })
      expect((await log.bounds('panes'))[0]).toEqual({ start: 0, end: 2 })
    })
  })

  test('many partitions each keep their own records', async () => {
    const count = 64
    const harness = await makeHarness({ partitions: count })
    const log = await harness.open()
    expect([log.partitions('feed'), log.partitions('leaders')]).toEqual([count, 1])
    await log.append(Array.from({ length: count }, (_, p) => baskets(`p${p}`, p % 3, p)).flat())
    expect((await log.bounds('feed')).map(({ end }) => end)).toEqual(
      Array.from({ length: count }, (_, p) => p % 3),
    )
    expect(idsOf((await log.read('feed', 62, 0, 9)).records)).toEqual(['p62-0', 'p62-1'])
    await log.close()
    await harness.remove()
  })
}

function describeWaiting(makeHarness: MakeHarness): void {
  describe('waiting for appends', () => {
    let harness: EventLogHarness
    let log: EventLog
    let other: EventLog
    beforeEach(async () => {
      harness = await makeHarness({ partitions: 2 })
      log = await harness.open()
      other = await harness.open()
    })
    afterEach(async () => {
      await Promise.all([log.close(), other.close()])
      await harness.remove()
    })

    test('it resolves at once where the log has grown already', async () => {
      await log.append(baskets('a', 1, 1))
      await log.waitForAppend('feed', [0, 0], new AbortController().signal)
    })

    test('it resolves when any partition grows, whoever appends', async () => {
      const waiting = log.waitForAppend('feed', [0, 0], new AbortController().signal)
      await other.append(baskets('a', 1, 1))
      await waiting
      expect((await log.bounds('feed'))[1]).toEqual({ start: 0, end: 1 })
    })

    test('other topics do not end it; the signal does', async () => {
      const stop = new AbortController()
      let woken = false
      const waiting = log.waitForAppend('feed', [0, 0], stop.signal).then(() => {
        woken = true
      })
      await log.append([{ topic: 'sales', partition: 0, record: tick(1) }])
      await other.append([{ topic: 'sales', partition: 0, record: tick(2) }])
      await eventually(async () => expect((await log.bounds('sales'))[0]?.end).toBe(2))
      expect(woken).toBe(false)
      stop.abort()
      await waiting
    })
  })
}
