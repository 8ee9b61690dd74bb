// Blocks of records as bytes: a fixed header that answers without decoding, then the packed records.
import { Packr } from 'msgpackr'
import { type AnyRecord, recordTimeMs } from '../../schemas/record-time.ts'

/**
 * What a block's header says. Times are epoch ms; −Infinity where there is none.
 */
export interface BlockHead {
  readonly count: number
  /** Highest record time of all blocks before this one in the partition. */
  readonly priorMaxTimeMs: number
  /** Highest record time in this block. */
  readonly maxTimeMs: number
  /** When the newest of its records was appended. */
  readonly appendedAtMs: number
}

const BLOCK_VERSION = 1
const HEAD_BYTES = 32
const AT = { version: 0, count: 4, priorMaxTimeMs: 8, maxTimeMs: 16, appendedAtMs: 24 } as const

const packr = new Packr({ useRecords: true, bundleStrings: true })

export function encodeBlock(
  records: readonly AnyRecord[],
  about: Pick<BlockHead, 'priorMaxTimeMs' | 'appendedAtMs'>,
): Buffer {
  const body = packr.pack(records)
  const block = Buffer.allocUnsafe(HEAD_BYTES + body.length)
  block.writeUInt32LE(BLOCK_VERSION, AT.version)
  block.writeUInt32LE(records.length, AT.count)
  block.writeDoubleLE(about.priorMaxTimeMs, AT.priorMaxTimeMs)
  block.writeDoubleLE(maxTimeMs(records), AT.maxTimeMs)
  block.writeDoubleLE(about.appendedAtMs, AT.appendedAtMs)
  block.set(body, HEAD_BYTES)
  return block
}

export function readHead(block: Buffer): BlockHead {
  const version = block.readUInt32LE(AT.version)
  if (version !== BLOCK_VERSION) throw new Error(`the event log has a block of unknown version ${version}`)
  return {
    count: block.readUInt32LE(AT.count),
    priorMaxTimeMs: block.readDoubleLE(AT.priorMaxTimeMs),
    maxTimeMs: block.readDoubleLE(AT.maxTimeMs),
    appendedAtMs: block.readDoubleLE(AT.appendedAtMs),
  }
}

export function decodeBlock(block: Buffer): AnyRecord[] {
  readHead(block)
  return packr.unpack(block.subarray(HEAD_BYTES)) as AnyRecord[]
}

function maxTimeMs(records: readonly AnyRecord[]): number {
  let highest = Number.NEGATIVE_INFINITY
  for (const record of records) {
    const timeMs = recordTimeMs(record)
    if (timeMs > highest) highest = timeMs
  }
  return highest
}
