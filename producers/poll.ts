// The poll stage: reads the feed from where the log ends, and appends what is new, with a tick after it.
import { type Clock, type EventLog, OutageError, type SalesFeed, type Telemetry } from '../infra/ports.ts'
import { MINUTE_MS } from '../schemas/time.ts'
import { type Backoff, backoffMs } from './core/cursor.ts'
import { DEFAULT_MAX_RECENT_IDS } from './core/recent-ids.ts'
import { createPollReport } from './poll-report.ts'
import {
  askFrom,
  type PollContext,
  type PollOutcome,
  type PollState,
  readTo,
  takeAnswer,
} from './poll-take.ts'

export type { PollOutcome } from './poll-take.ts'

export interface PollerOptions {
  /** Time between two polls; the site's own client takes 32 s. */
  readonly pollEveryMs?: number
  /** Event time before the cursor that is read again each time, for sales that the feed shows late. */
  readonly overlapMs?: number
  /** Waits after failures: the first, and the longest. */
  readonly backoff?: Backoff
  readonly maxRecentIds?: number
}

export interface PollerParts {
  readonly log: EventLog
  readonly feed: SalesFeed
  readonly clock: Clock
  readonly telemetry: Telemetry
  /** Uniform in `[0, 1)`: jitter of the back-off. */
  readonly random: () => number
  readonly options?: PollerOptions
}

export interface Poller {
  /**
   * One poll. Rejects with what the log rejects with: then the end of the log is read again next time.
   * Never called twice at once (throws).
   */
  runOnce(signal?: AbortSignal): Promise<PollOutcome>
  /** Polls until the signal aborts, from the log's end as it is now. An outage of the log is waited out. */
  run(signal: AbortSignal): Promise<void>
}

const DEFAULT_POLL_EVERY_MS = 32_000
const DEFAULT_OVERLAP_MS = MINUTE_MS
const DEFAULT_BACKOFF: Backoff = { firstMs: 2_000, maxMs: 2 * MINUTE_MS }

const NOTHING_KNOWN: Readonly<PollState> = {
  tail: null,
  failures: 0,
  serverTimeMs: null,
  skipToMs: null,
  lastBad: null,
}

function contextOf({ options = {}, ...parts }: PollerParts): PollContext {
  return {
    ...parts,
    options: {
      pollEveryMs: options.pollEveryMs ?? DEFAULT_POLL_EVERY_MS,
      overlapMs: options.overlapMs ?? DEFAULT_OVERLAP_MS,
      backoff: options.backoff ?? DEFAULT_BACKOFF,
      maxRecentIds: options.maxRecentIds ?? DEFAULT_MAX_RECENT_IDS,
    },
    report: createPollReport(parts.telemetry, parts.clock),
    state: { ...NOTHING_KNOWN },
  }
}

export function createPoller(parts: PollerParts): Poller {
  const context = contextOf(parts)
  const { feed, clock, telemetry, random, options, state } = context
  let busy = false

  const runOnce = async (signal?: AbortSignal): Promise<PollOutcome> => {
    if (busy) throw new Error('a poll is under way: never two requests at once')
    busy = true
    try {
      state.tail ??= await readTo(context)
      const askedMs = askFrom(context, state.tail)
      const answer = await feed.get(askedMs, signal)
      return await takeAnswer(context, answer, askedMs, signal)
    } finally {
      busy = false
    }
  }

  const run = async (signal: AbortSignal): Promise<void> => {
    // Another poller may have gone on since: what was remembered of log and feed is old.
    Object.assign(state, NOTHING_KNOWN)
    while (!signal.aborted) {
      let waitMs: number
      try {
        waitMs = (await runOnce(signal)).nextPollInMs
      } catch (error) {
        if (!(error instanceof OutageError)) throw error
        state.failures++
        waitMs = backoffMs(state.failures, error.retryAfterMs, options.backoff, random)
        telemetry.outage({ what: 'log', code: error.code, retryInMs: waitMs })
      }
      await clock.sleep(waitMs, signal)
    }
  }

  return { runOnce, run }
}
