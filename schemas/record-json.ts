// A record as one JSON document: what Kafka and Kinesis carry, so that any tool can read and write it.

import { type FieldType, KINDS, SHAPES, type Shape } from './record-shapes.ts'
import type { AnyRecord } from './record-time.ts'
import type { DeadLetter } from './records.ts'
import type { TopicName, TopicRecords } from './topics.ts'

/** What stands in a log but is no record that this program knows. */
export interface Unreadable {
  readonly reason: 'malformed-json' | 'unknown-kind' | 'schema'
  /** What was wrong, with the field's path. */
  readonly message: string
}

export type DecodedRecord<T extends TopicName> =
  | { readonly record: TopicRecords[T]; readonly unreadable?: never }
  | { readonly record?: never; readonly unreadable: Unreadable }

/** Well-formed JSON for every record: lone surrogates are escaped and come back. */
export function encodeRecord(record: AnyRecord): string {
  return JSON.stringify(record)
}

type Fields = Readonly<Record<string, unknown>>

function isType(value: unknown, type: FieldType): boolean {
  switch (type) {
    case 'string':
    case 'number':
    case 'boolean':
      return typeof value === type
    case 'array':
      return Array.isArray(value)
    case 'string or null':
      return value === null || typeof value === 'string'
    case 'number or null':
      return value === null || typeof value === 'number'
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The first field that is not what it must be, as `items[2].url is not a string`; null where all are. */
function fault(value: unknown, fields: Shape, path: string): string | null {
  if (!isObject(value)) return `${path === '' ? 'it' : path.slice(0, -1)} is not an object`
  for (const [field, type] of fields) {
    if (!isType(value[field], type)) return `${path}${field} is not ${type === 'array' ? 'an' : 'a'} ${type}`
  }
  return null
}

function faultOfKind(value: Fields, kind: string, path: string): string | null {
  if (kind === 'amend') {
    const { sale } = value
    if (!isObject(sale) || sale.kind !== 'sale') return `${path}sale is not a sale`
    return faultOfKind(sale, 'sale', `${path}sale.`)
  }
  const { fields, lists = {} } = SHAPES[kind]!
  const own = fault(value, fields, path)
  if (own !== null) return own
  for (const [name, shape] of Object.entries(lists)) {
    const list = value[name]
    if (!Array.isArray(list)) return `${path}${name} is not an array`
    for (let i = 0; i < list.length; i++) {
      const inner = fault(list[i], shape, `${path}${name}[${i}].`)
      if (inner !== null) return inner
    }
  }
  return null
}

/**
 * What a document of a topic says. Checked for what stages rely on, the kind and the types of its fields, at
 * a twentieth of the cost of parsing; unknown further fields come through. Never throws.
 */
export function decodeRecord<T extends TopicName>(topic: T, text: string): DecodedRecord<T> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return { unreadable: { reason: 'malformed-json', message: (error as Error).message } }
  }
  if (!isObject(value)) return { unreadable: { reason: 'schema', message: 'it is not an object' } }
  const { kind } = value
  if (typeof kind !== 'string' || !KINDS[topic].includes(kind)) {
    const message = `kind is not one of ${KINDS[topic].join(', ')}`
    return { unreadable: { reason: 'unknown-kind', message } }
  }
  const message = faultOfKind(value, kind, '')
  if (message !== null) return { unreadable: { reason: 'schema', message } }
  return { record: value as unknown as TopicRecords[T] }
}

/** Of what could not be read, at most this much is kept: 64 KiB whatever the characters are. */
const MAX_BYTES_CHARS = 21_845
const MAX_MESSAGE_CHARS = 500

/** What becomes of it: its place is its identity, so that every reader writes the same letter. */
export function unreadableLetter(
  unreadable: Unreadable,
  text: string,
  place: { readonly topic: TopicName; readonly partition: number; readonly offset: number },
  atMs: number,
): DeadLetter {
  const { topic, partition, offset } = place
  return {
    kind: 'dead-letter',
    id: `log:${topic}/${partition}/${offset}`,
    stage: 'log',
    topic,
    partition,
    offset,
    reason: unreadable.reason,
    message: unreadable.message.slice(0, MAX_MESSAGE_CHARS),
    bytes: text.slice(0, MAX_BYTES_CHARS),
    atMs,
  }
}
