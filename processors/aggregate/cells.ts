// Cells: totals by key id for one stretch of time, in flat arrays with an open-addressing index.
import type { Totals } from '../../schemas/totals.ts'

/** Fields of a cell, in the order in which they lie in `values`. */
export const ITEMS = 0
export const BASKETS = 1
export const UNITS = 2
export const REVENUE = 3
export const OVER = 4
export const FIELDS = 5

/** Fibonacci hashing: spreads consecutive ids over the index. */
const SPREAD = 0x9e3779b1

/**
 * Tables from this capacity on that hold a good part of all ids are indexed by id itself: new keys have ids
 * in a row, so their entries share cache lines, and no key needs comparing.
 */
const DIRECT_CAPACITY = 32_768
const DIRECT_IDS_PER_SLOT = 4

/**
 * A table key id → totals. Slots are dense, in order of first use; they never move, so a slot number stays
 * good for the life of the table. Values are exact integers up to 2^53.
 */
export class Cells {
  keys: Int32Array
  values: Float64Array
  /** 0 on time; one more each time a fired cell changed. */
  revisions: Int32Array
  size = 0
  #index: Int32Array
  #shift: number
  #isDirect = false

  constructor(expected = 64) {
    const capacity = 1 << Math.ceil(Math.log2(Math.max(16, expected)))
    this.keys = new Int32Array(capacity)
    this.values = new Float64Array(capacity * FIELDS)
    this.revisions = new Int32Array(capacity)
    this.#index = new Int32Array(capacity * 2)
    this.#shift = 31 - Math.log2(capacity)
  }

  /** The slot of a key, made with zero totals where it is new. */
  slotOf(keyId: number): number {
    if (this.#isDirect) {
      const entry = keyId < this.#index.length ? this.#index[keyId]! : 0
      return entry === 0 ? this.#addDirect(keyId) : entry - 1
    }
    const mask = this.#index.length - 1
    let at = Math.imul(keyId, SPREAD) >>> this.#shift
    for (;;) {
      const entry = this.#index[at]!
      if (entry === 0) break
      if (this.keys[entry - 1] === keyId) return entry - 1
      at = (at + 1) & mask
    }
    if (this.size === this.keys.length) {
      this.#grow()
      return this.slotOf(keyId)
    }
    const slot = this.size++
    this.keys[slot] = keyId
    this.#index[at] = slot + 1
    return slot
  }

  add(slot: number, items: number, baskets: number, units: number, revenue: number, over: number): void {
    const values = this.values
    const at = slot * FIELDS
    values[at] = values[at]! + items
    values[at + 1] = values[at + 1]! + baskets
    values[at + 2] = values[at + 2]! + units
    values[at + 3] = values[at + 3]! + revenue
    values[at + 4] = values[at + 4]! + over
  }

  /** Makes this empty table an equal of another: copying whole arrays beats looking each key up by far. */
  copyFrom(other: Cells): void {
    if (this.capacity !== other.capacity || this.#index.length !== other.#index.length) {
      this.keys = new Int32Array(other.capacity)
      this.values = new Float64Array(other.capacity * FIELDS)
      this.revisions = new Int32Array(other.capacity)
      this.#index = new Int32Array(other.#index.length)
    }
    this.keys.set(other.keys.subarray(0, other.size))
    this.values.set(other.values.subarray(0, other.size * FIELDS))
    this.revisions.set(other.revisions.subarray(0, other.size))
    this.#index.set(other.#index)
    this.#shift = other.#shift
    this.#isDirect = other.#isDirect
    this.size = other.size
  }

  /** Empties the table and keeps its arrays: making new ones every minute costs more than filling them. */
  clear(): void {
    this.values.fill(0, 0, this.size * FIELDS)
    this.revisions.fill(0, 0, this.size)
    this.#index.fill(0)
    this.size = 0
  }

  totals(slot: number): Totals {
    const at = slot * FIELDS
    return {
      items: this.values[at]!,
      baskets: this.values[at + BASKETS]!,
      units: this.values[at + UNITS]!,
      revenueUsdCents: this.values[at + REVENUE]!,
      overUsdCents: this.values[at + OVER]!,
    }
  }

  get capacity(): number {
    return this.keys.length
  }

  #addDirect(keyId: number): number {
    if (this.size === this.keys.length) {
      this.#grow()
      return this.slotOf(keyId)
    }
    if (keyId >= this.#index.length) {
      const index = new Int32Array(Math.max(keyId + 1, this.#index.length * 2))
      index.set(this.#index)
      this.#index = index
    }
    const slot = this.size++
    this.keys[slot] = keyId
    this.#index[keyId] = slot + 1
    return slot
  }

  #grow(): void {
    const capacity = this.keys.length * 2
    const keys = new Int32Array(capacity)
    keys.set(this.keys)
    const values = new Float64Array(capacity * FIELDS)
    values.set(this.values)
    const revisions = new Int32Array(capacity)
    revisions.set(this.revisions)
    this.keys = keys
    this.values = values
    this.revisions = revisions
    let ids = 0
    for (let slot = 0; slot < this.size; slot++) if (keys[slot]! >= ids) ids = keys[slot]! + 1
    this.#isDirect = capacity >= DIRECT_CAPACITY && ids <= capacity * DIRECT_IDS_PER_SLOT
    this.#index = new Int32Array(this.#isDirect ? Math.max(ids, capacity) : capacity * 2)
    this.#shift = 31 - Math.log2(capacity)
    if (this.#isDirect) {
      for (let slot = 0; slot < this.size; slot++) this.#index[keys[slot]!] = slot + 1
      return
    }
    const mask = this.#index.length - 1
    for (let slot = 0; slot < this.size; slot++) {
      let at = Math.imul(keys[slot]!, SPREAD) >>> this.#shift
      while (this.#index[at] !== 0) at = (at + 1) & mask
      this.#index[at] = slot + 1
    }
  }
}

/** A table for one minute's keys: most minutes of an ordinary day fit without growing. */
const MINUTE_KEYS = 512

/** Bigger tables are let go, so that one busy hour does not hold its memory for ever. */
const POOLED_CAPACITY_MAX = 16_384

/** More than the minutes that are open at once, for panes and windows together. */
const POOLED_MAX = 256

/** Tables to use again: typed arrays are costly to make and to collect, minutes come and go all the time. */
export class CellsPool {
  readonly #free: Cells[] = []

  take(): Cells {
    return this.#free.pop() ?? new Cells(MINUTE_KEYS)
  }

  /** Gives a table back; nobody may use it afterwards. */
  give(cells: Cells): void {
    if (cells.capacity > POOLED_CAPACITY_MAX || this.#free.length >= POOLED_MAX) return
    cells.clear()
    this.#free.push(cells)
  }
}
