// What the poller tells: counts of each answer, and whether the feed has fallen silent.
import type { Clock, Telemetry } from '../infra/ports.ts'
import { MINUTE_MS } from '../schemas/time.ts'
import type { PollPlan } from './core/poll-plan.ts'
import { STAGE } from './poll-entries.ts'

/** The feed brings a minute every minute; after three without, a person should know. */
export const SILENT_AFTER_MS = 3 * MINUTE_MS

export interface PollReport {
  took(plan: PollPlan, evicted: number): void
  tooRecent(): void
}

export function createPollReport(telemetry: Telemetry, clock: Clock): PollReport {
  let newestAtMs = clock.nowMs()
  let silent = false

  function moved(): void {
    newestAtMs = clock.nowMs()
    if (silent) telemetry.info('the feed speaks again')
    silent = false
  }

  function stood(): void {
    const sinceMs = clock.nowMs() - newestAtMs
    if (silent || sinceMs <= SILENT_AFTER_MS) return
    silent = true
    telemetry.warn('the feed is silent: it answers, but brings no new minute', { sinceMs })
  }

  function resultOf(plan: PollPlan): string {
    if (plan.clockProblem !== null) return 'clock'
    return plan.tickMs === null ? 'nothing-new' : 'sales'
  }

  return {
    took(plan, evicted) {
      const { items, duplicates, late, outside, gap, tickMs } = plan
      const events = plan.baskets.length
      telemetry.pollAnswered({ result: resultOf(plan), events, items, duplicates })
      const counted = [
        ['late', late],
        ['outside', outside],
        ['evicted', evicted],
      ] as const
      for (const [what, count] of counted) if (count > 0) telemetry.counted({ stage: STAGE, what, count })
      for (const { reason, message } of plan.refused) {
        telemetry.deadLettered({ stage: STAGE, reason, message })
      }
      if (gap !== null) telemetry.feedGap({ ...gap, reason: 'feed-skipped' })
      if (tickMs === null) return stood()
      telemetry.watermark({ stage: STAGE, upToMs: tickMs })
      moved()
    },
    tooRecent() {
      telemetry.pollAnswered({ result: 'too-recent', events: 0, items: 0, duplicates: 0 })
      stood()
    },
  }
}
