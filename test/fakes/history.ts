// The history's answers worked out the slow and obvious way, from sale rows alone: the oracle of the real
// ones.
import { type History, TooWideError } from '../../infra/ports.ts'
import {
  type HistoryQuery,
  type LetterCount,
  NO_FILTER,
  type SalesFilter,
  type SearchHit,
  soldItemOf,
  type TopDimension,
} from '../../schemas/history.ts'
import { UNKNOWN } from '../../schemas/keys.ts'
import type { DeadLetter, Gap, Sale, SaleItem } from '../../schemas/records.ts'
import { DAY_MS, floorTo, HOUR_MS, type Interval, MINUTE_MS, overlaps } from '../../schemas/time.ts'
import type { Totals } from '../../schemas/totals.ts'

/** What the answers are made from; read anew at every question. */
export interface HistorySource {
  sales(): Iterable<Sale>
  gaps(): Iterable<Gap>
  openLetters(): Iterable<DeadLetter>
  watermarkMs(): number | null
  /** Items in the window of the minute, over all. */
  minuteItems(startMs: number): number
  windowsMs(): number | null
}

interface Row {
  readonly sale: Sale
  readonly item: SaleItem
}

const MAX_BUCKETS = 2_000
const MAX_BREAKDOWN_MS = 31 * DAY_MS
const SEARCH_SPAN_MS = 7 * DAY_MS
const HOURS = 24

function fits(item: SaleItem, filter: SalesFilter): boolean {
  return (
    (filter.genre === null || filter.genre === (item.genre ?? UNKNOWN)) &&
    (filter.artist === null || filter.artist === item.artistHost) &&
    (filter.country === null || filter.country === (item.country ?? UNKNOWN)) &&
    (filter.format === null || filter.format === item.format)
  )
}

function valuesOf(item: SaleItem, dimension: TopDimension): readonly string[] {
  switch (dimension) {
    case 'genre':
      return [item.genre ?? UNKNOWN]
    case 'artist':
      return [item.artistHost]
    case 'country':
      return [item.country ?? UNKNOWN]
    case 'format':
      return [item.format]
    case 'tag':
      return item.tags
    case 'item':
      return [item.url]
  }
}

function totalsOf(rows: readonly Row[]): Totals {
  const sum = (value: (item: SaleItem) => number) => rows.reduce((total, r) => total + value(r.item), 0)
  return {
    items: rows.length,
    baskets: new Set(rows.map(r => r.sale.basketId)).size,
    units: sum(i => i.units),
    revenueUsdCents: sum(i => i.paidUsdCents),
    overUsdCents: sum(i => i.overUsdCents),
  }
}

const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

/** Newest first: by time, basket, position. */
function newestFirst(a: Row, b: Row): number {
  return (
    b.sale.soldAtMs - a.sale.soldAtMs ||
    compareText(b.sale.basketId, a.sale.basketId) ||
    b.item.position - a.item.position
  )
}

const TYPED = new Map(
  Object.entries({ ð: 'd', đ: 'd', ø: 'o', ł: 'l', þ: 'th', ß: 'ss', æ: 'ae', œ: 'oe', ı: 'i' }),
)

/** Lower case, without accents, as words of letters and digits; what all hosts share is no word. */
function wordsOf(text: string): readonly string[] {
  return (
    [
      ...text
        .replace(/\.bandcamp\.com$/, '')
        .normalize('NFKD')
        .replace(/\p{M}/gu, '')
        .toLowerCase(),
    ]
      .map(letter => TYPED.get(letter) ?? letter)
      .join('')
      .match(/[\p{L}\p{N}]+/gu) ?? []
  )
}

function grouped<K>(rows: readonly Row[], keysOf: (row: Row) => readonly K[]): Map<K, Row[]> {
  const groups = new Map<K, Row[]>()
  for (const row of rows) {
    for (const key of keysOf(row)) {
      const group = groups.get(key)
      if (group === undefined) groups.set(key, [row])
      else group.push(row)
    }
  }
  return groups
}

export function createHistoryOf(source: HistorySource): History {
  const allRows = (): Row[] => [...source.sales()].flatMap(sale => sale.items.map(item => ({ sale, item })))
  const rowsOf = ({ filter, fromMs, toMs }: HistoryQuery) =>
    allRows().filter(r => r.sale.soldAtMs >= fromMs && r.sale.soldAtMs < toMs && fits(r.item, filter))

  /** What the newest of the rows calls it. */
  function namesOf(dimension: TopDimension, value: string, rows: readonly Row[]) {
    if (dimension !== 'artist' && dimension !== 'item') return { label: value, artUrl: null }
    const newest = rows.filter(r => valuesOf(r.item, dimension)[0] === value).sort(newestFirst)[0]
    const label = dimension === 'artist' ? newest?.item.artistName : newest?.item.title
    return { label: label || value, artUrl: newest?.item.artUrl ?? null }
  }

  /** Minutes cut by the interval's ends are not looked at: their windows hold more than the interval. */
  function tooLateOf({ fromMs, toMs }: Interval, rows: readonly Row[]): number | null {
    if ((source.windowsMs() ?? Number.NEGATIVE_INFINITY) < toMs) return null
    let late = 0
    for (const [startMs, of] of grouped(rows, r => [floorTo(r.sale.soldAtMs, MINUTE_MS)])) {
      const isWhole = startMs >= fromMs && startMs + MINUTE_MS <= toMs
      if (isWhole) late += of.length - source.minuteItems(startMs)
    }
    return late
  }

  return {
    async extent() {
      const times = [...source.sales()].map(s => s.soldAtMs)
      return {
        firstSaleMs: times.length === 0 ? null : times.reduce((a, b) => Math.min(a, b)),
        watermarkMs: source.watermarkMs(),
      }
    },

    async totals(query) {
      const rows = rowsOf(query)
      return {
        ...totalsOf(rows),
        artists: new Set(rows.map(r => r.item.artistHost)).size,
        knownGenreItems: rows.filter(r => r.item.genre !== null).length,
      }
    },

    async series(query, bucketMs) {
      if (bucketMs <= 0 || bucketMs % MINUTE_MS !== 0) throw new RangeError(`bucketMs ${bucketMs}`)
      const firstMs = floorTo(query.fromMs, bucketMs)
      const count = Math.max(0, Math.ceil((query.toMs - firstMs) / bucketMs))
      if (count > MAX_BUCKETS) throw new TooWideError(`${count} buckets, at most ${MAX_BUCKETS}`)
      const byBucket = grouped(rowsOf(query), r => [floorTo(r.sale.soldAtMs, bucketMs)])
      const gaps = [...source.gaps()]
      const watermarkMs = source.watermarkMs() ?? Number.NEGATIVE_INFINITY
      return Array.from({ length: query.toMs > query.fromMs ? count : 0 }, (_, i) => {
        const bucket = { fromMs: firstMs + i * bucketMs, toMs: firstMs + (i + 1) * bucketMs }
        return {
          startMs: bucket.fromMs,
          ...totalsOf(byBucket.get(bucket.fromMs) ?? []),
          partial: bucket.toMs > watermarkMs || gaps.some(g => overlaps(g, bucket)),
        }
      })
    },

    async breakdown({ fromMs, toMs, bucketMs, leaders }) {
      if (fromMs % bucketMs !== 0) throw new RangeError(`${fromMs} begins no bucket`)
      if (toMs - fromMs > MAX_BREAKDOWN_MS) throw new TooWideError('a breakdown of more than 31 days')
      const query = { fromMs, toMs, filter: NO_FILTER }
      const rows = rowsOf(query)
      const genresOf = (of: readonly Row[]) => grouped(of, r => [r.item.genre ?? UNKNOWN])
      const counted = <K>(groups: ReadonlyMap<K, readonly Row[]>) =>
        new Map([...groups].map(([key, of]) => [key, of.length] as const))
      const newestOf = (dimension: TopDimension, limit: number) =>
        [...grouped(rows, r => valuesOf(r.item, dimension))]
          .map(([value, of]) => ({ value, ...totalsOf(of), ...namesOf(dimension, value, of) }))
          .sort((a, b) => b.items - a.items || compareText(a.value, b.value))
          .slice(0, limit)
      return {
        totals: await this.totals(query),
        series: [...grouped(rows, r => [floorTo(r.sale.soldAtMs, bucketMs)])]
          .sort(([a], [b]) => a - b)
          .map(([startMs, of]) => ({ startMs, ...totalsOf(of) })),
        genres: newestOf('genre', Number.POSITIVE_INFINITY),
        countries: newestOf('country', Number.POSITIVE_INFINITY),
        formats: newestOf('format', Number.POSITIVE_INFINITY),
        artists: newestOf('artist', leaders),
        releases: newestOf('item', leaders),
        genreSeries: new Map(
          [...genresOf(rows)].map(([genre, of]) => [
            genre,
            counted(grouped(of, r => [floorTo(r.sale.soldAtMs, bucketMs)])),
          ]),
        ),
        genresOfCountries: new Map(
          [...grouped(rows, r => [r.item.country ?? UNKNOWN])].map(([country, of]) => [
            country,
            counted(genresOf(of)),
          ]),
        ),
        tooLate: tooLateOf(query, rows),
        deadLetters: [...source.openLetters()].filter(d => d.atMs >= fromMs && d.atMs < toMs).length,
      }
    },

    async top(query, dimension, limit, by = 'items') {
      const groups = grouped(rowsOf(query), r => [...new Set(valuesOf(r.item, dimension))])
      return [...groups]
        .map(([value, rows]) => ({ value, ...totalsOf(rows) }))
        .sort((a, b) => b[by] - a[by] || compareText(a.value, b.value))
        .slice(0, limit)
        .map(row => ({ ...row, ...namesOf(dimension, row.value, allRows()) }))
    },

    async heatmap(query, zoneOffsetMinutes, limit) {
      const groups = grouped(rowsOf(query), r => [r.item.genre ?? UNKNOWN])
      return [...groups]
        .sort((a, b) => b[1].length - a[1].length || compareText(a[0], b[0]))
        .slice(0, limit)
        .map(([genre, rows]) => {
          const itemsByHour = new Array<number>(HOURS).fill(0)
          for (const { sale } of rows) {
            const localMs = sale.soldAtMs + zoneOffsetMinutes * MINUTE_MS
            itemsByHour[Math.floor((localMs - floorTo(localMs, DAY_MS)) / HOUR_MS)]! += 1
          }
          return { genre, itemsByHour }
        })
    },

    async genreCountries({ genres, countries, ...query }) {
      const rows = rowsOf(query)
      const leading = (keyOf: (row: Row) => string, limit: number) =>
        [...grouped(rows, r => [keyOf(r)])]
          .sort((a, b) => b[1].length - a[1].length || compareText(a[0], b[0]))
          .slice(0, limit)
      const countryOf = (r: Row) => r.item.country ?? UNKNOWN
      const shown = leading(countryOf, countries).map(([country]) => country)
      return {
        countries: shown,
        rows: leading(r => r.item.genre ?? UNKNOWN, genres).map(([genre, of]) => ({
          genre,
          itemsByCountry: shown.map(country => of.filter(r => countryOf(r) === country).length),
        })),
      }
    },

    async gaps(interval) {
      return [...source.gaps()]
        .filter(g => overlaps(g, interval))
        .sort((a, b) => a.fromMs - b.fromMs || a.toMs - b.toMs || compareText(a.reason, b.reason))
        .map(({ fromMs, toMs, reason }) => ({ fromMs, toMs, reason }))
    },

    async recent(filter, limit, before) {
      const slash = before === null ? 0 : before.id.lastIndexOf('/')
      const isOlder = (r: Row) =>
        before === null ||
        r.sale.soldAtMs < before.soldAtMs ||
        (r.sale.soldAtMs === before.soldAtMs &&
          (compareText(r.sale.basketId, before.id.slice(0, slash)) ||
            r.item.position - Number(before.id.slice(slash + 1))) < 0)
      return allRows()
        .filter(r => fits(r.item, filter) && isOlder(r))
        .sort(newestFirst)
        .slice(0, limit)
        .map(r => soldItemOf(r.sale, r.item))
    },

    async search(text, limit) {
      const wanted = wordsOf(text)
      if (wanted.length === 0) return []
      const rows = allRows()
      const newestMs = rows.reduce((newest, r) => Math.max(newest, r.sale.soldAtMs), 0)
      const hits: SearchHit[] = []
      for (const dimension of ['genre', 'artist', 'country', 'tag'] as const) {
        for (const [value, of] of grouped(rows, r => valuesOf(r.item, dimension))) {
          const names = dimension === 'artist' ? of.map(r => r.item.artistName) : []
          const words = [value, ...names].flatMap(wordsOf)
          if (!wanted.every(w => words.some(word => word.startsWith(w)))) continue
          const items = of.filter(r => r.sale.soldAtMs > newestMs - SEARCH_SPAN_MS).length
          hits.push({ dimension, value, label: namesOf(dimension, value, rows).label, items })
        }
      }
      return hits
        .sort(
          (a, b) =>
            b.items - a.items || compareText(a.dimension, b.dimension) || compareText(a.value, b.value),
        )
        .slice(0, limit)
    },

    async deadLetters(limit) {
      return [...source.openLetters()]
        .sort((a, b) => b.atMs - a.atMs || compareText(b.id, a.id))
        .slice(0, limit)
    },

    async deadLetterCounts() {
      const counts = new Map<string, LetterCount>()
      for (const { stage, reason } of source.openLetters()) {
        const kind = `${stage} ${reason}`
        counts.set(kind, { stage, reason, count: (counts.get(kind)?.count ?? 0) + 1 })
      }
      return [...counts.values()].sort(
        (a, b) => b.count - a.count || compareText(a.stage, b.stage) || compareText(a.reason, b.reason),
      )
    },
  }
}
