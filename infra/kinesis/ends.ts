// Where partitions end, as the index says: asked once for all who wait in this process.
import type { PartitionBounds } from '../ports.ts'
import { pause } from '../runtime/pause.ts'
import type { Sql } from '../runtime/sql.ts'
import { boundsOfAll } from './index-table.ts'

/** Twenty small questions a second while somebody waits: quick enough for a ticker. */
const LOOK_EVERY_MS = 50

export interface Ends {
  /** By stream id, as of now. */
  fresh(streamId: number): Promise<readonly PartitionBounds[]>
  /** Resolves when `isGrown` says so, or when the signal aborts; rejects with `OutageError`. */
  until(
    streamId: number,
    isGrown: (bounds: readonly PartitionBounds[]) => boolean,
    signal: AbortSignal,
  ): Promise<void>
}

type All = ReadonlyMap<number, readonly PartitionBounds[]>

export function createEnds(sql: Sql, streamIds: readonly number[]): Ends {
  let looking: Promise<All> | null = null
  /** Those who wait at the same moment share one question. */
  const look = (): Promise<All> => {
    looking ??= boundsOfAll(sql, streamIds).finally(() => {
      looking = null
    })
    return looking
  }
  return {
    fresh: async streamId => (await boundsOfAll(sql, [streamId])).get(streamId)!,
    until: async (streamId, isGrown, signal) => {
      while (!signal.aborted) {
        if (isGrown((await look()).get(streamId)!)) return
        await pause(LOOK_EVERY_MS, signal)
      }
    },
  }
}
