// The report stage: looks what is due, brings each day as far as it comes, and mails what is new, all in one.
import { OutageError, type ReportRun, SetupError } from '../../infra/ports.ts'
import { SECOND_MS } from '../../schemas/time.ts'
import { addDays } from './core/day.ts'
import {
  CATCH_UP_DAYS,
  dueAtMs,
  dueDays,
  newestDueDay,
  nextStep,
  retryInMs,
  type Situation,
  WAIT_AT_MOST_MS,
} from './core/schedule.ts'
import { beginMailing, postMailing } from './deliver.ts'
import { Hands, TakenOverError } from './hands.ts'
import { archiveDay, collectDay } from './make.ts'
import { tellOperator } from './operator.ts'
import type { ReportParts } from './parts.ts'

const LOOK_EVERY_MS = 15 * SECOND_MS
/** An outage is told when it has lasted; what a person must repair is told at once. */
const TOLD_AT_FAILURES = 3
const MAX_REASON_CHARS = 300

export interface Round {
  /** Days that it settled, with how. */
  readonly settled: readonly ReportRun[]
  /** Days that wait for their windows, for a pause after a failure, or for another process. */
  readonly waiting: readonly string[]
}

export const newRun = (day: string, zone: string): ReportRun => ({
  day,
  zone,
  state: 'due',
  reason: null,
  attempts: 0,
  retryAtMs: 0,
  version: 0,
  mailing: 0,
  mailDay: null,
  changedAtMs: 0,
})

async function situationOf({ history, clock, pace, allowedLatenessMs }: ReportParts): Promise<Situation> {
  const extent = await history.extent()
  return { ...extent, nowMs: clock.nowMs(), paceMs: pace.nowMs(), allowedLatenessMs }
}

/** The runs of the days that are made by themselves, and of those that are named in their mails. */
function recentRuns({ runs, schedule, clock }: ReportParts): Promise<readonly ReportRun[]> {
  const newest = newestDueDay(clock.nowMs(), schedule)
  return runs.runs(schedule.zone, addDays(newest, 1 - CATCH_UP_DAYS), newest)
}

/** One look at what is due, and all that can be done now. `OutageError` where the store is away. */
export async function reportRound(parts: ReportParts, stop: AbortSignal): Promise<Round> {
  const { schedule } = parts
  const situation = await situationOf(parts)
  const days = dueDays(situation, schedule, await recentRuns(parts))
  if (days.length === 0) return { settled: [], waiting: [] }
  const hands = new Hands(parts)
  if (!(await hands.take())) return { settled: [], waiting: days }
  try {
    return await new Rounds(parts, hands, situation, stop).go()
  } catch (error) {
    if (error instanceof TakenOverError) return { settled: [], waiting: days }
    throw error
  } finally {
    // A store that is gone has nothing left to leave: the hold ends by itself.
    await hands.leave().catch(() => undefined)
  }
}

class Rounds {
  readonly #parts: ReportParts
  readonly #hands: Hands
  readonly #situation: Situation
  readonly #stop: AbortSignal
  readonly #settled: ReportRun[] = []
  readonly #waiting: string[] = []

  constructor(parts: ReportParts, hands: Hands, situation: Situation, stop: AbortSignal) {
    this.#parts = parts
    this.#hands = hands
    this.#situation = situation
    this.#stop = stop
  }

  /** What was read before the reports were in our hands does not count any more. */
  async go(): Promise<Round> {
    const { schedule } = this.#parts
    const runs = new Map((await recentRuns(this.#parts)).map(run => [run.day, run]))
    const days = dueDays(this.#situation, schedule, [...runs.values()])
    for (const day of days) {
      if (this.#stop.aborted) break
      runs.set(day, await this.#bring(day, runs.get(day) ?? newRun(day, schedule.zone)))
    }
    if (!this.#stop.aborted) await this.#mail(runs)
    return { settled: this.#settled, waiting: this.#waiting }
  }

  /** As far as the archive. */
  async #bring(day: string, from: ReportRun): Promise<ReportRun> {
    let run = from
    for (;;) {
      const step = nextStep(day, run, this.#parts.schedule, this.#situation)
      if (step.kind === 'wait') {
        this.#waiting.push(day)
        return run
      }
      if (step.kind === 'give-up') return this.#giveUp(run)
      if (step.kind !== 'collect' && step.kind !== 'archive') return run
      const next = await this.#attempt([run], async () =>
        step.kind === 'collect'
          ? [await collectDay(this.#parts, this.#hands, run)]
          : [await archiveDay(this.#parts, this.#hands, run)],
      )
      run = next[0]!
    }
  }

  /** One mail for all that were made: for a while it waits for those that are not, then it goes without. */
  async #mail(runs: Map<string, ReportRun>): Promise<void> {
    const of = (kind: 'mail' | 'post') =>
      [...runs.values()]
        .filter(run => nextStep(run.day, run, this.#parts.schedule, this.#situation).kind === kind)
        .sort((a, b) => (a.day < b.day ? -1 : 1))
    const { nowMs } = this.#situation
    const { schedule } = this.#parts
    const isEarly = nowMs < dueAtMs(newestDueDay(nowMs, schedule), schedule) + WAIT_AT_MOST_MS
    const archived = isEarly && this.#waiting.length > 0 ? [] : of('mail')
    if (archived.length > 0) {
      const begun = await this.#attempt(archived, () => beginMailing(this.#parts, this.#hands, archived))
      for (const run of begun) runs.set(run.day, run)
      this.#settled.push(...begun.filter(({ state }) => state === 'skipped' || state === 'sent'))
    }
    for (const lead of of('post').filter(run => run.mailDay === run.day)) {
      const all = [...runs.values()].sort((a, b) => (a.day < b.day ? -1 : 1))
      const posted = await this.#attempt([lead], () => postMailing(this.#parts, this.#hands, lead, all))
      for (const run of posted) runs.set(run.day, run)
      this.#settled.push(...posted.filter(({ state }) => state === 'sent'))
    }
  }

  /** What goes wrong is written down, tried again later, and told to the operator: others go on. */
  async #attempt(
    runs: readonly ReportRun[],
    work: () => Promise<readonly ReportRun[]>,
  ): Promise<readonly ReportRun[]> {
    try {
      return await work()
    } catch (error) {
      if (error instanceof TakenOverError) throw error
      const { pace } = this.#parts
      const reason = (error instanceof Error ? error.message : String(error)).slice(0, MAX_REASON_CHARS)
      const now = await recentRuns(this.#parts)
      const failed = runs.map((run): ReportRun => {
        const stands = now.find(({ day }) => day === run.day) ?? run
        const attempts = stands.attempts + 1
        return { ...stands, attempts, reason, retryAtMs: pace.nowMs() + retryInMs(attempts) }
      })
      const written = await this.#hands.write(failed)
      this.#waiting.push(...written.map(run => run.day))
      const isPassing = error instanceof OutageError
      const isTold = (run: ReportRun) => run.attempts === (isPassing ? TOLD_AT_FAILURES : 1)
      for (const run of written.filter(isTold)) await this.#tellOfFailure(run, error)
      return written
    }
  }

  async #tellOfFailure({ day, zone, reason }: ReportRun, error: unknown): Promise<void> {
    const fix = error instanceof SetupError ? `${error.fix}; then ` : ''
    await tellOperator(this.#parts, {
      about: `report-failed:${zone}:${day}`,
      subject: `The report of ${day} is held up`,
      lines: [
        `Of ${day} (${zone}): ${reason}`,
        'It is tried again by itself, for a day and a half; nobody who subscribed has heard of it.',
        `Next: ${fix}bct report run --date ${day}`,
      ],
    })
  }

  async #giveUp(run: ReportRun): Promise<ReportRun> {
    const [failed] = await this.#hands.write([{ ...run, state: 'failed' }])
    await tellOperator(this.#parts, {
      about: `report-given-up:${run.zone}:${run.day}`,
      subject: `The report of ${run.day} was given up`,
      lines: [
        `Of ${run.day} (${run.zone}): ${run.reason ?? 'it failed again and again'}`,
        'Nobody who subscribed has heard of it, and it is not tried again by itself.',
        `Next: bct report run --date ${run.day} --mail`,
      ],
    })
    this.#settled.push(failed!)
    return failed!
  }
}

/** Looks again and again until `stop` aborts. Any number of processes may do so at once. */
export async function runReports(parts: ReportParts, stop: AbortSignal): Promise<void> {
  const { pace, telemetry } = parts
  let isFirst = true
  while (!stop.aborted) {
    try {
      if (isFirst) tellSettled(parts, await recentRuns(parts), false)
      isFirst = false
      const { settled } = await reportRound(parts, stop)
      tellSettled(parts, settled, true)
    } catch (error) {
      if (!(error instanceof OutageError)) throw error
      telemetry.outage({ what: 'report', code: error.code, retryInMs: LOOK_EVERY_MS })
    }
    await pace.sleep(LOOK_EVERY_MS, stop)
  }
}

function tellSettled({ telemetry }: ReportParts, runs: readonly ReportRun[], isNews: boolean): void {
  const sent = runs.filter(run => run.state === 'sent').map(run => run.changedAtMs)
  const lastSuccessMs = sent.length === 0 ? null : Math.max(...sent)
  const missed = isNews ? runs.filter(run => run.state === 'failed' || run.state === 'skipped').length : 0
  telemetry.reportsSettled({ lastSuccessMs, missed })
  if (!isNews) return
  for (const { day, state, reason } of runs) telemetry.info(`report ${state}`, { day, reason })
}
