// Kafka's record batch, version 2, as bytes: kafkajs's own costs several times as much, and decides
// throughput.
import { createRequire } from 'node:module'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'

const require = createRequire(import.meta.url)
const crc32c = require('kafkajs/src/protocol/recordBatch/crc32C/index.js') as (bytes: Buffer) => number

/** A record to be written. `bytes` is the length of `value` in UTF-8. */
export interface OutRecord {
  readonly key: string | null
  readonly value: string
  readonly bytes: number
  /** Epoch ms, an integer from 0 to `LATEST_MS`. */
  readonly timestampMs: number
}

/** The year 73,000: differences of later times would not be exact as they are packed. */
export const LATEST_MS = 2 ** 51

export interface InRecord {
  readonly offset: number
  readonly timestampMs: number
  readonly value: Buffer
}

/** Who writes, and the number of the first record among all that it writes to this partition. */
export interface Sequence {
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly first: number
}

/** https://kafka.apache.org/documentation/#recordbatch: places of the fields. */
const AT = {
  length: 8,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  count: 57,
  records: 61,
} as const
/** Of `length`: what stands before the part that it counts. */
const LENGTH_BEFORE = 12
const MAGIC = 2
const GZIP = 1
const CODEC_MASK = 0x07
const CONTROL = 0x20
/** Sales shrink as well as at zlib's own level 6, in a third of its time (measured). */
const GZIP_LEVEL = 3
/** The longest a varint, and a varlong, can be. */
const VARINT_BYTES = 5
const VARLONG_BYTES = 10
const FIXED_BYTES = 4 * VARINT_BYTES + VARLONG_BYTES + 2

const zip = promisify<Buffer, { level: number }, Buffer>(gzip)
const unzip = promisify<Buffer, Buffer>(gunzip)

/** Numbers are zigzag: 0, −1, 1, −2 … become 0, 1, 2, 3 …; beyond 32 bits only arithmetic is exact. */
function zigzag(value: number): number {
  return value >= 0 ? value * 2 : -value * 2 - 1
}

function varintSize(value: number): number {
  let size = 1
  for (let rest = zigzag(value); rest >= 0x80; rest = Math.floor(rest / 0x80)) size++
  return size
}

function writeVarint(buffer: Buffer, value: number, place: number): number {
  let at = place
  let rest = zigzag(value)
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) buffer[at++] = (rest % 0x80) | 0x80
  buffer[at++] = rest
  return at
}

/** A batch that holds the records in order, compressed. At least one record. */
export async function encodeBatch(records: readonly OutRecord[], sequence: Sequence): Promise<Buffer> {
  const base = records[0]!.timestampMs
  const packed = await zip(packRecords(records, base), { level: GZIP_LEVEL })
  const batch = Buffer.alloc(AT.records + packed.length)
  batch.writeInt32BE(batch.length - LENGTH_BEFORE, AT.length)
  batch.writeInt8(MAGIC, AT.magic)
  batch.writeInt16BE(GZIP, AT.attributes)
  batch.writeInt32BE(records.length - 1, AT.lastOffsetDelta)
  batch.writeBigInt64BE(BigInt(base), AT.baseTimestamp)
  const latest = records.reduce((most, { timestampMs }) => Math.max(most, timestampMs), base)
  batch.writeBigInt64BE(BigInt(latest), AT.maxTimestamp)
  batch.writeBigInt64BE(sequence.producerId, AT.producerId)
  batch.writeInt16BE(sequence.producerEpoch, AT.producerEpoch)
  batch.writeInt32BE(sequence.first, AT.baseSequence)
  batch.writeInt32BE(records.length, AT.count)
  packed.copy(batch, AT.records)
  batch.writeUInt32BE(crc32c(batch.subarray(AT.attributes)) >>> 0, AT.crc)
  return batch
}

function packRecords(records: readonly OutRecord[], base: number): Buffer {
  let room = 0
  for (const { key, bytes } of records) room += FIXED_BYTES + bytes + (key?.length ?? 0) * 3
  const buffer = Buffer.allocUnsafe(room)
  let at = 0
  for (const [delta, { key, value, bytes, timestampMs }] of records.entries()) {
    const keyBytes = key === null ? -1 : Buffer.byteLength(key)
    const length =
      2 +
      varintSize(timestampMs - base) +
      varintSize(delta) +
      varintSize(keyBytes) +
      Math.max(0, keyBytes) +
      varintSize(bytes) +
      bytes
    at = writeVarint(buffer, length, at)
    buffer[at++] = 0 // attributes: none are defined
    at = writeVarint(buffer, timestampMs - base, at)
    at = writeVarint(buffer, delta, at)
    at = writeVarint(buffer, keyBytes, at)
    if (key !== null) at += buffer.write(key, at)
    at = writeVarint(buffer, bytes, at)
    at += buffer.write(value, at)
    buffer[at++] = 0 // headers: none
  }
  return buffer.subarray(0, at)
}

/** A place in bytes that moves on as it is read. */
class Cursor {
  at: number
  readonly #bytes: Buffer

  constructor(bytes: Buffer, at = 0) {
    this.#bytes = bytes
    this.at = at
  }

  varint(): number {
    let value = 0
    let scale = 1
    for (;;) {
      const byte = this.#bytes[this.at++]
      if (byte === undefined) throw new RangeError('a record of Kafka ends too early')
      value += (byte & 0x7f) * scale
      if (byte < 0x80) break
      scale *= 0x80
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  bytes(length: number): Buffer {
    const found = this.#bytes.subarray(this.at, this.at + Math.max(0, length))
    this.at += Math.max(0, length)
    return found
  }
}

export interface Decoded {
  readonly records: readonly InRecord[]
  /** Offset behind the last whole batch, which may hold no record of ours; null where there is none. */
  readonly nextOffset: number | null
}

/**
 * The records of all whole batches in `bytes`, as a fetch gives them; the last batch may be cut off. Rejects
 * with `UnknownCodecError` where a batch is compressed in a way that we do not read.
 */
export async function decodeBatches(bytes: Buffer): Promise<Decoded> {
  const records: InRecord[] = []
  let nextOffset: number | null = null
  for (let start = 0; start + AT.records <= bytes.length; ) {
    const end = start + LENGTH_BEFORE + bytes.readInt32BE(start + AT.length)
    if (end > bytes.length) break
    const batch = bytes.subarray(start, end)
    await decodeBatch(batch, records)
    nextOffset = Number(batch.readBigInt64BE(0)) + batch.readInt32BE(AT.lastOffsetDelta) + 1
    start = end
  }
  return { records, nextOffset }
}

async function decodeBatch(batch: Buffer, into: InRecord[]): Promise<void> {
  const magic = batch.readInt8(AT.magic)
  if (magic !== MAGIC) throw new UnknownCodecError(`record format ${magic}`)
  const attributes = batch.readInt16BE(AT.attributes)
  // Marks of transactions, which only other tools write.
  if ((attributes & CONTROL) !== 0) return
  const codec = attributes & CODEC_MASK
  if (codec !== 0 && codec !== GZIP) throw new UnknownCodecError(`compression ${codec}`)
  const packed = batch.subarray(AT.records)
  const cursor = new Cursor(codec === GZIP ? await unzip(packed) : packed)
  const baseOffset = Number(batch.readBigInt64BE(0))
  const baseTimestamp = Number(batch.readBigInt64BE(AT.baseTimestamp))
  const count = batch.readInt32BE(AT.count)
  for (let i = 0; i < count; i++) {
    const length = cursor.varint()
    const end = cursor.at + length
    cursor.at++
    const timestampMs = baseTimestamp + cursor.varint()
    const offset = baseOffset + cursor.varint()
    cursor.bytes(cursor.varint())
    into.push({ offset, timestampMs, value: cursor.bytes(cursor.varint()) })
    cursor.at = end
  }
}

/** Written by another tool in a way that we do not read. */
export class UnknownCodecError extends Error {
  constructor(what: string) {
    super(`a batch of Kafka has ${what}`)
    this.name = 'UnknownCodecError'
  }
}
