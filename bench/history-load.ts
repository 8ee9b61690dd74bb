// Fills a schema with a synthetic history of the real one's shape, made inside the database: in minutes.
import type { Client } from 'pg'

export interface LoadOptions {
  readonly days: number
  /** The feed's ordinary rate: 38 items a minute. */
  readonly itemsPerDay?: number
  /** The history ends here: the watermark. */
  readonly endMs: number
}

/** Artists follow Zipf-Mandelbrot with K = 300,000, s = 1.04, q = 27, as fitted to a million real sales. */
const ARTISTS = 300_000
const ITEMS_PER_DAY = 55_555
const GENRES =
  'electronic rock metal ambient alternative experimental hip-hop-rap punk jazz folk pop world soundtrack ' +
  'soul acoustic r-b-soul reggae funk country classical blues latin devotional audiobooks podcasts comedy kids'

const items = `
INSERT INTO sale_items (sold_at, basket_id, position, sold_at_text, ordinal, url, artist_id, artist_host, artist_name,
  title, album_title, item_type, format, country, currency, paid_minor, price_minor, revenue_usd_cents,
  over_usd_cents, units, releases, art_url, genre, genre_source, tags, repeats)
WITH raw AS MATERIALIZED (
  SELECT i, i - (i % 6 = 5)::int AS b, (i % 6 = 5)::int AS position, random() u, random() v, random() w,
    random() c, random() t
  FROM generate_series($1::bigint, $2::bigint - 1) i
), basket AS (
  SELECT *, lag(u) OVER (ORDER BY i) pu, lag(c) OVER (ORDER BY i) pc FROM raw
), drawn AS (
  SELECT i, b, position, v, w, t,
    least(${ARTISTS}, 1 + floor((27 ^ -0.04 + (CASE WHEN position = 1 AND v < 0.5 THEN coalesce(pu, u) ELSE u END)
      * ((${ARTISTS} + 27) ^ -0.04 - 27 ^ -0.04)) ^ (-25) - 27))::int AS artist,
    CASE WHEN position = 1 THEN coalesce(pc, c) ELSE c END AS c
  FROM basket
), made AS (
  SELECT *, $3::timestamptz + b * $4::interval AS sold_at,
    CASE WHEN w < 0.15 THEN 'unknown' ELSE (string_to_array($5, ' '))[1 + floor(27 * ((artist::bigint * 7919 % 1000) / 1000.0) ^ 2.5)::int] END AS genre,
    CASE WHEN c < 0.4 THEN 'us' WHEN c < 0.55 THEN 'gb' WHEN c < 0.64 THEN 'de' WHEN c < 0.7 THEN 'au'
      ELSE chr(97 + floor((c * 1e6)::int % 10)::int) || chr(97 + floor((c * 1e5)::int % 6)::int) END AS country,
    CASE WHEN t < 0.42 THEN 'digital-album' WHEN t < 0.77 THEN 'track' WHEN t < 0.87 THEN 'vinyl' WHEN t < 0.92 THEN 'cd'
      WHEN t < 0.95 THEN 'cassette' WHEN t < 0.99 THEN 'merch' ELSE 'discography' END AS format,
    (1 + floor(6 * v * v))::int AS album, (20 + floor(1800 * w * w))::int AS cents
  FROM drawn
), urls AS (
  SELECT *, 'artist' || artist || '.bandcamp.com' AS host,
    'https://artist' || artist || '.bandcamp.com/album/some-album-of-theirs-' || album AS url FROM made
), masks AS (
  SELECT *, CASE WHEN position = 0 THEN 0 ELSE
    (genre = lag(genre) OVER w)::int + 2 * (artist = lag(artist) OVER w)::int + 4 + 8 * (format = lag(format) OVER w)::int
    + 16 * (url = lag(url) OVER w)::int END AS same
  FROM urls WINDOW w AS (ORDER BY i)
)
SELECT sold_at, lpad(b::text, 22, '0'), position, (extract(epoch FROM sold_at))::text, 0, url, artist, host,
  'Artist ' || artist, 'Some album of theirs ' || album, NULL, 'a', format, country, 'USD', cents, cents, cents,
  CASE WHEN v < 0.12 THEN 100 ELSE 0 END, 1, NULL, 'https://f4.bcbits.com/img/a' || lpad(artist::text, 10, '0') || '_7.jpg',
  genre, CASE WHEN genre = 'unknown' THEN 'pending' ELSE 'page' END,
  CASE WHEN genre = 'unknown' THEN '{}'::text[] ELSE ARRAY[genre, 'tag' || floor(3000 * v ^ 4), 'other' || floor(3000 * t ^ 3),
    'more' || floor(500 * w ^ 2)] END,
  CASE WHEN same IS NULL OR position = 0 THEN 0 ELSE ($6::int[])[same + 1] END
FROM masks ORDER BY sold_at, b, position`

const TOTALS =
  'count(*), count(*) FILTER (WHERE (repeats >> S) & 1 = 0), sum(units), sum(revenue_usd_cents), sum(over_usd_cents), 0, false'
const INTO = '(start_at, KEYS, items, baskets, units, revenue_usd_cents, over_usd_cents, revision, partial)'

/** Dimension code, its value, its bit in `repeats`, the sizes it is kept in: as `topology.ts` says. */
const DIMENSIONS = [
  [0, `''`, 0, ['1m', '1h', '1d']],
  [1, 'genre', 1, ['1m', '1h', '1d']],
  [5, 'country', 4, ['1m', '1h', '1d']],
  [6, 'format', 8, ['1m', '1h', '1d']],
  [7, `genre || '/' || country`, 5, ['1h', '1d']],
] as const
const UNITS = { '1m': 'minute', '1h': 'hour', '1d': 'day' } as const
const RANGE = 'sold_at >= $1 AND sold_at < $2'

async function loadWindows(client: Client, fromAt: string, toAt: string): Promise<void> {
  const run = (sql: string) => client.query(sql, [fromAt, toAt])
  for (const [code, value, bit, sizes] of DIMENSIONS) {
    for (const size of sizes) {
      await run(`INSERT INTO windows_${size} ${INTO.replace('KEYS', 'dimension, value')}
        SELECT date_trunc('${UNITS[size]}', sold_at) d, ${code}, ${value} v, ${TOTALS.replace('S', String(bit))}
        FROM sale_items WHERE ${RANGE} GROUP BY d, v ORDER BY d, v`)
    }
  }
  for (const size of ['1h', '1d'] as const) {
    await run(`INSERT INTO windows_${size} ${INTO.replace('KEYS', 'dimension, value')}
      SELECT date_trunc('${UNITS[size]}', sold_at) d, 2, tag, ${TOTALS.replace('S', '1')}
      FROM sale_items, unnest(tags) tag WHERE ${RANGE} GROUP BY d, tag ORDER BY d, tag`)
  }
  await run(`INSERT INTO artist_days ${INTO.replace('KEYS', 'artist_id')}
    SELECT date_trunc('day', sold_at) d, artist_id, ${TOTALS.replace('S', '2')}
    FROM sale_items WHERE ${RANGE} GROUP BY d, artist_id ORDER BY d, artist_id`)
  await run(`INSERT INTO item_days ${INTO.replace('KEYS', 'value')}
    SELECT date_trunc('day', sold_at) d, url, ${TOTALS.replace('S', '16')}
    FROM sale_items WHERE ${RANGE} GROUP BY d, url ORDER BY d, url`)
}

/** `client` has the schema, already migrated and empty, as its search path. Returns the number of items. */
export async function loadHistory(client: Client, options: LoadOptions): Promise<number> {
  const { days, endMs, itemsPerDay = ITEMS_PER_DAY } = options
  const startMs = endMs - days * 86_400_000
  const masks = Array.from({ length: 32 }, (_, same) => {
    let mask = 0
    for (let s = 0; s < 32; s++) if ((s & ~same) === 0) mask |= 1 << s
    return mask
  })
  await client.query(`SELECT setseed(0.5)`)
  await client.query(`SET work_mem TO '128MB'`)
  await client.query(
    `INSERT INTO artists (host) SELECT 'artist' || i || '.bandcamp.com' FROM generate_series(1, ${ARTISTS}) i`,
  )
  await client.query(
    `INSERT INTO search_words SELECT w, 1, 'artist' || i || '.bandcamp.com'
     FROM generate_series(1, ${ARTISTS}) i, unnest(ARRAY['artist', 'artist' || i, i::text]) w`,
  )
  await client.query(
    `INSERT INTO search_words SELECT g, 0, g FROM unnest(string_to_array($1, ' ')) g ON CONFLICT DO NOTHING`,
    [GENRES],
  )
  const interval = `${86_400_000 / itemsPerDay} milliseconds`
  // A day at a time keeps the sorts in memory.
  for (let day = 0; day < days; day++) {
    await client.query(items, [
      Math.round(day * itemsPerDay),
      Math.round((day + 1) * itemsPerDay),
      new Date(startMs).toISOString(),
      interval,
      GENRES,
      masks,
    ])
  }
  const at = (ms: number) => new Date(ms).toISOString()
  await client.query(
    'INSERT INTO sales SELECT sold_at, basket_id, count(*) FROM sale_items GROUP BY 1, 2 ORDER BY 1, 2',
  )
  await client.query(`INSERT INTO sale_hours SELECT date_trunc('hour', sold_at), 1 FROM sales GROUP BY 1`)
  await client.query(
    `INSERT INTO vocabulary SELECT DISTINCT 0, genre FROM sale_items UNION SELECT DISTINCT 2, country FROM sale_items`,
  )
  for (let day = -1; day < days; day++) {
    // Whole days of UTC; the windows of the last, unfinished one are not there yet, except the small ones.
    const fromMs = Math.floor(startMs / 86_400_000) * 86_400_000 + (day + 1) * 86_400_000
    await loadWindows(client, at(fromMs), at(Math.min(endMs, fromMs + 86_400_000)))
  }
  const closedDay = at(Math.floor(endMs / 86_400_000) * 86_400_000)
  const closedHour = at(Math.floor(endMs / 3_600_000) * 3_600_000)
  for (const table of ['windows_1d', 'artist_days', 'item_days']) {
    await client.query(`DELETE FROM ${table} WHERE start_at >= $1`, [closedDay])
  }
  await client.query('DELETE FROM windows_1h WHERE start_at >= $1', [closedHour])
  await client.query(
    `INSERT INTO stage_offsets VALUES ('store-writer', 'windows', 0, 1, $1), ('store-writer', 'sales', 0, 1, $1)`,
    [at(endMs)],
  )
  await client.query('VACUUM ANALYZE')
  const { rows } = await client.query<{ n: number }>('SELECT count(*)::float8 n FROM sale_items')
  return rows[0]?.n ?? 0
}
