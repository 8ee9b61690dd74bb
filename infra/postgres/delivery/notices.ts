// Notices: who is to hear of which alert, decided once, and carried by one message.
import type { ClientBase } from 'pg'
import type { Alert } from '../../../schemas/alerts.ts'
import {
  type Notice,
  type OutboxMessage,
  type SuppressedFor,
  WEBHOOK_SUBSCRIBER,
} from '../../../schemas/subscriptions.ts'
import type { DecidedNotice, Outbox, Suppression } from '../../ports.ts'
import { cleanText, instantText } from '../text.ts'
import { readAlerts } from './alert-book.ts'
import { type Database, msOf } from './database.ts'
import { insertMessages, isReachable } from './messages.ts'

type Decided = Notice & { readonly reason: SuppressedFor | null }

const IDENTITY = `unnest($1::text[], $2::text[], $3::text[]) AS i (alert_id, subscriber_id, channel)`

/** The parameters of `IDENTITY`. */
const identitiesOf = (notices: readonly Notice[]) => [
  notices.map(notice => notice.alertId),
  notices.map(notice => notice.subscriberId),
  notices.map(notice => notice.channel),
]

/** In the order of their identity, as every writer does: nobody waits in a circle. */
async function insertDecided(client: ClientBase, decided: readonly Decided[]): Promise<void> {
  if (decided.length === 0) return
  await client.query(
    `INSERT INTO notices (alert_id, subscriber_id, channel, decided_at, suppressed_for)
     SELECT DISTINCT ON (alert_id, subscriber_id, channel) alert_id, subscriber_id, channel, at, reason
     FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::text[]) WITH ORDINALITY
       AS d (alert_id, subscriber_id, channel, at, reason, place)
     ORDER BY alert_id, subscriber_id, channel, place ON CONFLICT DO NOTHING`,
    [
      ...identitiesOf(decided),
      decided.map(notice => instantText(notice.decidedAtMs)),
      decided.map(notice => notice.reason),
    ],
  )
}

type Decision = Parameters<Outbox['decide']>[0]

function decide(database: Database, { notices, suppressed, progress }: Decision): Promise<void> {
  const { stage, partition, offset } = progress
  return database.transaction(async client => {
    // First, so that two processes that hold one partition take turns.
    await client.query(
      `INSERT INTO stage_offsets AS o (stage, topic, partition, "offset") VALUES ($1, 'alerts', $2, $3)
       ON CONFLICT (stage, topic, partition) DO UPDATE SET "offset" = greatest(o."offset", excluded."offset")`,
      [stage, partition, offset],
    )
    await insertDecided(client, [
      ...notices.map(notice => ({ ...notice, reason: null })),
      ...suppressed.map((suppression: Suppression) => suppression),
    ])
  })
}

async function openNotices(database: Database): Promise<readonly (Notice & { readonly alert: Alert })[]> {
  const rows = await database.rows<Notice>(
    `SELECT alert_id AS "alertId", subscriber_id AS "subscriberId", channel,
       ${msOf('decided_at')} AS "decidedAtMs"
     FROM notices AS n WHERE suppressed_for IS NULL AND message_id IS NULL
       AND (subscriber_id = $1 OR EXISTS (SELECT FROM subscribers AS s WHERE s.id = n.subscriber_id))
     ORDER BY decided_at, alert_id, subscriber_id, channel`,
    [WEBHOOK_SUBSCRIBER],
  )
  const alerts = await readAlerts(
    database,
    rows.map(row => row.alertId),
  )
  return rows.flatMap(notice => {
    const alert = alerts.get(notice.alertId)
    return alert === undefined ? [] : [{ ...notice, alert }]
  })
}

interface Locked {
  readonly isSuppressed: boolean
  readonly messageId: string | null
}

function carry(database: Database, message: OutboxMessage, notices: readonly Notice[]): Promise<boolean> {
  return database.transaction(
    async client => {
      if (!(await isReachable(client, message.subscriberId))) return false
      const { rows } = await client.query<Locked>(
        `SELECT suppressed_for IS NOT NULL AS "isSuppressed", message_id AS "messageId"
         FROM notices AS n WHERE (alert_id, subscriber_id, channel) IN (SELECT * FROM ${IDENTITY})
         ORDER BY alert_id, subscriber_id, channel FOR UPDATE`,
        identitiesOf(notices),
      )
      const wanted = new Set(notices.map(n => `${n.alertId} ${n.subscriberId} ${n.channel}`))
      if (rows.length < wanted.size || rows.some(row => row.isSuppressed)) return false
      if (rows.length > 0 && rows.every(row => row.messageId === message.id)) return true
      if (rows.some(row => row.messageId !== null)) return false
      if ((await insertMessages(client, [message])) === 0) return rows.length === 0
      await client.query(
        `UPDATE notices AS n SET message_id = $4 FROM ${IDENTITY}
         WHERE n.alert_id = i.alert_id AND n.subscriber_id = i.subscriber_id AND n.channel = i.channel`,
        [...identitiesOf(notices), message.id],
      )
      return true
    },
    isDone => isDone,
  )
}

async function closedFor(
  database: Database,
  subscriberId: string,
  fromMs: number,
  toMs: number,
): Promise<readonly Alert[]> {
  const rows = await database.rows<{ record: Alert }>(
    `SELECT record FROM alerts WHERE closed_at >= $2 AND closed_at < $3 AND id IN
       (SELECT alert_id FROM notices WHERE subscriber_id = $1 AND message_id IS NOT NULL)
     ORDER BY closed_at, id`,
    [subscriberId, instantText(fromMs), instantText(toMs)],
  )
  return rows.map(row => row.record)
}

type NoticePart = Pick<
  Outbox,
  'decide' | 'openNotices' | 'carry' | 'closedFor' | 'decidedOn' | 'suppressedSince'
>

export function createNotices(database: Database): NoticePart {
  return {
    decide: decision => decide(database, decision),
    openNotices: () => openNotices(database),
    carry: (message, notices) => carry(database, message, notices),
    closedFor: (subscriberId, fromMs, toMs) => closedFor(database, subscriberId, fromMs, toMs),
    decidedOn: alertId =>
      database.rows<DecidedNotice>(
        `SELECT n.alert_id AS "alertId", n.subscriber_id AS "subscriberId", n.channel,
           ${msOf('n.decided_at')} AS "decidedAtMs", n.suppressed_for AS reason, o.state AS "messageState"
         FROM notices AS n LEFT JOIN outbox AS o ON o.id = n.message_id WHERE n.alert_id = $1
         ORDER BY n.subscriber_id, n.channel`,
        [cleanText(alertId)],
      ),
    async suppressedSince(sinceMs) {
      const rows = await database.rows<{ reason: SuppressedFor; count: number }>(
        `SELECT suppressed_for AS reason, count(*)::float8 AS count FROM notices
         WHERE suppressed_for IS NOT NULL AND decided_at >= $1 GROUP BY 1`,
        [instantText(sinceMs)],
      )
      return Object.fromEntries(rows.map(({ reason, count }) => [reason, count]))
    },
  }
}
