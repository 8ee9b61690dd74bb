// The population: who sells, how much, from where, under which name and host. Each a function of seed and rank.
import { type Genre, genreOfRank } from './genres.ts'
import { artistName, labelName, type Named } from './names.ts'
import { type Place, placeOfRank } from './places.ts'
import { hash, hashUnit } from './random.ts'
import { HOSTILE_NAMES } from './words.ts'

/** Zipf-Mandelbrot p ~ (rank + q)^-s, fitted in FEED.md 2.4 to unique artists and top counts of a million sales. */
export const ARTISTS = 300_000
const EXPONENT = 1.04
const SHIFT = 27

/** What a hash is for: one stream of bits for each. */
const NAME = 11
const KIND = 12
const GENRE_SHOWN = 13
const SIZE = 14
const HOSTILE = 15
const SCRIPT = 16

/** Share of hosts that are labels, and of pages without a genre. */
const LABEL_SHARE = 0.15
const NO_GENRE_SHARE = 0.05
/** One host in so many has a hostile name. */
const HOSTILE_EVERY = 1500
/** Share of artists in places with another script who use it. */
const SCRIPT_SHARE = 0.55

/** The first ranks have hosts without a number; all others end in "-" and their rank in base 36. */
const PLAIN_HOSTS = 20_000
const DOMAIN = '.bandcamp.com'

/** A discography has at most so many releases. */
export const MAX_RELEASES = 80

export interface Artist {
  readonly index: number
  readonly genre: Genre
  /** False where the page says no genre. */
  readonly showsGenre: boolean
  readonly place: Place
  readonly isLabel: boolean
  readonly name: string
  /** An index of SCRIPTS, or -1. */
  readonly script: number
  readonly releases: number
}

export interface Population {
  /** The artist of a rank in [0, ARTISTS). */
  artist(index: number): Artist
  /** "glasslanterns.bandcamp.com". */
  host(index: number): string
  /** The rank behind a host, or -1. */
  indexOfHost(host: string): number
}

const HEAD = (0.5 + SHIFT) ** (1 - EXPONENT)
const TAIL = (ARTISTS + 0.5 + SHIFT) ** (1 - EXPONENT)

/** The rank, from 0, for a uniform number: the inverse of the continuous distribution function, one power. */
export function rankOf(unit: number): number {
  const rank = (HEAD + unit * (TAIL - HEAD)) ** (1 / (1 - EXPONENT)) - SHIFT
  return Math.min(ARTISTS - 1, Math.max(0, Math.round(rank) - 1))
}

/** Exponentially spread with a mean that falls with the rank: 1 to MAX_RELEASES. */
function releasesOf(unit: number, index: number): number {
  const mean = 1.9 + 14 / (1 + index / 3000)
  return Math.min(MAX_RELEASES, 1 + Math.floor(-Math.log(1 - unit) * mean))
}

export function createPopulation(seed: number): Population {
  const genrePhase = hashUnit(seed, GENRE_SHOWN)
  const placePhase = hashUnit(seed, KIND)
  const scriptOf = (index: number, place: Place) =>
    place.script >= 0 && hashUnit(seed, index, SCRIPT) < SCRIPT_SHARE ? place.script : -1

  const named = (index: number, genre: Genre, script: number, isLabel: boolean): Named => {
    const bits = hash(seed, index, NAME)
    return isLabel ? labelName(bits, genre.family) : artistName(bits, genre.family, script)
  }
  const isLabelAt = (index: number) => hashUnit(seed, index, KIND) < LABEL_SHARE
  const slugAt = (index: number) => {
    const place = placeOfRank(index, placePhase)
    const genre = genreOfRank(index, genrePhase)
    return named(index, genre, scriptOf(index, place), isLabelAt(index)).slug
  }

  const plain: string[] = []
  const byHost = new Map<string, number>()
  for (let index = 0; index < PLAIN_HOSTS; index++) {
    const slug = slugAt(index)
    const host = `${byHost.has(slug + DOMAIN) ? `${slug}-${index.toString(36)}` : slug}${DOMAIN}`
    plain.push(host)
    byHost.set(host, index)
  }

  const host = (index: number) => plain[index] ?? `${slugAt(index)}-${index.toString(36)}${DOMAIN}`
  return {
    host,
    artist(index) {
      const genre = genreOfRank(index, genrePhase)
      const place = placeOfRank(index, placePhase)
      const script = scriptOf(index, place)
      const isLabel = isLabelAt(index)
      const odd = hash(seed, index, HOSTILE)
      const name =
        odd % HOSTILE_EVERY === 0
          ? HOSTILE_NAMES[Math.floor(odd / HOSTILE_EVERY) % HOSTILE_NAMES.length]!
          : named(index, genre, script, isLabel).text
      return {
        index,
        genre,
        showsGenre: hashUnit(seed, index, GENRE_SHOWN) >= NO_GENRE_SHARE,
        place,
        isLabel,
        name,
        script,
        releases: releasesOf(hashUnit(seed, index, SIZE), index),
      }
    },
    indexOfHost(wanted) {
      const known = byHost.get(wanted)
      if (known !== undefined) return known
      const index = Number.parseInt(/-([0-9a-z]+)\.bandcamp\.com$/.exec(wanted)?.[1] ?? '', 36)
      return index >= 0 && index < ARTISTS && host(index) === wanted ? index : -1
    },
  }
}
