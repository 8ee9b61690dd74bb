// The detector: panes in, alerts out, minute by minute of event time; no clock, no chance, no I/O.

import type { Alert } from '../../schemas/alerts.ts'
import { DIMENSIONS } from '../../schemas/keys.ts'
import type { Gap } from '../../schemas/records.ts'
import { MINUTE_MS } from '../../schemas/time.ts'
import { BASKETS, type Cells, FIELDS } from '../aggregate/cells.ts'
import { GapList } from '../aggregate/gaps.ts'
import { DIMENSION_INDEX, type KeyTable } from '../aggregate/key-table.ts'
import { DenseBook } from './dense.ts'
import type { ItemTextsOf } from './describe.ts'
import { isEmerging } from './emerging.ts'
import { Evidence } from './evidence.ts'
import { type Books, isScene, ownScore } from './explain.ts'
import { Finding } from './finding.ts'
import { Flood } from './flood.ts'
import { Lifecycle } from './lifecycle.ts'
import { Market } from './market.ts'
import { MarketWatch } from './market-watch.ts'
import { SparseBook } from './sparse.ts'
import {
  CLASSES,
  type ClassTuning,
  DAY_MINUTES,
  EMERGING_AFTER_DAYS,
  GENRE,
  HOUR_MINUTES,
  LONGEST,
  TAG,
  TUNING,
  WINDOW_MINUTES,
} from './tuning.ts'

/** Genres, countries and formats are looked at every five minutes, tags and artists with each sale. */
const LOOK_MINUTES = 5
/** Drops of tags and artists are looked for every ten minutes: nothing comes in that would say so. */
const SWEEP_MINUTES = 10
/** Which of them expect enough for a drop to be seen changes slowly. */
const LISTED_MINUTES = 6 * HOUR_MINUTES
/** The market may double until the list is made anew. */
const LISTED_SHARE = 0.5
/** What was explained away is looked at again after this part of its window, or when it surprises more. */
const EXPLAINED_SHARE = 1 / 8
const EXPLAINED_GROWTH = 1.2
/** A jump of the watermark over more than this is a new beginning of the day, not minutes to walk through. */
const MAX_STEP_MINUTES = 10 * DAY_MINUTES
/** A window with this part of its purchases from a frenzy is judged as one. */
const FRENZY_SHARE = 0.05
/** Nothing is said for two days: what leaves the day-long window is learnt, so the first has taught nothing. */
const SPEAKS_AFTER_DAYS = 2
/** In the first week a flood is more likely to be ignorance than news. */
const IGNORANT_DAYS = 7
const OTHER = 255

export interface DetectorOptions {
  readonly keys: KeyTable
  /** Partitions of `sales` whose panes arrive here. */
  readonly sources: number
  /** Alerts up to this watermark were acknowledged before a restart: they are not told again. */
  readonly quietUpToMs: number
  readonly textsOf?: ItemTextsOf
  readonly tuning?: readonly ClassTuning[]
}

interface PendingMinute {
  /** By source: key ids and purchases, one after the other. */
  readonly rows: (Int32Array | undefined)[]
}

const CLASS_OF_DIMENSION = Uint8Array.from(DIMENSIONS, dimension => {
  const cls = (CLASSES as readonly string[]).indexOf(dimension)
  return cls < 0 ? OTHER : cls
})

/**
 * On-time panes only (revision 0), from every source; a minute counts when the watermark of all sources has
 * passed it. Equal panes, ticks and gaps give equal alerts, however sources are interleaved.
 */
export class Detector {
  readonly evidence: Evidence
  readonly books: Books
  readonly lifecycle: Lifecycle
  readonly #keys: KeyTable
  readonly #tuning: readonly ClassTuning[]
  readonly #market = new Market()
  readonly #dense: DenseBook
  readonly #sparse: SparseBook
  readonly #watch: MarketWatch
  readonly #gaps = new GapList()
  readonly #pending = new Map<number, PendingMinute>()
  readonly #watermarks: number[]
  readonly #unknownGenre: number
  readonly #explained = new Map<number, { untilMinute: number; score: number }>()
  readonly #found = new Finding()
  readonly #flood = new Flood()
  #droppable: readonly number[] = []
  #nextMinute = Number.NaN

  constructor(options: DetectorOptions, emit: (alert: Alert) => void) {
    const { keys, sources, quietUpToMs, tuning = TUNING, textsOf = () => null } = options
    this.#keys = keys
    this.#tuning = tuning
    this.#dense = new DenseBook(tuning, this.#market)
    this.#sparse = new SparseBook(tuning, this.#market)
    this.evidence = new Evidence(keys)
    this.books = {
      market: this.#market,
      dense: this.#dense,
      sparse: this.#sparse,
      evidence: this.evidence,
      keyOf: keyId => keys.key(keyId),
    }
    this.lifecycle = new Lifecycle({ books: this.books, keys, textsOf, quietUpToMs }, emit)
    this.#watch = new MarketWatch(this.#market, this.lifecycle, keys.allId)
    this.#watermarks = Array.from({ length: sources }, () => Number.NEGATIVE_INFINITY)
    this.#unknownGenre = keys.idOf(DIMENSION_INDEX.genre, 'unknown')
    keys.heldBy(() => this.#tables())
  }

  get watermarkMs(): number | null {
    const lowest = Math.min(...this.#watermarks)
    return lowest === Number.NEGATIVE_INFINITY ? null : lowest
  }

  /** All cells of a source's minute, when it fires on time. */
  minute(source: number, startMs: number, cells: Cells): void {
    const number = startMs / MINUTE_MS
    if (number < this.#nextMinute) return
    const rows = new Int32Array(cells.size * 2)
    for (let slot = 0; slot < cells.size; slot++) {
      rows[slot * 2] = cells.keys[slot]!
      rows[slot * 2 + 1] = cells.values[slot * FIELDS + BASKETS]!
    }
    let pending = this.#pending.get(number)
    if (pending === undefined) {
      pending = { rows: [] }
      this.#pending.set(number, pending)
    }
    pending.rows[source] = rows
  }

  gap(gap: Gap): void {
    this.#gaps.add(gap, { offset: 0, watermarkMs: null })
  }

  tick(source: number, upToMs: number): void {
    if (upToMs <= this.#watermarks[source]!) return
    this.#watermarks[source] = upToMs
    const watermarkMs = this.watermarkMs
    if (watermarkMs === null) return
    const end = Math.floor(watermarkMs / MINUTE_MS)
    if (Number.isNaN(this.#nextMinute)) this.#nextMinute = Math.min(end, ...this.#pending.keys())
    if (end - this.#nextMinute > MAX_STEP_MINUTES) this.#nextMinute = end - MAX_STEP_MINUTES
    for (; this.#nextMinute < end; this.#nextMinute++) this.#step(this.#nextMinute)
    this.#gaps.dropBefore(watermarkMs - DAY_MINUTES * MINUTE_MS)
  }

  #step(minute: number): void {
    const totals = this.#totals(minute)
    const isBlind = this.#gaps.touches(minute * MINUTE_MS, (minute + 1) * MINUTE_MS)
    this.#market.advance(minute, totals.all, totals.all - totals.unknown, isBlind)
    this.#dense.slide()
    this.#sparse.slide()
    this.#sparse.addMarket(totals.all, totals.all - totals.unknown)
    this.#count(minute)
    this.#pending.delete(minute)
    this.evidence.close(minute + 1)
    this.#watch.look(totals.all)
    if (this.#market.days > SPEAKS_AFTER_DAYS && totals.all > 0) this.#search(minute)
    if ((minute + 1) % LOOK_MINUTES === 0) this.lifecycle.look(this.#watch.isBlind, LOOK_MINUTES)
    if ((minute + 1) % HOUR_MINUTES === 0) {
      this.#dense.learnSpread()
      this.#dense.refreshShares()
      this.#flood.sweep(minute)
    }
    if ((minute + 1) % DAY_MINUTES === 0) this.#endDay(minute)
  }

  #totals(minute: number): { all: number; unknown: number } {
    let [all, unknown] = [0, 0]
    for (const rows of this.#pending.get(minute)?.rows ?? []) {
      if (rows === undefined) continue
      for (let i = 0; i < rows.length; i += 2) {
        if (rows[i] === this.#keys.allId) all += rows[i + 1]!
        else if (rows[i] === this.#unknownGenre) unknown += rows[i + 1]!
      }
    }
    return { all, unknown }
  }

  #count(minute: number): void {
    const pending = this.#pending.get(minute)
    if (pending === undefined) return
    const rows = merged(pending.rows)
    const places = new Int32Array(rows.length / 2)
    const counts = new Uint16Array(rows.length / 2)
    let size = 0
    for (let i = 0; i < rows.length; i += 2) {
      const [keyId, purchases] = [rows[i]!, rows[i + 1]!]
      const cls = CLASS_OF_DIMENSION[this.#keys.dimension(keyId)]!
      if (cls === OTHER || keyId === this.#unknownGenre || purchases === 0) continue
      const isDense = this.#tuning[cls]!.dense
      const place = isDense ? this.#dense.placeOf(keyId, cls) : this.#sparse.placeOf(keyId, cls)
      if (place < 0) continue
      if (isDense) {
        this.#dense.add(place, purchases)
        continue
      }
      places[size] = place
      counts[size++] = purchases
    }
    this.#sparse.add(places.slice(0, size), counts.slice(0, size), size)
  }

  #search(minute: number): void {
    if ((minute + 1) % LOOK_MINUTES === 0) this.#searchDense()
    const lift = this.#dense.lift[GENRE]!
    for (const place of this.#sparse.fresh) {
      this.#sparse.best(place, 1, lift, this.#found)
      this.#consider(this.#sparse, place, 1)
    }
    if ((minute + 1) % LISTED_MINUTES === 0) this.listDroppable()
    if ((minute + 1) % SWEEP_MINUTES === 0) this.#sweepDrops()
    if ((minute + 1) % HOUR_MINUTES === 0 && this.#market.days > EMERGING_AFTER_DAYS) this.#searchEmerging()
  }

  #searchDense(): void {
    this.#dense.refresh()
    for (let place = 0; place < this.#dense.size; place++) {
      for (const direction of [1, -1] as const) {
        this.#dense.best(place, direction, this.#found)
        this.#consider(this.#dense, place, direction)
      }
    }
  }

  #sweepDrops(): void {
    const lift = this.#dense.lift[GENRE]!
    for (const place of this.#droppable) {
      if (this.#sparse.keyIds[place]! < 0) continue
      this.#sparse.best(place, -1, lift, this.#found)
      this.#consider(this.#sparse, place, -1)
    }
  }

  /** Lists tags and artists that expect enough for a drop to be seen: a pass over all keys. */
  listDroppable(): void {
    const { sums } = this.#market
    const perExposure = sums.map(each => each[LONGEST]!)
    const least = this.#tuning.map(({ dropExpected }) => dropExpected * LISTED_SHARE)
    this.#droppable = this.#sparse.expecting(perExposure, least)
  }

  #searchEmerging(): void {
    for (const place of this.#sparse.takeTouched()) {
      const found = isEmerging(this.#sparse, this.#market, this.#tuning, place)
      if (found === null) continue
      const keyId = this.#sparse.keyIds[place]!
      if (!this.lifecycle.mayOpenEmerging(keyId)) continue
      if (this.#sparse.classes[place] === TAG && !isScene(this.books, keyId)) continue
      this.lifecycle.openEmerging(keyId, place, found)
    }
  }

  /** Opens an alert where what was found is enough, and is not explained by something else. */
  #consider(book: DenseBook | SparseBook, place: number, direction: 1 | -1): void {
    const finding = this.#found
    const cls = book.classes[place]!
    const spec = this.#tuning[cls]!
    if (finding.score < Math.min(spec.riseAtBusy, spec.riseAt, spec.dropAt)) return
    const perDay = book.share(place) * this.#market.sums[spec.exposure]![LONGEST]!
    const riseAt = perDay >= spec.busyPerDay ? spec.riseAtBusy : spec.riseAt
    const threshold = (direction > 0 ? riseAt : spec.dropAt) + this.#dense.crowding(cls)
    if (finding.score < threshold) return
    const keyId = book.keyIds[place]!
    const kind = direction > 0 ? 'rise' : 'drop'
    if (!this.lifecycle.mayOpen(keyId, this.#market.minute, finding.score / threshold)) return
    if (this.#isHeldBack(book, keyId, direction, finding.window)) return
    const mark = keyId * 2 + (direction > 0 ? 1 : 0)
    const known = this.#explained.get(mark)
    if (known && known.untilMinute > this.#market.minute && finding.score < known.score * EXPLAINED_GROWTH)
      return
    const own = ownScore(this.books, { keyId, cls, direction, finding, threshold })
    if (own < threshold) {
      this.#explained.set(mark, {
        untilMinute: this.#market.minute + WINDOW_MINUTES[finding.window]! * EXPLAINED_SHARE,
        score: finding.score,
      })
      return
    }
    this.lifecycle.open(book, place, kind, finding, threshold)
  }

  /** Rises of tags and artists wait while the market is stirred, and stay untold in a flood. */
  #isHeldBack(book: DenseBook | SparseBook, keyId: number, direction: 1 | -1, window: number): boolean {
    if (book === this.#dense || direction < 0) return false
    const { isStirred, days, frenzyShare } = this.#market
    const mayFlood = isStirred || days < IGNORANT_DAYS || frenzyShare[window]! > FRENZY_SHARE
    return mayFlood && !this.#flood.lets(keyId, this.#market.minute)
  }

  #endDay(minute: number): void {
    for (const book of [this.#dense, this.#sparse]) book.damping.dropBefore(minute - DAY_MINUTES)
    for (const [mark, { untilMinute }] of this.#explained)
      if (untilMinute < minute) this.#explained.delete(mark)
    this.lifecycle.endDay(minute)
    if (this.#market.days > IGNORANT_DAYS) this.#sparse.learnSpread(this.#droppable, this.#dense.lift[GENRE]!)
    this.#sparse.forget(
      place => this.#sparse.damping.has(place) || this.lifecycle.holds(this.#sparse.keyIds[place]!),
    )
  }

  *#tables(): Iterable<{ readonly keys: Int32Array; readonly size: number }> {
    yield this.#sparse.held()
    yield { keys: Int32Array.from([...this.#dense.keyIds, this.#unknownGenre]), size: this.#dense.size + 1 }
    yield* this.evidence.held()
    for (const { rows } of this.#pending.values()) {
      for (const row of rows) if (row) yield { keys: row.filter((_, i) => i % 2 === 0), size: row.length / 2 }
    }
  }
}

/** The rows of all sources, each key once, in the order of sources. */
function merged(rows: readonly (Int32Array | undefined)[]): Int32Array {
  const present = rows.filter(row => row !== undefined)
  if (present.length <= 1) return present[0] ?? new Int32Array(0)
  const sums = new Map<number, number>()
  for (const row of present) {
    for (let i = 0; i < row.length; i += 2) sums.set(row[i]!, (sums.get(row[i]!) ?? 0) + row[i + 1]!)
  }
  return Int32Array.from([...sums].flat())
}
