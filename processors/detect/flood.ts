// Holds back a flood: on a Bandcamp Friday hundreds of artists rise at once, and none of them is the news.
import { HOUR_MINUTES } from './tuning.ts'

/** What rises while the market is stirred waits for so long, until it can be seen whether all do. */
const WAIT_MINUTES = 25
/** More than so many keys that begin to rise within so long before or after each other are a flood. */
const FLOOD_KEYS = 5
const NEAR_MINUTES = 90
/** What did not rise again for so long begins anew. */
const FORGET_MINUTES = 6 * HOUR_MINUTES

interface Riser {
  readonly firstMinute: number
  lastMinute: number
}

export class Flood {
  readonly #risers = new Map<number, Riser>()

  /** Whether a key that rises while the market is stirred may be told now. */
  lets(keyId: number, minute: number): boolean {
    const known = this.#risers.get(keyId)
    if (known === undefined) {
      this.#risers.set(keyId, { firstMinute: minute, lastMinute: minute })
      return false
    }
    known.lastMinute = minute
    return minute - known.firstMinute >= WAIT_MINUTES && !this.#isOn(known.firstMinute)
  }

  /** Forgets what has calmed down. */
  sweep(minute: number): void {
    for (const [keyId, { lastMinute }] of this.#risers) {
      if (minute - lastMinute > FORGET_MINUTES) this.#risers.delete(keyId)
    }
  }

  /** True where more began to rise around that minute than can all be news. */
  #isOn(minute: number): boolean {
    let near = 0
    for (const { firstMinute } of this.#risers.values()) {
      if (Math.abs(firstMinute - minute) <= NEAR_MINUTES && ++near > FLOOD_KEYS) return true
    }
    return false
  }
}
