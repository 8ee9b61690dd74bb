// Watches whether mail gets out: told in the log and to the operator when too much of it does not.
import { MINUTE_MS } from '../../schemas/time.ts'
import {
  FAILURES_WITHIN_MS,
  type MailHealth,
  mailHealth,
  OVERDUE_AFTER_MS,
} from '../../sinks/alert-mailer/core/health.ts'
import { operatorMessage } from '../../sinks/alert-mailer/operator.ts'
import type { Clock, Outbox, Telemetry } from '../ports.ts'
import { lookOften } from './look-often.ts'

const LOOK_EVERY_MS = MINUTE_MS

export interface MailWatchParts {
  readonly outbox: Pick<Outbox, 'post' | 'failures'>
  readonly operatorEmail: string | null
  /** The time of the machine. */
  readonly pace: Clock
  readonly telemetry: Telemetry
}

/** As it is now. */
export async function readHealth(outbox: Pick<Outbox, 'failures'>, nowMs: number): Promise<MailHealth> {
  return mailHealth(await outbox.failures(nowMs - FAILURES_WITHIN_MS, nowMs - OVERDUE_AFTER_MS))
}

/** `of 60 letters in 24 hours 4 failed and 2 are overdue`. */
export function healthText({ sent, failed, overdue }: MailHealth): string {
  const total = (sent + failed + overdue).toLocaleString('en')
  return `of ${total} letters in 24 hours ${failed} failed and ${overdue} are overdue`
}

export class MailWatch {
  readonly #parts: MailWatchParts
  #isTold = false

  constructor(parts: MailWatchParts) {
    this.#parts = parts
  }

  /** One look. Rejects with an `OutageError` where the store is away. */
  async look(): Promise<void> {
    const { outbox, pace, telemetry, operatorEmail } = this.#parts
    const nowMs = pace.nowMs()
    const health = await readHealth(outbox, nowMs)
    telemetry.mailHealth({ share: health.share, overdue: health.overdue })
    if (!health.isFailing) {
      if (this.#isTold) telemetry.info('mail gets out again')
      this.#isTold = false
      return
    }
    if (this.#isTold) return
    // The log hears of it in any case: mail is what fails.
    telemetry.warn(`mail fails: ${healthText(health)}`)
    const day = new Date(nowMs).toISOString().slice(0, 10)
    const news = {
      about: `mail-failing:${day}`,
      subject: 'Mail does not get out',
      lines: [
        `Mail fails: ${healthText(health)}. Letters that ask to confirm an address are not counted.`,
        'What is overdue is tried again for three days; what failed is not, unless somebody asks for it.',
        'Next: bct status, and the answers of the mail server in its own log and in that of the tracker.',
      ],
    }
    const message = operatorMessage(operatorEmail, news, nowMs)
    if (message !== null) await outbox.post([message])
    this.#isTold = true
  }
}

/** Looks until the signal aborts. */
export function watchMail(parts: MailWatchParts, stop: AbortSignal): Promise<void> {
  const watch = new MailWatch(parts)
  const { pace, telemetry } = parts
  return lookOften({ look: () => watch.look(), everyMs: LOOK_EVERY_MS, clock: pace, telemetry }, stop)
}
