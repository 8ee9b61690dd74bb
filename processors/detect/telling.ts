// What is told of an alert: its records, one for each thing that a reader should hear of it.
import type { Alert, AlertChange, AlertEnding, AlertSize } from '../../schemas/alerts.ts'
import { MINUTE_MS } from '../../schemas/time.ts'
import type { KeyTable } from '../aggregate/key-table.ts'
import { describe, type ItemTextsOf, sizeOf } from './describe.ts'
import type { Books } from './explain.ts'
import { type Counted, Finding } from './finding.ts'
import { bookOf } from './looks.ts'
import { alertId, HIGHER, type OpenAlert, type Told } from './open-alert.ts'
import { CLOSE_SHARE, DAY_MINUTES, WINDOW_MINUTES } from './tuning.ts'

export interface TellingParts {
  readonly books: Books
  readonly keys: KeyTable
  readonly textsOf: ItemTextsOf
  /** What was told up to here is not told again. */
  readonly quietUpToMs: number
}

type Head = Pick<OpenAlert, 'keyId' | 'place' | 'kind' | 'threshold' | 'severity' | 'openedMinute'>

export class Telling {
  readonly #parts: TellingParts
  readonly #emit: (alert: Alert) => void

  constructor(parts: TellingParts, emit: (alert: Alert) => void) {
    this.#parts = parts
    this.#emit = emit
  }

  open(head: Head, found: Finding): OpenAlert {
    const { market } = this.#parts.books
    const id = alertId(this.#parts.keys.key(head.keyId), head.kind, this.#atMs)
    const peakScore = found.score
    const described = this.#describe({ ...head, id, peakScore }, found)
    const last = { ...described, peak: peakOf(described) }
    const told = this.#told(found)
    const hot = { hotMinute: market.minute, hotWindow: head.kind === 'emerging' ? 0 : found.window }
    this.#say(last)
    return { ...head, id, peakScore, told, ...hot, height: described, heightTold: told, last }
  }

  /** Describes it anew where it is higher than it was. */
  keepHeight(alert: OpenAlert, finding: Finding): void {
    if (finding.score < alert.heightTold.score * HIGHER) return
    alert.height = this.#describe(alert, finding)
    alert.heightTold = this.#told(finding)
  }

  /** As it is now: the window that surprises most, or where none does, the one that was told of. */
  update(alert: OpenAlert, finding: Finding, now: Counted, change: AlertChange): void {
    let shown = finding
    if (change === 'size' && finding.score < alert.threshold * CLOSE_SHARE) {
      shown = new Finding()
      shown.set(alert.told.window, now.n, now.mu, now.r, finding.score)
    }
    const record = this.#describe(alert, shown)
    alert.told = this.#told(shown)
    if (shown.score >= alert.heightTold.score) {
      alert.height = record
      alert.heightTold = alert.told
    }
    const revision = alert.last.revision + 1
    alert.last = { ...record, revision, state: 'updated', change, peak: peakOf(alert.height) }
    this.#say(alert.last)
  }

  /** With the numbers of its height, and those of its end beside them. */
  close(alert: OpenAlert, reason: AlertEnding, window: number, last: Counted | null): void {
    const { severity, height } = alert
    const endMinute = this.#parts.books.market.minute + 1
    const end = last === null ? {} : { end: { reason, ...sizeOf(last, minutesOf(alert, window), endMinute) } }
    this.#say({
      ...height,
      severity,
      revision: alert.last.revision + 1,
      state: 'closed',
      atMs: this.#atMs,
      closedAtMs: this.#atMs,
      peakScore: Math.round(alert.peakScore * 1_000) / 1_000,
      peak: peakOf(height),
      ...end,
    })
  }

  get #atMs(): number {
    return (this.#parts.books.market.minute + 1) * MINUTE_MS
  }

  #told({ window, n, mu, r, score }: Finding): Told {
    return { window, n, mu, r, score, minute: this.#parts.books.market.minute }
  }

  #describe(head: Head & Pick<OpenAlert, 'id' | 'peakScore'>, found: Finding): Alert {
    const { books, keys, textsOf } = this.#parts
    const book = head.place < 0 ? null : bookOf(books, head)
    const share = book === null ? 1 : book.share(head.place)
    const firstSeenMinute = book === null ? books.market.firstMinute : book.firstSeenOf(head.place)
    const windowMinutes = minutesOf(head, found.window)
    return describe(head, found, { books, keys, textsOf, share, firstSeenMinute, windowMinutes })
  }

  #say(alert: Alert): void {
    if (alert.atMs > this.#parts.quietUpToMs) this.#emit(alert)
  }
}

/** Windows of what emerges are counted in half days. */
export function minutesOf({ kind }: Pick<OpenAlert, 'kind'>, window: number): number {
  return kind === 'emerging' ? (window * DAY_MINUTES) / 2 : WINDOW_MINUTES[window]!
}

function peakOf({ windowMs, windowEndMs, purchases, expected, expectedLow, expectedHigh }: Alert): AlertSize {
  return { windowMs, windowEndMs, purchases, expected, expectedLow, expectedHigh }
}
