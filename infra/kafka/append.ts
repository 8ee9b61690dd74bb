// Appends: without lingering, but whatever waits while a request is under way goes with the next one.
import { encodeRecord } from '../../schemas/record-json.ts'
import { recordKey } from '../../schemas/record-key.ts'
import { recordTimeMs } from '../../schemas/record-time.ts'
import type { Entry } from '../ports.ts'
import type { OutBatch, Producer } from './producer.ts'
import { LATEST_MS, type OutRecord } from './record-batch.ts'
import { MAX_MESSAGE_BYTES } from './topics.ts'

export interface Appender {
  append(entries: readonly Entry[]): Promise<void>
  /** Resolves when everything that waits has been sent. */
  close(): Promise<void>
}

/** One batch of one partition, before compression: a reader has to unpack a batch as a whole. */
const BATCH_BYTES = 1024 * 1024
const BATCH_RECORDS = 5_000
/** One request, before compression: bounds what is held twice, and the wait of who comes next. */
const REQUEST_BYTES = 8 * 1024 * 1024

/** One call of `append`; settles when its last record is there. */
interface Call {
  left: number
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

interface Waiting extends OutRecord {
  readonly call: Call
  /** Topic and partition, as one word. */
  readonly place: string
  readonly topic: string
  readonly partition: number
}

export function createAppender(producer: Producer, nameOf: (topic: Entry['topic']) => string): Appender {
  let waiting: Waiting[] = []
  let sending: Promise<void> | null = null

  const send = async (): Promise<void> => {
    const { now, later, batches } = nextRequest(waiting)
    waiting = later
    try {
      await producer.send(batches)
      for (const { call } of now) if (--call.left === 0) call.resolve()
    } catch (error) {
      const calls = new Set(now.map(({ call }) => call))
      waiting = waiting.filter(({ call }) => !calls.has(call))
      for (const call of calls) call.reject(error)
    }
  }

  const sendAll = async (): Promise<void> => {
    try {
      // The calls of this moment go together.
      await Promise.resolve()
      while (waiting.length > 0) await send()
    } finally {
      // In the same breath as nothing was found waiting: no call falls between.
      sending = null
    }
  }

  return {
    append: entries =>
      new Promise((resolve, reject) => {
        const call: Call = { left: entries.length, resolve, reject }
        for (const record of entries.map(entry => outRecord(entry, call, nameOf))) waiting.push(record)
        sending ??= sendAll()
      }),
    close: async () => {
      await sending
    },
  }
}

function outRecord(entry: Entry, call: Call, nameOf: (topic: Entry['topic']) => string): Waiting {
  const { record, partition, topic } = entry
  const value = encodeRecord(record)
  const bytes = Buffer.byteLength(value)
  if (bytes > MAX_MESSAGE_BYTES) {
    throw new RangeError(
      `a record of ${bytes} bytes is larger than ${MAX_MESSAGE_BYTES}, the most for ${topic}`,
    )
  }
  const name = nameOf(topic)
  const timestampMs = Math.min(LATEST_MS, Math.max(0, Math.floor(recordTimeMs(record))))
  const place = `${name}/${partition}`
  return { call, place, topic: name, partition, key: recordKey(record), value, bytes, timestampMs }
}

interface Filling extends OutBatch {
  readonly records: OutRecord[]
  bytes: number
  isFull: boolean
}

interface Request {
  /** At least one record. */
  readonly now: readonly Waiting[]
  readonly later: Waiting[]
  readonly batches: readonly OutBatch[]
}

/** What goes now, and what stays: the order within each partition is kept. */
function nextRequest(waiting: readonly Waiting[]): Request {
  const now: Waiting[] = []
  const later: Waiting[] = []
  const batches = new Map<string, Filling>()
  let bytes = 0
  for (const record of waiting) {
    const { place, topic, partition } = record
    let batch = batches.get(place)
    if (batch === undefined) {
      batch = { topic, partition, records: [], bytes: 0, isFull: now.length > 0 && bytes > REQUEST_BYTES }
      batches.set(place, batch)
    }
    if (batch.records.length > 0) {
      const isFull = batch.bytes + record.bytes > BATCH_BYTES || batch.records.length === BATCH_RECORDS
      batch.isFull ||= isFull || bytes > REQUEST_BYTES
    }
    if (batch.isFull) {
      later.push(record)
      continue
    }
    batch.records.push(record)
    batch.bytes += record.bytes
    bytes += record.bytes
    now.push(record)
  }
  return { now, later, batches: [...batches.values()].filter(({ records }) => records.length > 0) }
}
