// How far the daily reports have come: written only by whoever has them in hand.
import type { ClientBase } from 'pg'
import type { ReportRun, ReportRuns, ReportVersion } from '../../ports.ts'
import { cleanText, instantText } from '../text.ts'
import { type Database, msOf } from './database.ts'

const DAY = `to_char(day, 'YYYY-MM-DD')`
/** Nobody holds it: before any instant that a clock shows. */
const FREE = '-infinity'

/** Takes the row where it is free, gone or ours; of several that ask at once one gets it. */
const TAKE = `
INSERT INTO report_holds AS h (zone, holder, held_until) VALUES ($1, $2, $4)
ON CONFLICT (zone) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until
WHERE h.holder = $2 OR h.held_until <= $3 RETURNING 1 AS one`

async function putRun(client: ClientBase, zone: string, run: ReportRun): Promise<void> {
  await client.query(
    `INSERT INTO report_runs (zone, day, state, reason, attempts, retry_at, version, mailing, mail_day, changed_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     ON CONFLICT (zone, day) DO UPDATE SET state = excluded.state, reason = excluded.reason,
       attempts = excluded.attempts, retry_at = excluded.retry_at, version = excluded.version,
       mailing = excluded.mailing, mail_day = excluded.mail_day, changed_at = excluded.changed_at`,
    [
      zone,
      run.day,
      run.state,
      run.reason === null ? null : cleanText(run.reason).toWellFormed(),
      run.attempts,
      instantText(run.retryAtMs),
      run.version,
      run.mailing,
      run.mailDay,
      instantText(run.changedAtMs),
    ],
  )
}

async function putVersion(client: ClientBase, zone: string, version: ReportVersion): Promise<void> {
  await client.query(
    `INSERT INTO report_versions (zone, day, version, as_of, partial, headline, report, files)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
     ON CONFLICT (zone, day, version) DO UPDATE SET as_of = excluded.as_of, partial = excluded.partial,
       headline = excluded.headline, report = excluded.report, files = excluded.files`,
    [
      zone,
      version.day,
      version.version,
      instantText(version.asOfMs),
      version.isPartial,
      cleanText(version.headline).toWellFormed(),
      version.report,
      JSON.stringify(version.files),
    ],
  )
}

export function createReportRuns(database: Database): ReportRuns {
  return {
    async take(zone, holder, nowMs, untilMs) {
      const rows = await database.rows(TAKE, [zone, holder, instantText(nowMs), instantText(untilMs)])
      return rows.length === 1
    },
    async leave(zone, holder) {
      // The name stays: whoever held it before must not take it for theirs.
      await database.rows(`UPDATE report_holds SET held_until = '${FREE}' WHERE zone = $1 AND holder = $2`, [
        zone,
        holder,
      ])
    },
    write: (zone, holder, { runs, version, untilMs }) =>
      database.transaction(
        async client => {
          // The row stays locked to the end: nobody takes over in between.
          const held = await client.query(
            'UPDATE report_holds SET held_until = $3 WHERE zone = $1 AND holder = $2',
            [zone, holder, instantText(untilMs)],
          )
          if (held.rowCount !== 1) return false
          for (const run of runs) await putRun(client, zone, run)
          if (version !== undefined) await putVersion(client, zone, version)
          return true
        },
        isOurs => isOurs,
      ),
    runs: (zone, fromDay, toDay) =>
      database.rows<ReportRun>(
        `SELECT ${DAY} AS day, zone, state, reason, attempts, ${msOf('retry_at')} AS "retryAtMs", version,
           mailing, to_char(mail_day, 'YYYY-MM-DD') AS "mailDay", ${msOf('changed_at')} AS "changedAtMs"
         FROM report_runs WHERE zone = $1 AND day BETWEEN $2 AND $3 ORDER BY report_runs.day`,
        [zone, fromDay, toDay],
      ),
    versions: (zone, day) =>
      database.rows<ReportVersion>(
        `SELECT ${DAY} AS day, version, ${msOf('as_of')} AS "asOfMs", partial AS "isPartial", headline, report,
           files
         FROM report_versions WHERE zone = $1 AND day = $2 ORDER BY version DESC`,
        [zone, day],
      ),
    listed: (zone, fromDay, toDay) =>
      database.rows<Omit<ReportVersion, 'report' | 'asOfMs'>>(
        `SELECT ${DAY} AS day, version, partial AS "isPartial", headline, files FROM report_versions
         WHERE zone = $1 AND day BETWEEN $2 AND $3 ORDER BY report_versions.day, version`,
        [zone, fromDay, toDay],
      ),
  }
}
