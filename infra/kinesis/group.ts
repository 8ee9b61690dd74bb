// A consumer group in PostgreSQL: members and their heartbeats, owners of partitions, committed positions.
import type { Position } from '../ports.ts'
import type { Sql, SqlDatabase } from '../runtime/sql.ts'

/** What a heartbeat finds for one member. */
export interface Share {
  /** False: it was held for dead and must join again; all its partitions are lost. */
  readonly isMember: boolean
  /** Partitions that are its own. */
  readonly owned: readonly number[]
  /** Those of its own that are due to others: to be released after the running `handle`. */
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
  readonly database: SqlDatabase
  readonly streamId: number
  readonly name: string
  readonly partitions: number
  /** Without a heartbeat for so long, a member is held for dead. */
  readonly sessionMs: number
}

const NOT_WAITED_FOR = 'SET LOCAL synchronous_commit TO off'

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
  const lock = async (sql: Sql): Promise<void> => {
    // Positions and owners are soft: what a crash of the database loses of them is read or taken again.
    await sql.query(NOT_WAITED_FOR)
    await sql.query('SELECT 1 FROM groups WHERE stream_id = $1 AND name = $2 FOR UPDATE', key)
  }
  return {
    join: () =>
      database.transaction(async sql => {
        const { rows } = await sql.query<{ id: number }>(
          `INSERT INTO groups AS g (stream_id, name, last_member) VALUES ($1, $2, 1)
           ON CONFLICT (stream_id, name) DO UPDATE SET last_member = g.last_member + 1
           RETURNING last_member::float8 AS id`,
          key,
        )
        const { id } = rows[0]!
        await sql.query('INSERT INTO members VALUES ($1, $2, $3, clock_timestamp())', [...key, id])
        await sql.query(
          `INSERT INTO positions (stream_id, name, partition) SELECT $1, $2, generate_series(0, $3::int - 1)
           ON CONFLICT DO NOTHING`,
          [...key, partitions],
        )
        return id
      }),
    leave: async id => {
      await database.query('DELETE FROM members WHERE stream_id = $1 AND name = $2 AND id = $3', [...key, id])
    },
    beat: id =>
      database.transaction(async sql => {
        await lock(sql)
        await sql.query(
          `DELETE FROM members WHERE stream_id = $1 AND name = $2 AND id <> $3
             AND seen_at < clock_timestamp() - make_interval(secs => $4::float8 / 1000)`,
          [...key, id, sessionMs],
        )
        await sql.query(
          'UPDATE members SET seen_at = clock_timestamp() WHERE stream_id = $1 AND name = $2 AND id = $3',
          [...key, id],
        )
        return share(sql, key, id)
      }),
    release: async (id, partition) => {
      await database.query(
        'UPDATE positions SET owner = NULL WHERE stream_id = $1 AND name = $2 AND owner = $3 AND partition = $4',
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

async function share(sql: Sql, key: readonly unknown[], id: number): Promise<Share> {
  const { rows: members } = await sql.query<{ id: number }>(
    'SELECT id::float8 AS id FROM members WHERE stream_id = $1 AND name = $2 ORDER BY id',
    key,
  )
  const ids = members.map(member => member.id)
  if (!ids.includes(id)) return { isMember: false, owned: [], toRelease: [] }
  const { rows: places } = await sql.query<{ partition: number; owner: number | null }>(
    'SELECT partition, owner::float8 AS owner FROM positions WHERE stream_id = $1 AND name = $2 ORDER BY partition',
    key,
  )
  const isDue = (partition: number): boolean => ids[partition % ids.length] === id
  // An owner that is no member any more has died, or left.
  const isFree = (owner: number | null): boolean => owner === null || !ids.includes(owner)
  const toClaim = places.filter(({ partition, owner }) => isDue(partition) && isFree(owner))
  if (toClaim.length > 0) {
    await sql.query(
      'UPDATE positions SET owner = $3 WHERE stream_id = $1 AND name = $2 AND partition = ANY($4::int[])',
      [...key, id, toClaim.map(({ partition }) => partition)],
    )
  }
  const kept = places.filter(({ owner }) => owner === id)
  return {
    isMember: true,
    owned: [...kept, ...toClaim].map(({ partition }) => partition),
    toRelease: kept.map(({ partition }) => partition).filter(partition => !isDue(partition)),
  }
}
