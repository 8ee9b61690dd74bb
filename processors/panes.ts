// Panes: adds up, within one partition of `sales`, the totals of every key in every minute.
import type { Gap, Sale, SalesRecord, Tick } from '../schemas/records.ts'
import { floorTo, HOUR_MS } from '../schemas/time.ts'
import { Cells } from './aggregate/cells.ts'
import { Contribution } from './aggregate/contribute.ts'
import { KeyTable } from './aggregate/key-table.ts'
import { betterInformed } from './aggregate/knowledge.ts'
import type { Resume } from './aggregate/resume.ts'
import { PANE_MS } from './topology.ts'

/** Where the totals of a fired pane go: to records of a topic, or straight into the next processor. */
export interface PaneSink {
  /** The cell `slot` of `cells`: absolute totals of one key in the minute from `startMs`. */
  pane(startMs: number, cells: Cells, slot: number, firedAtMs: number): void
  gap(gap: Gap): void
  /** Comes after every pane that belongs before it. */
  tick(upToMs: number): void
}

interface OpenPane {
  readonly startMs: number
  readonly cells: Cells
  readonly baskets: Map<string, Sale>
  /** Where a reader has to start again to rebuild this pane. */
  readonly resume: Resume
  fired: boolean
  /** Slots changed since the pane fired. */
  readonly dirty: Set<number>
}

export interface PanesOptions {
  readonly allowedLatenessMs: number
  /** Shared with the next processor when both run chained in memory. */
  readonly keys?: KeyTable
}

export interface PanesCounts {
  /** Baskets met again, dropped. */
  duplicates: number
  /** Baskets and amendments after the allowed lateness: still stored as sales, not counted in panes. */
  tooLate: number
}

/**
 * Event time only: the watermark comes in ticks. A pane `[start, start + 1 min)` fires when the watermark passes
 * its end, again (revision + 1) at each tick after it changed, until `allowedLatenessMs` after its end.
 */
export class Panes {
  readonly counts: PanesCounts = { duplicates: 0, tooLate: 0 }
  readonly keys: KeyTable
  readonly #latenessMs: number
  readonly #sink: PaneSink
  readonly #contribution: Contribution
  readonly #open = new Map<number, OpenPane>()
  #watermarkMs: number | null
  /** Panes closed at this watermark were complete and acknowledged before a restart. */
  readonly #finalAtMs: number
  #last: OpenPane | null = null
  #sweptHour = 0

  constructor(
    options: PanesOptions,
    sink: PaneSink,
    resume: { watermarkMs: number | null; finalAtMs: number | null },
  ) {
    this.#latenessMs = options.allowedLatenessMs
    this.keys = options.keys ?? new KeyTable()
    this.#sink = sink
    this.#contribution = new Contribution(this.keys)
    this.keys.heldBy(() => this.#tables())
    this.#watermarkMs = resume.watermarkMs
    this.#finalAtMs = resume.finalAtMs ?? Number.NEGATIVE_INFINITY
  }

  /** Handles one record of the partition; `offset` is its place in the log. */
  handle(record: SalesRecord, offset: number): void {
    switch (record.kind) {
      case 'sale':
        this.#sale(record, offset)
        return
      case 'amend':
        this.#sale(record.sale, offset)
        return
      case 'gap':
        this.#gap(record)
        return
      case 'tick':
        this.#tick(record)
        return
    }
  }

  /** What to commit when everything before `nextOffset` has been handled and its output acknowledged. */
  resume(nextOffset: number): Resume {
    let oldest: Resume = { offset: nextOffset, watermarkMs: this.#watermarkMs }
    for (const pane of this.#open.values()) if (pane.resume.offset < oldest.offset) oldest = pane.resume
    return oldest
  }

  get watermarkMs(): number | null {
    return this.#watermarkMs
  }

  /** What a commit may call final: never less than before a restart, even while old records are read again. */
  get finalAtMs(): number | null {
    const finalAtMs = Math.max(this.#finalAtMs, this.#watermarkMs ?? Number.NEGATIVE_INFINITY)
    return finalAtMs === Number.NEGATIVE_INFINITY ? null : finalAtMs
  }

  #sale(sale: Sale, offset: number): void {
    const startMs = floorTo(sale.soldAtMs, PANE_MS)
    const pane = this.#last?.startMs === startMs ? this.#last : this.#paneAt(startMs, offset)
    if (pane === null) return
    const known = pane.baskets.get(sale.basketId)
    if (known === undefined) {
      pane.baskets.set(sale.basketId, sale)
      this.#contribution.apply(pane.cells, sale, 1, pane.fired ? pane.dirty : null)
      return
    }
    const merged = betterInformed(known, sale)
    if (merged === known) {
      this.counts.duplicates++
      return
    }
    pane.baskets.set(sale.basketId, merged)
    const touched = pane.fired ? pane.dirty : null
    this.#contribution.apply(pane.cells, known, -1, touched)
    this.#contribution.apply(pane.cells, merged, 1, touched)
  }

  /** The open pane from `startMs`, made where it is new; null where it is closed. */
  #paneAt(startMs: number, offset: number): OpenPane | null {
    const known = this.#open.get(startMs)
    if (known !== undefined) {
      this.#last = known
      return known
    }
    const closesMs = startMs + PANE_MS + this.#latenessMs
    if (closesMs <= this.#finalAtMs) return null // complete before the restart: met again, not late
    if (this.#watermarkMs !== null && closesMs <= this.#watermarkMs) {
      this.counts.tooLate++
      return null
    }
    const pane: OpenPane = {
      startMs,
      cells: new Cells(512),
      baskets: new Map(),
      resume: { offset, watermarkMs: this.#watermarkMs },
      fired: this.#watermarkMs !== null && startMs + PANE_MS <= this.#watermarkMs,
      dirty: new Set(),
    }
    this.#open.set(startMs, pane)
    this.#last = pane
    return pane
  }

  #gap(gap: Gap): void {
    if (gap.toMs > this.#finalAtMs) this.#sink.gap(gap)
  }

  #tick(tick: Tick): void {
    const upToMs = tick.upToMs
    if (this.#watermarkMs !== null && upToMs <= this.#watermarkMs) return
    this.#watermarkMs = upToMs
    const acknowledged = upToMs <= this.#finalAtMs
    for (const pane of [...this.#open.values()].sort((a, b) => a.startMs - b.startMs)) {
      if (pane.startMs + PANE_MS > upToMs) break
      this.#fire(pane, upToMs, acknowledged)
      if (pane.startMs + PANE_MS + this.#latenessMs <= upToMs) this.#close(pane)
    }
    if (!acknowledged) this.#sink.tick(upToMs)
    this.#forget(upToMs)
  }

  #fire(pane: OpenPane, firedAtMs: number, acknowledged: boolean): void {
    if (!pane.fired) {
      pane.fired = true
      if (acknowledged) return
      for (let slot = 0; slot < pane.cells.size; slot++)
        this.#sink.pane(pane.startMs, pane.cells, slot, firedAtMs)
      return
    }
    for (const slot of pane.dirty) {
      pane.cells.revisions[slot] = pane.cells.revisions[slot]! + 1
      if (!acknowledged) this.#sink.pane(pane.startMs, pane.cells, slot, firedAtMs)
    }
    pane.dirty.clear()
  }

  #close(pane: OpenPane): void {
    this.#open.delete(pane.startMs)
    if (this.#last === pane) this.#last = null
  }

  /** Once an hour of event time, lets go of keys that nobody mentions any more. */
  #forget(upToMs: number): void {
    const hour = floorTo(upToMs, HOUR_MS)
    if (hour === this.#sweptHour) return
    this.#sweptHour = hour
    this.keys.sweep()
  }

  *#tables(): Iterable<Cells> {
    for (const pane of this.#open.values()) yield pane.cells
  }
}
