// How fast a movement of a labelled world sells.
import { DAY_MS, MINUTE_MS } from '../../../../schemas/time.ts'
import { grownAt } from './growth.ts'
import type { Movement } from './labels.ts'

/** Purchases a minute that a movement puts on top. */
export function rateOf(what: Movement['what'], at: number, lastsMs: number): number {
  switch (what.kind) {
    case 'burst':
      if (what.lifeMs === null) return (what.count * MINUTE_MS) / lastsMs
      return ((what.count * MINUTE_MS) / what.lifeMs) * Math.exp(-at / what.lifeMs)
    case 'growth':
    case 'tag-growth':
      return (what.perDay * grownAt(at, what.riseMs) * MINUTE_MS) / DAY_MS
    default:
      return 0
  }
}
