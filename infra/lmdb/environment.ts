// One LMDB environment for a data folder: its tables, group commit of writes, fresh reads, and errors in our
// words.
import { type Database, open, type RootDatabase } from 'lmdb'
import { TOPIC_NAMES, type TopicName } from '../../schemas/topics.ts'
import { OutageError } from '../ports.ts'

/** Keys are [partition, first offset]. */
export type BlockTable = Database<Buffer, number[]>
export type StateTable = Database<unknown, (string | number)[]>

export interface Environment {
  blocks(topic: TopicName): BlockTable
  readonly state: StateTable
  /**
   * Runs `operation` in a write transaction, together with others that wait; resolves with its result once
   * all of it is on disk (fsync), never a part of it. Rejects, with nothing written, when it throws.
   */
  write<R>(operation: () => R): Promise<R>
  /** Reads what is committed now, also by other processes. */
  fresh<R>(read: () => R): R
  /** Called after each commit of this process, in the order of commits. */
  onCommit(listener: () => void): void
  /** Counts the commits of all processes: a change means that there may be something new. */
  version(): number
  close(): Promise<void>
}

interface Pending {
  run(): void
  settle(error: unknown): void
}

const VERSION_KEY = ['version']
const MAX_TABLES = 32

/**
 * Every commit is synced to disk before it is visible (no `overlappingSync`), so that nobody ever acts on a
 * record that a power cut can take back. Transactions are synchronous: the callback form of this lmdb build
 * never calls back on some machines, and ours take well under a millisecond.
 */
export function openEnvironment(dir: string, mapSizeBytes: number | null): Environment {
  const root: RootDatabase = guarded(() =>
    open({
      path: dir,
      noSubdir: false,
      overlappingSync: false,
      maxDbs: MAX_TABLES,
      ...(mapSizeBytes === null ? {} : { mapSize: mapSizeBytes }),
    }),
  )
  const state = root.openDB<unknown, (string | number)[]>({ name: 'state', encoding: 'msgpack' })
  const tables = new Map(
    TOPIC_NAMES.map(topic => [
      topic,
      root.openDB<Buffer, number[]>({ name: `topic-${topic}`, encoding: 'binary' }),
    ]),
  )
  const listeners: (() => void)[] = []
  let queue: Pending[] = []
  let scheduled: Promise<void> | null = null

  const commit = (batch: readonly Pending[]): void => {
    guarded(() =>
      root.transactionSync(() => {
        for (const pending of batch) pending.run()
        state.put(VERSION_KEY, readVersion(state) + 1)
      }),
    )
  }

  const flush = (): void => {
    scheduled = null
    const batch = queue
    queue = []
    for (const part of commitOrSplit(batch, commit)) part.pending.settle(part.error)
    for (const listener of listeners) listener()
  }

  return {
    blocks: topic => tables.get(topic)!,
    state,
    write: operation =>
      new Promise((resolve, reject) => {
        let result: ReturnType<typeof operation>
        queue.push({
          run: () => {
            result = operation()
          },
          settle: error => (error === null ? resolve(result) : reject(error)),
        })
        scheduled ??= new Promise(done => {
          setImmediate(() => {
            flush()
            done()
          })
        })
      }),
    fresh: read => {
      root.resetReadTxn()
      return guarded(read)
    },
    onCommit: listener => listeners.push(listener),
    version: () => {
      root.resetReadTxn()
      return readVersion(state)
    },
    close: async () => {
      while (scheduled !== null) await scheduled
      await root.close()
    },
  }
}

function readVersion(state: StateTable): number {
  return (state.get(VERSION_KEY) as number | undefined) ?? 0
}

interface Outcome {
  readonly pending: Pending
  readonly error: unknown
}

/** One transaction for all; where it fails, one for each, so that only the guilty are refused. */
function commitOrSplit(
  batch: readonly Pending[],
  commit: (batch: readonly Pending[]) => void,
): readonly Outcome[] {
  try {
    commit(batch)
    return batch.map(pending => ({ pending, error: null }))
  } catch (error) {
    const [pending] = batch
    if (batch.length === 1 && pending !== undefined) return [{ pending, error }]
    return batch.flatMap(one => commitOrSplit([one], commit))
  }
}

const DISK_FULL = /ENOSPC|EDQUOT|no space left|disk quota/i
/** What LMDB makes of a write that the disk takes only in part, as a full one does. */
const IO_ERROR = /EIO|input\/output error/i
const MAP_FULL = /MDB_MAP_FULL|mapsize limit/i

/** Turns what LMDB says of a full disk into an outage; all else stays what it is. */
export function toOutage(error: unknown): unknown {
  const text = error instanceof Error ? `${(error as NodeJS.ErrnoException).code ?? ''} ${error.message}` : ''
  if (DISK_FULL.test(text)) {
    return new OutageError('log-disk-full', 'the disk of the event log is full: free some space', {
      cause: error,
    })
  }
  if (IO_ERROR.test(text)) {
    const message = 'the disk of the event log cannot be written: it is full, or failing'
    return new OutageError('log-disk-error', message, { cause: error })
  }
  if (MAP_FULL.test(text)) {
    return new OutageError('log-map-full', 'the event log has reached its map size: raise mapSize', {
      cause: error,
    })
  }
  return error
}

function guarded<R>(operation: () => R): R {
  try {
    return operation()
  } catch (error) {
    throw toOutage(error)
  }
}
