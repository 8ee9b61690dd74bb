// How fast a movement of a labelled world sells.
import { DAY_MS, MINUTE_MS } from '../../../../schemas/time.ts'
import type { Movement } from './labels.ts'

/** How steep the S is by which something grows: from 2 % of its plateau to 98 % while it rises. */
const STEEPNESS = 8
const QUARTER = 0.25

/** Milliseconds from the beginning of a growth until it sells a quarter of its plateau. */
export function quarterAfterMs(riseMs: number): number {
  return Math.round(riseMs * (0.5 - Math.log(1 / QUARTER - 1) / STEEPNESS))
}

/** Purchases a minute that a movement puts on top. */
export function rateOf(what: Movement['what'], at: number, lastsMs: number): number {
  switch (what.kind) {
    case 'burst':
      if (what.lifeMs === null) return (what.count * MINUTE_MS) / lastsMs
      return ((what.count * MINUTE_MS) / what.lifeMs) * Math.exp(-at / what.lifeMs)
    case 'growth':
    case 'tag-growth': {
      const grown = 1 / (1 + Math.exp(-STEEPNESS * (at / what.riseMs - 0.5)))
      return (what.perDay * grown * MINUTE_MS) / DAY_MS
    }
    default:
      return 0
  }
}
