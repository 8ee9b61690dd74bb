// A small invented market for the page's tests: two weeks of sales from a seed, summed up the slow and
// obvious way.
import type { ApiSoldItem, Summary } from '../../dashboard/core/api.ts'
import { RANGE_MS, type ViewQuery } from '../../dashboard/core/query.ts'
import { comparedBackMs } from '../../dashboard/core/ranges.ts'
import { bandcampFridaysWithin } from '../../schemas/fridays.ts'
import type { Format } from '../../schemas/keys.ts'

const MINUTE = 60_000
const HOUR = 3_600_000
const DAY = 86_400_000

/** Mulberry32: small, seeded, good enough for invented sales. */
export function random(seed: number): () => number {
  let a = seed >>> 0
  return () => {
    a = (a + 0x6d2b79f5) >>> 0
    let t = Math.imul(a ^ (a >>> 15), a | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

type Weighted<T> = readonly (readonly [T, number])[]
function pick<T>(choices: Weighted<T>, r: number): T {
  const all = choices.reduce((sum, [, weight]) => sum + weight, 0)
  let left = r * all
  for (const [value, weight] of choices) {
    left -= weight
    if (left < 0) return value
  }
  return choices[0]![0]
}

const GENRES: Weighted<string | null> = [
  ['electronic', 30],
  ['experimental', 9],
  ['ambient', 10],
  ['metal', 12],
  ['rock', 9],
  ['hip-hop-rap', 6],
  ['punk', 7],
  ['alternative', 5],
  ['folk', 3],
  ['jazz', 4],
  ['r-b-soul', 2],
  ['soundtrack', 1.5],
  ['reggae', 1.5],
  [null, 9],
]
const COUNTRIES: Weighted<string | null> = [
  ['us', 34],
  ['gb', 15],
  ['de', 11],
  ['fr', 6],
  ['ca', 5],
  ['au', 5],
  ['jp', 4.5],
  ['nl', 3],
  ['it', 2],
  ['es', 2],
  ['se', 2],
  ['br', 1],
  ['pl', 1],
  [null, 0.5],
]
const FORMATS: Weighted<Format> = [
  ['digital-album', 48],
  ['track', 22],
  ['vinyl', 12],
  ['cassette', 5],
  ['cd', 6],
  ['merch', 4],
  ['discography', 1.2],
]
const CURRENCIES: Weighted<readonly [string, number, number]> = [
  [['USD', 1, 100], 45],
  [['EUR', 1.09, 100], 25],
  [['GBP', 1.27, 100], 20],
  [['JPY', 0.0067, 1], 3],
  [['AUD', 0.66, 100], 4],
]
const FIRST = [
  'Pale',
  'North',
  'Ivory',
  'Slow',
  'Hollow',
  'Night',
  'Soft',
  'Lunar',
  'Silver',
  'Wild',
  'Distant',
  'Paper',
]
const SECOND = [
  'Harbour',
  'Antenna',
  'Orchard',
  'Meridian',
  'Foxes',
  'Cathedral',
  'Tides',
  'Machines',
  'Garden',
  'Static',
  'Choir',
  'Parade',
]
const TITLES = [
  'Undertow',
  'A Map of Small Hours',
  'Nine Rooms',
  'Glass Weather',
  'Rue',
  'Field Notes',
  'Tessellate',
  'The Long Thaw',
  'Kiosk',
  'Ghost Notes',
  'Salt & Signal',
  'Low Sun EP',
  '星の下で',
  'Última luz',
  'Møll',
]

export interface Artist {
  readonly host: string
  readonly name: string
  readonly genre: string | null
}

function makeArtists(next: () => number, count: number): readonly Artist[] {
  return Array.from({ length: count }, (_, i) => {
    const name = `${FIRST[Math.floor(next() * FIRST.length)]} ${SECOND[Math.floor(next() * SECOND.length)]}`
    const shown =
      i % 17 === 3 ? `${name} & the Very Long Walk Home Ensemble` : i % 29 === 7 ? '夜間飛行' : name
    return {
      host: `${name.toLowerCase().replace(/[^a-z]+/g, '')}${i}.bandcamp.com`,
      name: shown,
      genre: pick(GENRES, next()),
    }
  })
}

export function makeItem(next: () => number, artist: Artist, soldAtMs: number, id: string): ApiSoldItem {
  const format = pick(FORMATS, next())
  const [currency, rate, minor] = pick(CURRENCIES, next())
  const base = format === 'track' ? 1.5 : format === 'vinyl' ? 26 : format === 'merch' ? 22 : 8
  const price = Math.round((base * (0.7 + next() * 0.9)) / rate)
  const over = next() < 0.14 ? Math.max(1, Math.round(price * next())) : 0
  const paidUsdCents = Math.round((price + over) * rate * 100)
  const title = TITLES[Math.floor(next() * TITLES.length)]!
  return {
    id,
    basketId: id.split('/')[0]!,
    soldAtMs,
    artistHost: artist.host,
    artistName: artist.name,
    title: format === 'vinyl' ? `${title} (2×LP, black)` : title,
    albumTitle: format === 'track' ? TITLES[Math.floor(next() * TITLES.length)]! : null,
    url: `https://${artist.host}/album/${encodeURIComponent(title.toLowerCase())}`,
    artUrl:
      next() < 0.94
        ? `https://f4.bcbits.com/img/a${String(Math.floor(next() * 4e9)).padStart(10, '0')}_7.jpg`
        : null,
    format,
    country: pick(COUNTRIES, next()),
    genre: artist.genre,
    tags: artist.genre === null ? [] : [artist.genre, 'dub techno', 'field recordings'],
    currency,
    paidMinor: (price + over) * minor,
    paidUsdCents,
    overUsdCents: Math.round(over * rate * 100),
    units: 1,
  }
}

/** Genres wake and sleep at different hours, as buyers do. */
function rhythm(hourUtc: number, shift: number): number {
  return 1 + 0.55 * Math.sin(((hourUtc - 9 + shift) / 24) * 2 * Math.PI)
}

export interface World {
  readonly artists: readonly Artist[]
  readonly items: readonly ApiSoldItem[]
}

/** Sales of `days` days up to `endMs`, at about `perMinute`, oldest first. */
export function makeWorld(seed: number, endMs: number, days: number, perMinute: number): World {
  const next = random(seed)
  const artists = makeArtists(next, 420)
  const items: ApiSoldItem[] = []
  let basket = 0
  for (let at = endMs - days * DAY; at < endMs; at += MINUTE) {
    const wanted = perMinute * rhythm((at / HOUR) % 24, 0) * (0.75 + next() * 0.5)
    const count = Math.floor(wanted + next())
    for (let i = 0; i < count; i++) {
      const artist = artists[Math.floor(next() ** 2.2 * artists.length)]!
      const shift = artist.genre === 'metal' ? 5 : artist.genre === 'ambient' ? -7 : 0
      if (next() * 1.6 > rhythm((at / HOUR) % 24, shift)) continue
      const size = next() < 0.12 ? 2 : 1
      const soldAtMs = Math.min(endMs - 1, at + Math.floor(next() * MINUTE))
      for (let n = 0; n < size; n++) items.push(makeItem(next, artist, soldAtMs, `b${basket}/${n}`))
      basket += 1
    }
  }
  items.sort((a, b) => a.soldAtMs - b.soldAtMs)
  return { artists, items }
}

export function fits(item: ApiSoldItem, { filter }: Pick<ViewQuery, 'filter'>): boolean {
  return (
    (filter.genre === null || (item.genre ?? 'unknown') === filter.genre) &&
    (filter.artist === null || item.artistHost === filter.artist) &&
    (filter.country === null || (item.country ?? 'unknown') === filter.country) &&
    (filter.format === null || item.format === filter.format)
  )
}

function totalsOf(items: readonly ApiSoldItem[]) {
  const sum = (f: (item: ApiSoldItem) => number): number => items.reduce((all, item) => all + f(item), 0)
  return {
    items: items.length,
    baskets: new Set(items.map(item => item.basketId)).size,
    units: sum(item => item.units),
    revenueUsdCents: sum(item => item.paidUsdCents),
    overUsdCents: sum(item => item.overUsdCents),
  }
}

const kpisOf = (items: readonly ApiSoldItem[]) => ({
  ...totalsOf(items),
  artists: new Set(items.map(item => item.artistHost)).size,
  knownGenreItems: items.filter(item => item.genre !== null).length,
})

function topOf(
  now: readonly ApiSoldItem[],
  before: readonly ApiSoldItem[] | null,
  value: (item: ApiSoldItem) => string,
  label: (item: ApiSoldItem) => string,
  artUrl: (item: ApiSoldItem) => string | null = () => null,
): Summary['topGenres'] {
  const groups = groupBy(now, value)
  const old = before === null ? null : groupBy(before, value)
  const rows = [...groups]
    .map(([key, items]) => ({
      ...totalsOf(items),
      value: key,
      label: label(items.at(-1)!),
      artUrl: artUrl(items.at(-1)!),
      previousItems: old === null ? null : (old.get(key)?.length ?? 0),
      previousRevenueUsdCents: old === null ? null : totalsOf(old.get(key) ?? []).revenueUsdCents,
    }))
    .sort((a, b) => b.items - a.items || (a.value < b.value ? -1 : 1))
  const brought = [...rows].sort((a, b) => b.revenueUsdCents - a.revenueUsdCents).slice(0, 12)
  return rows.filter((row, i) => i < 12 || brought.includes(row))
}

function groupBy(
  items: readonly ApiSoldItem[],
  value: (item: ApiSoldItem) => string,
): Map<string, ApiSoldItem[]> {
  const groups = new Map<string, ApiSoldItem[]>()
  for (const item of items) {
    const key = value(item)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return groups
}

export interface Gap {
  readonly fromMs: number
  readonly toMs: number
  readonly reason: string
}

function bucketOf(spanMs: number): number {
  if (spanMs <= 2 * HOUR) return MINUTE
  if (spanMs <= 2 * DAY) return 15 * MINUTE
  return spanMs <= 10 * DAY ? 2 * HOUR : 6 * HOUR
}

/** Everything the page shows for a query, as of `watermarkMs`, counted from the items themselves. */
export function summarise(
  all: readonly ApiSoldItem[],
  query: ViewQuery,
  watermarkMs: number,
  gaps: readonly Gap[],
): Summary {
  const toMs = query.range === 'custom' ? query.toMs! : watermarkMs
  const fromMs = query.range === 'custom' ? query.fromMs! : toMs - RANGE_MS[query.range]
  const span = toMs - fromMs
  const bucketMs = bucketOf(span)
  const inGap = (at: number): boolean => gaps.some(gap => at >= gap.fromMs && at < gap.toMs)
  const within = (a: number, b: number): ApiSoldItem[] =>
    all.filter(item => item.soldAtMs >= a && item.soldAtMs < b && fits(item, query) && !inGap(item.soldAtMs))
  const now = within(fromMs, toMs)
  const back = comparedBackMs(span, query.compare)
  const known = (all[0]?.soldAtMs ?? toMs) <= fromMs - back + HOUR
  const before = known ? within(fromMs - back, toMs - back) : null
  const series = (items: readonly ApiSoldItem[], a: number, b: number): Summary['series'] => {
    const first = Math.floor(a / bucketMs) * bucketMs
    const groups = groupBy(items, item => String(Math.floor(item.soldAtMs / bucketMs) * bucketMs))
    const points: Summary['series'] = []
    for (let at = first; at < b; at += bucketMs) {
      const touched = gaps.some(gap => gap.fromMs < at + bucketMs && gap.toMs > at)
      const partial = touched || at + bucketMs > watermarkMs
      points.push({ ...totalsOf(groups.get(String(at)) ?? []), startMs: at, partial })
    }
    return points
  }
  const genreOf = (item: ApiSoldItem): string => item.genre ?? 'unknown'
  const topGenres = topOf(now, before, genreOf, genreOf)
  const countryOf = (item: ApiSoldItem): string => item.country ?? 'unknown'
  const topCountries = topOf(now, before, countryOf, countryOf)
  const countries = topCountries.slice(0, 10).map(row => row.value)
  return {
    range: query.range,
    fromMs,
    toMs,
    filter: query.filter,
    compare: query.compare,
    watermarkMs,
    now: kpisOf(now),
    previous: before === null ? null : kpisOf(before),
    bucketMs,
    series: series(now, fromMs, toMs),
    previousSeries: before === null ? null : series(before, fromMs - back, toMs - back),
    topGenres,
    topArtists: topOf(
      now,
      before,
      item => item.artistHost,
      item => item.artistName,
      item => item.artUrl,
    ),
    topCountries,
    topFormats: topOf(
      now,
      before,
      item => item.format,
      item => item.format,
    ),
    heatmap: topGenres.slice(0, 12).map(({ value }) => {
      const itemsByHour = new Array<number>(24).fill(0)
      for (const item of now) {
        if (genreOf(item) !== value) continue
        itemsByHour[Math.floor((item.soldAtMs / MINUTE + query.zoneOffsetMinutes) / 60) % 24]! += 1
      }
      return { genre: value, itemsByHour }
    }),
    genreCountries: {
      countries,
      rows: topGenres.slice(0, 12).map(({ value }) => ({
        genre: value,
        itemsByCountry: countries.map(
          country => now.filter(item => genreOf(item) === value && countryOf(item) === country).length,
        ),
      })),
    },
    gaps: gaps.filter(gap => gap.fromMs < toMs && gap.toMs > fromMs),
    fridays: [...bandcampFridaysWithin({ fromMs, toMs })],
  }
}
