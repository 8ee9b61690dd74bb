// The history port over PostgreSQL: windows where they suffice, hours of sales in memory for the rest.
import type { Pool } from 'pg'
import { DAY_MS } from '../../../schemas/time.ts'
import type { History } from '../../ports.ts'
import { withOutages } from '../outage.ts'
import { BlockCache } from './blocks.ts'
import { breakdownOf } from './breakdown.ts'
import type { Context } from './context.ts'
import { DayParts } from './days.ts'
import { genreCountriesOf } from './genre-countries.ts'
import { deadLetterCountsOf, deadLettersOf, extentOf, gapsOf, recentOf } from './lists.ts'
import { SoldLately, searchOf } from './search.ts'
import { heatmapOf, topOf } from './top.ts'
import { seriesOf, totalsOf } from './totals.ts'

/** A week and the day before it, for comparisons. */
const WARM_MS = 8 * DAY_MS

/** Rejects with `OutageError` where PostgreSQL is away, with `TooWideError` where a question is too wide. */
export function createHistory(pool: Pool): History {
  const context: Context = { pool, blocks: new BlockCache(pool), days: new DayParts() }
  const lately = new SoldLately()
  let warmed = false
  return {
    extent: () => withOutages(() => extentOf(context)),
    totals: query =>
      withOutages(async () => {
        const totals = await totalsOf(context, query)
        if (!warmed) {
          warmed = true
          // The week that people look at next. What fails is loaded when asked for.
          context.blocks.blocksOf({ fromMs: query.toMs - WARM_MS, toMs: query.toMs }).catch(() => {})
        }
        return totals
      }),
    series: (query, bucketMs) => withOutages(() => seriesOf(context, query, bucketMs)),
    breakdown: query => withOutages(() => breakdownOf(context, query)),
    top: (query, dimension, limit, by = 'items') =>
      withOutages(() => topOf(context, { query, dimension, limit, by })),
    heatmap: (query, zoneOffsetMinutes, limit) =>
      withOutages(() => heatmapOf(context, query, zoneOffsetMinutes, limit)),
    genreCountries: query => withOutages(() => genreCountriesOf(context, query)),
    gaps: interval => withOutages(() => gapsOf(context, interval)),
    recent: (filter, limit, before) => withOutages(() => recentOf(context, filter, limit, before)),
    search: (text, limit) => withOutages(() => searchOf(context, lately, text, limit)),
    deadLetters: limit => withOutages(() => deadLettersOf(context, limit)),
    deadLetterCounts: () => withOutages(() => deadLetterCountsOf(context)),
  }
}
