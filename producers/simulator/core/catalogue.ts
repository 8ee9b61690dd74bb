// What the artists sell: releases, tracks and merch with titles, pictures, tags and URLs, all recomputable.
import { DAY_MS } from '../../../schemas/time.ts'
import { type Artist, MAX_RELEASES, type Population } from './artists.ts'
import { LOOSE_TAGS } from './genres.ts'
import { artistName, labelName, type Named, slugOf, titleOf } from './names.ts'
import { hash, hashUnit, WeightedChoice } from './random.ts'

const ART = 21
const PACKAGE = 22
const TRACKS = 23
const MEMBER = 24
const TAGS = 25
const LABEL = 26
const RELEASED = 27

/**
 * Things of an artist by number: albums from 0, tracks off any album from SINGLES, and records that are out
 * on a day of the schedule (see bursts.ts) from SCHEDULED + that day's number since 1970.
 */
const SINGLES = 1_000
export const SCHEDULED = 10_000

/** Titles are numbered apart, so that no two slugs of one artist are the same. */
const MAX_TRACKS = 16
const SINGLE_TITLES = MAX_RELEASES * MAX_TRACKS
const SCHEDULED_TITLES = SINGLE_TITLES + MAX_RELEASES
const SCHEDULED_TITLE_COUNT = 200

const MAX_ART_ID = 4_294_959_001
const MAX_PACKAGE_ID = 45_000_000
/** A label has so many artists; some of its records are compilations. */
const ROSTER = 24
const COMPILATION_SHARE = 0.085
const SCHEDULED_COMPILATION_SHARE = 0.12
export const VARIOUS = 'Various Artists'

/** Common releases came out in the ten years before this day, most of them lately. */
const LAST_RELEASE_MS = Date.UTC(2026, 9, 30)
const RELEASE_YEARS_DAYS = 3_650

/** Tags per item, from one to eight: most often one or five. */
const TAG_COUNTS = new WeightedChoice([18, 8, 11, 13, 19, 11, 11, 10])
const LABEL_SHARE = 0.12

export type PageKind = 'album' | 'track' | 'merch'

/** One page of the shop. */
export interface Ware {
  readonly artist: Artist
  readonly kind: PageKind
  /** Album, single or scheduled record by number; see above. */
  readonly release: number
  /** Position on the album, from 0; 0 for all else. */
  readonly track: number
  readonly title: Named
  /** What the feed calls artist_name: a label's records have artists of their own. */
  readonly by: string
}

export interface Catalogue {
  album(artist: Artist, release: number): Ware
  /** A track of an album. */
  track(artist: Artist, release: number, track: number): Ware
  /** A track that is on no album. */
  single(artist: Artist, number: number): Ware
  merch(artist: Artist, thing: string): Ware
  tracksOf(artist: Artist, release: number): number
  artId(artist: Artist, release: number): number
  /** `variant` tells the packages of one release apart. */
  packageImageId(artist: Artist, release: number, variant: number): number
  /** Scheme-less, as the feed writes it. */
  url(ware: Ware): string
  /** The page behind a URL of the feed's form or an absolute one; null where there is none. */
  find(url: string): Ware | null
  tags(ware: Ware): readonly string[]
  label(ware: Ware): string | null
  releasedMs(ware: Ware): number
}

const PAGE_URL = /^(?:https?:)?\/\/([^/]+)\/(album|track|merch)\/([^/?#]+)/i
const SCHEDULED_SLUG = /-(\d{5})$/

function isScheduled(release: number): boolean {
  return release >= SCHEDULED
}

/** Everything in it is a function of the seed: nothing is remembered. */
export function createCatalogue(seed: number, population: Population): Catalogue {
  const titled = (artist: Artist, n: number, isTrack: boolean, release: number): Named => {
    const title = titleOf(
      { seed, artist: artist.index, family: artist.genre.family, script: artist.script },
      n,
      isTrack,
    )
    return isScheduled(release) ? { text: title.text, slug: `${title.slug}-${release - SCHEDULED}` } : title
  }
  const member = (artist: Artist, bits: number) => artistName(bits, artist.genre.family, -1).text
  const compilation = (artist: Artist, release: number) => {
    const unit = hashUnit(seed, artist.index, MEMBER, release)
    if (isScheduled(release)) return unit < SCHEDULED_COMPILATION_SHARE
    return artist.isLabel && unit < COMPILATION_SHARE
  }
  const performer = (artist: Artist, release: number) => {
    if (!artist.isLabel) return artist.name
    return member(artist, hash(seed, artist.index, MEMBER, hash(seed, release, MEMBER) % ROSTER))
  }

  const catalogue: Catalogue = {
    album(artist, release) {
      const n = isScheduled(release) ? SCHEDULED_TITLES + (release % SCHEDULED_TITLE_COUNT) : release
      const by = compilation(artist, release) ? VARIOUS : performer(artist, release)
      return { artist, kind: 'album', release, track: 0, title: titled(artist, n, false, release), by }
    },
    track(artist, release, track) {
      const n = isScheduled(release)
        ? SCHEDULED_TITLES + (release % SCHEDULED_TITLE_COUNT)
        : release * MAX_TRACKS + track
      const by = compilation(artist, release)
        ? member(artist, hash(seed, artist.index, MEMBER, SINGLES + n))
        : performer(artist, release)
      return { artist, kind: 'track', release, track, title: titled(artist, n, true, release), by }
    },
    single(artist, number) {
      const title = titled(artist, SINGLE_TITLES + number, true, 0)
      const release = SINGLES + number
      return { artist, kind: 'track', release, track: 0, title, by: performer(artist, release) }
    },
    merch(artist, thing) {
      return {
        artist,
        kind: 'merch',
        release: 0,
        track: 0,
        title: { text: thing, slug: slugOf(thing) || 'merch' },
        by: artist.name,
      }
    },
    tracksOf: (artist, release) => 2 + (hash(seed, artist.index, TRACKS, release) % (MAX_TRACKS - 3)),
    artId: (artist, release) => hash(seed, artist.index, ART, release) % MAX_ART_ID,
    packageImageId: (artist, release, variant) =>
      1_000 + (hash(seed, artist.index, PACKAGE + variant * 100, release) % MAX_PACKAGE_ID),
    url: ({ artist, kind, title }) => `//${artist.host}/${kind}/${title.slug}`,
    find(url) {
      const [, host = '', kind = '', slug = ''] = PAGE_URL.exec(url) ?? []
      const index = population.indexOfHost(host.toLowerCase())
      if (index < 0) return null
      const artist = population.artist(index)
      return findWare(catalogue, artist, kind.toLowerCase() as PageKind, slug)
    },
    tags: ware => tagsOf(seed, ware),
    label({ artist, release, by }) {
      // Whoever puts out other people's records is their label.
      if (artist.isLabel || by !== artist.name) return artist.name
      const bits = hash(seed, artist.index, LABEL, release % 3)
      return bits * 2 ** -32 < LABEL_SHARE ? labelName(bits, artist.genre.family).text : null
    },
    releasedMs({ artist, release }) {
      if (isScheduled(release)) return (release - SCHEDULED) * DAY_MS
      const unit = hashUnit(seed, artist.index, RELEASED, release)
      return LAST_RELEASE_MS - Math.floor(unit ** 2.2 * RELEASE_YEARS_DAYS) * DAY_MS
    },
  }
  return catalogue
}

/** Goes through the artist's things until the slug fits: a thousand titles at most, about a millisecond. */
function findWare(catalogue: Catalogue, artist: Artist, kind: PageKind, slug: string): Ware | null {
  if (kind === 'merch') return { ...catalogue.merch(artist, slug), title: { text: slug, slug } }
  const fits = (ware: Ware) => ware.title.slug === slug
  for (let release = 0; release < artist.releases; release++) {
    if (kind === 'album') {
      const album = catalogue.album(artist, release)
      if (fits(album)) return album
      continue
    }
    const single = catalogue.single(artist, release)
    if (fits(single)) return single
    for (let n = catalogue.tracksOf(artist, release) - 1; n >= 0; n--) {
      const track = catalogue.track(artist, release, n)
      if (fits(track)) return track
    }
  }
  const day = SCHEDULED_SLUG.exec(slug)?.[1]
  if (day === undefined) return null
  const release = SCHEDULED + Number(day)
  const scheduled = kind === 'album' ? catalogue.album(artist, release) : catalogue.track(artist, release, 0)
  return fits(scheduled) ? scheduled : null
}

/** One to eight tags without the location: as a rule the genre's name first, then styles and loose ones. */
function tagsOf(seed: number, { artist, release }: Ware): readonly string[] {
  const bits = (n: number) => hash(seed, artist.index, TAGS + n * 100, release)
  const count = 1 + TAG_COUNTS.pick(bits(0) * 2 ** -32)
  const tags = new Set<string>()
  if (artist.showsGenre && bits(1) % 5 > 0) tags.add(artist.genre.name)
  for (let n = 2; tags.size < count && n < 24; n++) {
    const roll = bits(n)
    // Two of an artist's styles come back on every record; the square prefers the genre's commonest.
    const own = n < 4 ? hash(seed, artist.index, TAGS + n * 100) : roll
    // Where the page has no genre, its tags tell none either.
    const isLoose = !artist.showsGenre || (roll % 4 === 0 && n >= 4)
    const list = isLoose ? LOOSE_TAGS : artist.genre.tags
    tags.add(list[Math.floor((own * 2 ** -32) ** 2 * list.length)]!)
  }
  return [...tags]
}
