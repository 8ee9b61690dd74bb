// The lives of alerts: one at a time for a key and kind, true while it is open, closed when over, then quiet.
import type { Alert, AlertEnding, AlertKind } from '../../schemas/alerts.ts'
import type { DenseBook } from './dense.ts'
import { type EmergingFinding, growthScore, toldWindow } from './emerging.ts'
import { type Counted, Finding, type Grant, NOTHING_GRANTED } from './finding.ts'
import { bestOf, bookOf, countedOf, shareToday } from './looks.ts'
import { changeOf, directionOf, endOf, type OpenAlert, see, stretchOf } from './open-alert.ts'
import { Severities, type Weighed } from './severity.ts'
import type { SparseBook } from './sparse.ts'
import { minutesOf, Telling, type TellingParts } from './telling.ts'
import {
  DAY_MINUTES,
  FOLLOWED_MINUTES,
  HOUR,
  HOUR_MINUTES,
  LONGEST,
  NEW_USUAL_MINUTES,
  QUIET_EMERGING_MINUTES,
  QUIET_MINUTES,
  QUIET_NEW_USUAL_MINUTES,
  WINDOW_MINUTES,
} from './tuning.ts'
import { UsualRanges } from './usual.ts'

/** A rise of a key that is known to be emerging is news only where it is this much more than a threshold. */
const RISE_WHILE_EMERGING = 1.6
/** Before, a surprise says as much of what was learnt as of the key: everything is learnt in full. */
const TRUSTED_AFTER_DAYS = 8
const KINDS: readonly AlertKind[] = ['rise', 'drop', 'emerging', 'market-rise', 'market-drop', 'feed-silent']

/** When an alert closed, and until when another one of its key and kind is not told. */
interface Closed {
  readonly minute: number
  readonly quietUntil: number
}

export class Lifecycle {
  readonly #parts: TellingParts
  readonly #telling: Telling
  readonly #open = new Map<number, OpenAlert>()
  readonly #closed = new Map<number, Closed>()
  readonly #usual = new UsualRanges()
  readonly #severities = new Severities()
  readonly #found = new Finding()

  constructor(parts: TellingParts, emit: (alert: Alert) => void) {
    this.#parts = parts
    this.#telling = new Telling(parts, emit)
  }

  get openAlerts(): number {
    return this.#open.size
  }

  isOpen(keyId: number, kind: AlertKind): boolean {
    return this.#open.has(markOf(keyId, kind))
  }

  /** True where something open, quiet or remembered speaks of the key: it must not be forgotten. */
  holds(keyId: number): boolean {
    if (this.#usual.has(keyId)) return true
    return KINDS.some(kind => this.#open.has(markOf(keyId, kind)) || this.#closed.has(markOf(keyId, kind)))
  }

  /** What is granted to a key that was in an alert: what was told once is not found again. */
  grant(book: DenseBook | SparseBook, place: number, direction: 1 | -1): Grant {
    const keyId = book.keyIdOf(place)
    if (!this.#usual.has(keyId)) return NOTHING_GRANTED
    const closed = this.#closed.get(markOf(keyId, direction > 0 ? 'rise' : 'drop'))
    const since = closed === undefined ? DAY_MINUTES : this.#minute - closed.minute
    let longest: number = LONGEST
    while (longest > 0 && WINDOW_MINUTES[longest]! > since) longest--
    return { times: this.#usual.factor(keyId, direction, book.share(place)), longest }
  }

  mayOpen(keyId: number, thresholds: number): boolean {
    if (!this.#mayOpen(markOf(keyId, 'rise')) || !this.#mayOpen(markOf(keyId, 'drop'))) return false
    return !(this.#open.has(markOf(keyId, 'emerging')) && thresholds < RISE_WHILE_EMERGING)
  }

  open(
    book: DenseBook | SparseBook,
    place: number,
    kind: 'rise' | 'drop',
    found: Finding,
    threshold: number,
  ) {
    const keyId = book.keyIdOf(place)
    this.#usual.note(keyId, book.share(place), this.#minute)
    // What is bought from the beginning of the window on is not how it usually is.
    if (this.#parts.books.market.days > TRUSTED_AFTER_DAYS) {
      const fromMinute = this.#minute + 1 - WINDOW_MINUTES[found.window]!
      book.damping.begin(place, fromMinute, this.#minute + NEW_USUAL_MINUTES)
    }
    this.#start(keyId, place, kind, found, threshold)
  }

  mayOpenEmerging(keyId: number): boolean {
    return this.#mayOpen(markOf(keyId, 'emerging'))
  }

  openEmerging(keyId: number, place: number, { finding, threshold }: EmergingFinding): void {
    this.#usual.note(keyId, this.#parts.books.sparse.share(place), this.#minute)
    this.#start(keyId, place, 'emerging', finding, threshold)
  }

  /** An alert of the market or the feed. */
  openWhole(keyId: number, kind: AlertKind, finding: Finding, threshold: number): void {
    if (this.#mayOpen(markOf(keyId, kind))) this.#start(keyId, -1, kind, finding, threshold)
  }

  /** Looks at an alert of the market: `now` is what was told of, as it is now. */
  lookWhole(keyId: number, kind: AlertKind, finding: Finding, countedIn: (window: number) => Counted): void {
    const alert = this.#open.get(markOf(keyId, kind))
    if (alert === undefined) return
    see(alert, finding, this.#minute, 0)
    this.#follow(alert, finding, countedIn)
    if (this.#minute - alert.openedMinute >= NEW_USUAL_MINUTES) {
      this.#end(alert, 'new-usual', alert.told.window, countedIn)
    }
  }

  /** The market is calm by the hour; of a silent feed there is nothing to count. */
  closeWhole(keyId: number, kind: AlertKind, countedIn: ((window: number) => Counted) | null): void {
    const alert = this.#open.get(markOf(keyId, kind))
    if (alert !== undefined) this.#end(alert, 'calm', HOUR, countedIn)
  }

  /** Looks at every open alert, every `minutes`. */
  look(isBlind: boolean, minutes: number): void {
    for (const alert of this.#open.values()) {
      if (alert.place < 0) continue
      if (alert.kind !== 'emerging') this.#lookMoving(alert, isBlind ? minutes : 0)
      else if ((this.#minute + 1) % HOUR_MINUTES === 0) this.#lookEmerging(alert)
    }
  }

  endDay(minute: number): void {
    this.#usual.dropBefore(minute)
    this.#severities.endDay(minute)
    for (const [mark, { minute: at, quietUntil }] of this.#closed)
      if (Math.max(quietUntil, at + DAY_MINUTES) <= minute) this.#closed.delete(mark)
  }

  get #minute(): number {
    return this.#parts.books.market.minute
  }

  #mayOpen(mark: number): boolean {
    return !this.#open.has(mark) && (this.#closed.get(mark)?.quietUntil ?? 0) <= this.#minute
  }

  #lookMoving(alert: OpenAlert, blindMinutes: number): void {
    const { books } = this.#parts
    const direction = directionOf(alert.kind)
    const countedIn = (window: number) => countedOf(books, alert, window, direction)
    bestOf(books, alert, direction, this.#found)
    see(alert, this.#found, this.#minute, blindMinutes)
    const stretch = stretchOf(alert)
    const last = books.market.isPartial(stretch) ? null : countedIn(stretch)
    const ending = endOf(alert, last, this.#minute, NEW_USUAL_MINUTES)
    if (ending === null) {
      this.#follow(alert, this.#found, countedIn)
      return
    }
    if (ending === 'new-usual') this.#usual.note(alert.keyId, shareToday(books, alert), this.#minute)
    bookOf(books, alert).damping.end(alert.place, this.#minute)
    this.#end(alert, ending, ending === 'calm' ? stretch : LONGEST, countedIn)
  }

  #lookEmerging(alert: OpenAlert): void {
    const { sparse } = this.#parts.books
    const found = toldWindow(sparse, alert.place, growthScore(sparse, alert.place))
    const countedIn = (halfDays: number) => sparse.lagged(alert.place, halfDays - 1)
    see(alert, found, this.#minute, 0)
    const isOld = this.#minute - alert.openedMinute >= FOLLOWED_MINUTES
    if (isOld || this.#minute - alert.hotMinute >= DAY_MINUTES)
      this.#end(alert, isOld ? 'new-usual' : 'calm', found.window, countedIn)
    else this.#follow(alert, found, countedIn)
  }

  /** Tells it again where what was said is no longer so, and keeps its height. */
  #follow(alert: OpenAlert, finding: Finding, countedIn: (window: number) => Counted): void {
    this.#telling.keepHeight(alert, finding)
    const severity = this.#severities.of(weighed(alert, finding))
    const now = countedIn(alert.told.window)
    const change = changeOf(alert, now, finding, severity, this.#minute)
    if (change === 'severity') alert.severity = severity
    if (change !== null) this.#telling.update(alert, finding, now, change)
  }

  #start(keyId: number, place: number, kind: AlertKind, found: Finding, threshold: number): void {
    const severity = this.#severities.of(weighed({ kind, threshold }, found))
    this.#open.set(
      markOf(keyId, kind),
      this.#telling.open({ keyId, place, kind, threshold, severity, openedMinute: this.#minute }, found),
    )
  }

  #end(
    alert: OpenAlert,
    reason: AlertEnding,
    window: number,
    countedIn: ((window: number) => Counted) | null,
  ): void {
    const mark = markOf(alert.keyId, alert.kind)
    this.#open.delete(mark)
    this.#closed.set(mark, {
      minute: this.#minute,
      quietUntil: this.#minute + quietMinutes(alert.kind, reason),
    })
    this.#severities.ended(weighed(alert, alert.heightTold), this.#minute)
    this.#telling.close(alert, reason, window, countedIn?.(window) ?? null)
  }
}

function weighed(
  { kind, threshold }: Pick<OpenAlert, 'kind' | 'threshold'>,
  { window, n, mu, score }: Pick<Finding, 'window' | 'n' | 'mu' | 'score'>,
): Weighed {
  return { kind, minutes: minutesOf({ kind }, window), n, mu, score, threshold }
}

function quietMinutes(kind: AlertKind, reason: AlertEnding): number {
  if (kind === 'feed-silent') return 0
  if (kind === 'rise' || kind === 'drop') return QUIET_MINUTES
  if (reason === 'new-usual') return QUIET_NEW_USUAL_MINUTES
  return kind === 'emerging' ? QUIET_EMERGING_MINUTES : QUIET_MINUTES
}

function markOf(keyId: number, kind: AlertKind): number {
  return keyId * KINDS.length + KINDS.indexOf(kind)
}
