// The newest records of `sales` in memory: what a reconnecting browser missed is served from here.
import type { SalesFilter, SoldItem } from '../../schemas/history.ts'
import type { Positions } from '../core/cursor.ts'
import { matchesFilter, newestFirst } from '../core/items.ts'

/** One basket as it stands in the log, ready to be shown. */
export interface RingEntry {
  readonly partition: number
  readonly offset: number
  readonly basketId: string
  readonly soldAtMs: number
  /** The basket was shown before; its genres are known better now. */
  readonly amended: boolean
  readonly items: readonly SoldItem[]
}

/** Amended baskets come late in the ring but are old: look this much further before sorting by time. */
const LATE_SLACK = 200

export interface Ring {
  /** Where the ring ends: the cursor of everything in it. */
  end(): Positions
  /** Takes entries in order, and the positions behind them (ticks and repeats move positions, too). */
  push(entries: readonly RingEntry[], end: Positions): void
  /** True where the basket is in the ring. */
  has(basketId: string): boolean
  /** Entries at or behind the positions, in the order they came; null where the ring does not reach there. */
  after(positions: Positions): readonly RingEntry[] | null
  /** The newest items that fit, each in its latest version, newest first. */
  newest(filter: SalesFilter, limit: number): SoldItem[]
}

/** Holds at most `maxEntries`; begins at `start`. */
export function createRing(start: Positions, maxEntries: number): Ring {
  let entries: RingEntry[] = []
  const first: number[] = [...start]
  let end: Positions = [...start]
  const baskets = new Map<string, number>()

  function drop(count: number): void {
    for (const entry of entries.slice(0, count)) {
      first[entry.partition] = entry.offset + 1
      const left = (baskets.get(entry.basketId) ?? 1) - 1
      if (left === 0) baskets.delete(entry.basketId)
      else baskets.set(entry.basketId, left)
    }
    entries = entries.slice(count)
  }

  return {
    end: () => end,
    has: basketId => baskets.has(basketId),
    push(more, newEnd) {
      for (const entry of more) baskets.set(entry.basketId, (baskets.get(entry.basketId) ?? 0) + 1)
      entries.push(...more)
      end = newEnd
      // Dropped in lumps of an eighth, so that the copy is paid once for many pushes.
      if (entries.length > maxEntries) drop(entries.length - maxEntries + (maxEntries >> 3))
    },
    after(positions) {
      const within = positions.every((offset, p) => offset >= first[p]! && offset <= end[p]!)
      if (!within) return null
      if (positions.every((offset, p) => offset === end[p])) return []
      return entries.filter(entry => entry.offset >= positions[entry.partition]!)
    },
    newest(filter, limit) {
      const byId = new Map<string, SoldItem | null>()
      let found = 0
      for (let i = entries.length - 1; i >= 0 && found < limit + LATE_SLACK; i--) {
        for (const item of entries[i]!.items) {
          if (byId.has(item.id)) continue
          const fits = matchesFilter(item, filter)
          byId.set(item.id, fits ? item : null)
          if (fits) found++
        }
      }
      return [...byId.values()]
        .filter(item => item !== null)
        .sort(newestFirst)
        .slice(0, limit)
    },
  }
}
