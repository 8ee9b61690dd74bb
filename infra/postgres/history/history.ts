// The history port over PostgreSQL: windows where they suffice, hours of sales in memory for the rest.
import type { Pool } from 'pg'
import type { History } from '../../ports.ts'
import { withOutages } from '../outage.ts'
import { BlockCache } from './blocks.ts'
import { deadLettersOf, extentOf, gapsOf, recentOf } from './lists.ts'
import { PopularArtists, searchOf } from './search.ts'
import { heatmapOf, topOf } from './top.ts'
import { seriesOf, totalsOf } from './totals.ts'

/**
 * Rejects with `OutageError` where PostgreSQL is away, and with `RangeError` where a question is too wide.
 */
export function createHistory(pool: Pool): History {
  const context = { pool, blocks: new BlockCache(pool) }
  const popular = new PopularArtists()
  return {
    extent: () => withOutages(() => extentOf(context)),
    totals: query => withOutages(() => totalsOf(context, query)),
    series: (query, bucketMs) => withOutages(() => seriesOf(context, query, bucketMs)),
    top: (query, dimension, limit) => withOutages(() => topOf(context, query, dimension, limit)),
    heatmap: (query, zoneOffsetMinutes, limit) =>
      withOutages(() => heatmapOf(context, query, zoneOffsetMinutes, limit)),
    gaps: interval => withOutages(() => gapsOf(context, interval)),
    recent: (filter, limit, before) => withOutages(() => recentOf(context, filter, limit, before)),
    search: (text, limit) => withOutages(() => searchOf(context, popular, text, limit)),
    deadLetters: limit => withOutages(() => deadLettersOf(context, limit)),
  }
}
