// What is sold in a labelled world: an item as `enrich` would write it down, its tags included.
import { FORMATS } from '../../../../schemas/keys.ts'
import type { SaleItem } from '../../../../schemas/records.ts'
import { SECOND_MS } from '../../../../schemas/time.ts'
import type { Artist } from '../artists.ts'
import { COUNTRIES } from '../countries.ts'
import { LOOSE_TAGS } from '../genres.ts'
import { hash, hashUnit, type Rng } from '../random.ts'

const TAGS = 93
/** Tags that say nothing of the genre, and tags of a small scene: shares of artists who use one. */
const LOOSE_TAG_SHARE = 0.5
const RARE_TAG_SHARE = 0.6
const RARE_TAGS = 4_000

export interface SoldTo {
  readonly position: number
  /** Place in COUNTRIES. */
  readonly country: number
  readonly soldAtMs: number
  /** One more tag than the artist has. */
  readonly tag: string | undefined
}

/** One release of the artist, newer ones more often. */
export function itemOf(seed: number, artist: Artist, rng: Rng, soldTo: SoldTo): SaleItem {
  const { position, country, soldAtMs, tag } = soldTo
  const rank = artist.index
  const release = hash(seed, rank, Math.floor(rng.unit() ** 2 * artist.releases)) % 1_000
  const cents = 100 + rng.int(1_400)
  const tags = artist.showsGenre ? tagsOf(seed, rank, artist.genre.tags) : []
  return {
    position,
    soldAtText: String(soldAtMs / SECOND_MS),
    ordinal: position,
    url: `https://${artist.host}/album/r${release}`,
    artistHost: artist.host,
    artistName: artist.name,
    title: `Release ${release}`,
    albumTitle: null,
    itemType: 'a',
    format: FORMATS[hash(seed, rank, release) % FORMATS.length]!,
    country: COUNTRIES[country]!.code,
    currency: 'USD',
    paidMinor: cents,
    priceMinor: cents,
    paidUsdCents: cents,
    overUsdCents: 0,
    units: 1,
    releases: null,
    artUrl: null,
    genre: artist.showsGenre ? artist.genre.slug : null,
    genreSource: artist.showsGenre ? 'page' : 'none',
    tags: tag === undefined ? tags : [...tags, tag],
  }
}

/** The tags of an artist: styles of its genre, something loose, something rare. */
function tagsOf(seed: number, rank: number, styles: readonly string[]): readonly string[] {
  const tags = new Set<string>()
  const count = 1 + (hash(seed, TAGS, rank) % 4)
  for (let i = 0; i < count; i++) {
    tags.add(styles[Math.floor(hashUnit(seed, TAGS, rank, 10 + i) ** 2 * styles.length)]!)
  }
  if (hashUnit(seed, TAGS, rank, 20) < LOOSE_TAG_SHARE) {
    tags.add(LOOSE_TAGS[hash(seed, TAGS, rank, 21) % LOOSE_TAGS.length]!)
  }
  if (hashUnit(seed, TAGS, rank, 30) < RARE_TAG_SHARE) {
    tags.add(`scene ${Math.floor(hashUnit(seed, TAGS, rank, 31) ** 3 * RARE_TAGS)}`)
  }
  return [...tags]
}
