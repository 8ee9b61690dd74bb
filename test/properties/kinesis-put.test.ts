// Whatever a stream does to requests, the runs that a writer commits are readable record by record.
import type { KinesisClient, PutRecordsCommand, PutRecordsResultEntry } from '@aws-sdk/client-kinesis'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encode, hashKeyOf, parseLabel } from '../../infra/kinesis/piece.ts'
import { type Lane, putRecords } from '../../infra/kinesis/put.ts'

interface Stored {
  readonly label: string
  readonly data: Uint8Array
  readonly sequence: bigint
}

/** What happens to one request: which records are refused, in which order the others come in, a reshard. */
interface Fate {
  readonly refused: readonly number[]
  readonly swap: number
  /** Before its record of that place, all keys move to new shards. */
  readonly reshardAt: number | null
  readonly isAnswerLost: boolean
}

const fate: fc.Arbitrary<Fate> = fc.record({
  refused: fc.array(fc.nat(12), { maxLength: 4 }),
  swap: fc.nat(6),
  reshardAt: fc.option(fc.nat(8), { freq: 4 }),
  isAnswerLost: fc.boolean(),
})

/** Shards by partition, as a stream that is resharded now and then has them. */
class FakeStream {
  readonly shards = new Map<string, Stored[]>()
  #sequence = 0n
  #generation = 0
  readonly #fates: Fate[]
  constructor(fates: readonly Fate[]) {
    this.#fates = [...fates]
  }

  async send(command: PutRecordsCommand): Promise<{ readonly Records: PutRecordsResultEntry[] }> {
    const asked = command.input.Records ?? []
    const fate = this.#fates.shift() ?? { refused: [], swap: 0, reshardAt: null, isAnswerLost: false }
    const results: PutRecordsResultEntry[] = asked.map(() => ({ ErrorCode: 'InternalFailure' }))
    const places = asked.map((_, i) => i).filter(i => !fate.refused.includes(i))
    const [a, b] = [fate.swap, fate.swap + 1]
    if (b < places.length && fate.swap % 2 === 1) [places[a], places[b]] = [places[b]!, places[a]!]
    for (const [k, i] of places.entries()) {
      if (k === fate.reshardAt) this.#generation++
      const { PartitionKey: label = '', ExplicitHashKey: hash, Data: data } = asked[i]!
      const shard = `shard-${hash}-${this.#generation}`
      const sequence = ++this.#sequence
      const stored = this.shards.get(shard) ?? []
      stored.push({ label, data: data!, sequence })
      this.shards.set(shard, stored)
      results[i] = { ShardId: shard, SequenceNumber: String(sequence) }
    }
    if (fate.isAnswerLost) throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })
    return { Records: results }
  }
}

const texts = fc.array(fc.oneof({ weight: 8, arbitrary: fc.constant(1) }, fc.constant(2_200_000)), {
  minLength: 1,
  maxLength: 5,
})

test('[L31] a run is read from its first record on by taking the next offset of its attempt', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(texts, { minLength: 1, maxLength: 3 }),
      fc.array(fate),
      async (sizes, fates) => {
        const stream = new FakeStream(fates)
        const lanes: Lane[] = sizes.map((own, partition) => ({
          end: { partition, end: 100 * partition, highTimeMs: Number.NEGATIVE_INFINITY },
          records: own.map((size, i) =>
            encode({ kind: 'basket', id: `${partition}-${i}`, soldAtMs: i, text: 'x'.repeat(size) }),
          ),
        }))
        const target = {
          client: stream as unknown as KinesisClient,
          where: { region: 'eu-central-1', endpoint: null },
          streamName: 'feed',
          partitions: sizes.length,
        }
        const { runs, done, trouble } = await putRecords(target, 'ab', lanes)
        expect(trouble).toBe(null)
        expect(done).toEqual(sizes.map(own => own.length))
        for (const [partition, { records, end }] of lanes.entries()) {
          const own = runs.filter(run => run.partition === partition)
          expect(own[0]?.firstOffset).toBe(end.end)
          const read = own.flatMap(run => readRun(stream, run))
          expect(read).toEqual(records.map(({ pieces }) => Buffer.concat([...pieces]).toString('utf8')))
          expect(own.at(-1)?.highTimeMs).toBe(records.length - 1)
        }
      },
    ),
    { numRuns: 40 },
  )
})

/** As a reader does: the next piece of the next offset of the attempt; all else is passed over. */
function readRun(
  { shards }: FakeStream,
  run: {
    readonly shard: string
    readonly sequence: string
    readonly firstOffset: number
    readonly records: number
  },
): string[] {
  const texts: string[] = []
  let pieces: Uint8Array[] = []
  for (const { label: text, data, sequence } of shards.get(run.shard) ?? []) {
    if (sequence < BigInt(run.sequence) || texts.length === run.records) continue
    const label = parseLabel(text)!
    if (label.offset !== run.firstOffset + texts.length || label.piece !== pieces.length) continue
    pieces.push(data)
    if (pieces.length < label.pieces) continue
    texts.push(Buffer.concat(pieces).toString('utf8'))
    pieces = []
  }
  return texts
}

test('[L34] each partition’s hash key is well inside its own share of all hash keys', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 64 }), count => {
      const share = 2n ** 128n / BigInt(count)
      for (let partition = 0; partition < count; partition++) {
        const key = BigInt(hashKeyOf(partition, count))
        expect(key > share * BigInt(partition) && key < share * BigInt(partition + 1)).toBe(true)
      }
    }),
  )
})
