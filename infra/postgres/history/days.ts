// Scans of long times go day by day, and what a whole day gave is kept: asking again costs a merge of days.
import { LRUCache } from 'lru-cache'
import { DAY_MS, floorTo, type Interval } from '../../../schemas/time.ts'
import type { Block } from './block.ts'

/** A month of artists under a handful of filters. */
const MAX_BYTES = 48 * 1_048_576
/** What a part costs besides its numbers. */
const PART_OVERHEAD_BYTES = 1_024

/** What a scan of some hours gave; never written to again. */
export interface Part {
  /** Memory of its numbers. */
  readonly bytes: number
}

interface Kept {
  readonly versions: readonly number[]
  readonly part: Part
}

/** A part, and the start of the UTC day that it lies in. */
export interface DayPart<P extends Part> {
  readonly dayMs: number
  readonly part: P
}

/** Hours of one UTC day, oldest first. */
function daysOf(blocks: readonly Block[]): ReadonlyMap<number, Block[]> {
  const days = new Map<number, Block[]>()
  for (const block of blocks) {
    const dayMs = floorTo(block.hourMs, DAY_MS)
    const day = days.get(dayMs)
    if (day === undefined) days.set(dayMs, [block])
    else day.push(block)
  }
  return days
}

/** Hour and version of each block: the same numbers mean the same rows. */
const versionsOf = (blocks: readonly Block[]) => blocks.flatMap(({ hourMs, version }) => [hourMs, version])

const areEqual = (a: readonly number[], b: readonly number[]) =>
  a.length === b.length && a.every((value, i) => value === b[i])

/** A cache: it holds nothing that cannot be scanned again, and nothing of hours that have changed since. */
export class DayParts {
  readonly #kept = new LRUCache<string, Kept>({
    maxSize: MAX_BYTES,
    sizeCalculation: ({ part }) => part.bytes + PART_OVERHEAD_BYTES,
  })

  /**
   * Scans the blocks of an interval, one UTC day at a time, oldest first. `what` names the scan with all that
   * its result depends on, besides the rows and the day.
   */
  scan<P extends Part>(
    what: string,
    blocks: readonly Block[],
    { fromMs, toMs }: Interval,
    scan: (blocks: readonly Block[], dayMs: number) => P,
  ): readonly DayPart<P>[] {
    return [...daysOf(blocks)].map(([dayMs, day]) => {
      const isWhole = dayMs >= fromMs && dayMs + DAY_MS <= toMs
      if (!isWhole) return { dayMs, part: scan(day, dayMs) }
      const key = `${dayMs} ${what}`
      const versions = versionsOf(day)
      const kept = this.#kept.get(key)
      if (kept !== undefined && areEqual(kept.versions, versions)) return { dayMs, part: kept.part as P }
      const part = scan(day, dayMs)
      this.#kept.set(key, { versions, part })
      return { dayMs, part }
    })
  }
}
