// The live hub: tails `sales` once for everybody and hands out coalesced frames.
import { type Clock, type EventLog, OutageError, type Telemetry } from '../../infra/ports.ts'
import type { Positions } from '../core/cursor.ts'
import { createIntake, type Present } from './intake.ts'
import { createRing, type Ring, type RingEntry } from './ring.ts'

/** Ten frames a second: below what an eye follows, above what a browser likes to paint. */
export const FRAME_MS = 100
/** About two hours of an ordinary day, ten minutes of a Bandcamp Friday; some 5 MB. */
const RING_ENTRIES = 5_000
const RETRY_MS = 1_000

/** What came since the last frame: never empty of entries; `end` is the place behind them. */
export interface Frame {
  readonly entries: readonly RingEntry[]
  readonly start: Positions
  readonly end: Positions
}

/** The ring's view of what was published, and the frames as they come. */
export interface LiveHub extends Pick<Ring, 'end' | 'after' | 'newest'> {
  /** Called for each frame, at most every `FRAME_MS` unless a backlog is read; returns how to stop. */
  onFrame(listener: (frame: Frame) => void): () => void
  close(): Promise<void>
}

export interface HubOptions {
  readonly log: EventLog
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly present: Present
}

/** A dashboard that fails must not take the stages of its process with it: it says so, waits, and goes on. */
export async function pauseAfter(
  error: unknown,
  what: string,
  { clock, telemetry }: Pick<HubOptions, 'clock' | 'telemetry'>,
  signal: AbortSignal,
): Promise<void> {
  const known = error instanceof OutageError ? error : null
  const retryInMs = known?.retryAfterMs ?? RETRY_MS
  telemetry.outage({ what, code: known?.code ?? 'unexpected', retryInMs })
  if (known === null) telemetry.warn(`${what} failed`, { err: error })
  await clock.sleep(retryInMs, signal)
}

/** Reads the end of the log into memory, then follows it until `close`. */
export async function startHub({ log, clock, telemetry, present }: HubOptions): Promise<LiveHub> {
  const stopped = new AbortController()
  const bounds = await log.bounds('sales')
  const share = Math.floor(RING_ENTRIES / bounds.length)
  const from = bounds.map(({ start, end }) => Math.max(start, end - share))
  const ring = createRing(from, RING_ENTRIES)
  const intake = createIntake({ log, from, present, maxPending: RING_ENTRIES, isKnown: ring.has })
  const listeners = new Set<(frame: Frame) => void>()
  let wake = (): void => {}

  function publish(): void {
    const frame = { start: ring.end(), end: intake.positions(), entries: intake.take() }
    ring.push(frame.entries, frame.end)
    if (frame.entries.length > 0) for (const listener of listeners) listener(frame)
  }

  async function follow(): Promise<void> {
    while (!stopped.signal.aborted) {
      try {
        await log.waitForAppend('sales', intake.positions(), stopped.signal)
        if (stopped.signal.aborted) return
        await intake.readAll(publish)
        wake()
      } catch (error) {
        await pauseAfter(error, 'dashboard: reading sales', { clock, telemetry }, stopped.signal)
      }
    }
  }

  /** The first basket after a pause leaves at once; while more come, one frame per `FRAME_MS`. */
  async function frames(): Promise<void> {
    while (!stopped.signal.aborted) {
      if (intake.isEmpty()) {
        await new Promise<void>(resolve => {
          wake = resolve
        })
      }
      if (stopped.signal.aborted) return
      publish()
      await clock.sleep(FRAME_MS, stopped.signal)
    }
  }

  await intake.readAll(publish)
  publish()
  const done = Promise.all([follow(), frames()])

  return {
    end: ring.end,
    after: ring.after,
    newest: ring.newest,
    onFrame(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async close() {
      stopped.abort()
      wake()
      await done
    },
  }
}
