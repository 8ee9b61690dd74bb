// Polls the simulated world's past in steps, as fast as the stages behind it can follow.
import { createPoller } from '../../producers/poll.ts'
import { createWorld } from '../../producers/simulator/core/world.ts'
import { createSimulatedFeed } from '../../producers/simulator/feed.ts'
import { type Interval, MINUTE_MS } from '../../schemas/time.ts'
import type { Clock, EventLog, Telemetry } from '../ports.ts'
import type { LogPlace } from './open-log.ts'

/** What is to be written, and where: handed to a process of its own as a message. */
export interface PastWork extends Interval {
  readonly log: LogPlace
  readonly seed: number
  readonly overlapMs: number
}

/** After a minute ends, the feed takes this long to show it. */
export const PUBLICATION_LAG_MS = 11_000

/** Each answer of the past spans this much. */
const STEP_MS = 20 * MINUTE_MS
/** The poller runs ahead of `enrich` by at most so many records. */
const AHEAD_MAX_RECORDS = 20_000
const AHEAD_CHECK_MS = 20

export interface PastParts {
  readonly log: EventLog
  readonly work: PastWork
  /** For waiting only: the past has a clock of its own. */
  readonly clock: Clock
  readonly telemetry: Telemetry
}

/** Resolves when the log has a tick at or after `work.toMs`. */
export async function pollPast({ log, work, clock, telemetry }: PastParts): Promise<void> {
  const { fromMs, toMs, overlapMs, seed } = work
  let nowMs = fromMs + 2 * MINUTE_MS + PUBLICATION_LAG_MS
  const pastClock: Clock = { nowMs: () => nowMs, sleep: clock.sleep }
  const clampMs = STEP_MS + overlapMs + MINUTE_MS
  const feed = createSimulatedFeed({ world: createWorld({ seed }), clock: pastClock, clampMs })
  const options = { overlapMs }
  const poller = createPoller({ log, feed, clock: pastClock, telemetry, random: () => 0, options })
  for (;;) {
    await poller.runOnce()
    if (nowMs - PUBLICATION_LAG_MS >= toMs) return
    nowMs = Math.min(nowMs + STEP_MS, toMs + PUBLICATION_LAG_MS)
    while ((await recordsAhead(log)) > AHEAD_MAX_RECORDS) await clock.sleep(AHEAD_CHECK_MS)
  }
}

async function recordsAhead(log: EventLog): Promise<number> {
  const [ends, read] = await Promise.all([log.bounds('feed'), log.committed('enrich', 'feed')])
  return ends.reduce((sum, { end }, p) => sum + end - (read[p]?.offset ?? 0), 0)
}
