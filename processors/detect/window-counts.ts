// How often each tag and artist was bought in the last hour, six hours and day: added, and taken back.
import { grownInts } from './tables.ts'
import { DAY_MINUTES, HOUR, LONGEST, STEADY, WINDOW_MINUTES } from './tuning.ts'

/** The windows that are kept for every key: 1 h, 6 h, 24 h. */
export const KEPT = [HOUR, STEADY, LONGEST] as const

/** Purchases of one minute by place, each place once. */
export interface MinuteCounts {
  readonly places: Int32Array
  readonly counts: Uint16Array
  readonly size: number
}

export class WindowCounts {
  readonly #minutes: (MinuteCounts | undefined)[] = []
  #sums = KEPT.map(() => new Int32Array(1_024))

  reserve(places: number): void {
    this.#sums = this.#sums.map(table => grownInts(table, places))
  }

  count(place: number, w: number): number {
    return this.#sums[w === HOUR ? 0 : w === STEADY ? 1 : 2]![place]!
  }

  /** What leaves the longest window when `minute` begins. */
  leaving(minute: number): MinuteCounts | undefined {
    return this.#minutes[minute % DAY_MINUTES]
  }

  /** Takes back what leaves each window when `minute` begins. */
  slide(minute: number): void {
    for (const [k, w] of KEPT.entries()) {
      const gone = this.#minutes[(minute - WINDOW_MINUTES[w]!) % DAY_MINUTES]
      if (gone === undefined) continue
      const sums = this.#sums[k]!
      for (let i = 0; i < gone.size; i++) {
        const place = gone.places[i]!
        sums[place] = sums[place]! - gone.counts[i]!
      }
    }
    this.#minutes[minute % DAY_MINUTES] = undefined
  }

  add(minute: number, counts: MinuteCounts): void {
    this.#minutes[minute % DAY_MINUTES] = counts
    for (const sums of this.#sums) {
      for (let i = 0; i < counts.size; i++) {
        const place = counts.places[i]!
        sums[place] = sums[place]! + counts.counts[i]!
      }
    }
  }

  get bytesPerKey(): number {
    return this.#sums.reduce((sum, table) => sum + table.BYTES_PER_ELEMENT, 0)
  }
}
