// What each artist sold in a day: of twenty thousand artists, as arrays that merge by the million.
import type { HistoryQuery, RankBy } from '../../../schemas/history.ts'
import type { Totals } from '../../../schemas/totals.ts'
import type { Block } from './block.ts'
import type { Context } from './context.ts'
import type { DayPart, Part } from './days.ts'
import { filterName, repeatSubset, type Scan, select } from './scan.ts'
import { Slots, SUMMED, Sums } from './sums.ts'

const INT32_MAX = 0x7fffffff
/** Where the revenue stands among the numbers of an artist. */
const REVENUE = 3

/** Artists in the order met; the sums of the i-th are the `SUMMED` numbers from `i * SUMMED`. */
interface ArtistSums extends Part {
  readonly ids: Int32Array
  readonly values: Int32Array | Float64Array
}

type Select = (visit: (block: Block, rows: Int32Array, count: number) => void) => void

/** By artist, one more than their slot; all zero between calls. */
let slotOfArtist = new Int32Array(1 << 16)

/** Sums the selected rows by artist. */
function artistSums(selectRows: Select, subset: number): ArtistSums {
  const sums = new Sums(subset)
  const slots = new Slots()
  const ids: number[] = []
  selectRows((block, rows, count) => {
    if (block.mostArtist >= slotOfArtist.length) {
      const grown = new Int32Array(Math.max(block.mostArtist + 1, slotOfArtist.length * 2))
      grown.set(slotOfArtist)
      slotOfArtist = grown
    }
    const numbers = slots.of(count)
    for (let i = 0; i < count; i++) {
      const id = block.artist[rows[i]!]!
      let slot = slotOfArtist[id]!
      if (slot === 0) {
        slot = ids.push(id)
        slotOfArtist[id] = slot
      }
      numbers[i] = slot - 1
    }
    sums.add(block, rows, count, numbers)
  })
  for (const id of ids) slotOfArtist[id] = 0
  const values = packed(sums.values(ids.length))
  return { ids: Int32Array.from(ids), values, bytes: ids.length * 4 + values.byteLength }
}

/** Half the memory, where the numbers allow it: they nearly always do. */
function packed(values: Float64Array): Int32Array | Float64Array {
  for (let i = 0; i < values.length; i++) if (values[i]! > INT32_MAX) return values.slice()
  return Int32Array.from(values)
}

/** Items by artist of the rows that a question is about. */
export function itemsByArtist({ days }: Context, query: HistoryQuery, { blocks, filter }: Scan): ArtistItems {
  const subset = repeatSubset(query.filter, 'artist')
  const scanDay = (day: readonly Block[]) => artistSums(visit => select(day, query, filter, visit), subset)
  return new ArtistItems(days.scan(`artists ${filterName(filter)}`, blocks, query, scanDay))
}

interface Leading {
  readonly above: readonly number[]
  readonly equal: readonly number[]
}

/** Items by artist over several days. */
export class ArtistItems {
  #items = new Int32Array(1 << 16)
  readonly #days: readonly DayPart<ArtistSums>[]

  constructor(days: readonly DayPart<ArtistSums>[]) {
    this.#days = days
    for (const { part } of days) this.#add(part)
  }

  of(artist: number): number {
    return this.#items[artist] ?? 0
  }

  distinct(): number {
    let n = 0
    for (let id = 0; id < this.#items.length; id++) if (this.#items[id]! > 0) n++
    return n
  }

  /** So many lead for certain; of those with just as much as the last one some do. */
  leading(count: number, by: RankBy): Leading {
    return by === 'items' ? this.#atLeast(this.#itemsOfRank(count), this.#items) : this.#byRevenue(count)
  }

  #byRevenue(count: number): Leading {
    const revenue = new Float64Array(this.#items.length)
    for (const { part } of this.#days) {
      const { ids, values } = part
      for (let i = 0; i < ids.length; i++) revenue[ids[i]!]! += values[i * SUMMED + REVENUE]!
    }
    const sold = revenue.filter((_, id) => this.#items[id]! > 0).sort()
    return this.#atLeast(sold.at(-Math.min(count, sold.length)) ?? 0, revenue)
  }

  /** The items of the artist of that rank (1 leads), or 1 where there are fewer. */
  #itemsOfRank(rank: number): number {
    let most = 0
    for (let id = 0; id < this.#items.length; id++) if (this.#items[id]! > most) most = this.#items[id]!
    const having = new Int32Array(most + 1)
    for (let id = 0; id < this.#items.length; id++) having[this.#items[id]!]! += 1
    let above = 0
    for (let items = most; items > 1; items--) {
      above += having[items]!
      if (above >= rank) return items
    }
    return 1
  }

  /** Artists that sold anything, by their measure. */
  #atLeast(minimum: number, measure: Int32Array | Float64Array): Leading {
    const [above, equal]: [number[], number[]] = [[], []]
    for (let id = 0; id < this.#items.length; id++) {
      if (this.#items[id] === 0) continue
      if (measure[id]! > minimum) above.push(id)
      else if (measure[id] === minimum) equal.push(id)
    }
    return { above, equal }
  }

  /** The totals of a few artists, in their order. */
  totalsOf(artists: readonly number[]): readonly Totals[] {
    const slots = new Int32Array(this.#items.length)
    for (const [i, id] of artists.entries()) slots[id] = i + 1
    const sums = new Float64Array(artists.length * SUMMED)
    for (const { part } of this.#days) {
      const { ids, values } = part
      for (let i = 0; i < ids.length; i++) {
        const slot = slots[ids[i]!]!
        if (slot === 0) continue
        for (let field = 0; field < SUMMED; field++) {
          sums[(slot - 1) * SUMMED + field]! += values[i * SUMMED + field]!
        }
      }
    }
    return artists.map((_, i) => {
      const of = (field: number) => sums[i * SUMMED + field]!
      return { items: of(0), baskets: of(1), units: of(2), revenueUsdCents: of(3), overUsdCents: of(4) }
    })
  }

  #add({ ids, values }: ArtistSums): void {
    let most = 0
    for (let i = 0; i < ids.length; i++) if (ids[i]! > most) most = ids[i]!
    if (most >= this.#items.length) {
      const grown = new Int32Array(Math.max(most + 1, this.#items.length * 2))
      grown.set(this.#items)
      this.#items = grown
    }
    const items = this.#items
    for (let i = 0; i < ids.length; i++) items[ids[i]!]! += values[i * SUMMED]!
  }
}
