// One answer of the feed, taken into the log: what the poller does between two waits.
import type { Clock, Entry, EventLog, FeedAnswer, SalesFeed, Telemetry } from '../infra/ports.ts'
import { floorTo, HOUR_MS, MINUTE_MS } from '../schemas/time.ts'
import { askStartMs, type Backoff, backoffMs } from './core/cursor.ts'
import { readAnswer } from './core/feed-json.ts'
import { type PollPlan, planPoll, type Refused, type SalesAnswer } from './core/poll-plan.ts'
import { appendsOf, deadLetterOf, STAGE } from './poll-entries.ts'
import type { PollReport } from './poll-report.ts'
import { readTail, type Tail } from './poll-tail.ts'

/**
 * `sales`: the watermark moved. `nothing-new`: no new minute yet. `too-recent`: the feed has not come as far
 * as was asked. `clock`: its times are not believed. `stopped`: the signal aborted. Others: nothing could be
 * read.
 */
export type PollResult =
  | 'sales'
  | 'nothing-new'
  | 'too-recent'
  | 'clock'
  | 'malformed-json'
  | 'schema'
  | 'outage'
  | 'stopped'

export interface PollOutcome {
  readonly result: PollResult
  /** How long to wait before the next poll. */
  readonly nextPollInMs: number
  /** Where the feed has been read to; null before the first answer. */
  readonly cursorMs: number | null
  /** Baskets appended. */
  readonly baskets: number
}

/** What a poller remembers between polls; all of it can be lost. */
export interface PollState {
  /** The end of the log; null: to be read. */
  tail: Tail | null
  /** Failures in a row. */
  failures: number
  serverTimeMs: number | null
  skipToMs: number | null
  /** Of the last answer that was bad as a whole: one dead letter is enough for a row of them. */
  lastBad: string | null
}

export interface PollContext {
  readonly log: EventLog
  readonly feed: SalesFeed
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly random: () => number
  readonly options: {
    readonly pollEveryMs: number
    readonly overlapMs: number
    readonly backoff: Backoff
    readonly maxRecentIds: number
  }
  readonly report: PollReport
  readonly state: PollState
}

/**
 * Twice the widest answer that anybody printed (600 s): an answer that ignores the asked start doubles
 * nothing.
 */
const MIN_KEEP_MS = 20 * MINUTE_MS
/** An answer that goes back further than this is not compared with all of the log. */
const MAX_KEEP_MS = 24 * HOUR_MS
/** After an answer that ends far behind the feed's clock the next is asked for at once, but politely. */
const CATCH_UP_PAUSE_MS = 1_000

function keepMs({ options }: PollContext): number {
  return Math.max(MIN_KEEP_MS, 2 * options.overlapMs)
}

export function readTo(context: PollContext, fromMs?: number): Promise<Tail> {
  const { maxRecentIds } = context.options
  const reach = fromMs === undefined ? {} : { fromMs }
  return readTail(context.log, { keepMs: keepMs(context), maxRecentIds, ...reach })
}

/** The start to ask the feed for; null asks for its initial view. */
export function askFrom({ options, state }: PollContext, { cursorMs }: Tail): number | null {
  if (cursorMs === null) return null
  const { serverTimeMs, skipToMs } = state
  return askStartMs({ cursorMs, overlapMs: options.overlapMs, serverTimeMs, skipToMs })
}

function outcome(
  { state }: PollContext,
  result: PollResult,
  nextPollInMs: number,
  baskets: number = 0,
): PollOutcome {
  return { result, nextPollInMs, cursorMs: state.tail?.cursorMs ?? null, baskets }
}

function failed(
  context: PollContext,
  result: PollResult,
  code: string,
  retryAfterMs: number | null,
): PollOutcome {
  const { state, options, random, telemetry } = context
  state.failures++
  const retryInMs = backoffMs(state.failures, retryAfterMs, options.backoff, random)
  telemetry.feedOutage({ code, retryInMs })
  return outcome(context, result, retryInMs)
}

async function refuseWhole({ log, clock, telemetry, state }: PollContext, refused: Refused): Promise<void> {
  if (state.lastBad === refused.reason) return
  await log.append([deadLetterOf(refused, clock.nowMs())])
  telemetry.deadLettered({ stage: STAGE, reason: refused.reason, message: refused.message })
  state.lastBad = refused.reason
}

/** False where the signal aborted before all was appended. */
async function appendAll(
  log: EventLog,
  appends: readonly (readonly Entry[])[],
  signal: AbortSignal | undefined,
): Promise<boolean> {
  for (const entries of appends) {
    if (signal?.aborted) return false
    await log.append(entries)
  }
  return true
}

/** The plan against ids that reach as far back as the answer does. */
async function planFor(context: PollContext, answer: SalesAnswer, known: Tail): Promise<[Tail, PollPlan]> {
  const { cursorMs } = known
  const wantedMs = Math.max(answer.startMs, (cursorMs ?? 0) - MAX_KEEP_MS)
  const tail = cursorMs !== null && wantedMs < known.coversFromMs ? await readTo(context, wantedMs) : known
  const ticks = tail.ticksMs.filter(tick => tick !== null)
  const highestTickMs = ticks.length === 0 ? null : Math.max(...ticks)
  const nowMs = context.clock.nowMs()
  return [tail, planPoll({ answer, cursorMs, highestTickMs, recent: tail.recent, nowMs })]
}

/** The tail after the plan is in the log, without reading it again. */
function movedTail(context: PollContext, tail: Tail, { tickMs }: PollPlan): Tail {
  if (tickMs === null) return tail
  const coversFromMs = Math.max(tail.coversFromMs, tickMs - keepMs(context))
  tail.recent.forgetBefore(coversFromMs)
  return { ...tail, ticksMs: tail.ticksMs.map(() => tickMs), cursorMs: tickMs, coversFromMs }
}

async function takeSales(
  context: PollContext,
  answer: SalesAnswer,
  known: Tail,
  signal: AbortSignal | undefined,
): Promise<PollOutcome> {
  const { log, clock, state, options, report } = context
  const evictedBefore = known.recent.evicted
  // From here on the ids may know more than the log: whatever goes wrong, its end is read again.
  state.tail = null
  const [tail, plan] = await planFor(context, answer, known)
  const appends = appendsOf(plan, tail.ticksMs, log.partitions('feed'), clock.nowMs())
  if (!(await appendAll(log, appends, signal))) return outcome(context, 'stopped', 0)
  state.tail = movedTail(context, tail, plan)
  state.failures = 0
  state.skipToMs = null
  state.serverTimeMs = answer.serverTimeMs
  report.took(plan, Math.max(0, tail.recent.evicted - evictedBefore))
  if (plan.clockProblem !== null) {
    const { startMs, endMs, serverTimeMs } = answer
    const text = JSON.stringify({ startMs, endMs, serverTimeMs })
    await refuseWhole(context, { reason: 'clock', message: plan.clockProblem, text })
    return outcome(context, 'clock', options.pollEveryMs, plan.baskets.length)
  }
  state.lastBad = null
  if (plan.tickMs === null) return outcome(context, 'nothing-new', options.pollEveryMs, plan.baskets.length)
  const behind = answer.serverTimeMs - answer.endMs >= MINUTE_MS + options.pollEveryMs
  return outcome(context, 'sales', behind ? CATCH_UP_PAUSE_MS : options.pollEveryMs, plan.baskets.length)
}

/**
 * An answer too large to be taken is approached by halves of what is left: what lies before becomes a gap.
 */
function takeOutage(
  context: PollContext,
  { code, retryAfterMs }: Extract<FeedAnswer, { kind: 'outage' }>,
  askedMs: number | null,
): PollOutcome {
  if (code === 'too-large' && askedMs !== null) {
    context.state.skipToMs = floorTo((askedMs + context.clock.nowMs()) / 2, MINUTE_MS)
  }
  return failed(context, 'outage', code, retryAfterMs)
}

/** Takes what the feed said to the question for `askedMs`. Rejects with what the log rejects with. */
export async function takeAnswer(
  context: PollContext,
  feedAnswer: FeedAnswer,
  askedMs: number | null,
  signal: AbortSignal | undefined,
): Promise<PollOutcome> {
  const { state, options, report } = context
  if (signal?.aborted || state.tail === null) return outcome(context, 'stopped', 0)
  if (feedAnswer.kind === 'outage') return takeOutage(context, feedAnswer, askedMs)
  const answer = readAnswer(feedAnswer.text)
  if (answer.kind === 'sales') return takeSales(context, answer, state.tail, signal)
  if (answer.kind === 'bad') {
    const { reason, message } = answer
    await refuseWhole(context, { reason, message, text: feedAnswer.text })
    return failed(context, reason, reason, null)
  }
  state.failures = 0
  state.lastBad = null
  state.serverTimeMs = answer.serverTimeMs
  report.tooRecent()
  return outcome(context, 'too-recent', options.pollEveryMs)
}
