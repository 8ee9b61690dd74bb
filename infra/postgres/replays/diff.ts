// What differs between a replay and the live tables in the replay's interval.
import type { ClientBase } from 'pg'
import type { Interval } from '../../../schemas/time.ts'
import { instantText } from '../text.ts'
import type { ReplayInfo } from './registry.ts'
import { COMPARED, type Compared, quoted, rowOf } from './tables.ts'

export interface TableDiff {
  readonly table: string
  /** Rows of the interval on each side. */
  readonly liveRows: number
  readonly replayRows: number
  readonly onlyLive: number
  readonly onlyReplay: number
  readonly changed: number
}

export interface RowDiff {
  readonly table: string
  /** The row on each side, by column; null where it is not there. */
  readonly live: Readonly<Record<string, unknown>> | null
  readonly replay: Readonly<Record<string, unknown>> | null
}

export interface ReplayDiff {
  /** What was compared: the interval as far as both sides have come. */
  readonly compared: Interval
  readonly tables: readonly TableDiff[]
  /** The first of those that differ, table by table. */
  readonly rows: readonly RowDiff[]
}

/** The lowest watermark that the live tables tell; null where there is none, or one is silent. */
export async function liveWatermark(client: ClientBase, live: string): Promise<number | null> {
  const { rows } = await client.query<{ mark: number | null }>(
    `SELECT CASE WHEN bool_or(watermark_at IS NULL) THEN NULL
       ELSE (extract(epoch FROM min(watermark_at)) * 1000)::float8 END AS mark
     FROM ${quoted(live)}.stage_offsets WHERE topic IN ('sales', 'windows')`,
  )
  return rows[0]?.mark ?? null
}

export async function hasLive(client: ClientBase, live: string): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = $1 AND tablename = 'stage_offsets') AS there`,
    [live],
  )
  return rows[0]?.there === true
}

/** `limit` rows at most are shown. Revisions are bookkeeping and not compared. */
export async function diffReplay(client: ClientBase, info: ReplayInfo, limit: number): Promise<ReplayDiff> {
  const { params, name, upToMs } = info
  const { fromMs, live, parts } = params
  // One look at both: a live tracker goes on writing.
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
  try {
    const reached = [params.toMs, upToMs ?? params.toMs, (await liveWatermark(client, live)) ?? fromMs]
    const toMs = Math.max(fromMs, Math.min(...reached))
    const values = [instantText(fromMs), instantText(toMs)]
    const tables: TableDiff[] = []
    const rows: RowDiff[] = []
    for (const compared of COMPARED) {
      if (!parts.includes(compared.part)) continue
      const sql = differing(compared, quoted(live), quoted(name))
      const counts = await client.query<Omit<TableDiff, 'table'>>(sql.counts, values)
      tables.push({ table: compared.name, ...counts.rows[0]! })
      if (rows.length >= limit) continue
      const shown = await client.query<Omit<RowDiff, 'table'>>(sql.rows, [...values, limit - rows.length])
      for (const row of shown.rows) rows.push({ table: compared.name, ...row })
    }
    return { compared: { fromMs, toMs }, tables, rows }
  } finally {
    await client.query('ROLLBACK')
  }
}

function differing({ keys, values, rowsOf }: Compared, live: string, replay: string) {
  const sides = `(SELECT true AS here, * FROM (${rowsOf(live)}) AS x) AS l
    FULL JOIN (SELECT true AS here, * FROM (${rowsOf(replay)}) AS x) AS r USING (${keys.join(', ')})`
  const changed =
    values.length === 0
      ? 'false'
      : `l.here AND r.here AND ${rowOf('l', values)} IS DISTINCT FROM ${rowOf('r', values)}`
  const json = (side: string) =>
    `CASE WHEN ${side}.here THEN jsonb_build_object(${[
      ...keys.map(key => `'${key}', ${key}`),
      ...values.map(value => `'${value}', ${side}.${value}`),
    ].join(', ')}) END`
  return {
    counts: `SELECT (count(*) FILTER (WHERE l.here))::float8 AS "liveRows",
        (count(*) FILTER (WHERE r.here))::float8 AS "replayRows",
        (count(*) FILTER (WHERE r.here IS NULL))::float8 AS "onlyLive",
        (count(*) FILTER (WHERE l.here IS NULL))::float8 AS "onlyReplay",
        (count(*) FILTER (WHERE ${changed}))::float8 AS changed FROM ${sides}`,
    rows: `SELECT ${json('l')} AS live, ${json('r')} AS replay FROM ${sides}
      WHERE l.here IS NULL OR r.here IS NULL OR (${changed}) ORDER BY ${keys.join(', ')} LIMIT $3`,
  }
}
