// How fast a movement of a labelled world sells.
import { DAY_MS, MINUTE_MS } from '../../../../schemas/time.ts'
import type { Movement } from './labels.ts'

/** Purchases a minute that a movement puts on top. */
export function rateOf(what: Movement['what'], at: number, lastsMs: number): number {
  switch (what.kind) {
    case 'burst':
      if (what.lifeMs === null) return (what.count * MINUTE_MS) / lastsMs
      return ((what.count * MINUTE_MS) / what.lifeMs) * Math.exp(-at / what.lifeMs)
    case 'growth':
    case 'tag-growth': {
      const grown = 1 / (1 + Math.exp(-8 * (at / what.riseMs - 0.5)))
      return (what.perDay * grown * MINUTE_MS) / DAY_MS
    }
    default:
      return 0
  }
}
