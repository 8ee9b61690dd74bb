// Runs detection over all partitions of `sales` in this process, under a lease: there is one at a time.
import { DetectStage } from '../../processors/detect-stage.ts'
import type { Alert } from '../../schemas/alerts.ts'
import {
  type Clock,
  type Entry,
  type EventLog,
  type Lease,
  OutageError,
  type PartitionTask,
  type Store,
  type Telemetry,
} from '../ports.ts'

const STAGE = 'detect'
/**
 * Work at a stretch, so that the past does not hold up the present: a browser would feel more. Time is looked
 * at after so many records, well under a millisecond of work save where a day ends.
 */
const STRETCH_MS = 10
const SLICE_RECORDS = 50
/** A store that is gone is asked again at this pace. */
const RETRY_MS = 5_000
const monotonicMs = (): number => performance.now()

export interface DetectParts {
  readonly log: EventLog
  readonly store: Pick<Store, 'acquireLease'>
  /** The time of the machine. */
  readonly pace: Clock
  readonly telemetry: Telemetry
}

/**
 * Until `signal` aborts: waits for the lease, detects while it holds, and begins anew where it was lost, or
 * where the log could not take an alert.
 */
export async function runDetect(parts: DetectParts, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const lease = await acquire(parts, signal)
    if (lease === null) return
    try {
      await detectUntil(parts, AbortSignal.any([signal, lease.lost]))
    } catch (error) {
      if (!(error instanceof OutageError)) throw error
      parts.telemetry.outage({ what: 'log', code: error.code, retryInMs: RETRY_MS })
      await parts.pace.sleep(RETRY_MS, signal)
    } finally {
      // A lease that is lost, or a store that is gone, has nothing left to release.
      await lease.release().catch(() => undefined)
    }
  }
}

/** Null where the signal aborted. The store may be gone for a while: that is an outage, and waited out. */
async function acquire({ store, pace, telemetry }: DetectParts, signal: AbortSignal): Promise<Lease | null> {
  while (!signal.aborted) {
    try {
      return await store.acquireLease(STAGE, signal)
    } catch (error) {
      if (signal.aborted) return null
      const code = error instanceof OutageError ? error.code : 'lease-failed'
      telemetry.outage({ what: 'detect-lease', code, retryInMs: RETRY_MS })
      await pace.sleep(RETRY_MS, signal)
    }
  }
  return null
}

/**
 * Reads `sales` from the beginning, as the state is a function of all of it; what was told before is not told
 * again. A position is committed for what it says of the watermark, not as a place to start from. Rejects
 * with the outage where the log could not take an alert.
 */
async function detectUntil(parts: DetectParts, ended: AbortSignal): Promise<void> {
  const { log, pace, telemetry } = parts
  const toldBeforeMs = await committedUpTo(log)
  const teller = createTeller(log, toldBeforeMs)
  const stop = AbortSignal.any([ended, teller.failed])
  const options = { sources: log.partitions('sales'), quietUpToMs: toldBeforeMs ?? Number.NEGATIVE_INFINITY }
  const stage = new DetectStage(options, teller.say)
  /** A partition that comes again, after an outage or a pause, goes on: the state has what was before. */
  const next = (await log.bounds('sales')).map(({ start }) => start)
  const taskOf = (partition: number): PartitionTask<'sales'> => ({
    handle: async ({ records, firstOffset, endOffset }) => {
      const startedMs = monotonicMs()
      let emitted = 0
      for (let at = 0; at < records.length && !stop.aborted; ) {
        const untilMs = monotonicMs() + STRETCH_MS
        do {
          stage.handle(partition, records.slice(at, at + SLICE_RECORDS))
          at += SLICE_RECORDS
        } while (at < records.length && monotonicMs() < untilMs)
        emitted += await teller.tell(stage.watermarkMs)
        await pace.sleep(0, stop)
      }
      if (stop.aborted) return null
      const offset = firstOffset + records.length
      next[partition] = offset
      telemetry.batchHandled({
        ...{ stage: STAGE, partition, records: records.length, emitted },
        lagRecords: endOffset - offset,
        durationMs: monotonicMs() - startedMs,
      })
      return { offset, watermarkMs: stage.watermarkMs, finalAtMs: teller.toldUpToMs() }
    },
    revoked: async () => {},
  })
  const consumer = await log.consume({
    group: STAGE,
    topic: 'sales',
    onAssigned: async partition => ({ task: taskOf(partition), from: next[partition]! }),
  })
  const close = () => void consumer.close()
  stop.addEventListener('abort', close, { once: true })
  if (stop.aborted) close()
  try {
    await consumer.done
  } finally {
    stop.removeEventListener('abort', close)
  }
  teller.check()
}

/**
 * Appends alerts in the order in which they were said, whichever partition said them. What the log could not
 * take, only a detection that begins anew says again: `failed` aborts, and nothing more is told.
 */
function createTeller(log: EventLog, toldBeforeMs: number | null) {
  const failed = new AbortController()
  const outputs: Entry<'alerts'>[] = []
  let appending: Promise<void> = Promise.resolve()
  let toldUpToMs = toldBeforeMs
  let outage: OutageError | null = null
  return {
    failed: failed.signal,
    say: (record: Alert): void => void outputs.push({ topic: 'alerts', partition: 0, record }),
    /** How many it told; `watermarkMs`: what was said up to now reaches so far. */
    tell: async (watermarkMs: number | null): Promise<number> => {
      const entries = outputs.splice(0)
      if (entries.length > 0) appending = appending.then(() => log.append(entries))
      try {
        await appending
      } catch (error) {
        if (!(error instanceof OutageError)) throw error
        outage = error
        failed.abort()
        return 0
      }
      if (watermarkMs !== null) toldUpToMs = Math.max(toldUpToMs ?? watermarkMs, watermarkMs)
      return entries.length
    },
    toldUpToMs: () => toldUpToMs,
    check: (): void => {
      if (outage !== null) throw outage
    },
  }
}

/** The watermark up to which alerts of every partition are in the log; null where one has none. */
async function committedUpTo(log: EventLog): Promise<number | null> {
  const positions = await log.committed(STAGE, 'sales')
  const told = positions.map(position => position?.finalAtMs ?? null)
  return told.includes(null) ? null : Math.min(...told.map(ms => ms!))
}
