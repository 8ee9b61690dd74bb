// What every question starts from: a way to ask the database, and how far the windows have come.
import type { Pool, QueryResultRow } from 'pg'
import { instantText } from '../text.ts'
import type { BlockCache } from './blocks.ts'
import type { DayParts } from './days.ts'

export interface Context {
  readonly pool: Pool
  readonly blocks: BlockCache
  readonly days: DayParts
}

/** The pool, or one connection of it whose transaction sees one moment. */
export interface Asked {
  readonly pool: Pick<Pool, 'query'>
}

/** The parameters of one statement: `p.add(value)` is its placeholder. */
export class Parameters {
  readonly values: unknown[] = []

  add(value: unknown): string {
    this.values.push(value)
    return `$${this.values.length}`
  }

  instant(timeMs: number): string {
    return `${this.add(instantText(timeMs))}::timestamptz`
  }
}

export async function rowsOf<R extends QueryResultRow>(
  { pool }: Asked,
  sql: string,
  values: readonly unknown[] = [],
): Promise<readonly R[]> {
  return (await pool.query<R>(sql, [...values])).rows
}

export interface Watermarks {
  /** All windows that end at or before it are in the store; null where none is known. */
  readonly windowsMs: number | null
  /** All sales before it are in the store, and counted. */
  readonly allMs: number | null
}

/**
 * Per topic the minimum over its partitions; null while one of them has told none though another has. Topics
 * that never told a watermark have no say.
 */
export async function watermarksOf(context: Asked): Promise<Watermarks> {
  const rows = await rowsOf<{ topic: string; silent: boolean; mark: number | null }>(
    context,
    `SELECT topic, bool_or(watermark_at IS NULL) AS silent,
       (extract(epoch FROM min(watermark_at)) * 1000)::float8 AS mark FROM stage_offsets GROUP BY topic`,
  )
  const telling = rows.filter(r => r.mark !== null)
  const markOf = (r: (typeof rows)[number] | undefined) => (r === undefined || r.silent ? null : r.mark)
  const marks = telling.map(markOf)
  return {
    windowsMs: markOf(telling.find(r => r.topic === 'windows')),
    allMs: marks.length === 0 || marks.includes(null) ? null : Math.min(...(marks as number[])),
  }
}
