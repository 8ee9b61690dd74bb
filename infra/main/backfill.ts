// Puts the simulated world's past into the log before it goes on live.
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { POLL_LEASE } from '../../producers/poll-lease.ts'
import { DAY_MS, floorTo, type Interval, MINUTE_MS } from '../../schemas/time.ts'
import type { Clock, EventLog, Lease, Store } from '../ports.ts'
import { type PastWork, PUBLICATION_LAG_MS, writtenUpTo } from './past.ts'

/** The past is left to the live poller from here on: its feed answers the last ten minutes anyway. */
const LIVE_REACHES_MS = 8 * MINUTE_MS
const PROGRESS_EVERY_MS = 200
/** While another process holds the lease, it may be writing the very same. */
const LOOK_AGAIN_MS = 1_000

export interface BackfillParts {
  readonly store: Pick<Store, 'acquireLease'>
  readonly clock: Clock
  readonly work: PastWork
  readonly signal: AbortSignal
  /** What the log lacks by now: another process may have written it. */
  readonly stillMissing: () => Promise<Interval | null>
  /** Event time up to which everything is in the store. */
  readonly storedUpToMs: () => Promise<number | null>
  readonly onProgress: (share: number) => void
}

/** The stretch of the world's past that the log lacks; null where the live feed reaches back far enough. */
export async function missingPast(
  log: EventLog,
  nowMs: number,
  historyDays: number,
): Promise<Interval | null> {
  const toMs = floorTo(nowMs - PUBLICATION_LAG_MS, MINUTE_MS)
  const earliestMs = floorTo(nowMs - historyDays * DAY_MS, MINUTE_MS)
  const lastMs = await writtenUpTo(log, 'feed', 0)
  const fromMs = Math.max(lastMs ?? earliestMs, earliestMs)
  return historyDays === 0 || toMs - fromMs <= LIVE_REACHES_MS ? null : { fromMs, toMs }
}

/**
 * Resolves when the past is polled and stored, or when the signal aborts. It is polled and enriched by a
 * process of its own (past-writer.ts), so that the stages here have a processor for themselves; the lease to
 * poll is held here.
 */
export async function backfill({ clock, signal, ...parts }: BackfillParts): Promise<void> {
  const lease = await leaseWhileMissing({ clock, signal, ...parts })
  if (lease === null) return
  const stop = AbortSignal.any([signal, lease.lost])
  try {
    const missing = await parts.stillMissing()
    if (missing === null) return
    const work = { ...parts.work, ...missing }
    const { fromMs, toMs } = work
    const written = writePast(work, stop)
    let failure: unknown = null
    written.catch(error => {
      failure = error
    })
    for (let storedMs = fromMs; storedMs < toMs && !stop.aborted && failure === null; ) {
      await clock.sleep(PROGRESS_EVERY_MS, stop)
      storedMs = (await parts.storedUpToMs()) ?? fromMs
      parts.onProgress(Math.min(1, Math.max(0, (storedMs - fromMs) / (toMs - fromMs))))
    }
    await written
  } finally {
    await lease.release().catch(() => undefined)
  }
}

/** The lease to poll; null where there is nothing left to write, or no time. */
async function leaseWhileMissing({
  store,
  clock,
  signal,
  stillMissing,
}: BackfillParts): Promise<Lease | null> {
  const settled = new AbortController()
  const waiting = store
    .acquireLease(POLL_LEASE, AbortSignal.any([signal, settled.signal]))
    .catch((error: unknown) => {
      if (signal.aborted || settled.signal.aborted) return null
      throw error
    })
    .finally(() => settled.abort())
  while (!settled.signal.aborted && !signal.aborted) {
    await clock.sleep(LOOK_AGAIN_MS, settled.signal)
    if (!settled.signal.aborted && (await stillMissing()) === null) settled.abort()
  }
  return waiting
}

/** Runs past-writer.ts; resolves when it has written everything, or was stopped. */
function writePast(work: PastWork, stop: AbortSignal): Promise<void> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const script = fileURLToPath(new URL(`./past-writer.${extension}`, import.meta.url))
  const child = fork(script)
  child.send(work)
  const end = () => child.kill('SIGTERM')
  stop.addEventListener('abort', end)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      stop.removeEventListener('abort', end)
      if (code === 0 || stop.aborted) resolve()
      else reject(new Error(`writing the simulated past ended with ${signal ?? `code ${code}`}`))
    })
  })
}
