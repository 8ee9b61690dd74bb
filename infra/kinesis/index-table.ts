// The index in PostgreSQL: what it says of streams, partitions and runs. Every statement that the log makes
// on them.
import type { PartitionBounds } from '../ports.ts'
import type { Sql } from '../runtime/sql.ts'

/** Records `[firstOffset, firstOffset + records)` of one partition, in one shard from `sequence` on. */
export interface Run {
  readonly firstOffset: number
  readonly records: number
  readonly attempt: string
  readonly shard: string
  readonly sequence: string
}

/** A run as it is written. */
export interface NewRun extends Run {
  readonly partition: number
  /** The highest time of its records, epoch ms. */
  readonly maxTimeMs: number
  /** The highest time of the partition up to its end. */
  readonly highTimeMs: number
}

export interface PartitionEnd {
  readonly partition: number
  readonly end: number
  readonly highTimeMs: number
}

export interface KnownStream {
  readonly id: number
  readonly arn: string
  /** Epoch seconds. */
  readonly createdS: number
  readonly partitions: number
}

/**
 * Records are dropped from the index this much before they leave Kinesis: nobody goes for what is vanishing.
 */
const MARGIN_HOURS = 1

export async function knownStream(sql: Sql, name: string): Promise<KnownStream | null> {
  const { rows } = await sql.query<KnownStream>(
    `SELECT id, arn, created_s AS "createdS", partitions FROM streams WHERE name = $1`,
    [name],
  )
  return rows[0] ?? null
}

/** Whoever was first has made it; what stands there then is for the caller to compare. */
export async function registerStream(
  sql: Sql,
  stream: Omit<KnownStream, 'id'> & { readonly name: string; readonly retentionHours: number },
): Promise<KnownStream> {
  const { name, arn, createdS, partitions, retentionHours } = stream
  await sql.query(
    `INSERT INTO streams (name, arn, created_s, partitions, retention_hours) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (name) DO UPDATE SET retention_hours = EXCLUDED.retention_hours`,
    [name, arn, createdS, partitions, retentionHours],
  )
  const known = (await knownStream(sql, name))!
  await sql.query(
    `INSERT INTO partitions (stream_id, partition) SELECT $1, generate_series(0, $2::int - 1)
     ON CONFLICT DO NOTHING`,
    [known.id, known.partitions],
  )
  return known
}

/** Locks the partitions for one writer, always in the same order, and tells where they end. */
export async function lockEnds(
  sql: Sql,
  streamId: number,
  partitions: readonly number[],
): Promise<ReadonlyMap<number, PartitionEnd>> {
  const { rows } = await sql.query<PartitionEnd>(
    `SELECT partition, end_offset::float8 AS "end", high_time_ms AS "highTimeMs" FROM partitions
     WHERE stream_id = $1 AND partition = ANY($2::int[]) ORDER BY partition FOR UPDATE`,
    [streamId, partitions],
  )
  return new Map(rows.map(row => [row.partition, row]))
}

/** Makes the runs readable: with the commit of this, their records are in the log. */
export async function addRuns(sql: Sql, streamId: number, runs: readonly NewRun[]): Promise<void> {
  if (runs.length === 0) return
  await sql.query(
    `WITH new_runs AS (
       SELECT * FROM unnest($2::int[], $3::bigint[], $4::int[], $5::text[], $6::text[], $7::text[],
           $8::float8[], $9::float8[])
         AS r (partition, first_offset, records, attempt, shard, sequence, max_time_ms, high_time_ms)
     ), added AS (
       INSERT INTO runs (stream_id, partition, first_offset, records, attempt, shard, sequence, max_time_ms,
         high_time_ms) SELECT $1, r.* FROM new_runs r
     )
     UPDATE partitions p SET end_offset = n.end_offset, high_time_ms = n.high_time_ms
     FROM (SELECT partition, max(first_offset + records) AS end_offset, max(high_time_ms) AS high_time_ms
           FROM new_runs GROUP BY partition) n
     WHERE p.stream_id = $1 AND p.partition = n.partition`,
    [
      streamId,
      runs.map(run => run.partition),
      runs.map(run => run.firstOffset),
      runs.map(run => run.records),
      runs.map(run => run.attempt),
      runs.map(run => run.shard),
      runs.map(run => run.sequence),
      runs.map(run => run.maxTimeMs),
      runs.map(run => run.highTimeMs),
    ],
  )
}

export interface RunsFound {
  readonly endOffset: number
  /** In order, the first of them with the record at `from`, or after it where that is no longer held. */
  readonly runs: readonly Run[]
}

/** At most `most` runs from the one that holds `from` on. */
export async function runsFrom(
  sql: Sql,
  streamId: number,
  partition: number,
  from: number,
  most: number,
): Promise<RunsFound> {
  const { rows } = await sql.query<Run & { readonly endOffset: number }>(
    `SELECT p.end_offset::float8 AS "endOffset", r.first_offset::float8 AS "firstOffset", r.records, r.attempt,
       r.shard, r.sequence
     FROM partitions p LEFT JOIN LATERAL (
       SELECT * FROM runs WHERE stream_id = $1 AND partition = $2 AND first_offset + records > $3
         AND first_offset >= coalesce((SELECT first_offset FROM runs
           WHERE stream_id = $1 AND partition = $2 AND first_offset <= $3 ORDER BY first_offset DESC LIMIT 1), 0)
       ORDER BY first_offset LIMIT $4
     ) r ON true WHERE p.stream_id = $1 AND p.partition = $2 ORDER BY r.first_offset`,
    [streamId, partition, from, most],
  )
  // Where there is no run, its columns are null.
  const runs = rows.filter(({ attempt }) => attempt !== null)
  return { endOffset: rows[0]!.endOffset, runs }
}

/** The run with the first record at or after `timeMs`; null where there is none. */
export async function runAtTime(
  sql: Sql,
  streamId: number,
  partition: number,
  timeMs: number,
): Promise<Pick<Run, 'firstOffset' | 'records'> | null> {
  const { rows } = await sql.query<Pick<Run, 'firstOffset' | 'records'>>(
    `SELECT first_offset::float8 AS "firstOffset", records FROM runs
     WHERE stream_id = $1 AND partition = $2 AND max_time_ms >= $3 AND first_offset >= (
       SELECT first_offset FROM runs WHERE stream_id = $1 AND partition = $2 AND high_time_ms >= $3
       ORDER BY high_time_ms, first_offset LIMIT 1)
     ORDER BY first_offset LIMIT 1`,
    [streamId, partition, timeMs],
  )
  return rows[0] ?? null
}

/** By stream id, of each partition. */
export async function boundsOfAll(
  sql: Sql,
  streamIds: readonly number[],
): Promise<ReadonlyMap<number, readonly PartitionBounds[]>> {
  const { rows } = await sql.query<{ id: number } & PartitionBounds>(
    `SELECT stream_id AS id, start_offset::float8 AS start, end_offset::float8 AS "end" FROM partitions
     WHERE stream_id = ANY($1::int[]) ORDER BY stream_id, partition`,
    [streamIds],
  )
  const found = new Map<number, PartitionBounds[]>(streamIds.map(id => [id, []]))
  for (const { id, start, end } of rows) found.get(id)!.push({ start, end })
  return found
}

/** Forgets the runs that Kinesis drops, in time before it does; what is left begins at the new start. */
export async function dropExpired(sql: Sql, streamIds: readonly number[], nowMs: number): Promise<void> {
  await sql.query(
    `WITH dropped AS (
       DELETE FROM runs r USING streams s
       WHERE r.stream_id = s.id AND s.id = ANY($1::int[])
         AND r.put_at < to_timestamp($2::float8 / 1000) - make_interval(hours => s.retention_hours - $3::int)
       RETURNING r.stream_id, r.partition, r.first_offset + r.records AS next_offset
     )
     UPDATE partitions p SET start_offset = greatest(p.start_offset, d.next_offset)
     FROM (SELECT stream_id, partition, max(next_offset) AS next_offset FROM dropped GROUP BY 1, 2) d
     WHERE p.stream_id = d.stream_id AND p.partition = d.partition`,
    [streamIds, nowMs, MARGIN_HOURS],
  )
}
