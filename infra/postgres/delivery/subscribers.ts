// Subscribers: who asked, who confirmed, who left, and that none of them comes back unasked.
import { createHmac, randomBytes, randomUUID } from 'node:crypto'
import type { ClientBase } from 'pg'
import {
  BOUNCES_TO_SUPPRESS,
  type Mute,
  type Subscriber,
  type Wishes,
  withMute,
} from '../../../schemas/subscriptions.ts'
import type { AddResult, Subscribers } from '../../ports.ts'
import { instantText } from '../text.ts'
import { type Database, msOf } from './database.ts'

const SECRET_BYTES = 32

const COLUMNS = `id, email, state, wishes, ${msOf('requested_at')} AS "requestedAtMs",
  ${msOf('confirmed_at')} AS "confirmedAtMs", ${msOf('snoozed_until')} AS "snoozedUntilMs", mutes`

/** Made once; of processes that make it at the same time, one wins. */
async function readSecret(database: Database): Promise<Uint8Array> {
  const find = () => database.rows<{ secret: Uint8Array }>('SELECT secret FROM link_secret')
  const found = await find()
  if (found[0] !== undefined) return new Uint8Array(found[0].secret)
  await database.rows('INSERT INTO link_secret (secret) VALUES ($1) ON CONFLICT DO NOTHING', [
    randomBytes(SECRET_BYTES),
  ])
  return new Uint8Array((await find())[0]!.secret)
}

/** A hash alone could be guessed from a list of addresses. */
const hashOf = (secret: Uint8Array, email: string): Buffer =>
  createHmac('sha256', secret).update(email).digest()

/** Their rows are gone: so is what was to be told them, and their addresses everywhere. */
async function forgetTraces(client: ClientBase, ids: readonly string[]): Promise<void> {
  await client.query(
    `DELETE FROM notices WHERE subscriber_id = ANY($1) AND suppressed_for IS NULL AND message_id IS NULL`,
    [ids],
  )
  await client.query(
    `UPDATE outbox SET recipient = '', last_error = NULL,
       state = CASE state WHEN 'sent' THEN state ELSE 'dropped' END,
       settled_at = coalesce(settled_at, posted_at)
     WHERE subscriber_id = ANY($1)`,
    [ids],
  )
}

/** `column`: by what. False where there is none. */
function leave(database: Database, column: 'id' | 'email', value: string, nowMs: number): Promise<boolean> {
  return readSecret(database).then(secret =>
    database.transaction(async client => {
      const { rows } = await client.query<{ id: string; email: string }>(
        `DELETE FROM subscribers WHERE ${column} = $1 RETURNING id, email`,
        [value],
      )
      const gone = rows[0]
      if (gone === undefined) return false
      await client.query(
        `INSERT INTO tombstones (hash, unsubscribed_at) VALUES ($1, $2) ON CONFLICT DO NOTHING`,
        [hashOf(secret, gone.email), instantText(nowMs)],
      )
      await forgetTraces(client, [gone.id])
      return true
    }),
  )
}

async function request(
  database: Database,
  email: string,
  wishes: Wishes,
  nowMs: number,
): Promise<Subscriber> {
  // Somebody who leaves between the two statements was there when we asked: ask again.
  for (;;) {
    const [changed] = await database.rows<Subscriber>(
      `INSERT INTO subscribers AS s (id, email, state, wishes, requested_at)
       VALUES ($1, $2, 'pending', $3, $4)
       ON CONFLICT (email) DO UPDATE SET wishes = excluded.wishes, requested_at = excluded.requested_at
       WHERE s.state = 'pending' RETURNING ${COLUMNS}`,
      [randomUUID(), email, JSON.stringify(wishes), instantText(nowMs)],
    )
    if (changed !== undefined) return changed
    const [there] = await database.rows<Subscriber>(`SELECT ${COLUMNS} FROM subscribers WHERE email = $1`, [
      email,
    ])
    if (there !== undefined) return there
  }
}

async function confirm(database: Database, id: string, nowMs: number): Promise<Subscriber | null> {
  const secret = await readSecret(database)
  return database.transaction(async client => {
    const { rows } = await client.query<Subscriber>(
      `UPDATE subscribers SET state = 'active', bounces = 0, confirmed_at = coalesce(confirmed_at, $2)
       WHERE id = $1 RETURNING ${COLUMNS}`,
      [id, instantText(nowMs)],
    )
    const subscriber = rows[0]
    if (subscriber === undefined) return null
    await client.query('DELETE FROM tombstones WHERE hash = $1', [hashOf(secret, subscriber.email)])
    return subscriber
  })
}

async function add(database: Database, email: string, wishes: Wishes, nowMs: number): Promise<AddResult> {
  const secret = await readSecret(database)
  return database.transaction<AddResult>(
    async client => {
      const { rows } = await client.query<{ isNew: boolean }>(
        `INSERT INTO subscribers AS s (id, email, state, wishes, requested_at, confirmed_at)
         VALUES ($1, $2, 'active', $3, $4, $4)
         ON CONFLICT (email) DO UPDATE SET state = 'active', bounces = 0, wishes = excluded.wishes,
           confirmed_at = coalesce(s.confirmed_at, excluded.confirmed_at)
         RETURNING xmax = 0 AS "isNew"`,
        [randomUUID(), email, JSON.stringify(wishes), instantText(nowMs)],
      )
      // After the row is ours: somebody who leaves meanwhile has left before, or will find the row.
      const left = await client.query('SELECT FROM tombstones WHERE hash = $1', [hashOf(secret, email)])
      if (left.rowCount !== 0) return 'unsubscribed-before'
      return rows[0]?.isNew === true ? 'added' : 'changed'
    },
    result => result !== 'unsubscribed-before',
  )
}

function mute(database: Database, id: string, muted: Mute): Promise<boolean> {
  return database.transaction(async client => {
    const { rows } = await client.query<{ mutes: readonly Mute[] }>(
      'SELECT mutes FROM subscribers WHERE id = $1 FOR NO KEY UPDATE',
      [id],
    )
    if (rows[0] === undefined) return false
    const mutes = JSON.stringify(withMute(rows[0].mutes, muted))
    await client.query('UPDATE subscribers SET mutes = $2 WHERE id = $1', [id, mutes])
    return true
  })
}

function forgetUnconfirmed(database: Database, requestedBeforeMs: number): Promise<number> {
  return database.transaction(async client => {
    const { rows } = await client.query<{ id: string }>(
      `DELETE FROM subscribers WHERE state = 'pending' AND requested_at < $1 RETURNING id`,
      [instantText(requestedBeforeMs)],
    )
    await forgetTraces(
      client,
      rows.map(row => row.id),
    )
    return rows.length
  })
}

export function createSubscribers(database: Database): Subscribers {
  /** `set` of the row with this id; false where there is none. */
  const change = async (id: string, set: string, value: unknown): Promise<boolean> => {
    const changed = await database.rows(`UPDATE subscribers SET ${set} WHERE id = $1 RETURNING id`, [
      id,
      value,
    ])
    return changed.length > 0
  }
  return {
    request: (email, wishes, nowMs) => request(database, email, wishes, nowMs),
    confirm: (id, nowMs) => confirm(database, id, nowMs),
    async find(id) {
      const rows = await database.rows<Subscriber>(`SELECT ${COLUMNS} FROM subscribers WHERE id = $1`, [id])
      return rows[0] ?? null
    },
    change: (id, wishes) => change(id, 'wishes = $2', JSON.stringify(wishes)),
    snooze: (id, untilMs) => change(id, 'snoozed_until = $2', untilMs === null ? null : instantText(untilMs)),
    mute: (id, muted) => mute(database, id, muted),
    async unsubscribe(id, nowMs) {
      await leave(database, 'id', id, nowMs)
    },
    add: (email, wishes, nowMs) => add(database, email, wishes, nowMs),
    remove: (email, nowMs) => leave(database, 'email', email, nowMs),
    async bounced(id) {
      await change(
        id,
        `bounces = bounces + 1,
         state = CASE WHEN state = 'active' AND bounces + 1 >= $2 THEN 'suppressed' ELSE state END`,
        BOUNCES_TO_SUPPRESS,
      )
    },
    subscribers: () => database.rows<Subscriber>(`SELECT ${COLUMNS} FROM subscribers ORDER BY email`),
    linkSecret: () => readSecret(database),
    forgetUnconfirmed: requestedBeforeMs => forgetUnconfirmed(database, requestedBeforeMs),
  }
}
