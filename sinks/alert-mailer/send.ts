// Sends what is due: hands each message over, and writes down at once what became of it.
import { type MailResult, OutageError, type PostedMessage, SetupError } from '../../infra/ports.ts'
import { type Patience, throughOutages } from '../../infra/runtime/through-outages.ts'
import { type Channel, type Subscriber, WEBHOOK_SUBSCRIBER } from '../../schemas/subscriptions.ts'
import { MINUTE_MS } from '../../schemas/time.ts'
import { GIVE_UP_AFTER_MS, retryInMs, unwanted } from './core/delivery.ts'
import { operatorMessage } from './operator.ts'
import type { AlertMailerParts } from './parts.ts'

/** Few at a time: a mail server that gets many connections at once takes us for a spammer. */
export const SENT_AT_ONCE = 2
/** Longer than any sending, which an adapter ends after two minutes: nobody else takes it meanwhile. */
export const HOLD_MS = 5 * MINUTE_MS
/** A process that was asleep for longer lets go of what it took: somebody else may be about to send it. */
const BEGIN_WITHIN_MS = 2 * MINUTE_MS
/** Of what a server said, enough to know why. */
const MAX_ERROR_CHARS = 500

type Result = 'sent' | 'postponed' | 'failed' | 'bounced' | 'dropped'

function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.slice(0, MAX_ERROR_CHARS)
}

class Sending {
  readonly #parts: AlertMailerParts
  readonly #message: PostedMessage
  readonly #patience: Patience
  readonly #takenAtMs: number

  constructor(parts: AlertMailerParts, message: PostedMessage, signal: AbortSignal) {
    this.#parts = parts
    this.#message = message
    this.#takenAtMs = parts.pace.nowMs()
    const { pace: clock, telemetry } = parts
    this.#patience = { clock, telemetry, what: 'store', signal }
  }

  /** Between the server's answer and this write a death makes a repeat: nothing else happens in between. */
  async #settle(result: Result, write: () => Promise<void>): Promise<Result> {
    await throughOutages(this.#patience, write)
    this.#parts.telemetry.mailSettled({ kind: this.#message.content.kind, result })
    return result
  }

  async go(): Promise<Result> {
    const { outbox, pace } = this.#parts
    const { id } = this.#message
    const subscriber = await throughOutages(this.#patience, () => this.#subscriber())
    const why = this.#unwanted(subscriber)
    if (why !== null) {
      return this.#settle('dropped', () => outbox.giveUp(id, 'dropped', why, pace.nowMs()))
    }
    if (pace.nowMs() - this.#takenAtMs > BEGIN_WITHIN_MS) return 'postponed'
    let result: MailResult
    try {
      result = await this.#handOver(subscriber)
    } catch (error) {
      return this.#troubled(error)
    }
    if (result.kind === 'accepted') return this.#settle('sent', () => outbox.sent(id, pace.nowMs()))
    if (result.what === 'address' && subscriber !== null) {
      await this.#settle('bounced', () => outbox.giveUp(id, 'failed', result.answer, pace.nowMs()))
      await throughOutages(this.#patience, () => this.#parts.subscribers.bounced(subscriber.id, pace.nowMs()))
      return 'bounced'
    }
    return this.#fail(result.answer)
  }

  async #subscriber(): Promise<Subscriber | null> {
    const { subscriberId } = this.#message
    if (subscriberId === null || subscriberId === WEBHOOK_SUBSCRIBER) return null
    return this.#parts.subscribers.find(subscriberId)
  }

  #unwanted(subscriber: Subscriber | null): string | null {
    const { channel } = this.#message
    if (channel === 'webhook') return this.#parts.webhook === null ? 'no webhook is configured' : null
    return unwanted(this.#message, subscriber, this.#parts.pace.nowMs())
  }

  async #handOver(subscriber: Subscriber | null): Promise<MailResult> {
    const { mailer, webhook, writing, pace } = this.#parts
    const { signal } = this.#patience
    const { id, channel } = this.#message
    // The time of this try: receivers take no signature that is minutes old.
    if (channel === 'webhook') return webhook!.post(id, pace.nowMs(), writing.post(this.#message), signal)
    return mailer.send(await writing.letter(this.#message, subscriber), signal)
  }

  /** Later, where it may go better; what cannot be written or sent at all must not stop the others. */
  async #troubled(error: unknown): Promise<Result> {
    const { outbox, pace, telemetry, random } = this.#parts
    const { id, attempts, postedAtMs, channel } = this.#message
    const isPassing = error instanceof OutageError || error instanceof SetupError
    if (!isPassing && !this.#patience.signal.aborted) {
      telemetry.warn('a message could not be sent, and will not be tried again', {
        id,
        error: reasonOf(error),
      })
      return this.#fail(reasonOf(error))
    }
    const nowMs = pace.nowMs()
    if (nowMs - postedAtMs > GIVE_UP_AFTER_MS) return this.#fail(reasonOf(error))
    const waitMs = retryInMs(attempts, error instanceof OutageError ? error.retryAfterMs : null, random())
    const code = error instanceof OutageError ? error.code : 'refused'
    telemetry.outage({ what: channel, code, retryInMs: waitMs })
    return this.#settle('postponed', () => outbox.postpone(id, nowMs + waitMs, reasonOf(error)))
  }

  async #fail(error: string): Promise<Result> {
    const { outbox, pace, operatorEmail } = this.#parts
    const { id, content } = this.#message
    const nowMs = pace.nowMs()
    const day = new Date(nowMs).toISOString().slice(0, 10)
    const news = {
      about: `mail-failed:${day}`,
      subject: 'A message could not be delivered',
      lines: [
        `The ${content.kind} message ${id} was given up: ${error}`,
        'It is not tried again by itself. Further ones of this day are not told one by one.',
        'Next: bct status shows how many failed.',
      ],
    }
    // News of a failure that fails itself would go on for ever.
    const message = content.kind === 'operator' ? null : operatorMessage(operatorEmail, news, nowMs)
    return this.#settle('failed', async () => {
      if (message !== null) await outbox.post([message])
      await outbox.giveUp(id, 'failed', error, nowMs)
    })
  }
}

/** Takes a few messages that are due and sends them side by side; how many were taken, and were put off. */
export async function sendOnce(
  parts: AlertMailerParts,
  channel: Channel,
  signal: AbortSignal,
): Promise<{ readonly taken: number; readonly postponed: number }> {
  const messages = await parts.outbox.claim(channel, parts.pace.nowMs(), HOLD_MS, SENT_AT_ONCE)
  const results = await Promise.all(messages.map(message => new Sending(parts, message, signal).go()))
  return { taken: messages.length, postponed: results.filter(result => result === 'postponed').length }
}
