// The lives of alerts: one at a time for a key and kind, told when it opens, grows and closes, then quiet.
import type { Alert, AlertKind } from '../../schemas/alerts.ts'
import { MINUTE_MS } from '../../schemas/time.ts'
import type { KeyTable } from '../aggregate/key-table.ts'
import type { DenseBook } from './dense.ts'
import { describe, type ItemTextsOf } from './describe.ts'
import { type EmergingFinding, growthScore } from './emerging.ts'
import type { Books } from './explain.ts'
import { Finding } from './finding.ts'
import { alertId, look, type OpenAlert, severityOf } from './open-alert.ts'
import type { SparseBook } from './sparse.ts'
import {
  CLOSE_SHARE,
  DAY_MINUTES,
  GENRE,
  HOUR_MINUTES,
  QUIET_EMERGING_MINUTES,
  QUIET_MINUTES,
  UNLEARNT_DAYS,
  WINDOW_MINUTES,
} from './tuning.ts'

/** A rise of a key that is known to be emerging is news only where it is this much more than a threshold. */
const RISE_WHILE_EMERGING = 1.6
/** Before, a surprise says as much of what was learnt as of the key: everything is learnt in full. */
const TRUSTED_AFTER_DAYS = 8
const KINDS: readonly AlertKind[] = ['rise', 'drop', 'emerging', 'market-rise', 'market-drop', 'feed-silent']

export interface LifecycleParts {
  readonly books: Books
  readonly keys: KeyTable
  readonly textsOf: ItemTextsOf
  readonly quietUpToMs: number
}

export class Lifecycle {
  readonly #parts: LifecycleParts
  readonly #emit: (alert: Alert) => void
  readonly #open = new Map<number, OpenAlert>()
  readonly #quietUntil = new Map<number, number>()
  readonly #found = new Finding()

  constructor(parts: LifecycleParts, emit: (alert: Alert) => void) {
    this.#parts = parts
    this.#emit = emit
  }

  get openAlerts(): number {
    return this.#open.size
  }

  isOpen(keyId: number, kind: AlertKind): boolean {
    return this.#open.has(markOf(keyId, kind))
  }

  /** True where something open or quiet speaks of the key: it must not be forgotten. */
  holds(keyId: number): boolean {
    return KINDS.some(
      kind => this.#open.has(markOf(keyId, kind)) || this.#quietUntil.has(markOf(keyId, kind)),
    )
  }

  mayOpen(keyId: number, minute: number, thresholds: number): boolean {
    for (const each of ['rise', 'drop'] as const) {
      const mark = markOf(keyId, each)
      if (this.#open.has(mark) || (this.#quietUntil.get(mark) ?? 0) > minute) return false
    }
    return !(this.#open.has(markOf(keyId, 'emerging')) && thresholds < RISE_WHILE_EMERGING)
  }

  open(
    book: DenseBook | SparseBook,
    place: number,
    kind: 'rise' | 'drop',
    finding: Finding,
    threshold: number,
  ) {
    if (this.#parts.books.market.days > TRUSTED_AFTER_DAYS) this.#damp(book, place, finding)
    this.#start(book.keyIdOf(place), place, kind, finding, threshold)
  }

  /** What is bought from the beginning of the window on is not how it usually is. */
  #damp(book: DenseBook | SparseBook, place: number, finding: Finding): void {
    const { minute } = this.#parts.books.market
    book.damping.begin(
      place,
      minute + 1 - WINDOW_MINUTES[finding.window]!,
      minute + UNLEARNT_DAYS * DAY_MINUTES,
    )
  }

  mayOpenEmerging(keyId: number): boolean {
    return this.#mayOpen(markOf(keyId, 'emerging'))
  }

  openEmerging(keyId: number, place: number, { finding, threshold, windowMinutes }: EmergingFinding): void {
    this.#start(keyId, place, 'emerging', finding, threshold, windowMinutes)
  }

  /** An alert of the market or the feed. */
  openWhole(keyId: number, kind: AlertKind, finding: Finding, threshold: number): void {
    if (this.#mayOpen(markOf(keyId, kind))) this.#start(keyId, -1, kind, finding, threshold)
  }

  closeWhole(keyId: number, kind: AlertKind): void {
    const alert = this.#open.get(markOf(keyId, kind))
    if (alert !== undefined) this.#close(alert)
  }

  /** Looks at every open alert, every `minutes`. */
  look(isBlind: boolean, minutes: number): void {
    const { minute } = this.#parts.books.market
    for (const alert of this.#open.values()) {
      if (alert.place < 0) continue
      if (alert.kind === 'emerging') {
        if ((minute + 1) % HOUR_MINUTES === 0) this.#lookEmerging(alert, minute)
        continue
      }
      this.#score(alert)
      const verdict = look(alert, this.#found, minute, isBlind ? minutes : 0)
      if (verdict === 'close') this.#close(alert)
      else if (verdict === 'tell') this.#tell(alert, this.#found)
    }
  }

  endDay(minute: number): void {
    for (const [mark, until] of this.#quietUntil) if (until <= minute) this.#quietUntil.delete(mark)
  }

  #mayOpen(mark: number): boolean {
    return !this.#open.has(mark) && (this.#quietUntil.get(mark) ?? 0) <= this.#parts.books.market.minute
  }

  #score({ keyId, place, kind }: OpenAlert): void {
    const { dense, sparse } = this.#parts.books
    const direction = kind === 'rise' ? 1 : -1
    if (dense.find(keyId) === place) dense.best(place, direction, this.#found)
    else sparse.best(place, direction, dense.lift[GENRE]!, this.#found)
  }

  #lookEmerging(alert: OpenAlert, minute: number): void {
    const { sparse } = this.#parts.books
    const score = growthScore(sparse, alert.place)
    alert.peakScore = Math.max(alert.peakScore, score)
    if (score >= alert.threshold * CLOSE_SHARE) alert.hotMinute = minute
    else if (minute - alert.hotMinute >= DAY_MINUTES) this.#close(alert)
  }

  #start(
    keyId: number,
    place: number,
    kind: AlertKind,
    found: Finding,
    threshold: number,
    minutes?: number,
  ): void {
    const { market } = this.#parts.books
    const openedAtMs = (market.minute + 1) * MINUTE_MS
    const severity = kind === 'feed-silent' ? 'major' : severityOf(found, threshold)
    const head = {
      id: alertId(this.#parts.keys.key(keyId), kind, openedAtMs),
      keyId,
      place,
      kind,
      threshold,
      severity,
      openedMinute: market.minute,
      peakScore: found.score,
    }
    const last = this.#describe(head, found, minutes)
    const hot = {
      toldScore: found.score,
      hotMinute: market.minute,
      hotWindow: minutes === undefined ? found.window : 0,
    }
    this.#open.set(markOf(keyId, kind), { ...head, ...hot, last })
    this.#say(last)
  }

  #tell(alert: OpenAlert, finding: Finding): void {
    const record = this.#describe(alert, finding)
    alert.toldScore = finding.score
    alert.last = { ...record, revision: alert.last.revision + 1, state: 'updated' }
    this.#say(alert.last)
  }

  #close(alert: OpenAlert): void {
    const { market, dense, sparse } = this.#parts.books
    const mark = markOf(alert.keyId, alert.kind)
    const atMs = (market.minute + 1) * MINUTE_MS
    this.#open.delete(mark)
    const quiet =
      alert.kind === 'emerging' ? QUIET_EMERGING_MINUTES : alert.kind === 'feed-silent' ? 0 : QUIET_MINUTES
    this.#quietUntil.set(mark, market.minute + quiet)
    if (alert.kind === 'rise' || alert.kind === 'drop') {
      const book = dense.find(alert.keyId) === alert.place ? dense : sparse
      book.damping.end(alert.place, market.minute)
    }
    const { peakScore, last } = alert
    const revision = last.revision + 1
    const rounded = Math.round(peakScore * 1_000) / 1_000
    this.#say({ ...last, revision, state: 'closed', atMs, closedAtMs: atMs, peakScore: rounded })
  }

  #describe(
    head: Omit<OpenAlert, 'last' | 'toldScore' | 'hotMinute' | 'hotWindow'>,
    found: Finding,
    minutes?: number,
  ) {
    const { books, keys, textsOf } = this.#parts
    const isDense = books.dense.find(head.keyId) === head.place && head.place >= 0
    const book = isDense ? books.dense : books.sparse
    const share = head.place < 0 ? 1 : book.share(head.place)
    const firstSeenMinute = head.place < 0 ? books.market.firstMinute : book.firstSeenOf(head.place)
    const window = minutes === undefined ? {} : { windowMinutes: minutes }
    return describe(head, found, { books, keys, textsOf, share, firstSeenMinute, ...window })
  }

  #say(alert: Alert): void {
    if (alert.atMs > this.#parts.quietUpToMs) this.#emit(alert)
  }
}

function markOf(keyId: number, kind: AlertKind): number {
  return keyId * KINDS.length + KINDS.indexOf(kind)
}
