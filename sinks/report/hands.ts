// The reports of a zone in the hands of one process: what it writes counts only while nobody else took them.
import type { ReportRun, ReportVersion } from '../../infra/ports.ts'
import type { ReportParts } from './parts.ts'

/**
 * Longer than any step between two writes: collecting, printing and archiving have their own time limits. Who
 * is killed keeps others waiting no longer than this.
 */
export const HOLD_MS = 180_000

/** Somebody else has taken the reports over: whatever this process meant to do, it is theirs now. */
export class TakenOverError extends Error {}

export class Hands {
  readonly #parts: Pick<ReportParts, 'runs' | 'holder' | 'pace' | 'schedule'>

  constructor(parts: Pick<ReportParts, 'runs' | 'holder' | 'pace' | 'schedule'>) {
    this.#parts = parts
  }

  /** False: somebody else works on the reports now. What was read before does not count any more. */
  async take(): Promise<boolean> {
    const { runs, holder, pace, schedule } = this.#parts
    const nowMs = pace.nowMs()
    return runs.take(schedule.zone, holder, nowMs, nowMs + HOLD_MS)
  }

  /** Before each step: that it has its whole time. */
  async keep(): Promise<void> {
    await this.write([])
  }

  async leave(): Promise<void> {
    await this.#parts.runs.leave(this.#parts.schedule.zone, this.#parts.holder)
  }

  /** The runs as they stand then. Throws `TakenOverError`, with nothing written, where they are another's. */
  async write(runs: readonly ReportRun[], version?: ReportVersion): Promise<readonly ReportRun[]> {
    const { runs: book, holder, pace, schedule } = this.#parts
    const nowMs = pace.nowMs()
    const changed = runs.map(run => ({ ...run, changedAtMs: nowMs }))
    const change = { runs: changed, untilMs: nowMs + HOLD_MS, ...(version === undefined ? {} : { version }) }
    const isOurs = await book.write(schedule.zone, holder, change)
    if (!isOurs) throw new TakenOverError(`somebody else has taken over the reports of ${schedule.zone}`)
    return changed
  }
}
