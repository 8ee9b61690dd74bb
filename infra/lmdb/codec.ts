// Blocks of records as bytes: a fixed header that answers without decoding, then the packed records.
import { Packr } from 'msgpackr'
import { type AnyRecord, recordTimeMs } from '../../schemas/record-time.ts'
import type { Sale, SalesRecord } from '../../schemas/records.ts'
import { type SalesColumns, salesColumns } from '../../schemas/sales-columns.ts'
import { countingColumns, type Other } from './counting-columns.ts'
import { decodeSales, encodeSales, isPlainSale } from './sale-columns.ts'

/** What a block's header says. Times are epoch ms; −Infinity where there is none. */
export interface BlockHead {
  readonly count: number
  /** Highest record time of all blocks before this one in the partition. */
  readonly priorMaxTimeMs: number
  /** Highest record time in this block. */
  readonly maxTimeMs: number
  /** When the newest of its records was appended. */
  readonly appendedAtMs: number
}

/** Changes whenever older programs could no longer read what is written. */
const BLOCK_VERSION = 1
/**
 * version u32, count u32, three times f64, bytes of packed sales u32, 4 bytes of nothing; then sales, then
 * the rest.
 */
const AT = {
  version: 0,
  count: 4,
  priorMaxTimeMs: 8,
  maxTimeMs: 16,
  appendedAtMs: 24,
  saleBytes: 32,
} as const
const HEAD_BYTES = 40

/** `bundleStrings` reads all short strings of a block in one go: the fastest of its ways. */
const packr = new Packr({ useRecords: true, bundleStrings: true })

/** Records that are not packed as columns, and which of them are JSON text. */
interface Rest {
  readonly places: readonly number[]
  readonly records: readonly (AnyRecord | string)[]
  readonly json: readonly number[]
}

/**
 * Keeps records of any kind and any fields, as JSON would; strings exactly, even where they are no valid
 * Unicode.
 */
export function encodeBlock(
  records: readonly AnyRecord[],
  about: Pick<BlockHead, 'priorMaxTimeMs' | 'appendedAtMs'>,
): Buffer {
  const sales: Sale[] = []
  const places: number[] = []
  const packed: (AnyRecord | string)[] = []
  const json: number[] = []
  for (const [place, record] of records.entries()) {
    if (isPlainSale(record)) {
      sales.push(record)
      continue
    }
    const safe = isWellFormed(record)
    if (!safe) json.push(packed.length)
    places.push(place)
    packed.push(safe ? record : JSON.stringify(record))
  }
  const saleBytes = sales.length === 0 ? Buffer.alloc(0) : encodeSales(sales)
  const rest: Rest = { places, records: packed, json }
  const restBytes = packed.length === 0 ? Buffer.alloc(0) : packr.pack(rest)
  const head = Buffer.alloc(HEAD_BYTES)
  head.writeUInt32LE(BLOCK_VERSION, AT.version)
  head.writeUInt32LE(records.length, AT.count)
  head.writeDoubleLE(about.priorMaxTimeMs, AT.priorMaxTimeMs)
  head.writeDoubleLE(maxTimeMs(records), AT.maxTimeMs)
  head.writeDoubleLE(about.appendedAtMs, AT.appendedAtMs)
  head.writeUInt32LE(saleBytes.length, AT.saleBytes)
  return Buffer.concat([head, saleBytes, restBytes])
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
  const { count } = readHead(block)
  const saleEnd = HEAD_BYTES + block.readUInt32LE(AT.saleBytes)
  const sales: AnyRecord[] = saleEnd === HEAD_BYTES ? [] : decodeSales(block.subarray(HEAD_BYTES, saleEnd))
  if (sales.length === count) return sales
  const { places, records, json } = packr.unpack(block.subarray(saleEnd)) as Rest
  const rest = [...records] as AnyRecord[]
  for (const i of json) rest[i] = JSON.parse(records[i] as string) as AnyRecord
  return sales.length === 0 ? rest : weave(sales, rest, places)
}

/**
 * As `salesColumns` of a decoded block of `sales`, without decoding it where it holds what it usually holds.
 */
export function decodeColumns(block: Buffer): SalesColumns {
  const saleEnd = HEAD_BYTES + block.readUInt32LE(AT.saleBytes)
  const { count } = readHead(block)
  if (saleEnd > HEAD_BYTES) {
    const others = saleEnd === block.length ? [] : othersOf(block.subarray(saleEnd))
    const columns = countingColumns(block.subarray(HEAD_BYTES, saleEnd), others)
    if (columns !== null && columns.kinds.length === count) return columns
  }
  return salesColumns(decodeBlock(block) as SalesRecord[])
}

function othersOf(packed: Buffer): readonly Other[] {
  const { places, records } = packr.unpack(packed) as Rest
  return places.map((place, i) => ({ place, record: records[i] as SalesRecord }))
}

/** Puts the rest back to its places among the sales. */
function weave(
  sales: readonly AnyRecord[],
  rest: readonly AnyRecord[],
  places: readonly number[],
): AnyRecord[] {
  const all: AnyRecord[] = []
  let nextSale = 0
  for (const [i, place] of places.entries()) {
    while (all.length < place) all.push(sales[nextSale++]!)
    all.push(rest[i]!)
  }
  while (nextSale < sales.length) all.push(sales[nextSale++]!)
  return all
}

/**
 * Names of fields that were found well formed: few, the same in all records, and asked for by the million.
 */
const goodNames = new Set<string>()
const MAX_GOOD_NAMES = 1_000

function isGoodName(name: string): boolean {
  if (goodNames.has(name)) return true
  // msgpackr writes this name in another way, so that it can do no harm where it is read.
  if (!name.isWellFormed() || name === '__proto__') return false
  if (goodNames.size < MAX_GOOD_NAMES) goodNames.add(name)
  return true
}

/** False where a string has a lone surrogate: msgpackr would damage it, and those beside it. */
function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed()
  if (typeof value !== 'object' || value === null) return true
  for (const name in value) {
    if (!isGoodName(name) || !isWellFormed((value as Readonly<Record<string, unknown>>)[name])) return false
  }
  return true
}

function maxTimeMs(records: readonly AnyRecord[]): number {
  let highest = Number.NEGATIVE_INFINITY
  for (const record of records) {
    const timeMs = recordTimeMs(record)
    if (timeMs > highest) highest = timeMs
  }
  return highest
}
