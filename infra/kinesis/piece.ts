// One record of ours as records of Kinesis: where it goes, what it is called, in pieces where it is large.
import { encodeRecord } from '../../schemas/record-json.ts'
import { type AnyRecord, recordTimeMs } from '../../schemas/record-time.ts'

/** Kinesis takes 1 MiB, the partition key included. */
const PIECE_BYTES = 1024 * 1024 - 256
/** One request takes 5 MiB: a record goes with one request. */
export const MAX_RECORD_BYTES = 4 * PIECE_BYTES

/** The space of hash keys: each of n partitions has an n-th of it, whatever shards there are. */
const HASH_KEYS = 2n ** 128n

/** The middle of the partition's share: two cannot fall together, and a key is always in one open shard. */
export function hashKeyOf(partition: number, partitions: number): string {
  return (((2n * BigInt(partition) + 1n) * HASH_KEYS) / (2n * BigInt(partitions))).toString()
}

/** What the partition key of a Kinesis record says: `3/1024/5f0c…/1/2` is the second of two pieces. */
export interface Label {
  readonly partition: number
  readonly offset: number
  /** The try to append it: what a try that failed has left behind bears another. */
  readonly attempt: string
  readonly piece: number
  readonly pieces: number
}

export function labelText({ partition, offset, attempt, piece, pieces }: Label): string {
  return `${partition}/${offset}/${attempt}/${piece}/${pieces}`
}

const LABEL = /^(\d{1,9})\/(\d{1,15})\/([0-9a-f]{1,64})\/(\d{1,4})\/(\d{1,4})$/

/** Null where somebody else has written it. */
export function parseLabel(text: string): Label | null {
  const found = LABEL.exec(text)
  if (found === null) return null
  const [, partition, offset, attempt, piece, pieces] = found
  return {
    partition: Number(partition),
    offset: Number(offset),
    attempt: attempt!,
    piece: Number(piece),
    pieces: Number(pieces),
  }
}

export interface Encoded {
  readonly timeMs: number
  readonly bytes: number
  /** A JSON document in UTF-8; more than one where it is larger than Kinesis takes at a time. */
  readonly pieces: readonly Uint8Array[]
}

/** @throws RangeError where the record is larger than `MAX_RECORD_BYTES`. */
export function encode(record: AnyRecord): Encoded {
  const all = Buffer.from(encodeRecord(record))
  if (all.length > MAX_RECORD_BYTES) {
    throw new RangeError(`a record of ${all.length} bytes is larger than ${MAX_RECORD_BYTES}`)
  }
  const pieces: Uint8Array[] = []
  for (let at = 0; at < all.length; at += PIECE_BYTES) pieces.push(all.subarray(at, at + PIECE_BYTES))
  return { timeMs: recordTimeMs(record), bytes: all.length, pieces }
}
