// Lets go of what was sent: first the bodies, and the identities when nothing could be told again.
import { instantText } from '../text.ts'
import type { Database } from './database.ts'

/** Rows of one statement: bounds how long it holds its locks. */
const CHUNK_ROWS = 5_000

const FORGET_BODIES = `
UPDATE outbox SET content = NULL, recipient = '', last_error = NULL
WHERE id = ANY(ARRAY(
  SELECT id FROM outbox WHERE settled_at < $1 AND content IS NOT NULL
    AND state IN ('sent', 'failed', 'dropped') ORDER BY id LIMIT ${CHUNK_ROWS} FOR UPDATE SKIP LOCKED
)) RETURNING id`

/** Of an alert that is open, or closed lately, there may be news: whoever was told of it stays known. */
const FORGET_NOTICES = `
DELETE FROM notices WHERE (alert_id, subscriber_id, channel) IN (
  SELECT n.alert_id, n.subscriber_id, n.channel FROM notices AS n
  WHERE n.decided_at < $1 AND (n.suppressed_for IS NOT NULL OR n.message_id IS NOT NULL)
    AND NOT EXISTS (SELECT FROM alerts AS a
      WHERE a.id = n.alert_id AND (a.closed_at IS NULL OR a.closed_at >= $1))
  ORDER BY n.alert_id, n.subscriber_id, n.channel LIMIT ${CHUNK_ROWS} FOR UPDATE SKIP LOCKED
) RETURNING 1`

const FORGET_MESSAGES = `
DELETE FROM outbox WHERE id = ANY(ARRAY(
  SELECT id FROM outbox AS o WHERE settled_at < $1 AND content IS NULL
    AND NOT EXISTS (SELECT FROM notices AS n WHERE n.message_id = o.id)
  ORDER BY id LIMIT ${CHUNK_ROWS} FOR UPDATE SKIP LOCKED
)) RETURNING id`

async function inChunks(database: Database, statement: string, beforeMs: number): Promise<number> {
  let rows = 0
  for (;;) {
    const { length } = await database.rows(statement, [instantText(beforeMs)])
    rows += length
    if (length < CHUNK_ROWS) return rows
  }
}

export const forgetBodies = (database: Database, settledBeforeMs: number): Promise<number> =>
  inChunks(database, FORGET_BODIES, settledBeforeMs)

/** Notices first: a message is needed as long as one names it. */
export async function forgetDecisions(database: Database, beforeMs: number): Promise<number> {
  const notices = await inChunks(database, FORGET_NOTICES, beforeMs)
  return notices + (await inChunks(database, FORGET_MESSAGES, beforeMs))
}
