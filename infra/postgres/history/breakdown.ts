// Everything about a stretch at once: one pass over its sales, then the words of those that lead.
import type { PoolClient } from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import { type Breakdown, type BreakdownQuery, NO_FILTER, type TopRow } from '../../../schemas/history.ts'
import type { Interval } from '../../../schemas/time.ts'
import { usingClient } from '../pool.ts'
import { instantText } from '../text.ts'
import { checkBuckets, checkScannable, rowLimit } from './bounds.ts'
import { type Asked, type Context, Parameters, rowsOf, watermarksOf } from './context.ts'
import type { Leader, Leaders } from './leaders.ts'
import { OPEN } from './lists.ts'
import { windowRelation, windowSource } from './relation.ts'
import { Tally, type Valued } from './tally.ts'
import { POSTGRES_EPOCH_MS, TALLY_COLUMNS, TallyRows } from './tally-rows.ts'

/** A day of a million sales on a busy machine. */
const TIMEOUT_MS = 60_000
const US_PER_MS = 1_000

const postgresUs = (timeMs: number) => (timeMs - POSTGRES_EPOCH_MS) * US_PER_MS
const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
const byRank = (a: Valued, b: Valued) => b.items - a.items || compareText(a.value, b.value)

async function tallied(client: PoolClient, { fromMs, toMs, bucketMs }: BreakdownQuery): Promise<Tally> {
  const tally = new Tally(postgresUs(fromMs), postgresUs(toMs), bucketMs * US_PER_MS)
  const rows = new TallyRows((batch, kinds) => tally.add(batch, kinds))
  const stream = client.query(
    copyTo(
      `COPY (SELECT ${TALLY_COLUMNS} FROM sale_items
       WHERE sold_at >= '${instantText(fromMs)}' AND sold_at < '${instantText(toMs)}') TO STDOUT (FORMAT binary)`,
    ),
  )
  for await (const piece of stream) rows.push(piece as Buffer)
  rows.end()
  return tally
}

/** Which of the rows at the newest instant, and what it is called. */
const WORDS = {
  artist: { value: 'artist_host', label: 'artist_name', isTheOne: 'true' },
  item: { value: 'url', label: 'title', isTheOne: 'hashtextextended(url, 0) = address' },
} as const

/** Where several have as many items as the last one, the first by value lead. */
async function ledBy(
  asked: Asked,
  { fromMs, toMs }: Interval,
  dimension: keyof typeof WORDS,
  leaders: Leaders,
  count: number,
): Promise<readonly TopRow[]> {
  const { value, label, isTheOne } = WORDS[dimension]
  const { above, equal } = leaders.leading(count)
  const all: readonly Leader[] = [...above, ...equal]
  const found = await rowsOf<{ n: number; value: string; label: string; art: string | null }>(
    asked,
    `SELECT n::int - 1 AS n, newest.* FROM unnest($1::int[], $2::bigint[], $3::bigint[])
       WITH ORDINALITY AS wanted (artist, address, us, n)
     CROSS JOIN LATERAL (SELECT ${value} AS value, ${label} AS label, art_url AS art FROM sale_items
       WHERE sold_at = timestamptz '2000-01-01Z' + us * interval '1 microsecond' AND sold_at >= $4 AND sold_at < $5
         AND artist_id = artist AND ${isTheOne} ORDER BY basket_id DESC, position DESC LIMIT 1) AS newest
     ORDER BY n > $6, value LIMIT $7`,
    [
      all.map(l => l.artist),
      all.map(l => String(l.address)),
      all.map(l => l.newestUs),
      instantText(fromMs),
      instantText(toMs),
      above.length,
      count,
    ],
  )
  return found
    .map(row => ({
      value: row.value,
      label: row.label || row.value,
      artUrl: row.art,
      ...all[row.n]!.totals,
    }))
    .sort(byRank)
}

/** Items less those in windows; null while windows that belong to the stretch may still come. */
async function tooLateOf(asked: Asked, interval: Interval, items: number): Promise<number | null> {
  const { windowsMs } = await watermarksOf(asked)
  if (windowsMs === null || windowsMs < interval.toMs) return null
  const p = new Parameters()
  const relation = windowRelation(windowSource(NO_FILTER, null)!, interval, windowsMs, p)
  const sum = `SELECT coalesce(sum(items), 0)::float8 AS n FROM (${relation}) AS r`
  const [windows] = await rowsOf<{ n: number }>(asked, sum, p.values)
  // Windows may hold what the retention has dropped of the sales.
  return Math.max(0, items - (windows?.n ?? 0))
}

async function deadLettersOf(asked: Asked, { fromMs, toMs }: Interval): Promise<number> {
  const [row] = await rowsOf<{ n: number }>(
    asked,
    `SELECT count(*)::float8 AS n FROM dead_letters WHERE at >= $1 AND at < $2 AND ${OPEN}`,
    [instantText(fromMs), instantText(toMs)],
  )
  return row?.n ?? 0
}

const labelled = (rows: readonly Valued[]): readonly TopRow[] =>
  [...rows].sort(byRank).map(row => ({ ...row, label: row.value, artUrl: null }))

/** All of one moment: one transaction, which sees no later writes. */
async function inOneMoment<T>(context: Context, work: (client: PoolClient) => Promise<T>): Promise<T> {
  return usingClient(context.pool, async client => {
    await client.query(
      `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout TO ${TIMEOUT_MS}`,
    )
    const result = await work(client)
    await client.query('COMMIT')
    return result
  })
}

export async function breakdownOf(context: Context, query: BreakdownQuery): Promise<Breakdown> {
  const { fromMs, toMs, bucketMs } = query
  checkScannable(query, 'A breakdown')
  checkBuckets(bucketMs, Math.ceil((toMs - fromMs) / bucketMs))
  if (fromMs % bucketMs !== 0)
    throw new RangeError(`${instantText(fromMs)} begins no bucket of ${bucketMs} ms`)
  const count = rowLimit(query.leaders)
  return inOneMoment(context, async client => {
    const asked = { pool: client }
    const tally = await tallied(client, query)
    const artists = tally.releases.artists()
    const { knownGenreItems, ...totals } = tally.totals()
    const startOf = (bucket: number) => fromMs + bucket * bucketMs
    return {
      totals: { ...totals, artists: artists.size, knownGenreItems },
      series: [...tally.series()].map(([bucket, of]) => ({ startMs: startOf(bucket), ...of })),
      genres: labelled(tally.by('genre')),
      countries: labelled(tally.by('country')),
      formats: labelled(tally.by('format')),
      artists: await ledBy(asked, query, 'artist', artists, count),
      releases: await ledBy(asked, query, 'item', tally.releases, count),
      genreSeries: tally.genreSeries(startOf),
      genresOfCountries: tally.genresOfCountries(),
      tooLate: await tooLateOf(asked, query, totals.items),
      deadLetters: await deadLettersOf(asked, query),
    }
  })
}
