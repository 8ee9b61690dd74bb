// What each of hundreds of thousands of artists or releases sold, as columns, and who of them leads.
import type { Totals } from '../../../schemas/totals.ts'
import { REPEAT_BITS } from '../sale-rows.ts'
import { rowsUpTo } from './scan.ts'
import { Slots, Sums } from './sums.ts'
import type { TallyBatch } from './tally-rows.ts'

/** Anything odd and large: neighbours land far from each other. */
const SPREAD = 0x9e3779b1
/** A common day's; a larger one grows it a few times. */
const FIRST_SLOTS = 1 << 16
/** Numbers of a key. */
const KEY = 3

/** An artist or release, with what leads to the words of its newest sale. */
export interface Leader {
  readonly artist: number
  /** The hash of a release's address; 0 for an artist. */
  readonly address: bigint
  readonly newestUs: number
  readonly totals: Totals
}

/** Those that lead for certain, and those with just as many items as the last one, of whom some do. */
export interface Leading {
  readonly above: readonly Leader[]
  readonly equal: readonly Leader[]
}

function grown<A extends Int32Array | Float64Array>(columns: A, larger: A): A {
  larger.set(columns)
  return larger
}

/** A table by artist and hash of an address: two releases are one only where all 96 bits are equal. */
export class Leaders {
  /** By place, one more than the slot; 0: free. A power of two of them, of which half are used at most. */
  #places = new Int32Array(FIRST_SLOTS * 2)
  #count = 0
  /** By slot, in one place of the memory: artist, upper and lower half of the hash. */
  #keys = new Int32Array(FIRST_SLOTS * KEY)
  #newestUs = new Float64Array(FIRST_SLOTS)
  /** Baskets count once for an artist, of whom one may hold several releases. */
  #artistBaskets = new Int32Array(FIRST_SLOTS)
  readonly #slots = new Slots()
  readonly #sums = new Sums(REPEAT_BITS.item)

  get size(): number {
    return this.#count
  }

  /** By release. */
  add(batch: TallyBatch): void {
    const { count, artist, addressHigh, addressLow, soldAtUs, repeats } = batch
    const slots = this.#slots.of(count)
    for (let row = 0; row < count; row++) {
      const slot = this.#slotOf(artist[row]!, addressHigh[row]!, addressLow[row]!)
      slots[row] = slot
      this.#artistBaskets[slot]! += 1 - ((repeats[row]! >> REPEAT_BITS.artist) & 1)
      if (soldAtUs[row]! > this.#newestUs[slot]!) this.#newestUs[slot] = soldAtUs[row]!
    }
    this.#sums.add(batch, rowsUpTo(count), count, slots)
  }

  /** The artists of these releases, by what all of theirs add up to. */
  artists(): Leaders {
    const artists = new Leaders()
    for (let release = 0; release < this.#count; release++) {
      const slot = artists.#slotOf(this.#keys[release * KEY]!, 0, 0)
      artists.#sums.addSlot(slot, this.#sums, release, this.#artistBaskets[release]!)
      if (this.#newestUs[release]! > artists.#newestUs[slot]!)
        artists.#newestUs[slot] = this.#newestUs[release]!
    }
    return artists
  }

  #placeOf(artist: number, high: number, low: number): number {
    const places = this.#places
    const keys = this.#keys
    const mask = places.length - 1
    for (let place = (Math.imul(artist, SPREAD) ^ low) & mask; ; place = (place + 1) & mask) {
      const key = (places[place]! - 1) * KEY
      if (key < 0) return place
      if (keys[key] === artist && keys[key + 1] === high && keys[key + 2] === low) return place
    }
  }

  #slotOf(artist: number, high: number, low: number): number {
    const place = this.#placeOf(artist, high, low)
    const known = this.#places[place]!
    if (known > 0) return known - 1
    if (this.#count === this.#newestUs.length) {
      this.#grow()
      return this.#slotOf(artist, high, low)
    }
    const slot = this.#count++
    this.#places[place] = slot + 1
    this.#keys[slot * KEY] = artist
    this.#keys[slot * KEY + 1] = high
    this.#keys[slot * KEY + 2] = low
    this.#newestUs[slot] = Number.NEGATIVE_INFINITY
    return slot
  }

  #grow(): void {
    const length = this.#newestUs.length * 2
    this.#keys = grown(this.#keys, new Int32Array(length * KEY))
    this.#newestUs = grown(this.#newestUs, new Float64Array(length))
    this.#artistBaskets = grown(this.#artistBaskets, new Int32Array(length))
    this.#places = new Int32Array(length * 2)
    for (let slot = 0; slot < this.#count; slot++) {
      const key = slot * KEY
      const place = this.#placeOf(this.#keys[key]!, this.#keys[key + 1]!, this.#keys[key + 2]!)
      this.#places[place] = slot + 1
    }
  }

  #leader(slot: number): Leader {
    const [artist, high, low] = this.#keys.subarray(slot * KEY, slot * KEY + KEY)
    return {
      artist: artist!,
      address: (BigInt(high!) << 32n) | BigInt(low! >>> 0),
      newestUs: this.#newestUs[slot]!,
      totals: this.#sums.totals(slot),
    }
  }

  /** The first `count` of them by items. */
  leading(count: number): Leading {
    const items = new Float64Array(this.#count)
    for (let slot = 0; slot < items.length; slot++) items[slot] = this.#sums.items(slot)
    const last = items.slice().sort().at(-Math.min(count, items.length)) ?? 0
    const [above, equal]: [Leader[], Leader[]] = [[], []]
    for (let slot = 0; slot < items.length; slot++) {
      if (items[slot]! > last) above.push(this.#leader(slot))
      else if (items[slot]! === last) equal.push(this.#leader(slot))
    }
    return { above, equal }
  }
}
