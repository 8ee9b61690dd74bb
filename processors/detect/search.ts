// Looks for movements: among few big keys every five minutes, among many small ones with each of their sales.
import { Budget } from './budget.ts'
import { isEmerging } from './emerging.ts'
import { type Books, ownGrowth, ownScore } from './explain.ts'
import { Finding } from './finding.ts'
import { Flood } from './flood.ts'
import type { Lifecycle } from './lifecycle.ts'
import {
  type ClassTuning,
  EMERGING_AFTER_DAYS,
  GENRE,
  HOUR_MINUTES,
  IGNORANT_DAYS,
  LONGEST,
  TAG,
  WINDOW_MINUTES,
} from './tuning.ts'

/** Genres, countries and formats are looked at every five minutes, tags and artists with each sale. */
export const LOOK_MINUTES = 5
/** Drops of tags and artists are looked for every ten minutes: nothing comes in that would say so. */
const SWEEP_MINUTES = 10
/** Which of them expect enough for a drop to be seen changes slowly. */
const LISTED_MINUTES = 6 * HOUR_MINUTES
/** The market may double until the list is made anew. */
const LISTED_SHARE = 0.5
/** What was explained away is looked at again after this part of its window, or when it surprises more. */
const EXPLAINED_SHARE = 1 / 8
const EXPLAINED_GROWTH = 1.2
/** A window with this part of its purchases from a frenzy is judged as one. */
const FRENZY_SHARE = 0.05

type Book = Books['dense'] | Books['sparse']

export class Search {
  /** Tags and artists that expect enough for a drop to be seen. */
  droppable: readonly number[] = []
  readonly #books: Books
  readonly #tuning: readonly ClassTuning[]
  readonly #lifecycle: Lifecycle
  readonly #explained = new Map<number, { untilMinute: number; score: number }>()
  readonly #found = new Finding()
  readonly #flood = new Flood()
  readonly #budget: Budget

  constructor(books: Books, tuning: readonly ClassTuning[], lifecycle: Lifecycle) {
    this.#books = books
    this.#tuning = tuning
    this.#lifecycle = lifecycle
    this.#budget = new Budget(tuning)
  }

  /** After each minute with a sale. */
  minute(): void {
    const { sparse, dense, market } = this.#books
    const next = market.minute + 1
    if (next % LOOK_MINUTES === 0) this.#dense()
    const lift = dense.lift[GENRE]!
    for (const place of sparse.fresh) {
      sparse.best(place, 1, lift, this.#found, this.#lifecycle.grant(sparse, place, 1))
      this.#consider(sparse, place, 1)
    }
    if (next % LISTED_MINUTES === 0) this.droppable = this.#listDroppable()
    if (next % SWEEP_MINUTES === 0) this.#sweepDrops()
    if (next % HOUR_MINUTES === 0 && market.days > EMERGING_AFTER_DAYS) this.#emerging()
  }

  /** Once a day: thresholds follow what nearly was told. */
  endDay(): void {
    const { market } = this.#books
    const isUsual = market.days > IGNORANT_DAYS && market.frenzyShare[LONGEST] === 0
    this.#budget.endDay(isUsual && !market.isPartial(LONGEST))
  }

  /** Once an hour: forgets what has calmed down. */
  sweep(): void {
    const { minute } = this.#books.market
    this.#flood.sweep(minute)
    for (const [mark, { untilMinute }] of this.#explained)
      if (untilMinute < minute) this.#explained.delete(mark)
  }

  #dense(): void {
    const { dense } = this.#books
    dense.refresh()
    for (let place = 0; place < dense.size; place++) {
      for (const direction of [1, -1] as const) {
        dense.best(place, direction, this.#found, this.#lifecycle.grant(dense, place, direction))
        this.#consider(dense, place, direction)
      }
    }
  }

  #sweepDrops(): void {
    const { sparse, dense } = this.#books
    for (const place of this.droppable) {
      if (!sparse.places.isUsed(place)) continue
      sparse.best(place, -1, dense.lift[GENRE]!, this.#found, this.#lifecycle.grant(sparse, place, -1))
      this.#consider(sparse, place, -1)
    }
  }

  #listDroppable(): readonly number[] {
    return this.#books.sparse.expecting(this.#tuning.map(({ dropExpected }) => dropExpected * LISTED_SHARE))
  }

  #emerging(): void {
    const { sparse, market } = this.#books
    for (const place of sparse.touched.take(sparse.places.size)) {
      const found = isEmerging(sparse, market, this.#tuning, place)
      if (found === null) continue
      const keyId = sparse.keyIdOf(place)
      if (!this.#lifecycle.mayOpenEmerging(keyId)) continue
      if (sparse.classOf(place) === TAG && ownGrowth(this.#books, keyId, found.finding) < found.threshold)
        continue
      this.#lifecycle.openEmerging(keyId, place, found)
    }
  }

  /** Opens an alert where what was found is enough, and is not explained by something else. */
  #consider(book: Book, place: number, direction: 1 | -1): void {
    const finding = this.#found
    if (finding.score === 0) return
    const cls = book.classOf(place)
    const threshold = this.#threshold(book, place, cls, direction)
    const keyId = book.keyIdOf(place)
    const mark = keyId * 2 + (direction > 0 ? 1 : 0)
    if (!book.damping.has(place))
      this.#budget.see(cls, mark, finding.score - threshold + this.#budget.offset(cls))
    if (finding.score < threshold) return
    const { minute } = this.#books.market
    if (!this.#lifecycle.mayOpen(keyId, finding.score / threshold)) return
    if (this.#isHeldBack(book, keyId, direction, finding.window)) return
    const known = this.#explained.get(mark)
    if (known && known.untilMinute > minute && finding.score < known.score * EXPLAINED_GROWTH) return
    const least = this.#tuning[cls]!.dropExpected
    if (ownScore(this.#books, { keyId, cls, direction, finding, threshold, least }) < threshold) {
      const untilMinute = minute + WINDOW_MINUTES[finding.window]! * EXPLAINED_SHARE
      this.#explained.set(mark, { untilMinute, score: finding.score })
      return
    }
    this.#lifecycle.open(book, place, direction > 0 ? 'rise' : 'drop', finding, threshold)
  }

  #threshold(book: Book, place: number, cls: number, direction: 1 | -1): number {
    const { dense, market } = this.#books
    const { dropAt, riseAt, riseAtBusy, busyPerDay, exposure } = this.#tuning[cls]!
    const perDay = book.share(place) * market.sums[exposure]![LONGEST]!
    const at = direction < 0 ? dropAt : perDay >= busyPerDay ? riseAtBusy : riseAt
    return Math.round((at + dense.crowding(cls) + this.#budget.offset(cls)) * 1_000) / 1_000
  }

  /** Rises of tags and artists wait while the market is stirred, and stay untold in a flood. */
  #isHeldBack(book: Book, keyId: number, direction: 1 | -1, window: number): boolean {
    const { dense, market } = this.#books
    if (book === dense || direction < 0) return false
    const { isStirred, days, frenzyShare, minute } = market
    const mayFlood = isStirred || days < IGNORANT_DAYS || frenzyShare[window]! > FRENZY_SHARE
    return mayFlood && !this.#flood.lets(keyId, minute)
  }
}
