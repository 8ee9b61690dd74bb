// The detector: panes in, alerts out, minute by minute of event time; no clock, no chance, no I/O.

import type { Alert } from '../../schemas/alerts.ts'
import { DIMENSIONS, UNKNOWN } from '../../schemas/keys.ts'
import type { Gap } from '../../schemas/records.ts'
import { MINUTE_MS } from '../../schemas/time.ts'
import { BASKETS, type Cells, FIELDS } from '../aggregate/cells.ts'
import { GapList } from '../aggregate/gaps.ts'
import { DIMENSION_INDEX, type KeyTable } from '../aggregate/key-table.ts'
import { DenseBook } from './dense.ts'
import type { ItemTextsOf } from './describe.ts'
import { Evidence } from './evidence.ts'
import type { Books } from './explain.ts'
import { Lifecycle } from './lifecycle.ts'
import { Market } from './market.ts'
import { MarketWatch } from './market-watch.ts'
import { LOOK_MINUTES, Search } from './search.ts'
import { SparseBook } from './sparse.ts'
import {
  CLASSES,
  type ClassTuning,
  DAY_MINUTES,
  GENRE,
  HOUR_MINUTES,
  IGNORANT_DAYS,
  TUNING,
} from './tuning.ts'

/** Nothing is said for two days: what leaves the day-long window is learnt, so the first taught nothing. */
const SPEAKS_AFTER_DAYS = 2
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
  readonly #unknownCountry: number
  readonly #search: Search
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
    this.#search = new Search(this.books, tuning, this.lifecycle)
    this.#watch = new MarketWatch(this.#market, this.lifecycle, keys.allId)
    this.#watermarks = Array.from({ length: sources }, () => Number.NEGATIVE_INFINITY)
    this.#unknownGenre = keys.idOf(DIMENSION_INDEX.genre, UNKNOWN)
    this.#unknownCountry = keys.idOf(DIMENSION_INDEX.country, UNKNOWN)
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
    for (; this.#nextMinute < end; this.#nextMinute++) this.#step(this.#nextMinute)
    this.#gaps.dropBefore(watermarkMs - DAY_MINUTES * MINUTE_MS)
  }

  #step(minute: number): void {
    const totals = this.#totals(minute)
    const isBlind = this.#gaps.touches(minute * MINUTE_MS, (minute + 1) * MINUTE_MS)
    this.#market.advance(minute, totals.all, totals.all - totals.unknown, isBlind)
    this.#dense.slide()
    this.#sparse.slide()
    this.#count(minute, totals.all, totals.all - totals.unknown)
    this.#pending.delete(minute)
    this.evidence.close(minute + 1)
    this.#watch.look(totals.all)
    if (this.#market.days > SPEAKS_AFTER_DAYS && totals.all > 0) this.#search.minute()
    if ((minute + 1) % LOOK_MINUTES === 0) this.lifecycle.look(this.#watch.isBlind, LOOK_MINUTES)
    if ((minute + 1) % HOUR_MINUTES === 0) {
      this.#dense.learnSpread()
      this.#dense.refreshShares()
      this.#search.sweep()
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

  #count(minute: number, all: number, known: number): void {
    const pending = this.#pending.get(minute)
    const rows = merged(pending?.rows ?? [])
    const places = new Int32Array(rows.length / 2)
    const counts = new Uint16Array(rows.length / 2)
    let size = 0
    for (let i = 0; i < rows.length; i += 2) {
      const [keyId, purchases] = [rows[i]!, rows[i + 1]!]
      const cls = CLASS_OF_DIMENSION[this.#keys.dimension(keyId)]!
      if (cls === OTHER || purchases === 0 || keyId === this.#unknownGenre || keyId === this.#unknownCountry)
        continue
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
    this.#sparse.add({ places: places.slice(0, size), counts: counts.slice(0, size), size }, all, known)
  }

  #endDay(minute: number): void {
    for (const book of [this.#dense, this.#sparse]) book.damping.dropBefore(minute - DAY_MINUTES)
    this.lifecycle.endDay(minute)
    this.#search.endDay()
    const lift = this.#dense.lift[GENRE]!
    if (this.#market.days > IGNORANT_DAYS) this.#sparse.learnSpread(this.#search.droppable, lift)
    this.#sparse.forget(place => {
      return this.#sparse.damping.has(place) || this.lifecycle.holds(this.#sparse.keyIdOf(place))
    })
  }

  *#tables(): Iterable<{ readonly keys: Int32Array; readonly size: number }> {
    yield this.#sparse.places.held()
    const dense = Int32Array.from([...this.#dense.keyIds, this.#unknownGenre, this.#unknownCountry])
    yield { keys: dense, size: dense.length }
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
