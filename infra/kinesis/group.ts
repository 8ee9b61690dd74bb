// A consumer group in PostgreSQL: members and their heartbeats, owners of partitions, committed positions.
import type { Position } from '../ports.ts'
import type { Sql } from '../runtime/sql.ts'

/** What a heartbeat finds for one member. */
export interface Share {
  /** False: it was held for dead and must join again; all its partitions are lost. */
  readonly isMember: boolean
  /** Partitions that are its own, and are to be. */
  readonly due: readonly number[]
  /** Its own that are due to others: to be released after the running `handle`. */
  readonly toRelease: readonly number[]
}

/**
 * A member is a number that is never given twice: it is the token that fences off one that was held for dead.
 * Partition p is due to the member at place p mod n, so that all who look agree. All times are those of the
 * database: clocks of machines need not agree.
 */
export interface Group {
  join(): Promise<number>
  leave(id: number): Promise<void>
  /** Tells that the member lives, drops those who do not, and takes what is due and free. */
  beat(id: number): Promise<Share>
  release(id: number, partition: number): Promise<void>
  /** False, and nothing written, where the partition is not the member's. */
  commit(id: number, partition: number, position: Position): Promise<boolean>
}

export interface GroupParts {
  readonly database: Sql
  readonly streamId: number
  readonly name: string
  readonly partitions: number
  /** Without a heartbeat for so long, a member is held for dead. */
  readonly sessionMs: number
}

export async function positionsOf(
  sql: Sql,
  streamId: number,
  name: string,
  partitions: number,
): Promise<readonly (Position | null)[]> {
  const { rows } = await sql.query<{ partition: number } & Position>(
    `SELECT partition, committed::float8 AS "offset", watermark_ms AS "watermarkMs", final_at_ms AS "finalAtMs"
     FROM positions WHERE stream_id = $1 AND name = $2 AND committed IS NOT NULL`,
    [streamId, name],
  )
  const found = new Map(rows.map(({ partition, ...position }) => [partition, position]))
  return Array.from({ length: partitions }, (_, partition) => found.get(partition) ?? null)
}

export function createGroup({ database, streamId, name, partitions, sessionMs }: GroupParts): Group {
  const key = [streamId, name]
  return {
    join: async () => {
      const { rows } = await database.query<{ id: number }>(
        `WITH joined AS (
           INSERT INTO groups AS g (stream_id, name, last_member) VALUES ($1, $2, 1)
           ON CONFLICT (stream_id, name) DO UPDATE SET last_member = g.last_member + 1
           RETURNING last_member AS id
         ), member AS (
           INSERT INTO members SELECT $1, $2, id, clock_timestamp() FROM joined
         ), places AS (
           INSERT INTO positions (stream_id, name, partition) SELECT $1, $2, generate_series(0, $3::int - 1)
           ON CONFLICT DO NOTHING
         ) SELECT id::float8 FROM joined`,
        [...key, partitions],
      )
      return rows[0]!.id
    },
    leave: async id => {
      await database.query('DELETE FROM members WHERE stream_id = $1 AND name = $2 AND id = $3', [...key, id])
    },
    beat: async id => {
      const { rows } = await database.query<{ held: number; isDue: boolean }>(
        `SELECT held, is_due AS "isDue" FROM beat($1, $2, $3, $4)`,
        [...key, id, sessionMs],
      )
      return {
        isMember: rows[0]?.held !== -1,
        due: rows.filter(({ isDue }) => isDue).map(({ held }) => held),
        toRelease: rows.filter(({ held, isDue }) => held >= 0 && !isDue).map(({ held }) => held),
      }
    },
    release: async (id, partition) => {
      await database.query(
        `UPDATE positions SET owner = NULL
         WHERE stream_id = $1 AND name = $2 AND owner = $3 AND partition = $4`,
        [...key, id, partition],
      )
    },
    commit: async (id, partition, { offset, watermarkMs, finalAtMs }) => {
      const { rowCount } = await database.query(
        `UPDATE positions SET committed = $5, watermark_ms = $6, final_at_ms = $7
         WHERE stream_id = $1 AND name = $2 AND owner = $3 AND partition = $4`,
        [...key, id, partition, offset, watermarkMs, finalAtMs],
      )
      return rowCount === 1
    },
  }
}
