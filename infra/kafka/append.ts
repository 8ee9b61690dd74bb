// Appends: without lingering, but whatever waits while a request is under way goes with the next one.
import type { Kafka, Producer, TopicMessages } from 'kafkajs'
import { encodeRecord } from '../../schemas/record-json.ts'
import { recordKey } from '../../schemas/record-key.ts'
import { recordTimeMs } from '../../schemas/record-time.ts'
import type { Entry } from '../ports.ts'
import { MAX_MESSAGE_BYTES } from './topics.ts'
import { troubleOf } from './trouble.ts'
import { GZIP, PRODUCE_RETRY } from './wire.ts'

export interface Appender {
  append(entries: readonly Entry[]): Promise<void>
  /** Everything that waits is sent; then the connection closes. */
  close(): Promise<void>
}

/** One Kafka batch of one partition, before compression: a reader has to unpack a batch as a whole. */
const BATCH_BYTES = 1024 * 1024
const BATCH_RECORDS = 5_000
/** One request, before compression: bounds what is held twice, and the wait of who comes next. */
const REQUEST_BYTES = 8 * 1024 * 1024
const PRODUCE_TIMEOUT_MS = 30_000
const ALL_IN_SYNC = -1

/** One call of `append`; settles when its last message is there. */
interface Call {
  left: number
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

interface Waiting {
  readonly call: Call
  readonly topic: string
  readonly partition: number
  readonly key: string | null
  readonly value: string
  readonly bytes: number
  /** Text: kafkajs takes the number 0 for "now". */
  readonly timestamp: string
}

export interface AppenderParts {
  readonly kafka: Kafka
  readonly brokers: readonly string[]
  readonly nameOf: (topic: Entry['topic']) => string
}

export function createAppender({ kafka, brokers, nameOf }: AppenderParts): Appender {
  let producer: Promise<Producer> | null = null
  let waiting: Waiting[] = []
  let sending: Promise<void> | null = null

  const connected = (): Promise<Producer> => {
    producer ??= connect(kafka)
    return producer
  }

  /**
   * A producer whose last request ended badly would give its sequence numbers to other records, and the
   * broker would take those for repeats and drop them: so it is never used again.
   */
  const forget = async (): Promise<void> => {
    const old = producer
    producer = null
    await (await old?.catch(() => null))?.disconnect().catch(() => undefined)
  }

  const sendAll = async (): Promise<void> => {
    while (waiting.length > 0) {
      const [request, rest] = nextRequest(waiting)
      waiting = rest
      try {
        const topicMessages = messagesByTopic(request)
        const current = await connected()
        await current.sendBatch({
          topicMessages,
          acks: ALL_IN_SYNC,
          timeout: PRODUCE_TIMEOUT_MS,
          compression: GZIP,
        })
        for (const { call } of request) if (--call.left === 0) call.resolve()
      } catch (error) {
        const calls = new Set(request.map(({ call }) => call))
        waiting = waiting.filter(({ call }) => !calls.has(call))
        const trouble = troubleOf(error, brokers)
        for (const call of calls) call.reject(trouble)
        await forget()
      }
    }
  }

  return {
    append: entries =>
      new Promise((resolve, reject) => {
        const call: Call = { left: entries.length, resolve, reject }
        const messages = entries.map(entry => messageOf(entry, call, nameOf))
        for (const message of messages) waiting.push(message)
        sending ??= sendAll().finally(() => {
          sending = null
        })
      }),
    close: async () => {
      await sending
      await forget()
    },
  }
}

async function connect(kafka: Kafka): Promise<Producer> {
  const producer = kafka.producer({
    idempotent: true,
    allowAutoTopicCreation: false,
    retry: PRODUCE_RETRY,
    createPartitioner:
      () =>
      ({ message }) =>
        message.partition!,
  })
  await producer.connect()
  return producer
}

function messageOf(entry: Entry, call: Call, nameOf: AppenderParts['nameOf']): Waiting {
  const { record, partition, topic } = entry
  const value = encodeRecord(record)
  const bytes = Buffer.byteLength(value)
  if (bytes > MAX_MESSAGE_BYTES) {
    throw new RangeError(
      `a record of ${bytes} bytes is larger than ${MAX_MESSAGE_BYTES}, the most for ${topic}`,
    )
  }
  const timestamp = String(Math.max(0, Math.floor(recordTimeMs(record))))
  return { call, topic: nameOf(topic), partition, key: recordKey(record), value, bytes, timestamp }
}

/** What goes now, at least one message, and what stays: order is kept within each partition. */
function nextRequest(waiting: readonly Waiting[]): readonly [now: Waiting[], later: Waiting[]] {
  const now: Waiting[] = []
  const later: Waiting[] = []
  const batches = new Map<string, { bytes: number; records: number; full: boolean }>()
  let bytes = 0
  for (const message of waiting) {
    const place = `${message.topic}/${message.partition}`
    let batch = batches.get(place)
    if (batch === undefined) {
      batch = { bytes: 0, records: 0, full: false }
      batches.set(place, batch)
    }
    const isFirst = batch.records === 0
    batch.full ||= !isFirst && (batch.bytes + message.bytes > BATCH_BYTES || batch.records === BATCH_RECORDS)
    batch.full ||= now.length > 0 && bytes + message.bytes > REQUEST_BYTES
    if (batch.full) {
      later.push(message)
      continue
    }
    batch.bytes += message.bytes
    batch.records++
    bytes += message.bytes
    now.push(message)
  }
  return [now, later]
}

function messagesByTopic(request: readonly Waiting[]): TopicMessages[] {
  const byTopic = new Map<string, TopicMessages>()
  for (const { topic, partition, key, value, timestamp } of request) {
    let found = byTopic.get(topic)
    if (found === undefined) {
      found = { topic, messages: [] }
      byTopic.set(topic, found)
    }
    found.messages.push({ partition, key, value, timestamp })
  }
  return [...byTopic.values()]
}
