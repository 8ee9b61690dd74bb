// Tells the operator when the feed falls silent and when it is back, and of dead letters that stay.
import type { DeadLetter } from '../../schemas/records.ts'
import { DAY_MS, MINUTE_MS, SECOND_MS } from '../../schemas/time.ts'
import {
  type OperatorNews,
  operatorMessage,
  SILENT_AFTER_MS,
  utcText,
} from '../../sinks/alert-mailer/operator.ts'
import type { Clock, EventLog, History, Outbox, Telemetry } from '../ports.ts'
import { lookOften } from './look-often.ts'

const LOOK_EVERY_MS = 15 * SECOND_MS
/** A tick stands behind the sales of half a minute; catching up, of ten. */
const TAIL_RECORDS = 1_000
const MAX_TAIL_RECORDS = 16_000
/** Dead letters that nobody looked at for so long are told of, once a day. */
const DEAD_FOR_MS = 30 * MINUTE_MS
/** They carry their bytes: not every look reads them. */
const LOOK_AT_DEAD_EVERY_MS = 10 * MINUTE_MS
const MAX_DEAD_LETTERS = 200
/** Looked through for what was told before a restart. */
const MAX_MESSAGES = 500

const SILENCE = 'silence:'
const SILENCE_OVER = 'silence-over:'

export interface SilenceWatchParts {
  readonly log: Pick<EventLog, 'bounds' | 'read'>
  readonly outbox: Pick<Outbox, 'post' | 'messages'>
  readonly history: Pick<History, 'deadLetters'>
  readonly operatorEmail: string
  /** The time of the feed. */
  readonly clock: Clock
  /** The time of the machine. */
  readonly pace: Clock
  readonly telemetry: Telemetry
}

/** Up to where the feed has been read: the last tick of its first partition; null before there is one. */
export async function lastTickMs(log: SilenceWatchParts['log']): Promise<number | null> {
  const { start, end } = (await log.bounds('feed'))[0]!
  for (let tail = TAIL_RECORDS; ; tail *= 4) {
    const from = Math.max(start, end - tail)
    let last: number | null = null
    for (let at = from; at < end; ) {
      const { records } = await log.read('feed', 0, at, TAIL_RECORDS)
      if (records.length === 0) break
      for (const record of records) if (record.kind === 'tick') last = record.upToMs
      at += records.length
    }
    if (last !== null || from === start || tail > MAX_TAIL_RECORDS) return last
  }
}

function silent(sinceMs: number): OperatorNews {
  return {
    about: `${SILENCE}${sinceMs}`,
    subject: 'The feed is silent',
    lines: [
      `Nothing has been read from the feed that was sold after ${utcText(sinceMs)}.`,
      'Nothing is told as a drop meanwhile: silence is not zero. What cannot be read later becomes a gap.',
      'Next: bct status says whether the feed answers and whether poll runs.',
    ],
  }
}

function back(sinceMs: number, upToMs: number): OperatorNews {
  return {
    about: `${SILENCE_OVER}${sinceMs}`,
    subject: 'The feed is back',
    lines: [
      `It was silent from ${utcText(sinceMs)}, and has now been read up to ${utcText(upToMs)}.`,
      'What it no longer showed is a gap, drawn as such.',
    ],
  }
}

/** Null where there is nothing that has been there for half an hour, within the last day. */
export function deadLetterNews(letters: readonly DeadLetter[], nowMs: number): OperatorNews | null {
  const old = letters.filter(({ atMs }) => nowMs - atMs >= DEAD_FOR_MS && nowMs - atMs <= DAY_MS)
  if (old.length === 0) return null
  const counts = new Map<string, number>()
  for (const { stage, reason } of old) {
    const kind = `${stage}: ${reason}`
    counts.set(kind, (counts.get(kind) ?? 0) + 1)
  }
  const many = letters.length === MAX_DEAD_LETTERS ? 'at least ' : ''
  return {
    about: `dead-letters:${new Date(nowMs).toISOString().slice(0, 10)}`,
    subject: 'Some of what came could not be handled',
    lines: [
      `In the last 24 hours ${many}${old.length} dead letters were written:`,
      ...[...counts].map(([kind, count]) => `${kind}, ${count}`),
      'The rest goes on; these sales are missing until they are sent again.',
      'Next: bct dead-letters list shows each with its reason; resend and discard settle them.',
    ],
  }
}

export class SilenceWatch {
  readonly #parts: SilenceWatchParts
  #upToMs: number | null = null
  #movedAtMs = 0
  #lookedAtDeadMs = Number.NEGATIVE_INFINITY
  /** Since when the feed is silent, as the operator was told; null: it is not. `undefined`: not yet known. */
  #toldMs: number | null | undefined

  constructor(parts: SilenceWatchParts) {
    this.#parts = parts
  }

  /** One look. Rejects with an `OutageError` where log or store are away. */
  async look(): Promise<void> {
    const { log, clock } = this.#parts
    if (this.#toldMs === undefined) this.#toldMs = await this.#toldBefore()
    const upToMs = await lastTickMs(log)
    const nowMs = clock.nowMs()
    if (upToMs !== null) await this.#silence(upToMs, nowMs)
    if (nowMs - this.#lookedAtDeadMs < LOOK_AT_DEAD_EVERY_MS) return
    this.#lookedAtDeadMs = nowMs
    const news = deadLetterNews(await this.#parts.history.deadLetters(MAX_DEAD_LETTERS), nowMs)
    if (news !== null) await this.#post(news)
  }

  async #silence(upToMs: number, nowMs: number): Promise<void> {
    if (upToMs !== this.#upToMs) {
      this.#upToMs = upToMs
      this.#movedAtMs = nowMs
      if (this.#toldMs !== null && this.#toldMs !== undefined && upToMs > this.#toldMs) {
        await this.#post(back(this.#toldMs, upToMs))
        this.#toldMs = null
      }
      return
    }
    // Old alone is not silent: after a downtime the past is read in minutes.
    const quietMs = Math.min(nowMs - upToMs, nowMs - this.#movedAtMs)
    if (quietMs < SILENT_AFTER_MS || this.#toldMs === upToMs) return
    await this.#post(silent(upToMs))
    this.#toldMs = upToMs
  }

  /** Of a silence that an earlier process told, and of whose end nobody has told yet. */
  async #toldBefore(): Promise<number | null> {
    const keys = (await this.#parts.outbox.messages(MAX_MESSAGES)).map(message => message.dedupeKey)
    const told = (about: string): number[] =>
      keys.flatMap(key => (key.startsWith(`operator:${about}`) ? [Number(key.split(':').at(-1))] : []))
    const last = Math.max(...told(SILENCE), Number.NEGATIVE_INFINITY)
    return Number.isFinite(last) && !told(SILENCE_OVER).includes(last) ? last : null
  }

  async #post(news: OperatorNews): Promise<void> {
    const { operatorEmail, outbox, pace } = this.#parts
    const message = operatorMessage(operatorEmail, news, pace.nowMs())
    if (message !== null) await outbox.post([message])
  }
}

/** Looks until the signal aborts. */
export function watchSilence(parts: SilenceWatchParts, stop: AbortSignal): Promise<void> {
  const watch = new SilenceWatch(parts)
  const { clock, telemetry } = parts
  return lookOften({ look: () => watch.look(), everyMs: LOOK_EVERY_MS, clock, telemetry }, stop)
}
