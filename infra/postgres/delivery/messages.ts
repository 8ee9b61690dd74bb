// The outbox: messages on their way, each in one pair of hands at a time.
import type { ClientBase } from 'pg'
import { type OutboxMessage, WEBHOOK_SUBSCRIBER } from '../../../schemas/subscriptions.ts'
import type { Outbox, OutboxCounts, PostedMessage } from '../../ports.ts'
import { cleanText, instantText } from '../text.ts'
import { type Database, msOf } from './database.ts'

/** An error is kept for people to read. */
const MAX_ERROR_CHARS = 1_000

const columnsOf = (table: string) => `${table}.id, ${table}.dedupe_key AS "dedupeKey", ${table}.channel,
  ${table}.subscriber_id AS "subscriberId", ${table}.recipient, ${table}.content, ${table}.state,
  ${table}.attempts, ${msOf(`${table}.due_at`)} AS "dueAtMs", ${msOf(`${table}.posted_at`)} AS "postedAtMs",
  ${msOf(`${table}.settled_at`)} AS "settledAtMs", ${table}.last_error AS "lastError"`

const errorText = (error: string): string => cleanText(error).toWellFormed().slice(0, MAX_ERROR_CHARS)

/**
 * Whether a message for them may be posted: nobody's, or that of somebody who is subscribed until the
 * transaction ends. Whoever leaves meanwhile waits, and then finds the message.
 */
export async function isReachable(client: ClientBase, subscriberId: string | null): Promise<boolean> {
  if (subscriberId === null || subscriberId === WEBHOOK_SUBSCRIBER) return true
  const found = await client.query('SELECT FROM subscribers WHERE id = $1 FOR KEY SHARE', [subscriberId])
  return found.rowCount === 1
}

/** How many were not there before. In the order of their ids, as every writer does. */
export async function insertMessages(
  client: ClientBase,
  messages: readonly OutboxMessage[],
): Promise<number> {
  const posted = await client.query(
    `INSERT INTO outbox (id, dedupe_key, channel, subscriber_id, recipient, kind, content, posted_at, due_at)
     SELECT id, dedupe_key, channel, subscriber_id, recipient, kind, content, at, at
     FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::json[],
       $8::timestamptz[]) AS m (id, dedupe_key, channel, subscriber_id, recipient, kind, content, at)
     ORDER BY id ON CONFLICT DO NOTHING`,
    [
      messages.map(message => message.id),
      messages.map(message => cleanText(message.dedupeKey)),
      messages.map(message => message.channel),
      messages.map(message => message.subscriberId),
      messages.map(message => cleanText(message.recipient)),
      messages.map(message => message.content.kind),
      messages.map(message => JSON.stringify(message.content)),
      messages.map(message => instantText(message.dueAtMs)),
    ],
  )
  return posted.rowCount ?? 0
}

function post(database: Database, messages: readonly OutboxMessage[]): Promise<void> {
  return database.transaction(async client => {
    const reachable: OutboxMessage[] = []
    for (const message of messages) {
      if (await isReachable(client, message.subscriberId)) reachable.push(message)
    }
    if (reachable.length > 0) await insertMessages(client, reachable)
  })
}

/** Of several that claim at once, each gets other messages: rows that somebody looks at are passed over. */
const CLAIM = `
WITH free AS MATERIALIZED (
  SELECT id FROM outbox
  WHERE channel = $1 AND ((state = 'waiting' AND due_at <= $2) OR (state = 'sending' AND held_until <= $2))
  ORDER BY due_at, id LIMIT $4 FOR UPDATE SKIP LOCKED
)
UPDATE outbox AS o SET state = 'sending', attempts = o.attempts + 1, held_until = $3
FROM free WHERE o.id = free.id RETURNING ${columnsOf('o')}`

async function claim(
  database: Database,
  ...[channel, nowMs, holdMs, limit]: Parameters<Outbox['claim']>
): Promise<readonly PostedMessage[]> {
  const claimed = await database.rows<PostedMessage>(CLAIM, [
    channel,
    instantText(nowMs),
    instantText(nowMs + holdMs),
    limit,
  ])
  return claimed.sort((a, b) => a.dueAtMs - b.dueAtMs || (a.id < b.id ? -1 : 1))
}

async function sent(database: Database, id: string, nowMs: number): Promise<void> {
  // One lock at a time: whoever leaves locks the subscriber first and the message then.
  await database.rows(
    `UPDATE subscribers SET bounces = 0
     WHERE bounces > 0 AND id = (SELECT subscriber_id FROM outbox WHERE id = $1)`,
    [id],
  )
  await database.rows(
    `UPDATE outbox SET state = 'sent', settled_at = $2, last_error = NULL WHERE id = $1 AND state <> 'sent'`,
    [id, instantText(nowMs)],
  )
}

async function counts(database: Database, sinceMs: number): Promise<OutboxCounts> {
  const count = (condition: string) => `(count(*) FILTER (WHERE ${condition}))::float8`
  const rows = await database.rows<OutboxCounts>(
    `SELECT ${count(`state = 'waiting'`)} AS waiting, ${count(`state = 'sending'`)} AS sending,
       ${count(`state = 'failed' AND content IS NOT NULL`)} AS failed,
       ${count(`state = 'sent' AND settled_at >= $1`)} AS "sentSince" FROM outbox`,
    [instantText(sinceMs)],
  )
  return rows[0]!
}

async function failures(database: Database, sinceMs: number, overdueMs: number) {
  const count = (condition: string) => `(count(*) FILTER (WHERE ${condition}))::float8`
  const rows = await database.rows<Awaited<ReturnType<Outbox['failures']>>>(
    `SELECT ${count(`state = 'sent' AND kind <> 'confirm'`)} AS sent,
       ${count(`state = 'failed' AND kind <> 'confirm'`)} AS failed,
       ${count(`state IN ('waiting', 'sending')`)} AS overdue
     FROM outbox WHERE channel = 'mail' AND (settled_at >= $1
       OR (state IN ('waiting', 'sending') AND attempts > 0 AND posted_at < $2))`,
    [instantText(sinceMs), instantText(overdueMs)],
  )
  return rows[0]!
}

type MessagePart = Omit<
  Outbox,
  | 'decide'
  | 'openNotices'
  | 'carry'
  | 'closedFor'
  | 'decidedOn'
  | 'suppressedSince'
  | 'forgetBodies'
  | 'forgetDecisions'
>

export function createMessages(database: Database): MessagePart {
  return {
    post: messages => post(database, messages),
    async postedTo(subscriberId, fromMs, toMs) {
      const rows = await database.rows<{ kind: 'alert' | 'digest'; count: number }>(
        `SELECT kind, count(*)::float8 AS count FROM outbox
         WHERE subscriber_id = $1 AND kind IN ('alert', 'digest') AND posted_at >= $2 AND posted_at < $3
         GROUP BY 1`,
        [subscriberId, instantText(fromMs), instantText(toMs)],
      )
      const counted = new Map(rows.map(({ kind, count }) => [kind, count]))
      return { alert: counted.get('alert') ?? 0, digest: counted.get('digest') ?? 0 }
    },
    async lastDigestMs(subscriberId) {
      const rows = await database.rows<{ at: number | null }>(
        `SELECT ${msOf('max(posted_at)')} AS at FROM outbox WHERE subscriber_id = $1 AND kind = 'digest'`,
        [subscriberId],
      )
      return rows[0]?.at ?? null
    },
    claim: (...asked) => claim(database, ...asked),
    sent: (id, nowMs) => sent(database, id, nowMs),
    async postpone(id, dueAtMs, error) {
      await database.rows(
        `UPDATE outbox SET state = 'waiting', due_at = $2, held_until = NULL, last_error = $3
         WHERE id = $1 AND state = 'sending'`,
        [id, instantText(dueAtMs), errorText(error)],
      )
    },
    async giveUp(id, state, error, nowMs) {
      await database.rows(
        `UPDATE outbox SET state = $2, held_until = NULL, last_error = $3, settled_at = $4
         WHERE id = $1 AND state IN ('waiting', 'sending')`,
        [id, state, errorText(error), instantText(nowMs)],
      )
    },
    async retryFailed(nowMs) {
      const again = await database.rows(
        `UPDATE outbox SET state = 'waiting', attempts = 0, due_at = $1, settled_at = NULL
         WHERE state = 'failed' AND content IS NOT NULL RETURNING id`,
        [instantText(nowMs)],
      )
      return again.length
    },
    messages: limit =>
      database.rows<PostedMessage>(
        `SELECT ${columnsOf('outbox')} FROM outbox WHERE content IS NOT NULL
         ORDER BY posted_at DESC, id LIMIT $1`,
        [limit],
      ),
    counts: sinceMs => counts(database, sinceMs),
    failures: (sinceMs, overdueMs) => failures(database, sinceMs, overdueMs),
  }
}
