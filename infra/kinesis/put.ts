// One session of a writer: puts records into a stream while it holds their partitions, in order whatever
// fails.
import { type KinesisClient, PutRecordsCommand, type PutRecordsResultEntry } from '@aws-sdk/client-kinesis'
import { OutageError, SetupError } from '../ports.ts'
import { pause } from '../runtime/pause.ts'
import type { NewRun, PartitionEnd } from './index-table.ts'
import { type Encoded, hashKeyOf, labelText } from './piece.ts'
import { nameOf, pauseMs, troubleOf, type Where, whereText } from './trouble.ts'

export interface PutTarget {
  readonly client: KinesisClient
  readonly where: Where
  readonly streamName: string
  /** Of the topic. */
  readonly partitions: number
}

/** The records of one partition, in order, and how far they are in the stream. */
export interface Lane {
  readonly end: PartitionEnd
  readonly records: readonly Encoded[]
}

export interface PutResult {
  readonly runs: readonly NewRun[]
  /** By lane: how many of its records, from its first on, are in the stream. */
  readonly done: readonly number[]
  /** What stopped it; null where everything is in. */
  readonly trouble: unknown
}

/** The partitions are locked meanwhile: what lasts longer is tried again without holding them. */
const SESSION_MS = 5_000

interface Piece {
  readonly lane: number
  readonly record: number
  readonly piece: number
  readonly bytes: Uint8Array
}

interface Placed {
  readonly shard: string
  readonly sequence: string
}

/**
 * Kinesis takes some records of a request and refuses others, and it promises no order among those of a
 * request: of each partition the run that came in rising order counts, and the rest is put again behind it.
 * Readers take the next offset of the attempt and nothing else, so that what is there twice or too early is
 * passed over.
 */
export async function putRecords(
  target: PutTarget,
  attempt: string,
  lanes: readonly Lane[],
): Promise<PutResult> {
  const queues = lanes.map((lane, i) => piecesOf(lane, i))
  const placed: Placed[][] = lanes.map(() => [])
  const endMs = performance.now() + SESSION_MS
  let trouble: unknown = null
  for (let failures = 0; ; ) {
    const before = countOf(placed)
    const asked = queues.flatMap((queue, i) => queue.slice(placed[i]!.length))
    if (asked.length === 0) break
    try {
      trouble = place(await send(target, attempt, lanes, asked), asked, placed)
    } catch (error) {
      const isGone = nameOf(error) === 'ResourceNotFoundException'
      trouble = isGone ? gone(target, error) : troubleOf(error, target.where)
    }
    if (trouble === null) continue
    if (!(trouble instanceof OutageError) || performance.now() > endMs) break
    // Where some came in, the rest is due soon.
    failures = countOf(placed) > before ? 0 : failures + 1
    await pause(pauseMs(failures))
  }
  const done = queues.map((queue, i) => wholeRecords(queue, placed[i]!.length))
  const runs = lanes.flatMap((lane, i) => runsOf(attempt, lane, placed[i]!, done[i]!))
  return { runs, done, trouble: isComplete(lanes, done) ? null : trouble }
}

function countOf(placed: readonly (readonly Placed[])[]): number {
  return placed.reduce((sum, own) => sum + own.length, 0)
}

function gone({ streamName, where }: PutTarget, cause: unknown): SetupError {
  return new SetupError(
    `stream ${streamName} is gone from ${whereText(where)}`,
    'start with another --kinesis-stream-prefix and import an export into it',
    { cause },
  )
}

function isComplete(lanes: readonly Lane[], done: readonly number[]): boolean {
  return lanes.every(({ records }, i) => records.length === done[i])
}

function piecesOf({ records }: Lane, lane: number): Piece[] {
  return records.flatMap(({ pieces }, record) =>
    pieces.map((bytes, piece) => ({ lane, record, piece, bytes })),
  )
}

async function send(
  { client, streamName, partitions }: PutTarget,
  attempt: string,
  lanes: readonly Lane[],
  asked: readonly Piece[],
): Promise<readonly PutRecordsResultEntry[]> {
  const answer = await client.send(
    new PutRecordsCommand({
      StreamName: streamName,
      Records: asked.map(({ lane, record, piece, bytes }) => {
        const { end, records } = lanes[lane]!
        const { partition } = end
        const label = { partition, offset: end.end + record, attempt, piece }
        return {
          Data: bytes,
          PartitionKey: labelText({ ...label, pieces: records[record]!.pieces.length }),
          ExplicitHashKey: hashKeyOf(partition, partitions),
        }
      }),
    }),
  )
  const results = answer.Records ?? []
  if (results.length !== asked.length) {
    throw new Error(`Kinesis answered for ${results.length} records of ${asked.length}`)
  }
  return results
}

/** Takes over what came in, in order, of each lane; returns why the rest did not, null where all did. */
function place(
  results: readonly PutRecordsResultEntry[],
  asked: readonly Piece[],
  placed: readonly Placed[][],
): OutageError | null {
  const stopped = new Set<number>()
  let trouble: OutageError | null = null
  for (const [i, result] of results.entries()) {
    const { lane, piece } = asked[i]!
    if (stopped.has(lane)) continue
    const own = placed[lane]!
    const { ShardId: shard, SequenceNumber: sequence, ErrorCode: code } = result
    if (code !== undefined || shard === undefined || sequence === undefined) {
      trouble ??= new OutageError(code ?? 'unknown', `Kinesis refused a record: ${result.ErrorMessage ?? ''}`)
      stopped.add(lane)
      continue
    }
    const last = own.at(-1)
    const isRising = last === undefined || last.shard !== shard || BigInt(sequence) > BigInt(last.sequence)
    // The shard was split or merged in the middle of a large record: its pieces go together into the new one.
    const isTorn = piece > 0 && last?.shard !== shard
    if (!isRising || isTorn) {
      if (isTorn) own.length -= piece
      trouble ??= new OutageError('order', 'Kinesis took records of a request in another order')
      stopped.add(lane)
      continue
    }
    own.push({ shard, sequence })
  }
  return trouble
}

/** How many records have all their pieces among the first `placed`. */
function wholeRecords(queue: readonly Piece[], placed: number): number {
  if (placed === 0) return 0
  const next = queue[placed]
  return next === undefined ? queue[placed - 1]!.record + 1 : next.record
}

/** A run for every shard: where the shard was split or merged meanwhile, the next begins. */
function runsOf(attempt: string, { end, records }: Lane, placed: readonly Placed[], done: number): NewRun[] {
  const runs: NewRun[] = []
  let highTimeMs = end.highTimeMs
  let at = 0
  for (let record = 0; record < done; record++) {
    const { timeMs, pieces } = records[record]!
    const { shard, sequence } = placed[at]!
    at += pieces.length
    highTimeMs = Math.max(highTimeMs, timeMs)
    const last = runs.at(-1)
    if (last?.shard === shard) {
      const maxTimeMs = Math.max(last.maxTimeMs, timeMs)
      runs[runs.length - 1] = { ...last, records: last.records + 1, maxTimeMs, highTimeMs }
      continue
    }
    runs.push({
      partition: end.partition,
      firstOffset: end.end + record,
      records: 1,
      attempt,
      shard,
      sequence,
      maxTimeMs: timeMs,
      highTimeMs,
    })
  }
  return runs
}
