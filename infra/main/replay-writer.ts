// Writes of a replay: one under way while the next is made ready, each with its own progress.
import type { Store, StoreBatch } from '../ports.ts'

/** The stage that a replay is in the tables of progress. */
export const REPLAY_STAGE = 'replay'

export interface ReplayWriter {
  /** Resolves when the write before this one is done. A failure is told by the next call. */
  write(
    rows: Omit<StoreBatch, 'progress' | 'watermarkMs'>,
    watermarkMs: number | null,
    offset: number,
  ): Promise<void>
  flush(): Promise<void>
}

export function createReplayWriter(
  store: Pick<Store, 'write'>,
  topic: 'sales' | 'windows',
  partition: number,
): ReplayWriter {
  let underWay: Promise<void> = Promise.resolve()
  return {
    async write(rows, watermarkMs, offset) {
      await underWay
      underWay = store.write({
        ...rows,
        ...(watermarkMs === null ? {} : { watermarkMs }),
        progress: { stage: REPLAY_STAGE, topic, partition, offset },
      })
      underWay.catch(() => {})
    },
    flush: () => underWay,
  }
}
