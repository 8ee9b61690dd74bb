// Messages on their way: the id is made from the dedupe key, so that whoever posts one posts the same.
import { createHash } from 'node:crypto'
import type { OutboxMessage } from '../../schemas/subscriptions.ts'

/** A version 8 UUID (RFC 9562) from the SHA-256 of the key: the same key, the same id, everywhere. */
export function messageId(dedupeKey: string): string {
  const hash = createHash('sha256').update(dedupeKey).digest()
  hash[6] = (hash[6]! & 0x0f) | 0x80
  hash[8] = (hash[8]! & 0x3f) | 0x80
  return hash.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** The message with its id. */
export function outboxMessage(message: Omit<OutboxMessage, 'id'>): OutboxMessage {
  return { id: messageId(message.dedupeKey), ...message }
}
