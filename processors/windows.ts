// Windows: combines panes of all source partitions into tumbling windows that fire on time and again when
// late.

import type { Gap, WindowSize } from '../schemas/records.ts'
import { floorTo } from '../schemas/time.ts'
import { ByStart } from './aggregate/by-start.ts'
import { type Cells, CellsPool, FIELDS } from './aggregate/cells.ts'
import { GapList } from './aggregate/gaps.ts'
import { KeyTable } from './aggregate/key-table.ts'
import { type OpenWindow, SIZE_MS, SIZES_OF_DIMENSION } from './aggregate/open-window.ts'
import { PaneBook } from './aggregate/pane-book.ts'
import type { Resume, ResumePoint } from './aggregate/resume.ts'
import { PANE_MS, WINDOW_SIZES } from './topology.ts'

/** Where fired windows go. */
export interface WindowSink {
  /** The cell `slot` of `cells`: absolute totals of one key; its revision is `cells.revisions[slot]`. */
  window(size: WindowSize, startMs: number, cells: Cells, slot: number, partial: boolean): void
  gap(gap: Gap): void
  /** Comes after every window that belongs before it. */
  tick(upToMs: number): void
}

export interface WindowsOptions {
  readonly allowedLatenessMs: number
  /** Source partitions of `sales` whose panes arrive here. */
  readonly sources: number
  /** True in the partition that owns the key `all`: it writes that window even where nothing was sold. */
  readonly ownsAll: boolean
  readonly keys?: KeyTable
}

export interface WindowsCounts {
  /** Panes met again, or older than what is held: dropped. */
  repeats: number
  /** Empty `all` windows left out after a jump of the watermark by more than MAX_EMPTY_WINDOWS. */
  skippedEmpty: number
}

/** A jump of the watermark writes at most this many empty windows per size: forty days of minutes. */
const MAX_EMPTY_WINDOWS = 57_600

/**
 * Event time only. A window `[start, end)` fires when the watermark passes `end` (revision 0) and, for each
 * key that late data or an amendment changed, again at the next tick with the next revision, until
 * `allowedLatenessMs` after `end`. Panes replace by (key, start, source, revision), so a repeat changes
 * nothing.
 */
export class Windows {
  readonly counts: WindowsCounts = { repeats: 0, skippedEmpty: 0 }
  readonly keys: KeyTable
  readonly #options: WindowsOptions
  readonly #sink: WindowSink
  readonly #book: PaneBook
  readonly #gaps = new GapList()
  readonly #pool = new CellsPool()
  readonly #open = WINDOW_SIZES.map(() => new ByStart<OpenWindow>())
  /** The windows that the minute `#minuteMs` falls into, by size; undefined: not asked for yet. */
  #current: (OpenWindow | null | undefined)[] = []
  #minuteMs = Number.NaN
  /** Windows that start before it are not known whole: they are not built. */
  completeFromMs = Number.NEGATIVE_INFINITY
  readonly #delta = new Float64Array(FIELDS)
  #watermarkMs: number | null
  readonly #finalAtMs: number

  constructor(options: WindowsOptions, sink: WindowSink, resume: ResumePoint) {
    this.#options = options
    this.keys = options.keys ?? new KeyTable()
    this.#sink = sink
    this.#book = new PaneBook(options.sources)
    this.#watermarkMs = resume.watermarkMs
    this.#finalAtMs = resume.finalAtMs ?? Number.NEGATIVE_INFINITY
    this.keys.heldBy(() => this.#tables())
  }

  get watermarkMs(): number | null {
    return this.#watermarkMs
  }

  /**
   * What a commit may call final: never less than before a restart, even while old records are read again.
   */
  get finalAtMs(): number | null {
    const finalAtMs = Math.max(this.#finalAtMs, this.#watermarkMs ?? Number.NEGATIVE_INFINITY)
    return finalAtMs === Number.NEGATIVE_INFINITY ? null : finalAtMs
  }

  /** Keys with totals in a window that is still open. */
  get openKeys(): number {
    return this.keys.size
  }

  /**
   * Absolute totals of one key in the minute from `startMs`, from one source, at the five fields from `at` of
   * `values`; `here` is where a reader would have to start again to see this pane.
   */
  pane(
    keyId: number,
    startMs: number,
    source: number,
    revision: number,
    values: Float64Array,
    at: number,
    here: Resume,
  ): void {
    const closesMs = startMs + PANE_MS + this.#options.allowedLatenessMs
    if (this.#watermarkMs !== null && closesMs <= this.#watermarkMs) {
      this.counts.repeats++
      return
    }
    if (!this.#book.replace(keyId, startMs, source, revision, values, at, this.#delta, here)) {
      this.counts.repeats++
      return
    }
    this.#count(keyId, startMs, this.#delta, 0, here)
  }

  /** As `pane` of every cell: all that a source has for a minute, when nothing of it has come before. */
  minute(startMs: number, source: number, cells: Cells, here: Resume): void {
    const { keys, values, revisions, size } = cells
    const closesMs = startMs + PANE_MS + this.#options.allowedLatenessMs
    const isClosed = this.#watermarkMs !== null && closesMs <= this.#watermarkMs
    if (size > 0 && !isClosed && this.#book.fill(startMs, source, cells, here)) {
      for (let slot = 0; slot < size; slot++) this.#count(keys[slot]!, startMs, values, slot * FIELDS, here)
      return
    }
    for (let slot = 0; slot < size; slot++)
      this.pane(keys[slot]!, startMs, source, revisions[slot]!, values, slot * FIELDS, here)
  }

  gap(gap: Gap, here: Resume): void {
    if (!this.#gaps.add(gap, here)) return
    for (const windows of this.#open) {
      for (const window of windows.values()) {
        if (!window.fired || window.startMs >= gap.toMs || gap.fromMs >= window.endMs) continue
        for (let slot = 0; slot < window.cells.size; slot++) window.dirty.add(slot)
      }
    }
    if (gap.toMs > this.#finalAtMs) this.#sink.gap(gap)
  }

  tick(upToMs: number, here: Resume): void {
    const before = this.#watermarkMs
    if (before !== null && upToMs <= before) return
    const acknowledged = upToMs <= this.#finalAtMs
    if (this.#options.ownsAll && before !== null) this.#openEmpty(before, upToMs, here)
    this.#watermarkMs = upToMs
    this.#minuteMs = Number.NaN
    for (let size = 0; size < WINDOW_SIZES.length; size++) this.#fireDue(size, upToMs, acknowledged)
    this.#book.closeUpTo(upToMs - this.#options.allowedLatenessMs)
    this.#gaps.dropBefore(upToMs - this.#options.allowedLatenessMs - SIZE_MS.at(-1)!)
    if (!acknowledged) this.#sink.tick(upToMs)
  }

  /** The oldest place that the open state still needs; `next` where it needs nothing before it. */
  resume(next: Resume): Resume {
    let oldest = this.#gaps.oldest(this.#book.oldest(next))
    for (const windows of this.#open) {
      for (const { resume } of windows.values()) if (resume.offset < oldest.offset) oldest = resume
    }
    return oldest
  }

  /** Adds the five fields from `at` of `values` to the windows of a key. */
  #count(keyId: number, startMs: number, values: Float64Array, at: number, here: Resume): void {
    // Panes come minute by minute: divisions of times cost more than all else here.
    if (startMs !== this.#minuteMs) {
      this.#minuteMs = startMs
      this.#current = WINDOW_SIZES.map(() => undefined)
    }
    const sizes = SIZES_OF_DIMENSION[this.keys.dimension(keyId)]!
    for (let i = 0; i < sizes.length; i++) {
      const size = sizes[i]!
      let window = this.#current[size]
      if (window === undefined) {
        window = this.#windowAt(size, floorTo(startMs, SIZE_MS[size]!), here)
        this.#current[size] = window
      }
      if (window === null) continue
      const slot = window.cells.slotOf(keyId)
      window.cells.add(slot, values[at]!, values[at + 1]!, values[at + 2]!, values[at + 3]!, values[at + 4]!)
      if (window.fired) window.dirty.add(slot)
    }
  }

  /** The open window of that size and start, made where it is new; null where it is closed. */
  #windowAt(size: number, startMs: number, here: Resume): OpenWindow | null {
    let window = this.#open[size]!.get(startMs)
    if (window === undefined) {
      const endMs = startMs + SIZE_MS[size]!
      const closesMs = endMs + this.#options.allowedLatenessMs
      if (closesMs <= this.#finalAtMs || startMs < this.completeFromMs) return null
      const fired = this.#watermarkMs !== null && endMs <= this.#watermarkMs
      window = { startMs, endMs, cells: this.#pool.take(), resume: here, fired, dirty: new Set() }
      this.#open[size]!.add(window)
    }
    return window
  }

  /** Every window that ends in `(before, upTo]` gets a cell of `all`, so that zero can be told from a gap. */
  #openEmpty(before: number, upToMs: number, here: Resume): void {
    const all = this.keys.allId
    for (let size = 0; size < WINDOW_SIZES.length; size++) {
      const sizeMs = SIZE_MS[size]!
      const first = floorTo(before, sizeMs) + sizeMs
      const earliest = floorTo(upToMs, sizeMs) - (MAX_EMPTY_WINDOWS - 1) * sizeMs
      this.counts.skippedEmpty += Math.max(0, (earliest - first) / sizeMs)
      for (let endMs = Math.max(first, earliest); endMs <= upToMs; endMs += sizeMs) {
        this.#windowAt(size, endMs - sizeMs, here)?.cells.slotOf(all)
      }
    }
  }

  #fireDue(size: number, upToMs: number, acknowledged: boolean): void {
    this.#open[size]!.fromOldest(window => {
      if (window.endMs > upToMs) return 'stop'
      this.#fire(size, window, acknowledged)
      if (window.endMs + this.#options.allowedLatenessMs > upToMs) return 'keep'
      this.#pool.give(window.cells)
      return 'close'
    })
  }

  #fire(sizeIndex: number, window: OpenWindow, acknowledged: boolean): void {
    if (window.fired && window.dirty.size === 0) return
    const size = WINDOW_SIZES[sizeIndex]!
    const { cells, startMs } = window
    const partial = this.#gaps.touches(startMs, window.endMs)
    if (window.fired) {
      for (const slot of window.dirty) {
        cells.revisions[slot] = cells.revisions[slot]! + 1
        if (!acknowledged) this.#sink.window(size, startMs, cells, slot, partial)
      }
      window.dirty.clear()
      return
    }
    window.fired = true
    if (acknowledged) return
    for (let slot = 0; slot < cells.size; slot++) this.#sink.window(size, startMs, cells, slot, partial)
  }

  *#tables(): Iterable<Cells> {
    yield* this.#book.tables()
    for (const windows of this.#open) for (const window of windows.values()) yield window.cells
  }
}
