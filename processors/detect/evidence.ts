// The sales of the last two days, packed: which releases, artists and countries stand behind what a key did.

import { DIMENSIONS } from '../../schemas/keys.ts'
import {
  AT_ARTIST,
  AT_COUNTRY,
  AT_FORMAT,
  AT_GENRE,
  AT_ITEM,
  AT_PAID,
  AT_TAGS,
  AT_UNITS,
  COLUMN_AMEND,
  COLUMN_SALE,
  COLUMN_TICK,
  ITEM_HEAD,
  type SalesColumns,
} from '../../schemas/sales-columns.ts'
import { textAt } from '../../schemas/texts.ts'
import { MINUTE_MS } from '../../schemas/time.ts'
import type { KeyTable } from '../aggregate/key-table.ts'
import { EVIDENCE_MINUTES } from './tuning.ts'

/** Where a line has the key ids of its dimensions; tags come behind. */
export const [LINE_GENRE, LINE_COUNTRY, LINE_FORMAT, LINE_ARTIST, LINE_ITEM] = [0, 1, 2, 3, 4] as const
const LINE_KEYS = 5
const FIELD_OF_DIMENSION: readonly (number | undefined)[] = DIMENSIONS.map(dimension => {
  const field = ['genre', 'country', 'format', 'artist', 'item'].indexOf(dimension)
  return field < 0 ? undefined : field
})
/** Instead of a field: look among the tags; take every line. */
const [TAGS, EVERY] = [-1, -2]
/** Numbers of a line beside its keys: where the keys begin, their count, basket, units, cents. */
const LINE_HEAD = 5

/** One minute's lines. */
class Minute {
  readonly minute: number
  keys = new Int32Array(256)
  size = 0
  heads = new Int32Array(128)
  lines = 0
  /** Baskets met, while the minute is open: one met again is not written again. */
  baskets: Set<string> | null = new Set()

  constructor(minute: number) {
    this.minute = minute
  }
}

/** One item of a basket, as evidence: valid until the next line is visited. */
export interface Line {
  minute: number
  /** Number of the basket among all; lines of one come one after the other. */
  basket: number
  units: number
  paidUsdCents: number
  /** The line's key ids from `at` on: genre, country, format, artist, item, then `count - 5` tags. */
  keys: Int32Array
  at: number
  count: number
}

/** Bounded by time: two days of lines, about 60 bytes each. */
export class Evidence {
  readonly #keys: KeyTable
  readonly #minutes = new Map<number, Minute>()
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
      const number = Math.floor(timesMs[i]! / MINUTE_MS)
      const minute = number >= openFrom ? this.#minuteAt(number) : null
      const isNew = minute?.baskets != null && !minute.baskets.has(textAt(texts, id))
      if (isNew) {
        minute.baskets!.add(textAt(texts, id))
        this.#baskets = (this.#baskets + 1) | 0
      }
      for (let left = itemCounts[i]!; left > 0; left--) {
        if (isNew) this.#line(minute, this.#baskets, items, at, ids)
        at += ITEM_HEAD + items[at + AT_TAGS]!
      }
    }
  }

  /** Minutes before `minute` are complete: what comes for them now is late, and no evidence. */
  close(minute: number): void {
    for (let number = Math.max(this.#closedUpTo, minute - EVIDENCE_MINUTES); number < minute; number++) {
      const done = this.#minutes.get(number)
      if (done !== undefined) done.baskets = null
      this.#minutes.delete(number - EVIDENCE_MINUTES)
    }
    this.#closedUpTo = minute
  }

  /** Visits the lines of minutes `[from, to)` that mention the key. */
  forEach(keyId: number, from: number, to: number, visit: (line: Line) => void): void {
    const line: Line = { minute: 0, basket: 0, units: 0, paidUsdCents: 0, keys: EMPTY, at: 0, count: 0 }
    const field =
      keyId === this.#keys.allId ? EVERY : (FIELD_OF_DIMENSION[this.#keys.dimension(keyId)] ?? TAGS)
    for (let number = from; number < to; number++) {
      const minute = this.#minutes.get(number)
      if (minute === undefined) continue
      const { keys, heads } = minute
      line.minute = number
      line.keys = keys
      for (let head = 0; head < minute.lines * LINE_HEAD; head += LINE_HEAD) {
        const at = heads[head]!
        if (
          field >= 0
            ? keys[at + field] !== keyId
            : field === TAGS && !hasTag(keys, at, heads[head + 1]!, keyId)
        )
          continue
        line.at = at
        line.count = heads[head + 1]!
        line.basket = heads[head + 2]!
        line.units = heads[head + 3]!
        line.paidUsdCents = heads[head + 4]!
        visit(line)
      }
    }
  }

  /** Key ids that must stay. */
  *held(): Iterable<{ readonly keys: Int32Array; readonly size: number }> {
    yield* this.#minutes.values()
  }

  #minuteAt(number: number): Minute {
    let minute = this.#minutes.get(number)
    if (minute === undefined) {
      minute = new Minute(number)
      this.#minutes.set(number, minute)
    }
    return minute
  }

  #line(minute: Minute, basket: number, items: Int32Array, at: number, ids: Int32Array): void {
    const tags = items[at + AT_TAGS]!
    const need = minute.size + LINE_KEYS + tags
    if (need > minute.keys.length) minute.keys = longer(minute.keys, need)
    const head = minute.lines * LINE_HEAD
    if (head + LINE_HEAD > minute.heads.length) minute.heads = longer(minute.heads, head + LINE_HEAD)
    const { keys, heads } = minute
    const start = minute.size
    const id = (field: number) => ids[items[at + field]!]!
    keys[start] = id(AT_GENRE)
    keys[start + LINE_COUNTRY] = id(AT_COUNTRY)
    keys[start + LINE_FORMAT] = id(AT_FORMAT)
    keys[start + LINE_ARTIST] = id(AT_ARTIST)
    keys[start + LINE_ITEM] = id(AT_ITEM)
    for (let t = 0; t < tags; t++) keys[start + LINE_KEYS + t] = ids[items[at + ITEM_HEAD + t]!]!
    minute.size += LINE_KEYS + tags
    heads[head] = start
    heads[head + 1] = LINE_KEYS + tags
    heads[head + 2] = basket
    heads[head + 3] = items[at + AT_UNITS]!
    heads[head + 4] = items[at + AT_PAID]!
    minute.lines++
  }
}

const EMPTY = new Int32Array(0)

function hasTag(keys: Int32Array, at: number, count: number, keyId: number): boolean {
  for (let k = at + LINE_KEYS; k < at + count; k++) if (keys[k] === keyId) return true
  return false
}

function longer(table: Int32Array, need: number): Int32Array<ArrayBuffer> {
  const bigger = new Int32Array(Math.max(need, table.length * 2))
  bigger.set(table)
  return bigger
}
