// The alert-mailer stage: decides who hears of an alert, puts notices together, and sends what is due.
import { type ConsumeOptions, OutageError } from '../../infra/ports.ts'
import { outageRetryMs } from '../../infra/runtime/through-outages.ts'
import type { Channel } from '../../schemas/subscriptions.ts'
import { MINUTE_MS, SECOND_MS } from '../../schemas/time.ts'
import { composeOnce } from './compose.ts'
import { createDecider } from './decide.ts'
import type { AlertMailerParts } from './parts.ts'
import { sendOnce } from './send.ts'

const COMPOSE_EVERY_MS = 5 * SECOND_MS
/** Looking takes at most one part in so many of the time, however many notices wait for their digest. */
const COMPOSE_SHARE = 20
const SEND_EVERY_MS = 2 * SECOND_MS
/** A mail server that puts off what it is given is asked less and less often; a busy composer rests. */
const LONGEST_PAUSE_MS = MINUTE_MS
/** What is on its way when the process is to stop may still arrive; then it is broken off. */
const STOP_GRACE_MS = 8 * SECOND_MS

export interface AlertMailer {
  /** For `log.consume` of `alerts`. */
  readonly onAssigned: ConsumeOptions<'alerts'>['onAssigned']
  /**
   * Composes and sends until `stop` aborts, and what is being sent then has a few seconds. Any number of
   * processes may do so at once.
   */
  run(): Promise<void>
}

/** Does `work` again and again until the signal aborts; it says how long to wait. Outages are waited out. */
async function repeat(
  { pace, telemetry }: AlertMailerParts,
  stop: AbortSignal,
  work: () => Promise<number>,
): Promise<void> {
  let failures = 0
  while (!stop.aborted) {
    let waitMs: number
    try {
      waitMs = await work()
      failures = 0
    } catch (error) {
      if (!(error instanceof OutageError)) throw error
      waitMs = outageRetryMs(failures++, error)
      telemetry.outage({ what: 'store', code: error.code, retryInMs: waitMs })
    }
    await pace.sleep(waitMs, stop)
  }
}

export function createAlertMailer(parts: AlertMailerParts, stop: AbortSignal): AlertMailer {
  const { pace } = parts

  const compose = async (): Promise<number> => {
    const startedMs = pace.nowMs()
    await composeOnce(parts, stop)
    // A clock that is set meanwhile is no reason to wait for days.
    return Math.min(LONGEST_PAUSE_MS, Math.max(COMPOSE_EVERY_MS, (pace.nowMs() - startedMs) * COMPOSE_SHARE))
  }

  /** Ends some seconds after `stop`, or with the last thing that was on its way. */
  function sending(channel: Channel, brokenOff: AbortSignal): Promise<void> {
    let troubled = 0
    return repeat(parts, stop, async () => {
      const { taken, postponed } = await sendOnce(parts, channel, brokenOff)
      if (taken === 0) return SEND_EVERY_MS
      troubled = postponed === taken ? troubled + 1 : 0
      return troubled === 0 ? 0 : Math.min(LONGEST_PAUSE_MS, SEND_EVERY_MS * 2 ** Math.min(troubled, 10))
    })
  }

  async function run(): Promise<void> {
    const [grace, breakOff] = [new AbortController(), new AbortController()]
    const startGrace = (): void => {
      void pace.sleep(STOP_GRACE_MS, grace.signal).then(() => breakOff.abort())
    }
    if (stop.aborted) return
    stop.addEventListener('abort', startGrace, { once: true })
    try {
      await Promise.all([
        repeat(parts, stop, compose),
        sending('mail', breakOff.signal),
        sending('webhook', breakOff.signal),
      ])
    } finally {
      grace.abort()
      stop.removeEventListener('abort', startGrace)
    }
  }

  return { onAssigned: createDecider(parts, stop), run }
}
