// Minute history: a day of panes, open ones replaceable, closed ones packed into a fifth of the memory.
import { PANE_MS } from '../topology.ts'
import { type Cells, FIELDS } from './cells.ts'
import { PaneBook } from './pane-book.ts'
import type { Resume } from './resume.ts'

/** A closed minute of one source: it never changes again, so it needs no index and no room to grow. */
interface Packed {
  readonly keys: Int32Array
  readonly size: number
  readonly values: Int32Array | Float64Array
}

type VisitCell = (keyId: number, values: Float64Array | Int32Array, at: number) => void

const NOWHERE: Resume = { offset: 0, watermarkMs: null }

/** Bounded by time: `dropBefore` lets go of what no rolling window can reach. */
export class MinuteHistory {
  readonly #open: PaneBook
  readonly #packed = new Map<number, Packed[]>()

  constructor(sources: number) {
    this.#open = new PaneBook(sources)
  }

  /** As `PaneBook.replace`. */
  replace(
    keyId: number,
    startMs: number,
    source: number,
    revision: number,
    values: Float64Array,
    delta: Float64Array,
  ): boolean {
    return this.#open.replace(keyId, startMs, source, revision, values, 0, delta, NOWHERE)
  }

  /** Visits every cell of the minutes in `[fromMs, toMs)`; both are multiples of a minute. */
  forEachIn(fromMs: number, toMs: number, visit: VisitCell): void {
    for (let startMs = Math.max(fromMs, this.#oldestMs()); startMs < toMs; startMs += PANE_MS) {
      for (const { keys, size, values } of this.#packed.get(startMs) ?? this.#open.minute(startMs)) {
        for (let slot = 0; slot < size; slot++) visit(keys[slot]!, values, slot * FIELDS)
      }
    }
  }

  /** Packs minutes that ended at or before `timeMs`: they can no longer change. */
  freezeUpTo(timeMs: number): void {
    this.#open.takeUpTo(timeMs, (startMs, tables) => this.#packed.set(startMs, tables.map(packed)))
  }

  /** Lets go of minutes that start before `timeMs`. */
  dropBefore(timeMs: number): void {
    for (const startMs of this.#packed.keys()) if (startMs < timeMs) this.#packed.delete(startMs)
  }

  *tables(): Iterable<{ readonly keys: Int32Array; readonly size: number }> {
    yield* this.#open.tables()
    for (const minutes of this.#packed.values()) yield* minutes
  }

  #oldestMs(): number {
    let oldest = this.#open.oldestMs()
    for (const startMs of this.#packed.keys()) if (startMs < oldest) oldest = startMs
    return oldest
  }
}

function packed(cells: Cells): Packed {
  const length = cells.size * FIELDS
  const keys = cells.keys.slice(0, cells.size)
  for (let i = 0; i < length; i++) {
    if (cells.values[i]! > 0x7fffffff)
      return { keys, size: cells.size, values: cells.values.slice(0, length) }
  }
  return { keys, size: cells.size, values: Int32Array.from(cells.values.subarray(0, length)) }
}
