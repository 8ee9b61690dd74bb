// The sales of the last two days, packed: which releases, artists and countries stand behind what a key did.
import { DIMENSIONS } from '../../schemas/keys.ts'
import {
  AT_TAGS,
  COLUMN_AMEND,
  COLUMN_SALE,
  COLUMN_TICK,
  ITEM_HEAD,
  type SalesColumns,
} from '../../schemas/sales-columns.ts'
import { textAt } from '../../schemas/texts.ts'
import { MINUTE_MS } from '../../schemas/time.ts'
import type { KeyTable } from '../aggregate/key-table.ts'
import { EVERY, EvidenceHour, LINE_DIMENSIONS, type Line, TAGS } from './evidence-hour.ts'
import { EVIDENCE_MINUTES, HOUR_MINUTES } from './tuning.ts'

/** By dimension, where its keys are. */
const COLUMN_OF_DIMENSION: readonly number[] = DIMENSIONS.map(dimension => {
  const column = (LINE_DIMENSIONS as readonly string[]).indexOf(dimension)
  return column < 0 ? TAGS : column
})

const hourOf = (minute: number): number => Math.floor(minute / HOUR_MINUTES)

/** Bounded by time: two days of lines, about 60 bytes each. */
export class Evidence {
  readonly #keys: KeyTable
  readonly #hours = new Map<number, EvidenceHour>()
  /** Baskets met in minutes that are open: one met again is not written again. */
  readonly #met = new Map<number, Set<string>>()
  #closedUpTo = Number.NEGATIVE_INFINITY
  #baskets = 0

  constructor(keys: KeyTable) {
    this.#keys = keys
  }

  /** Keeps the sales of a batch whose minutes are still open when they come. */
  take(batch: SalesColumns): void {
    const { kinds, timesMs, itemCounts, items, basketIds, texts } = batch
    const ids = this.#keys.idsOf(batch)
    let openFrom = this.#closedUpTo
    let [basket, at] = [0, 0]
    for (let i = 0; i < kinds.length; i++) {
      if (kinds[i] === COLUMN_TICK) openFrom = Math.max(openFrom, Math.floor(timesMs[i]! / MINUTE_MS))
      if (kinds[i] !== COLUMN_SALE && kinds[i] !== COLUMN_AMEND) continue
      const id = basketIds[basket++]!
      const minute = Math.floor(timesMs[i]! / MINUTE_MS)
      const isNew = minute >= openFrom && this.#meet(minute, textAt(texts, id))
      for (let left = itemCounts[i]!; left > 0; left--) {
        if (isNew) this.#line(minute, items, at, ids)
        at += ITEM_HEAD + items[at + AT_TAGS]!
      }
    }
  }

  /** Minutes before `minute` are complete: what comes for them now is late, and no evidence. */
  close(minute: number): void {
    for (const number of this.#met.keys()) if (number < minute) this.#met.delete(number)
    if (hourOf(minute) > hourOf(this.#closedUpTo)) {
      const oldest = hourOf(minute - EVIDENCE_MINUTES)
      for (const [number, hour] of this.#hours) {
        if (number < oldest) this.#hours.delete(number)
        else if (number < hourOf(minute)) hour.complete()
      }
    }
    this.#closedUpTo = minute
  }

  /** Visits the lines of minutes `[from, to)` that mention the key. */
  forEach(keyId: number, from: number, to: number, visit: (line: Line) => void): void {
    const column = keyId === this.#keys.allId ? EVERY : COLUMN_OF_DIMENSION[this.#keys.dimension(keyId)]!
    for (let hour = hourOf(from); hour <= hourOf(to - 1); hour++) {
      this.#hours.get(hour)?.forEach(column, keyId, from, to, visit)
    }
  }

  /** Key ids that must stay. */
  *held(): Iterable<{ readonly keys: Int32Array; readonly size: number }> {
    for (const hour of this.#hours.values()) yield* hour.held()
  }

  /** Whether the basket is met for the first time. */
  #meet(minute: number, basketId: string): boolean {
    const met = this.#met.get(minute) ?? new Set()
    if (met.has(basketId)) return false
    this.#met.set(minute, met.add(basketId))
    this.#baskets = (this.#baskets + 1) | 0
    return true
  }

  #line(minute: number, items: Int32Array, at: number, ids: Int32Array): void {
    let hour = this.#hours.get(hourOf(minute))
    if (hour === undefined) {
      hour = new EvidenceHour()
      this.#hours.set(hourOf(minute), hour)
    }
    hour.add({ minute, basket: this.#baskets, items, at, ids })
  }
}
