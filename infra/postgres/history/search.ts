// Search: words from their beginning, over genres, artists, countries and tags, what sells most first.
import type { SearchHit } from '../../../schemas/history.ts'
import { NO_FILTER } from '../../../schemas/history.ts'
import { DAY_MS, HOUR_MS, type Interval } from '../../../schemas/time.ts'
import { SEARCH_DIMENSIONS } from '../dictionary.ts'
import { searchWords } from '../text.ts'
import { type ArtistItems, itemsByArtist } from './artist-sums.ts'
import type { Block } from './block.ts'
import { rowLimit } from './bounds.ts'
import { type Context, Parameters, rowsOf, watermarksOf } from './context.ts'
import { labelled } from './labels.ts'
import { windowRelation, windowSource } from './relation.ts'
import { codeFilter, select } from './scan.ts'
import { Counts, Slots } from './sums.ts'

const SPAN_MS = 7 * DAY_MS
/** Matches of a dimension looked at before the closest are kept: bounds the work for one letter. */
const MAX_MATCHES = 1_000
/** Of each dimension, the words closest to what was typed. */
const MAX_CANDIDATES = 60
/** The best-selling artists are compared with every search, so that one letter finds them. */
const POPULAR_ARTISTS = 2_000
/** The last character that a word may go on with. */
const LAST = '\u{10FFFF}'
const ARTIST = SEARCH_DIMENSIONS.indexOf('artist')

type Hit = Omit<SearchHit, 'label'>

interface Popular {
  readonly id: number
  readonly host: string
  readonly words: readonly string[]
}

interface Sold {
  readonly artists: ArtistItems
  readonly genres: ReadonlyMap<string, number>
  readonly countries: ReadonlyMap<string, number>
  readonly interval: Interval
}

/** What sold in the last seven days of data, and the words of the best sellers. */
export class SoldLately {
  #state = ''
  #sold: Promise<Sold> | null = null
  #hour = Number.NaN
  #popular: Promise<readonly Popular[]> | null = null

  async of(context: Context): Promise<Sold> {
    const newest = await rowsOf<{ ms: number | null }>(
      context,
      'SELECT (extract(epoch FROM max(sold_at)) * 1000)::float8 AS ms FROM sales',
    )
    const newestMs = newest[0]?.ms ?? 0
    const interval = { fromMs: newestMs - SPAN_MS + 1, toMs: newestMs + 1 }
    const blocks = await context.blocks.blocksOf(interval)
    // Versions only rise, so their sum tells one state of the hours from another.
    const state = `${newestMs} ${blocks.reduce((sum, block) => sum + block.version, 0)}`
    if (this.#sold === null || state !== this.#state) {
      this.#state = state
      this.#sold = Promise.resolve(countSold(context, blocks, interval))
    }
    return this.#sold
  }

  /** Renewed with every hour of data. */
  async popular(context: Context, { artists, interval }: Sold): Promise<readonly Popular[]> {
    const hour = Math.floor(interval.toMs / HOUR_MS)
    if (this.#popular === null || hour !== this.#hour) {
      this.#hour = hour
      this.#popular = loadPopular(context, artists).catch((error: unknown) => {
        this.#popular = null
        throw error
      })
    }
    return this.#popular
  }
}

function countSold(context: Context, blocks: readonly Block[], interval: Interval): Sold {
  const { texts } = context.blocks
  const filter = codeFilter(NO_FILTER, texts, -1)
  const [genres, countries] = [new Counts(), new Counts()]
  const slots = new Slots()
  select(blocks, interval, filter, (block, rows, count) => {
    genres.add(slots.from(block.genre, rows, count), count, texts.texts.length)
    countries.add(slots.from(block.country, rows, count), count, texts.texts.length)
  })
  const named = (counts: Counts) =>
    new Map(counts.counted().map(code => [texts.texts[code]!, counts.of(code)]))
  const artists = itemsByArtist(context, { ...interval, filter: NO_FILTER }, { blocks, filter })
  return { artists, genres: named(genres), countries: named(countries), interval }
}

/** Most items first. */
async function loadPopular(context: Context, artists: ArtistItems): Promise<readonly Popular[]> {
  const { above, equal } = artists.leading(POPULAR_ARTISTS, 'items')
  const rows = await rowsOf<Popular>(
    context,
    `SELECT a.id, a.host, array_agg(w.word) AS words FROM artists AS a
     JOIN search_words AS w ON w.value = a.host AND w.dimension = ${ARTIST}
     WHERE a.id = ANY($1) GROUP BY a.id, a.host`,
    [[...above, ...equal].slice(0, POPULAR_ARTISTS * 2)],
  )
  return [...rows].sort((a, b) => artists.of(b.id) - artists.of(a.id))
}

/** Values that have, for each word asked, a word that begins with it: of each dimension the closest. */
async function candidates(
  context: Context,
  wanted: readonly string[],
): Promise<readonly { readonly dimension: number; readonly value: string }[]> {
  const p = new Parameters()
  const [longest = '', ...others] = wanted
  const range = (alias: string, word: string) =>
    `${alias}.word >= ${p.add(word)} AND ${alias}.word < ${p.add(word + LAST)}`
  const also = others.map(
    (word, i) => ` AND EXISTS (SELECT FROM search_words AS o${i} WHERE o${i}.dimension = m.dimension
      AND o${i}.value = m.value AND ${range(`o${i}`, word)})`,
  )
  const matches = SEARCH_DIMENSIONS.map(
    (_, dimension) => `(SELECT dimension, value, length(word) AS n FROM search_words AS m
    WHERE m.dimension = ${dimension} AND ${range('m', longest)}${also.join('')} LIMIT ${MAX_MATCHES})`,
  )
  return rowsOf(
    context,
    `SELECT dimension::int, value FROM (
       SELECT dimension, value, row_number() OVER (PARTITION BY dimension ORDER BY min(n), value) AS place
       FROM (${matches.join(' UNION ALL ')}) AS found
       GROUP BY dimension, value) AS ranked
     WHERE place <= ${MAX_CANDIDATES}`,
    p.values,
  )
}

async function tagItems(
  context: Context,
  tags: readonly string[],
  interval: Interval,
): Promise<ReadonlyMap<string, number>> {
  if (tags.length === 0) return new Map()
  const { windowsMs } = await watermarksOf(context)
  const p = new Parameters()
  const relation = windowRelation(windowSource(NO_FILTER, 'tag')!, interval, windowsMs, p, tags)
  const rows = await rowsOf<{ tag: string; items: number }>(
    context,
    `SELECT grp AS tag, sum(items)::float8 AS items FROM (${relation}) AS r
     WHERE grp = ANY(${p.add(tags)}) GROUP BY grp`,
    p.values,
  )
  return new Map(rows.map(r => [r.tag, r.items]))
}

/** The best sellers among the matches, and the matches closest to what was typed. */
async function artistHits(
  context: Context,
  popular: readonly Popular[],
  hosts: readonly string[],
  sold: Sold,
): Promise<readonly Hit[]> {
  const rows = await rowsOf<{ id: number; host: string }>(
    context,
    'SELECT id, host FROM artists WHERE host = ANY($1)',
    [hosts],
  )
  const ids = new Map([...popular, ...rows].map(({ host, id }) => [host, id]))
  return [...ids].map(([value, id]) => ({ dimension: 'artist', value, items: sold.artists.of(id) }))
}

const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

export async function searchOf(
  context: Context,
  lately: SoldLately,
  text: string,
  limit: number,
): Promise<readonly SearchHit[]> {
  const wanted = [...searchWords(text)].sort((a, b) => b.length - a.length)
  if (wanted.length === 0) return []
  const [found, sold] = await Promise.all([candidates(context, wanted), lately.of(context)])
  const valuesOf = (dimension: number) => found.filter(f => f.dimension === dimension).map(f => f.value)
  const popular = (await lately.popular(context, sold))
    .filter(({ words }) => wanted.every(w => words.some(word => word.startsWith(w))))
    .slice(0, rowLimit(limit))
  const [genres, , countries, tags] = SEARCH_DIMENSIONS.map((_, code) => valuesOf(code))
  const [artists, tagged] = await Promise.all([
    artistHits(context, popular, valuesOf(ARTIST), sold),
    tagItems(context, tags ?? [], sold.interval),
  ])
  const hits: Hit[] = [
    ...(genres ?? []).map(value => ({
      dimension: 'genre' as const,
      value,
      items: sold.genres.get(value) ?? 0,
    })),
    ...artists,
    ...(countries ?? []).map(value => ({
      dimension: 'country' as const,
      value,
      items: sold.countries.get(value) ?? 0,
    })),
    ...(tags ?? []).map(value => ({ dimension: 'tag' as const, value, items: tagged.get(value) ?? 0 })),
  ]
  hits.sort(
    (a, b) => b.items - a.items || compareText(a.dimension, b.dimension) || compareText(a.value, b.value),
  )
  return withLabels(context, hits.slice(0, rowLimit(limit)), sold.interval)
}

async function withLabels(
  context: Context,
  hits: readonly Hit[],
  interval: Interval,
): Promise<readonly SearchHit[]> {
  const zero = { baskets: 0, units: 0, revenueUsdCents: 0, overUsdCents: 0 }
  const artists = hits.filter(h => h.dimension === 'artist').map(h => ({ ...zero, ...h }))
  const labels = new Map((await labelled(context, 'artist', artists, interval)).map(r => [r.value, r.label]))
  return hits.map(({ dimension, value, items }) => ({
    dimension,
    value,
    label: dimension === 'artist' ? (labels.get(value) ?? value) : value,
    items,
  }))
}
