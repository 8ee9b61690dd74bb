// The memory of what the log holds already: keys of items and dead letters seen lately, bounded.

/**
 * 20 minutes of the busiest hour on record (11 items a second) are 13,200; this is a day at that pace's half.
 */
export const DEFAULT_MAX_RECENT_IDS = 500_000

export interface RecentIds {
  /**
   * Remembers the keys until `forgetBefore` passes `untilMs`, and says at which positions they were known.
   * A key seen again is kept for longer.
   */
  sight(keys: readonly string[], untilMs: number): readonly number[]
  /** Drops every key whose time is before `ms`. */
  forgetBefore(ms: number): void
  readonly size: number
  /** Keys dropped because of the bound, oldest first, since the beginning. */
  readonly evicted: number
}

export function createRecentIds(maxIds: number = DEFAULT_MAX_RECENT_IDS): RecentIds {
  const untilMsOf = new Map<string, number>()
  let evicted = 0

  function remember(key: string, untilMs: number): boolean {
    const known = untilMsOf.get(key)
    // set again below: the map's order is the order of sightings
    if (known !== undefined) untilMsOf.delete(key)
    untilMsOf.set(key, known === undefined ? untilMs : Math.max(known, untilMs))
    return known !== undefined
  }

  function evict(): void {
    for (const key of untilMsOf.keys()) {
      if (untilMsOf.size <= maxIds) return
      untilMsOf.delete(key)
      evicted++
    }
  }

  return {
    sight(keys, untilMs) {
      const known: number[] = []
      for (const [position, key] of keys.entries()) if (remember(key, untilMs)) known.push(position)
      evict()
      return known
    },
    forgetBefore(ms) {
      for (const [key, untilMs] of untilMsOf) if (untilMs < ms) untilMsOf.delete(key)
    },
    get size() {
      return untilMsOf.size
    },
    get evicted() {
      return evicted
    },
  }
}
