// One partition as blocks of records: append with merging, read, seek by time, forget. Runs inside
// transactions.
import type { AnyRecord } from '../../schemas/record-time.ts'
import { recordTimeMs } from '../../schemas/record-time.ts'
import type { SalesRecord } from '../../schemas/records.ts'
import { type SalesColumns, salesColumns } from '../../schemas/sales-columns.ts'
import type { TopicName } from '../../schemas/topics.ts'
import { decodeBlock, decodeColumns, encodeBlock, readHead } from './codec.ts'
import type { BlockTable, Environment, StateTable } from './environment.ts'

/**
 * Counting a block costs less for each record the more of its keys repeat: a replay is 15 % faster than with
 * blocks of 1,000. More only makes reads of a few records dearer.
 */
const MAX_BLOCK_RECORDS = 4_000
/** Of large records a block holds fewer, so that no read has to hold much more than it asked for. */
const MAX_BLOCK_BYTES = 1_048_576
/** A read stops after the block that reaches this, however many records were asked for. */
const MAX_READ_BYTES = 8_388_608
/** Sizes of unmerged blocks at the end double from one to the next: twelve to 4,000, and some to spare. */
const MAX_TAIL_BLOCKS = 24
/** Blocks dropped in one transaction, so that appends never wait long. */
const MAX_DROPPED_BLOCKS = 1_000

interface TailBlock {
  readonly first: number
  readonly count: number
  readonly bytes: number
}

/**
 * The state of a partition: `[start, end)` and the blocks at the end that may still be merged, oldest first.
 */
interface Head {
  readonly start: number
  readonly end: number
  readonly maxTimeMs: number
  readonly tail: readonly TailBlock[]
}

const EMPTY: Head = { start: 0, end: 0, maxTimeMs: Number.NEGATIVE_INFINITY, tail: [] }

export interface Slice {
  readonly firstOffset: number
  readonly records: readonly AnyRecord[]
  readonly endOffset: number
}

export interface PartitionLog {
  /** In a write transaction. */
  append(records: readonly AnyRecord[], appendedAtMs: number): void
  read(from: number, maxRecords: number): Slice
  /** The records of one block of `sales` from `from` on, at most `maxRecords`, as columns. */
  readColumns(
    from: number,
    maxRecords: number,
  ): { readonly firstOffset: number; readonly columns: SalesColumns }
  bounds(): { readonly start: number; readonly end: number }
  /** Offset of the first record with a time at or after `timeMs`, else the end. */
  seek(timeMs: number): number
  /** True where `forget` would drop something. */
  hasOld(bound: ForgetBound): boolean
  /** In a write transaction: drops whole blocks that are past the bound; true where there may be more. */
  forget(bound: ForgetBound): boolean
}

/** A block goes when it was appended before `beforeMs` and all of it is read, or before `atLastMs`. */
export interface ForgetBound {
  readonly beforeMs: number
  /** Records before this offset are needed by nobody. */
  readonly readTo: number
  readonly atLastMs: number
}

export function partitionLog(environment: Environment, topic: TopicName, partition: number): PartitionLog {
  const table = environment.blocks(topic)
  const at: Place = { table, state: environment.state, partition, headKey: ['head', topic, partition] }
  let leftOver: { readonly first: number; readonly count: number; readonly records: AnyRecord[] } | null =
    null

  /** A block read in parts is decoded once. */
  const decoded = (first: number, block: Buffer, keep: boolean): AnyRecord[] => {
    const { count } = readHead(block)
    if (leftOver?.first === first && leftOver.count === count) return leftOver.records
    const records = decodeBlock(block)
    leftOver = keep ? { first, count, records } : null
    return records
  }

  return {
    append: (records, appendedAtMs) => append(at, records, appendedAtMs),
    bounds: () => {
      const { start, end } = getHead(at)
      return { start, end }
    },
    read: (from, maxRecords) => {
      const { start, end } = getHead(at)
      const firstOffset = Math.max(from, start)
      const records: AnyRecord[] = []
      let bytes = 0
      let next = firstOffset
      while (next < end && records.length < maxRecords && bytes < MAX_READ_BYTES) {
        const found = blockAt(at, next)
        const { count } = readHead(found.block)
        const skipped = next - found.first
        const taken = Math.min(count - skipped, maxRecords - records.length)
        const whole = decoded(found.first, found.block, taken < count)
        for (let i = skipped; i < skipped + taken; i++) records.push(whole[i]!)
        bytes += found.block.length
        next += taken
      }
      return { firstOffset, records, endOffset: end }
    },
    readColumns: (from, maxRecords) => {
      const { start, end } = getHead(at)
      const firstOffset = Math.max(from, start)
      if (firstOffset >= end) return { firstOffset, columns: salesColumns([]) }
      const { first, block } = blockAt(at, firstOffset)
      const { count } = readHead(block)
      if (first === firstOffset && count <= maxRecords) return { firstOffset, columns: decodeColumns(block) }
      const skipped = firstOffset - first
      const records = decoded(first, block, true).slice(skipped, skipped + maxRecords) as SalesRecord[]
      return { firstOffset, columns: salesColumns(records) }
    },
    seek: timeMs => seek(at, timeMs),
    hasOld: bound => {
      const { start, end } = getHead(at)
      return start < end && isPast(bound, blockAt(at, start))
    },
    forget: bound => forget(at, bound),
  }
}

interface Place {
  readonly table: BlockTable
  readonly state: StateTable
  readonly partition: number
  readonly headKey: (string | number)[]
}

function getHead(at: Place): Head {
  return (at.state.get(at.headKey) as Head | undefined) ?? EMPTY
}

/** The block that holds `offset`, which must be within the bounds. */
function blockAt(at: Place, offset: number): { readonly first: number; readonly block: Buffer } {
  const range = { start: [at.partition, offset], end: [at.partition], reverse: true, limit: 1 }
  for (const key of at.table.getKeys(range)) {
    const block = at.table.getBinary(key)
    if (block !== undefined) return { first: key[1]!, block }
  }
  throw new Error(`the event log has no block for offset ${offset} of partition ${at.partition}`)
}

function append(at: Place, records: readonly AnyRecord[], appendedAtMs: number): void {
  let head = getHead(at)
  for (let i = 0; i < records.length; i += MAX_BLOCK_RECORDS) {
    head = appendChunk(at, head, records.slice(i, i + MAX_BLOCK_RECORDS), appendedAtMs)
  }
  at.state.put(at.headKey, head)
}

/**
 * Puts a block behind the last one. Blocks at the end that are no larger are merged into it, as in a binary
 * counter: a record is rewritten about ten times at most, and reads find large blocks.
 */
function appendChunk(at: Place, head: Head, records: readonly AnyRecord[], appendedAtMs: number): Head {
  const block = encodeBlock(records, { priorMaxTimeMs: head.maxTimeMs, appendedAtMs })
  if (block.length > MAX_BLOCK_BYTES && records.length > 1) {
    const half = records.length >> 1
    const first = appendChunk(at, head, records.slice(0, half), appendedAtMs)
    return appendChunk(at, first, records.slice(half), appendedAtMs)
  }
  const tail = [...head.tail]
  let merged: AnyRecord[] | null = null
  let bytes = block.length
  let first = head.end
  let count = records.length
  for (;;) {
    const last = tail.at(-1)
    if (last === undefined || last.count > count) break
    if (last.count + count > MAX_BLOCK_RECORDS || last.bytes + bytes > MAX_BLOCK_BYTES) break
    const older = at.table.getBinary([at.partition, last.first])
    if (older === undefined) throw new Error(`the event log lost block ${last.first}`)
    merged = [...decodeBlock(older), ...(merged ?? records)]
    at.table.remove([at.partition, last.first])
    tail.pop()
    first = last.first
    count += last.count
    bytes += last.bytes
  }
  const written =
    merged === null ? block : encodeBlock(merged, { priorMaxTimeMs: priorOf(at, first), appendedAtMs })
  at.table.put([at.partition, first], written)
  tail.push({ first, count, bytes: written.length })
  return {
    start: head.start,
    end: head.end + records.length,
    maxTimeMs: Math.max(head.maxTimeMs, readHead(block).maxTimeMs),
    tail: tail.slice(-MAX_TAIL_BLOCKS),
  }
}

/** The highest record time before the block that begins at `first`. */
function priorOf(at: Place, first: number): number {
  if (first <= getHead(at).start) return Number.NEGATIVE_INFINITY
  const { priorMaxTimeMs, maxTimeMs } = readHead(blockAt(at, first - 1).block)
  return Math.max(priorMaxTimeMs, maxTimeMs)
}

function seek(at: Place, timeMs: number): number {
  const { start, end, maxTimeMs } = getHead(at)
  if (start === end || maxTimeMs < timeMs) return end
  let low = start
  let high = end
  // Nothing before `low` reaches `timeMs`. By halves down to a block; from there on one by one, since heads
  // know of dropped blocks too, and may have sent us too far back.
  while (low < end) {
    const { first, block } = blockAt(at, low < high ? Math.floor((low + high) / 2) : low)
    const { count, priorMaxTimeMs, maxTimeMs: ownMaxTimeMs } = readHead(block)
    if (low < high && priorMaxTimeMs >= timeMs && first > start) high = first
    else if (ownMaxTimeMs >= timeMs) {
      return first + decodeBlock(block).findIndex(record => recordTimeMs(record) >= timeMs)
    } else low = first + count
  }
  return end
}

function isPast(bound: ForgetBound, { first, block }: ReturnType<typeof blockAt>): boolean {
  const { count, appendedAtMs } = readHead(block)
  return appendedAtMs < (first + count <= bound.readTo ? bound.beforeMs : bound.atLastMs)
}

function forget(at: Place, bound: ForgetBound): boolean {
  const head = getHead(at)
  let { start } = head
  let dropped = 0
  while (start < head.end && dropped < MAX_DROPPED_BLOCKS) {
    const found = blockAt(at, start)
    if (!isPast(bound, found)) break
    at.table.remove([at.partition, found.first])
    start = found.first + readHead(found.block).count
    dropped += 1
  }
  if (dropped > 0) at.state.put(at.headKey, { ...head, start, tail: head.tail.filter(b => b.first >= start) })
  return dropped === MAX_DROPPED_BLOCKS
}
