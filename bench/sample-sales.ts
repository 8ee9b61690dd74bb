// Sales that look like the feed's: sizes, repeats and alphabets as real ones, from a seed.
import type { Sale, SaleItem } from '../schemas/records.ts'

/** Most frequent first, as tags are: a few everywhere, a long tail seen once. */
const TAGS =
  `electronic techno ambient house rock experimental metal punk folk jazz hip-hop pop indie drone noise
 soul dub dubstep idm shoegaze post-punk hardcore black-metal doom drum-&-bass breakbeat synthwave lo-fi vaporwave
 singer-songwriter field-recording modular psychedelic garage funk disco reggae acoustic industrial darkwave`.split(
    /\s+/,
  )
const GENRES = [
  'electronic',
  'rock',
  'ambient',
  'metal',
  'hip-hop-rap',
  'experimental',
  'punk',
  'folk',
  'jazz',
]
const COUNTRIES = ['us', 'gb', 'de', 'au', 'ca', 'fr', 'jp', 'nl', 'ch', 'es']
const CURRENCIES = ['USD', 'GBP', 'EUR', 'AUD', 'JPY']
const WORDS = [
  'Night',
  'Blue',
  'Ghost',
  'River',
  'Über',
  'Signal',
  'Tokyo',
  'Ночь',
  'Love',
  'Static',
  'Sun',
  '夜',
]
const ARTISTS = 300_000
const START_MS = Date.UTC(2026, 0, 1)
const MEAN_SPACING_MS = 1_250
const TAGS_PER_ITEM = 5

/** Uniform in [0, 1), the same for the same seed: mulberry32. */
export function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** `count` baskets of one item with five tags each, in order of time. */
export function sampleSales(count: number, seed = 1): Sale[] {
  const random = randomFrom(seed)
  // Squared: the first of a list are much more frequent than the last.
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() ** 2 * list.length)]!
  let soldAtMs = START_MS
  return Array.from({ length: count }, () => {
    soldAtMs += Math.floor(random() * 2 * MEAN_SPACING_MS)
    return {
      kind: 'sale',
      basketId: Array.from({ length: 4 }, () => hex(random)).join(''),
      soldAtMs,
      items: [sampleItem(soldAtMs, random, pick)],
    }
  })
}

const hex = (random: () => number): string =>
  Math.floor(random() * 0xffff_ffff)
    .toString(16)
    .padStart(8, '0')

function sampleItem(soldAtMs: number, random: () => number, pick: <T>(list: readonly T[]) => T): SaleItem {
  const artist = Math.floor(random() ** 3 * ARTISTS)
  const host = `artist-${artist}.bandcamp.com`
  const title = `${pick(WORDS)} ${pick(WORDS)} ${Math.floor(random() * 10)}`
  const isTrack = random() < 0.3
  const cents = 100 + Math.floor(random() * 2_000)
  return {
    position: 0,
    soldAtText: `${soldAtMs / 1_000}${Math.floor(random() * 1_000)}`,
    ordinal: 0,
    url: `https://${host}/${isTrack ? 'track' : 'album'}/${encodeURIComponent(title.toLowerCase()).slice(0, 40)}`,
    artistHost: host,
    artistName: `${WORDS[artist % WORDS.length]} Artist ${artist}`,
    title,
    albumTitle: isTrack ? `${pick(WORDS)} ${pick(WORDS)}` : null,
    itemType: isTrack ? 't' : 'a',
    format: isTrack ? 'track' : 'digital-album',
    country: pick(COUNTRIES),
    currency: pick(CURRENCIES),
    paidMinor: cents,
    priceMinor: cents,
    paidUsdCents: cents,
    overUsdCents: 0,
    units: 1,
    releases: null,
    artUrl: `https://f4.bcbits.com/img/a${Math.floor(random() * 4e9)}_7.jpg`,
    genre: pick(GENRES),
    genreSource: random() < 0.7 ? 'page' : 'host',
    tags: Array.from({ length: TAGS_PER_ITEM }, () => pick(TAGS)),
  }
}
