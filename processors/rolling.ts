// Rolling: keeps the last 5 minutes, hour and day of every key, and names the top keys at each slide.
import { DIMENSIONS } from '../schemas/keys.ts'
import type { Gap, Leader, RollingSize } from '../schemas/records.ts'
import { floorTo } from '../schemas/time.ts'
import { Cells, FIELDS, ITEMS } from './aggregate/cells.ts'
import { GapList } from './aggregate/gaps.ts'
import { KeyTable } from './aggregate/key-table.ts'
import { MinuteHistory } from './aggregate/minute-history.ts'
import { topSlots } from './aggregate/top.ts'
import { LEADERS_MAX, PANE_MS, ROLLING } from './topology.ts'

/** The top keys of one dimension over one rolling window that ends at `endMs`. */
export interface LeadersOf {
  readonly dimension: (typeof DIMENSIONS)[number]
  readonly size: RollingSize
  readonly endMs: number
  readonly distinctKeys: number
  readonly top: readonly Leader[]
  readonly partial: boolean
}

interface RollingWindow {
  readonly size: RollingSize
  readonly sizeMs: number
  readonly slideMs: number
  /** Totals per key of `[fromMs, toMs)`. */
  cells: Cells
  fromMs: number
  toMs: number
}

export interface RollingOptions {
  readonly allowedLatenessMs: number
  readonly sources: number
  /** Slides that end at or before this are not announced: they were over before this reader began. */
  readonly quietUpToMs: number
  readonly keys?: KeyTable
}

const LONGEST_MS = Math.max(...ROLLING.map(spec => spec.sizeMs))

/**
 * Event time only. Rolling windows hold what is on time or late by less than `allowedLatenessMs`; a slide
 * that is over is never said again. Equal contents give equal leaders, ties in the order of keys.
 */
export class Rolling {
  readonly keys: KeyTable
  readonly #latenessMs: number
  readonly #quietUpToMs: number
  readonly #emit: (leaders: LeadersOf) => void
  readonly #history: MinuteHistory
  readonly #gaps = new GapList()
  readonly #windows: readonly RollingWindow[]
  readonly #delta = new Float64Array(FIELDS)
  #watermarkMs: number | null = null

  constructor(options: RollingOptions, emit: (leaders: LeadersOf) => void) {
    this.keys = options.keys ?? new KeyTable()
    this.#latenessMs = options.allowedLatenessMs
    this.#quietUpToMs = options.quietUpToMs
    this.#emit = emit
    this.#history = new MinuteHistory(options.sources)
    this.#windows = ROLLING.map(spec => ({ ...spec, cells: new Cells(), fromMs: 0, toMs: 0 }))
    this.keys.heldBy(() => this.#tables())
  }

  get watermarkMs(): number | null {
    return this.#watermarkMs
  }

  /** Absolute totals of a key's minute from one source; a repeat or an older revision changes nothing. */
  pane(keyId: number, startMs: number, source: number, revision: number, values: Float64Array): void {
    if (this.#watermarkMs !== null && startMs + PANE_MS + this.#latenessMs <= this.#watermarkMs) return
    if (!this.#history.replace(keyId, startMs, source, revision, values, this.#delta)) return
    for (const window of this.#windows) {
      if (startMs >= window.fromMs && startMs < window.toMs) addDelta(window.cells, keyId, this.#delta)
    }
  }

  gap(gap: Gap): void {
    this.#gaps.add(gap, { offset: 0, watermarkMs: null })
  }

  tick(upToMs: number): void {
    if (this.#watermarkMs !== null && upToMs <= this.#watermarkMs) return
    this.#watermarkMs = upToMs
    for (const window of this.#windows) {
      const endMs = floorTo(upToMs, window.slideMs)
      if (endMs === window.toMs) continue
      this.#slide(window, endMs)
      if (endMs > this.#quietUpToMs) this.#announce(window)
    }
    this.#history.freezeUpTo(upToMs - this.#latenessMs)
    this.#history.dropBefore(floorTo(upToMs, PANE_MS) - LONGEST_MS - this.#latenessMs)
    this.#gaps.dropBefore(upToMs - LONGEST_MS)
  }

  /** Moves a window to end at `endMs`: takes back the minutes that left it, adds those that came in. */
  #slide(window: RollingWindow, endMs: number): void {
    const fromMs = endMs - window.sizeMs
    const { cells } = window
    if (fromMs >= window.toMs) window.cells = new Cells(1024)
    else
      this.#history.forEachIn(window.fromMs, fromMs, (keyId, values, at) =>
        addTo(cells, keyId, values, at, -1),
      )
    const addFromMs = Math.max(fromMs, window.toMs)
    this.#history.forEachIn(addFromMs, endMs, (keyId, values, at) =>
      addTo(window.cells, keyId, values, at, 1),
    )
    window.fromMs = fromMs
    window.toMs = endMs
    window.cells = compacted(window.cells)
  }

  #announce(window: RollingWindow): void {
    const partial = this.#gaps.touches(window.fromMs, window.toMs)
    const byDimension = topSlots(window.cells, this.keys, LEADERS_MAX)
    for (const [index, dimension] of DIMENSIONS.entries()) {
      const { slots, distinctKeys } = byDimension[index]!
      const top = slots.map(slot => ({
        key: this.keys.key(window.cells.keys[slot]!),
        ...window.cells.totals(slot),
      }))
      this.#emit({ dimension, size: window.size, endMs: window.toMs, distinctKeys, top, partial })
    }
  }

  *#tables(): Iterable<{ readonly keys: Int32Array; readonly size: number }> {
    yield* this.#history.tables()
    for (const window of this.#windows) yield window.cells
  }
}

function addTo(
  cells: Cells,
  keyId: number,
  values: Float64Array | Int32Array,
  at: number,
  sign: number,
): void {
  cells.add(
    cells.slotOf(keyId),
    sign * values[at]!,
    sign * values[at + 1]!,
    sign * values[at + 2]!,
    sign * values[at + 3]!,
    sign * values[at + 4]!,
  )
}

function addDelta(cells: Cells, keyId: number, delta: Float64Array): void {
  addTo(cells, keyId, delta, 0, 1)
}

/** The same totals without the keys that have nothing left, once those are the majority. */
function compacted(cells: Cells): Cells {
  let alive = 0
  for (let slot = 0; slot < cells.size; slot++) if (cells.values[slot * FIELDS + ITEMS] !== 0) alive++
  if (cells.size < 1024 || alive * 2 > cells.size) return cells
  const kept = new Cells(alive * 2)
  for (let slot = 0; slot < cells.size; slot++) {
    if (cells.values[slot * FIELDS + ITEMS] !== 0)
      addTo(kept, cells.keys[slot]!, cells.values, slot * FIELDS, 1)
  }
  return kept
}
