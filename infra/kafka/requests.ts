// The two requests that carry records, produce and fetch, as bytes.
import { createRequire } from 'node:module'
import { type Decoded, decodeBatches } from './record-batch.ts'
import { READ_UNCOMMITTED, REQUEST_TIMEOUT_MS, type WireBroker } from './wire.ts'

const require = createRequire(import.meta.url)

interface WireEncoder {
  writeBuffer(bytes: Buffer): WireEncoder
}
const Encoder = require('kafkajs/src/protocol/encoder.js') as new () => WireEncoder
const { createErrorFromCode } = require('kafkajs/src/protocol/error.js') as {
  createErrorFromCode(code: number): Error
}

/** Versions that brokers from 2.3 to 4 understand. */
const PRODUCE = { apiKey: 0, apiVersion: 7, apiName: 'Produce' } as const
const FETCH = { apiKey: 1, apiVersion: 11, apiName: 'Fetch' } as const
const ALL_IN_SYNC = -1
const PRODUCE_TIMEOUT_MS = 30_000
const NONE = -1

/** Bytes that grow: what Kafka's protocol is made of. */
class Writer {
  readonly #parts: Buffer[] = []

  int8(value: number): this {
    return this.#push(1, buffer => buffer.writeInt8(value))
  }
  int16(value: number): this {
    return this.#push(2, buffer => buffer.writeInt16BE(value))
  }
  int32(value: number): this {
    return this.#push(4, buffer => buffer.writeInt32BE(value))
  }
  int64(value: number): this {
    return this.#push(8, buffer => buffer.writeBigInt64BE(BigInt(value)))
  }
  string(value: string): this {
    const bytes = Buffer.from(value)
    this.int16(bytes.length)
    this.#parts.push(bytes)
    return this
  }
  bytes(value: Buffer): this {
    this.int32(value.length)
    this.#parts.push(value)
    return this
  }
  done(): Buffer {
    return Buffer.concat(this.#parts)
  }
  #push(size: number, write: (buffer: Buffer) => void): this {
    const buffer = Buffer.alloc(size)
    write(buffer)
    this.#parts.push(buffer)
    return this
  }
}

class Reader {
  #at = 0
  readonly #bytes: Buffer

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }
  int16(): number {
    this.#at += 2
    return this.#bytes.readInt16BE(this.#at - 2)
  }
  int32(): number {
    this.#at += 4
    return this.#bytes.readInt32BE(this.#at - 4)
  }
  int64(): number {
    this.#at += 8
    return Number(this.#bytes.readBigInt64BE(this.#at - 8))
  }
  string(): string {
    const length = this.int16()
    this.#at += length
    return this.#bytes.toString('utf8', this.#at - length, this.#at)
  }
  bytes(): Buffer {
    const length = Math.max(0, this.int32())
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }
  /** Null arrays have the length −1. */
  list<T>(read: () => T): T[] {
    return Array.from({ length: Math.max(0, this.int32()) }, read)
  }
}

function send<R>(
  broker: WireBroker,
  request: { readonly apiKey: number; readonly apiVersion: number; readonly apiName: string },
  body: Buffer,
  { requestTimeout, read }: { readonly requestTimeout: number; readonly read: (reader: Reader) => R },
): Promise<R> {
  return broker.connectionPool.send({
    request: { ...request, encode: async () => new Encoder().writeBuffer(body) },
    response: {
      decode: async (payload: Buffer) => ({ clientSideThrottleTime: 0, answer: read(new Reader(payload)) }),
      parse: async ({ answer }: { readonly answer: R }) => answer,
    },
    requestTimeout,
  }) as Promise<R>
}

export interface ProducedBatch {
  readonly topic: string
  readonly partition: number
  readonly batch: Buffer
}

export interface ProduceResult {
  readonly topic: string
  readonly partition: number
  /** Null where the batch is there, in all replicas that are in sync. */
  readonly error: Error | null
}

/** The batch is there already: an answer to an earlier try was lost. */
const DUPLICATE_SEQUENCE_NUMBER = 46

function produceError(code: number): Error | null {
  return code === 0 || code === DUPLICATE_SEQUENCE_NUMBER ? null : createErrorFromCode(code)
}

/** Appends batches to partitions that this broker leads: one for each partition. */
export function produceTo(
  broker: WireBroker,
  batches: readonly ProducedBatch[],
): Promise<readonly ProduceResult[]> {
  const byTopic = new Map<string, ProducedBatch[]>()
  for (const one of batches) byTopic.set(one.topic, [...(byTopic.get(one.topic) ?? []), one])
  const body = new Writer().int16(NONE).int16(ALL_IN_SYNC).int32(PRODUCE_TIMEOUT_MS).int32(byTopic.size)
  for (const [topic, own] of byTopic) {
    body.string(topic).int32(own.length)
    for (const { partition, batch } of own) body.int32(partition).bytes(batch)
  }
  const read = (reader: Reader): ProduceResult[] =>
    reader
      .list(() => {
        const topic = reader.string()
        return reader.list(() => {
          const partition = reader.int32()
          const error = produceError(reader.int16())
          for (let i = 0; i < 3; i++) reader.int64() // base offset, time of appending, start of the log
          return { topic, partition, error }
        })
      })
      .flat()
  return send(broker, PRODUCE, body.done(), { requestTimeout: PRODUCE_TIMEOUT_MS, read })
}

export interface FetchWant {
  readonly partition: number
  readonly fetchOffset: number
  readonly maxBytes: number
}

/** Records from the batch that holds the wanted offset on. */
export interface FetchedPartition extends Decoded {
  readonly partition: number
  /** Offset next to be written. */
  readonly endOffset: number
  /** `OFFSET_OUT_OF_RANGE` and the like; null where all is well. */
  readonly error: Error | null
}

/**
 * Records of partitions that this broker leads; waits up to `maxWaitMs` where there are none. (kafkajs gives
 * a fetch 100 ms beyond that, which a busy machine exceeds.)
 */
export async function fetchFrom(
  broker: WireBroker,
  topic: string,
  wants: readonly FetchWant[],
  maxWaitMs: number,
): Promise<readonly FetchedPartition[]> {
  const maxBytes = wants.reduce((sum, want) => sum + want.maxBytes, 0)
  const body = new Writer().int32(NONE).int32(maxWaitMs).int32(1).int32(maxBytes).int8(READ_UNCOMMITTED)
  // No fetch session: id 0, epoch −1.
  body.int32(0).int32(NONE).int32(1).string(topic).int32(wants.length)
  for (const want of wants) {
    body.int32(want.partition).int32(NONE).int64(want.fetchOffset).int64(NONE).int32(want.maxBytes)
  }
  body.int32(0).string('')
  const found = await send(broker, FETCH, body.done(), {
    requestTimeout: maxWaitMs + REQUEST_TIMEOUT_MS,
    read: readFetched,
  })
  return Promise.all(
    found.map(async ({ partition, code, endOffset, bytes }) => {
      const error = code === 0 ? null : createErrorFromCode(code)
      return { partition, endOffset, error, ...(await decodeBatches(bytes)) }
    }),
  )
}

function readFetched(reader: Reader) {
  reader.int32() // throttle time
  const code = reader.int16()
  if (code !== 0) throw createErrorFromCode(code)
  reader.int32() // fetch session
  return reader
    .list(() => {
      reader.string() // topic: there is only one
      return reader.list(() => {
        const partition = reader.int32()
        const own = reader.int16()
        const endOffset = reader.int64()
        reader.int64() // last stable offset
        reader.int64() // start of the log
        reader.list(() => [reader.int64(), reader.int64()]) // aborted transactions
        reader.int32() // preferred replica
        return { partition, code: own, endOffset, bytes: reader.bytes() }
      })
    })
    .flat()
}
