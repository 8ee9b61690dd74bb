// Appends: without lingering, but whatever waits while a request is under way goes with the next one.
import { randomBytes } from 'node:crypto'
import { type Entry, OutageError } from '../ports.ts'
import { pause } from '../runtime/pause.ts'
import type { SqlDatabase } from '../runtime/sql.ts'
import { addRuns, lockEnds } from './index-table.ts'
import { type Encoded, encode, MAX_RECORD_BYTES } from './piece.ts'
import { type Lane, type PutTarget, putRecords } from './put.ts'
import { pauseMs } from './trouble.ts'

/** Kinesis takes 500 records and 5 MiB in a request, labels included. */
const REQUEST_PIECES = 500
const REQUEST_BYTES = MAX_RECORD_BYTES
const ATTEMPT_BYTES = 8
/** Sessions in a row that brought nothing in: then it is an outage for the caller. */
const MOST_FRUITLESS = 2

export interface TopicAppender {
  append(entries: readonly Entry[]): Promise<void>
  /** Resolves when everything that waits has been put, or refused. */
  close(): Promise<void>
}

export interface AppenderParts extends PutTarget {
  readonly database: SqlDatabase
  readonly streamId: number
  readonly onTrouble: (error: unknown, retryInMs: number) => void
}

/** One call of `append`; settles when its last record is there. */
interface Call {
  left: number
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

interface Waiting extends Encoded {
  readonly call: Call
  readonly partition: number
}

/**
 * Of one topic. A session locks the partitions in the index, puts under a new attempt, and commits the runs:
 * that commit is what makes records part of the log, so that a death in between leaves nothing but records
 * that nobody reads.
 */
export function createTopicAppender(parts: AppenderParts): TopicAppender {
  let waiting: Waiting[] = []
  let sending: Promise<void> | null = null

  const fail = (records: readonly Waiting[], error: unknown): void => {
    const calls = new Set(records.map(({ call }) => call))
    waiting = waiting.filter(({ call }) => !calls.has(call))
    for (const call of calls) call.reject(error)
  }

  /** One session; returns how many in a row have brought nothing in. */
  const sendSome = async (fruitless: number): Promise<number> => {
    const now = takeRequest(waiting)
    waiting = waiting.slice(now.length)
    let left: readonly Waiting[]
    let trouble: unknown
    try {
      ;({ left, trouble } = await session(parts, now))
    } catch (error) {
      fail(now, error)
      return 0
    }
    settle(now, left)
    if (left.length === 0) return 0
    const failures = left.length < now.length ? 0 : fruitless + 1
    if (!(trouble instanceof OutageError) || failures >= MOST_FRUITLESS) {
      fail(left, trouble)
      return 0
    }
    waiting = [...left, ...waiting]
    const retryInMs = pauseMs(failures)
    parts.onTrouble(trouble, retryInMs)
    await pause(retryInMs)
    return failures
  }

  const sendAll = async (): Promise<void> => {
    try {
      // The calls of this moment go together.
      await Promise.resolve()
      for (let fruitless = 0; waiting.length > 0; ) fruitless = await sendSome(fruitless)
    } finally {
      // In the same breath as nothing was found waiting: no call falls between.
      sending = null
    }
  }

  return {
    append: entries =>
      new Promise((resolve, reject) => {
        const call: Call = { left: entries.length, resolve, reject }
        const added = entries.map(({ record, partition }) => ({ ...encode(record), partition, call }))
        for (const record of added) waiting.push(record)
        sending ??= sendAll()
      }),
    close: async () => {
      await sending
    },
  }
}

function settle(now: readonly Waiting[], left: readonly Waiting[]): void {
  const stays = new Set(left)
  for (const record of now) {
    if (!stays.has(record) && --record.call.left === 0) record.call.resolve()
  }
}

/** As many from the front as a request takes, one at least. */
function takeRequest(waiting: readonly Waiting[]): readonly Waiting[] {
  let count = 0
  let bytes = 0
  let pieces = 0
  for (const record of waiting) {
    bytes += record.bytes
    pieces += record.pieces.length
    if (count > 0 && (pieces > REQUEST_PIECES || bytes > REQUEST_BYTES)) break
    count++
  }
  return waiting.slice(0, count)
}

async function session(
  parts: AppenderParts,
  now: readonly Waiting[],
): Promise<{ readonly left: readonly Waiting[]; readonly trouble: unknown }> {
  const byPartition = new Map<number, Waiting[]>()
  for (const record of now) {
    const own = byPartition.get(record.partition)
    if (own === undefined) byPartition.set(record.partition, [record])
    else own.push(record)
  }
  const attempt = randomBytes(ATTEMPT_BYTES).toString('hex')
  return parts.database.transaction(async sql => {
    const ends = await lockEnds(sql, parts.streamId, [...byPartition.keys()])
    const own = [...byPartition.entries()]
    const lanes: Lane[] = own.map(([partition, records]) => ({ end: ends.get(partition)!, records }))
    const { runs, done, trouble } = await putRecords(parts, attempt, lanes)
    await addRuns(sql, parts.streamId, runs)
    const stays = new Set(own.flatMap(([, records], i) => records.slice(done[i])))
    return { left: now.filter(record => stays.has(record)), trouble }
  })
}
