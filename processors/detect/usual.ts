// What is usual for a key that was in an alert: where it was before, and where it settled.
import { DAY_MINUTES } from './tuning.ts'

/** For so long after an alert: then what was learnt since is most of what is known. */
const REMEMBERED_MINUTES = 28 * DAY_MINUTES

interface Range {
  low: number
  high: number
  untilMinute: number
}

/**
 * Shares of the market between which a key has been usual. Weeks of learning blur them: a burst leaves a
 * share behind that was never usual, and what comes down from it has not dropped; a new level is learnt
 * slowly, and what stays there does not rise again every day. So a rise is one above both, a drop below both.
 */
export class UsualRanges {
  readonly #ranges = new Map<number, Range>()

  get size(): number {
    return this.#ranges.size
  }

  has(keyId: number): boolean {
    return this.#ranges.has(keyId)
  }

  /** At this minute so much of the market was usual. */
  note(keyId: number, share: number, minute: number): void {
    const known = this.#ranges.get(keyId)
    const untilMinute = minute + REMEMBERED_MINUTES
    if (known === undefined) this.#ranges.set(keyId, { low: share, high: share, untilMinute })
    else {
      known.low = Math.min(known.low, share)
      known.high = Math.max(known.high, share)
      known.untilMinute = untilMinute
    }
  }

  /** Factor on what is expected from the learnt share, where a movement in this direction is looked for. */
  factor(keyId: number, direction: 1 | -1, learntShare: number): number {
    const range = this.#ranges.get(keyId)
    if (range === undefined) return 1
    return direction > 0 ? Math.max(1, range.high / learntShare) : Math.min(1, range.low / learntShare)
  }

  dropBefore(minute: number): void {
    for (const [keyId, { untilMinute }] of this.#ranges) if (untilMinute < minute) this.#ranges.delete(keyId)
  }
}
