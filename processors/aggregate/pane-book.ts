// Pane book: the last totals of every pane that may still change, so that a pane replaces and never adds
// twice.

import { PANE_MS } from '../topology.ts'
import { type Cells, CellsPool, FIELDS } from './cells.ts'
import type { Resume } from './resume.ts'

interface Minute {
  /** One table per source partition, made when the source first has something. */
  readonly bySource: (Cells | null)[]
  readonly resume: Resume
}

/** Identity of a pane is (key, minute, source); the highest revision holds. */
export class PaneBook {
  readonly #sources: number
  readonly #minutes = new Map<number, Minute>()
  readonly #pool = new CellsPool()
  /** The minute looked for last: panes come minute by minute. */
  #last: Minute | undefined
  #lastMs = Number.NaN
  #oldestMs = Number.POSITIVE_INFINITY

  constructor(sources: number) {
    this.#sources = sources
  }

  /**
   * Puts a pane in the place of the one held and writes the difference into `delta`. False, with `delta`
   * untouched, where the pane held has the same or a higher revision.
   */
  replace(
    keyId: number,
    startMs: number,
    source: number,
    revision: number,
    values: Float64Array,
    at: number,
    delta: Float64Array,
    here: Resume,
  ): boolean {
    const cells = this.#cells(startMs, source, here)
    const before = cells.size
    const slot = cells.slotOf(keyId)
    if (slot < before && cells.revisions[slot]! >= revision) return false
    cells.revisions[slot] = revision
    const held = cells.values
    const to = slot * FIELDS
    for (let field = 0; field < FIELDS; field++) {
      const value = values[at + field]!
      delta[field] = value - held[to + field]!
      held[to + field] = value
    }
    return true
  }

  /** Takes all first panes of a minute and source at once; false, with nothing done, where some are held. */
  fill(startMs: number, source: number, cells: Cells, here: Resume): boolean {
    const held = this.#cells(startMs, source, here)
    if (held.size > 0) return false
    held.copyFrom(cells)
    return true
  }

  /** Lets go of minutes that ended at or before `timeMs`. */
  closeUpTo(timeMs: number): void {
    if (this.#oldestMs + PANE_MS > timeMs) return
    this.#lastMs = Number.NaN
    this.#oldestMs = Number.POSITIVE_INFINITY
    for (const [startMs, { bySource }] of this.#minutes) {
      if (startMs + PANE_MS > timeMs) {
        if (startMs < this.#oldestMs) this.#oldestMs = startMs
        continue
      }
      this.#minutes.delete(startMs)
      for (const cells of bySource) if (cells !== null) this.#pool.give(cells)
    }
  }

  /** As `closeUpTo`, showing what was held first: oldest minute first, tables good for the call only. */
  takeUpTo(timeMs: number, take: (startMs: number, tables: readonly Cells[]) => void): void {
    const due = [...this.#minutes.keys()].filter(startMs => startMs + PANE_MS <= timeMs).sort((a, b) => a - b)
    for (const startMs of due) take(startMs, this.minute(startMs))
    this.closeUpTo(timeMs)
  }

  /** The tables of one minute, in the order of sources. */
  minute(startMs: number): readonly Cells[] {
    return this.#minutes.get(startMs)?.bySource.filter(cells => cells !== null) ?? []
  }

  /** Start of the oldest minute held; infinite where there is none. */
  oldestMs(): number {
    return this.#oldestMs
  }

  /** The older of `than` and what the minutes held need. */
  oldest(than: Resume): Resume {
    let oldest = than
    for (const { resume } of this.#minutes.values()) if (resume.offset < oldest.offset) oldest = resume
    return oldest
  }

  *tables(): Iterable<Cells> {
    for (const { bySource } of this.#minutes.values())
      for (const cells of bySource) if (cells !== null) yield cells
  }

  #cells(startMs: number, source: number, here: Resume): Cells {
    let minute = startMs === this.#lastMs ? this.#last : this.#minutes.get(startMs)
    if (minute === undefined) {
      if (startMs < this.#oldestMs) this.#oldestMs = startMs
      minute = { bySource: new Array<Cells | null>(this.#sources).fill(null), resume: here }
      this.#minutes.set(startMs, minute)
    }
    this.#last = minute
    this.#lastMs = startMs
    const known = minute.bySource[source]
    if (known !== null && known !== undefined) return known
    const cells = this.#pool.take()
    minute.bySource[source] = cells
    return cells
  }
}
