// Panes: adds up, within one partition of `sales`, the totals of every key in every minute.
import type { Gap } from '../schemas/records.ts'
import { AT_TAGS, COLUMN_GAP, COLUMN_TICK, ITEM_HEAD, type SalesColumns } from '../schemas/sales-columns.ts'
import { floorTo } from '../schemas/time.ts'
import { BasketLedger, BasketMarks, type PackedBasket } from './aggregate/basket-ledger.ts'
import { ByStart } from './aggregate/by-start.ts'
import { type Cells, CellsPool } from './aggregate/cells.ts'
import { KeyTable } from './aggregate/key-table.ts'
import type { Resume } from './aggregate/resume.ts'
import { PANE_MS } from './topology.ts'

/** Where the totals of a fired pane go: to records of a topic, or straight into the next processor. */
export interface PaneSink {
  /** The cell `slot` of `cells`: absolute totals of one key in the minute from `startMs`. */
  pane(startMs: number, cells: Cells, slot: number): void
  /** All cells of a minute at once, when it fires for the first time. */
  minute(startMs: number, cells: Cells): void
  gap(gap: Gap): void
  /** Comes after every pane that belongs before it. */
  tick(upToMs: number): void
}

interface OpenPane {
  readonly startMs: number
  readonly cells: Cells
  readonly ledger: BasketLedger
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
 * Event time only: the watermark comes in ticks. A pane `[start, start + 1 min)` fires when the watermark
 * passes its end, again (revision + 1) at each tick after it changed, until `allowedLatenessMs` after its
 * end.
 */
export class Panes {
  readonly counts: PanesCounts = { duplicates: 0, tooLate: 0 }
  readonly keys: KeyTable
  readonly #latenessMs: number
  readonly #sink: PaneSink
  readonly #marks = new BasketMarks()
  readonly #ledgers: BasketLedger[] = []
  readonly #open = new ByStart<OpenPane>()
  #watermarkMs: number | null
  /** Panes closed at this watermark were complete and acknowledged before a restart. */
  readonly #finalAtMs: number
  readonly #pool = new CellsPool()
  #last: OpenPane | null = null

  constructor(
    options: PanesOptions,
    sink: PaneSink,
    resume: { watermarkMs: number | null; finalAtMs: number | null },
  ) {
    this.#latenessMs = options.allowedLatenessMs
    this.keys = options.keys ?? new KeyTable()
    this.#sink = sink
    this.keys.heldBy(() => this.#tables())
    this.#watermarkMs = resume.watermarkMs
    this.#finalAtMs = resume.finalAtMs ?? Number.NEGATIVE_INFINITY
  }

  /** Handles a batch of the partition; its first record stands at `firstOffset` of the log. */
  handle(batch: SalesColumns, firstOffset: number): void {
    const { kinds, timesMs, itemCounts, items, basketIds, gaps, texts } = batch
    const basket: PackedBasket = { items, texts, ids: this.keys.idsOf(batch), id: 0, at: 0, count: 0 }
    let [nextBasket, nextGap] = [0, 0]
    for (let i = 0; i < kinds.length; i++) {
      switch (kinds[i]) {
        case COLUMN_TICK:
          this.#tick(timesMs[i]!)
          break
        case COLUMN_GAP:
          this.#gap(gaps[nextGap++]!)
          break
        default:
          basket.count = itemCounts[i]!
          basket.id = basketIds[nextBasket++]!
          this.#sale(timesMs[i]!, basket, firstOffset + i)
          for (let left = basket.count; left > 0; left--) basket.at += ITEM_HEAD + items[basket.at + AT_TAGS]!
      }
    }
    this.keys.sweepHourly(this.#watermarkMs)
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

  /**
   * What a commit may call final: never less than before a restart, even while old records are read again.
   */
  get finalAtMs(): number | null {
    const finalAtMs = Math.max(this.#finalAtMs, this.#watermarkMs ?? Number.NEGATIVE_INFINITY)
    return finalAtMs === Number.NEGATIVE_INFINITY ? null : finalAtMs
  }

  #sale(soldAtMs: number, basket: PackedBasket, offset: number): void {
    const last = this.#last
    const isLast = last !== null && soldAtMs >= last.startMs && soldAtMs < last.startMs + PANE_MS
    const pane = isLast ? last : this.#paneAt(floorTo(soldAtMs, PANE_MS), offset)
    if (pane === null) return
    const { ledger, cells } = pane
    const touched = pane.fired ? pane.dirty : null
    const place = ledger.find(basket)
    if (place < 0) {
      ledger.apply(ledger.enter(basket, this.keys), cells, 1, this.#marks, touched)
      return
    }
    if (!ledger.isTaughtBy(place, basket)) {
      this.counts.duplicates++
      return
    }
    ledger.apply(place, cells, -1, this.#marks, touched)
    ledger.apply(ledger.merge(place, basket, this.keys), cells, 1, this.#marks, touched)
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
      cells: this.#pool.take(),
      ledger: this.#ledgers.pop() ?? new BasketLedger(),
      resume: { offset, watermarkMs: this.#watermarkMs },
      fired: this.#watermarkMs !== null && startMs + PANE_MS <= this.#watermarkMs,
      dirty: new Set(),
    }
    this.#open.add(pane)
    this.#last = pane
    return pane
  }

  #gap(gap: Gap): void {
    if (gap.toMs > this.#finalAtMs) this.#sink.gap(gap)
  }

  #tick(upToMs: number): void {
    if (this.#watermarkMs !== null && upToMs <= this.#watermarkMs) return
    this.#watermarkMs = upToMs
    const acknowledged = upToMs <= this.#finalAtMs
    this.#open.fromOldest(pane => {
      if (pane.startMs + PANE_MS > upToMs) return 'stop'
      this.#fire(pane, acknowledged)
      if (pane.startMs + PANE_MS + this.#latenessMs > upToMs) return 'keep'
      this.#release(pane)
      return 'close'
    })
    if (!acknowledged) this.#sink.tick(upToMs)
  }

  #fire(pane: OpenPane, acknowledged: boolean): void {
    if (!pane.fired) {
      pane.fired = true
      if (acknowledged) return
      this.#sink.minute(pane.startMs, pane.cells)
      return
    }
    if (pane.dirty.size === 0) return
    for (const slot of pane.dirty) {
      pane.cells.revisions[slot] = pane.cells.revisions[slot]! + 1
      if (!acknowledged) this.#sink.pane(pane.startMs, pane.cells, slot)
    }
    pane.dirty.clear()
  }

  #release(pane: OpenPane): void {
    this.#pool.give(pane.cells)
    pane.ledger.clear()
    this.#ledgers.push(pane.ledger)
    if (this.#last === pane) this.#last = null
  }

  *#tables(): Iterable<Cells> {
    for (const pane of this.#open.values()) yield pane.cells
  }
}
