// The alerts as they stand: written by revision, asked for by time, key and severity.
import type { ClientBase } from 'pg'
import { type Alert, SEVERITIES } from '../../../schemas/alerts.ts'
import type { AlertBook, AlertQuery, GlobalMutes } from '../../ports.ts'
import { cleanText, instantText } from '../text.ts'
import { type Database, msOf } from './database.ts'

/** More than anybody reads, and less than a mistake would ask for. */
const MAX_ALERTS = 1_000

/** Inside the caller's transaction. The highest revision holds, in any order. */
export async function writeAlerts(client: ClientBase, records: readonly Alert[]): Promise<void> {
  const standing = new Map<string, Alert>()
  for (const alert of records) {
    if ((standing.get(alert.id)?.revision ?? -1) <= alert.revision) standing.set(alert.id, alert)
  }
  const alerts = [...standing.values()]
  if (alerts.length === 0) return
  await client.query(
    `INSERT INTO alerts AS a (id, opened_at, closed_at, revision, severity, key, record)
     SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::timestamptz[], $4::int[], $5::smallint[],
       $6::text[], $7::json[])
     ON CONFLICT (id) DO UPDATE SET opened_at = excluded.opened_at, closed_at = excluded.closed_at,
       revision = excluded.revision, severity = excluded.severity, key = excluded.key,
       record = excluded.record
     WHERE excluded.revision >= a.revision`,
    [
      alerts.map(a => cleanText(a.id)),
      alerts.map(a => instantText(a.openedAtMs)),
      alerts.map(a => (a.closedAtMs === null ? null : instantText(a.closedAtMs))),
      alerts.map(a => a.revision),
      alerts.map(a => SEVERITIES.indexOf(a.severity)),
      alerts.map(a => cleanText(a.key)),
      alerts.map(a => JSON.stringify(a)),
    ],
  )
}

/** By id, those that are there. */
export async function readAlerts(
  database: Pick<Database, 'rows'>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Alert>> {
  const rows = await database.rows<{ record: Alert }>('SELECT record FROM alerts WHERE id = ANY($1)', [
    [...new Set(ids.map(cleanText))],
  ])
  return new Map(rows.map(({ record }) => [record.id, record]))
}

async function ask(database: Database, query: AlertQuery): Promise<readonly Alert[]> {
  const { fromMs, toMs, key, minSeverity, kinds, openOnly, limit } = query
  const rows = await database.rows<{ record: Alert }>(
    `SELECT record FROM alerts WHERE severity >= $1
       AND ($2::timestamptz IS NULL OR opened_at >= $2) AND ($3::timestamptz IS NULL OR opened_at < $3)
       AND ($4::text IS NULL OR key = $4) AND (NOT $5 OR closed_at IS NULL)
       AND ($7::text[] IS NULL OR record->>'alertKind' = ANY($7))
     ORDER BY opened_at DESC, id LIMIT $6`,
    [
      SEVERITIES.indexOf(minSeverity),
      fromMs === null ? null : instantText(fromMs),
      toMs === null ? null : instantText(toMs),
      key === null ? null : cleanText(key),
      openOnly,
      Math.min(limit, MAX_ALERTS),
      kinds ?? null,
    ],
  )
  return rows.map(row => row.record)
}

export function createAlertBook(database: Database): AlertBook {
  return {
    alerts: query => ask(database, query),
    alert: async id => (await readAlerts(database, [id])).values().next().value ?? null,
  }
}

export function createGlobalMutes(database: Database): GlobalMutes {
  return {
    mutes: nowMs =>
      database.rows(
        `SELECT key, ${msOf('until_at')} AS "untilMs" FROM global_mutes WHERE until_at > $1 ORDER BY key`,
        [instantText(nowMs)],
      ),
    async muteForAll({ key, untilMs }) {
      await database.rows(
        `INSERT INTO global_mutes (key, until_at) VALUES ($1, $2)
         ON CONFLICT (md5(key)) DO UPDATE SET until_at = excluded.until_at`,
        [cleanText(key), instantText(untilMs)],
      )
    },
  }
}
