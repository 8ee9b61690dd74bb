// What the Kafka adapter works out by itself: shares of a group, record batches, positions, places of keys.
import { createRequire } from 'node:module'
import fc from 'fast-check'
import kafkajs from 'kafkajs'
import { describe, expect, test } from 'vitest'
import { createAppender } from '../../infra/kafka/append.ts'
import { assign, type Candidate } from '../../infra/kafka/assign.ts'
import { nextRun } from '../../infra/kafka/chunk.ts'
import { decodePosition, encodePosition } from '../../infra/kafka/position.ts'
import type { OutBatch } from '../../infra/kafka/producer.ts'
import {
  decodeBatches,
  encodeBatch,
  LATEST_MS,
  type OutRecord,
  UnknownCodecError,
} from '../../infra/kafka/record-batch.ts'
import { configOf } from '../../infra/kafka/topics.ts'
import { partitionOf } from '../../schemas/partition.ts'

const require = createRequire(import.meta.url)

describe('shares of a group', () => {
  /** A group as it may be: members hold anything, some of it twice, in generations old and new. */
  const arbGroup = fc.record({
    partitions: fc.integer({ min: 1, max: 20 }),
    members: fc.uniqueArray(
      fc.record({
        id: fc.string({ minLength: 1, maxLength: 3 }),
        generation: fc.integer({ min: -1, max: 3 }),
        owned: fc.uniqueArray(fc.nat(22), { maxLength: 8 }),
      }),
      { minLength: 1, maxLength: 6, selector: ({ id }) => id },
    ),
  })

  /** Rounds until nothing changes: whoever lacks what it holds lets go and asks again. */
  function settle(members: readonly Candidate[], partitions: number) {
    let now: readonly Candidate[] = members
    for (let generation = 4; generation < 8; generation++) {
      const given = assign(now, partitions)
      now = now.map(({ id }) => ({ id, generation, owned: given.get(id)! }))
    }
    return now
  }

  test('[L42] a partition is given to one member at most, and never to one while another holds it', () => {
    fc.assert(
      fc.property(arbGroup, ({ partitions, members }) => {
        const given = assign(members, partitions)
        const all = [...given.values()].flat()
        expect(new Set(all).size).toBe(all.length)
        for (const [id, own] of given)
          for (const partition of own) {
            const others = members.filter(member => member.owned.includes(partition))
            const youngest = Math.max(...others.map(({ generation }) => generation))
            const holders = others.filter(({ generation }) => generation === youngest)
            if (holders.length > 0) expect(holders.map(holder => holder.id)).toContain(id)
          }
      }),
    )
  })

  test('[L42] after the next round every partition is in a hand, evenly', () => {
    fc.assert(
      fc.property(arbGroup, ({ partitions, members }) => {
        const settled = settle(members, partitions)
        expect(settled.flatMap(({ owned }) => owned).sort((a, b) => a - b)).toEqual(
          Array.from({ length: partitions }, (_, i) => i),
        )
        const counts = settled.map(({ owned }) => owned.length)
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
      }),
    )
  })

  test('[L42] who comes takes an even share and no more; who stays keeps the rest', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 6 }), (partitions, count) => {
        const before = settle(
          Array.from({ length: count }, (_, i) => ({ id: `m${i}`, generation: -1, owned: [] })),
          partitions,
        )
        const after = settle([...before, { id: 'new', generation: -1, owned: [] }], partitions)
        const taken = after.at(-1)!.owned
        expect(taken.length).toBe(Math.floor(partitions / (count + 1)))
        for (const [i, { owned }] of before.entries()) {
          expect(after[i]!.owned.toSorted()).toEqual(owned.filter(one => !taken.includes(one)).toSorted())
        }
      }),
    )
  })
})

const arbRecord: fc.Arbitrary<OutRecord> = fc
  .record({
    key: fc.option(fc.string({ unit: 'binary', maxLength: 5 })),
    value: fc.string({ unit: 'grapheme' }),
    timestampMs: fc.oneof(fc.nat(200), fc.integer({ min: 0, max: LATEST_MS })),
  })
  .map(record => ({ ...record, bytes: Buffer.byteLength(record.value) }))
const arbRecords = fc.array(arbRecord, { minLength: 1, maxLength: 50 })
const sequence = { producerId: 7n, producerEpoch: 1, first: 3 }

describe('record batches', () => {
  const seen = async (bytes: Buffer) =>
    (await decodeBatches(bytes)).records.map(({ offset, timestampMs, value }) => [
      offset,
      timestampMs,
      value.toString(),
    ])

  test('[L43] what is written is read, batch behind batch; a last one that is cut off is left out', async () => {
    await fc.assert(
      fc.asyncProperty(arbRecords, arbRecords, fc.nat(), async (a, b, cut) => {
        const [first, second] = [await encodeBatch(a, sequence), await encodeBatch(b, sequence)]
        second.writeBigInt64BE(BigInt(a.length), 0)
        const expected = [...a, ...b].map(({ timestampMs, value }, i) => [i, timestampMs, value])
        expect(await seen(Buffer.concat([first, second]))).toEqual(expected)
        const part = second.subarray(0, cut % second.length)
        expect(await seen(Buffer.concat([first, part]))).toEqual(expected.slice(0, a.length))
      }),
      { numRuns: 50 },
    )
  })

  test('[L43] another client reads the same', async () => {
    const Decoder = require('kafkajs/src/protocol/decoder.js')
    const decode = require('kafkajs/src/protocol/recordBatch/v0/decoder.js')
    await fc.assert(
      fc.asyncProperty(arbRecords, async records => {
        const { records: found, ...batch } = await decode(new Decoder(await encodeBatch(records, sequence)))
        expect(batch).toMatchObject({ producerId: '7', producerEpoch: 1, firstSequence: 3 })
        const latest = Math.max(...records.map(({ timestampMs }) => timestampMs))
        expect(Number(batch.maxTimestamp)).toBe(latest)
        expect(
          found.map((one: { offset: string; timestamp: string; key: Buffer | null; value: Buffer }) => ({
            key: one.key === null ? null : one.key.toString(),
            value: one.value.toString(),
            timestampMs: Number(one.timestamp),
            offset: Number(one.offset),
          })),
        ).toEqual(
          records.map(({ key, value, timestampMs }, offset) => ({
            key: key === null ? null : Buffer.from(key).toString(),
            value,
            timestampMs,
            offset,
          })),
        )
      }),
      { numRuns: 50 },
    )
  })

  test('a batch in a codec that we lack is refused by name, not skipped', async () => {
    const batch = await encodeBatch([{ key: null, value: '{}', bytes: 2, timestampMs: 0 }], sequence)
    batch.writeInt16BE(4, 21)
    await expect(decodeBatches(batch)).rejects.toThrow(UnknownCodecError)
  })
})

describe('runs of records', () => {
  const message = (offset: number, value: string) => ({ offset, timestampMs: 9, value: Buffer.from(value) })
  const tick = (upToMs: number) => JSON.stringify({ kind: 'tick', upToMs })
  const place = { topic: 'feed' as const, partition: 1 }
  const runsOf = (messages: readonly ReturnType<typeof message>[], from: number) => {
    const runs = []
    for (let start = 0; start < messages.length; ) {
      const run = nextRun(place, messages, { start, from, maxRecords: 3 })
      start += run.used
      runs.push([run.firstOffset, run.records.length, run.letters.map(({ offset }) => offset)])
    }
    return runs
  }

  test('[L41] a run ends where an offset is missing or unreadable, which becomes a letter', () => {
    const messages = [
      message(3, tick(3)),
      message(4, tick(4)),
      message(5, '{'),
      message(6, '[]'),
      message(7, tick(7)),
      message(9, tick(9)),
    ]
    expect(runsOf(messages, 4)).toEqual([
      [4, 1, [5]],
      [7, 1, [6]],
      [9, 1, []],
    ])
  })

  test('a run has as many records as are asked for', () => {
    const messages = Array.from({ length: 7 }, (_, i) => message(i, tick(i)))
    expect(runsOf(messages, 0).map(([first, count]) => [first, count])).toEqual([
      [0, 3],
      [3, 3],
      [6, 1],
    ])
  })
})

test('[L39] of three copies two have what is acknowledged; of fewer, one', () => {
  const least = [1, 2, 3, 5].map(copies => configOf('sales', copies)['min.insync.replicas'])
  expect(least).toEqual(['1', '1', '2', '2'])
})

describe('positions', () => {
  test('[L6] a position comes back from offset and metadata', () => {
    fc.assert(
      fc.property(fc.nat(), fc.option(fc.nat()), fc.option(fc.nat()), (offset, watermarkMs, finalAtMs) => {
        const position = { offset, watermarkMs, finalAtMs }
        expect(decodePosition(offset, encodePosition(position))).toEqual(position)
      }),
    )
  })

  test('an offset that a tool has set is a position without a watermark; none is none', () => {
    const bare = { offset: 5, watermarkMs: null, finalAtMs: null }
    for (const metadata of [null, '', 'x', '1', 'null', '{"watermarkMs":"1"}']) {
      expect(decodePosition(5, metadata)).toEqual(bare)
    }
    expect(decodePosition(-1, null)).toBeNull()
  })
})

test('[L44] keys go where every Java client sends them', () => {
  const partitioner = kafkajs.Partitioners.JavaCompatiblePartitioner()
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 64 }), (key, count) => {
      const partitionMetadata = Array.from({ length: count }, (_, partitionId) => ({
        partitionErrorCode: 0,
        partitionId,
        leader: 1,
        replicas: [],
        isr: [],
      }))
      const message = { key: Buffer.from(key), value: null }
      expect(partitionOf(key, count)).toBe(partitioner({ topic: 't', partitionMetadata, message }))
    }),
  )
})

test('[L3] an append in the very moment after another is acknowledged is sent too', async () => {
  const sent: number[] = []
  const producer = {
    send: async (batches: readonly OutBatch[]) => {
      sent.push(...batches.map(({ records }) => records.length))
    },
  }
  const appender = createAppender(producer, topic => topic)
  const tick = { topic: 'feed', partition: 0, record: { kind: 'tick', upToMs: 1 } } as const
  let last = appender.append([tick])
  for (let i = 1; i < 10; i++) last = last.then(() => appender.append([tick]))
  await last
  expect(sent).toEqual(new Array(10).fill(1))
})
