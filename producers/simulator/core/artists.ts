// The population: who sells, how much, from where, under which name: each a function of seed and rank.
import { type Genre, genreOfRank } from './genres.ts'
import { artistName, labelName, type Named } from './names.ts'
import { type Place, placeOfRank } from './places.ts'
import { hash, hashUnit } from './random.ts'
import { HOSTILE_NAMES } from './words.ts'

/** Zipf-Mandelbrot p ~ (rank + q)^-s, fitted to unique artists and top counts of a million real sales. */
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

/** Artists are remembered in so many places, by rank: half of all sales are of ranks below it. */
const ARTISTS_KEPT = 8_192

/** A discography has at most so many releases. */
export const MAX_RELEASES = 80

export interface Artist {
  readonly index: number
  /** "glasslanterns.bandcamp.com". */
  readonly host: string
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

/** What name and host are made from. */
interface Basics {
  readonly genre: Genre
  readonly place: Place
  readonly script: number
  readonly isLabel: boolean
  readonly named: Named
}

function createBasics(seed: number): (index: number) => Basics {
  const genrePhase = hashUnit(seed, GENRE_SHOWN)
  const placePhase = hashUnit(seed, KIND)
  return index => {
    const genre = genreOfRank(index, genrePhase)
    const place = placeOfRank(index, placePhase)
    const isLabel = hashUnit(seed, index, KIND) < LABEL_SHARE
    const usesScript = place.script >= 0 && hashUnit(seed, index, SCRIPT) < SCRIPT_SHARE
    const script = usesScript ? place.script : -1
    const bits = hash(seed, index, NAME)
    const named = isLabel ? labelName(bits, genre.family) : artistName(bits, genre.family, script)
    return { genre, place, script, isLabel, named }
  }
}

const numbered = (slug: string, index: number) => `${slug}-${index.toString(36)}${DOMAIN}`

/** The hosts of the first ranks, without a number where nobody before has the same. */
function plainHosts(basicsOf: (index: number) => Basics): ReadonlyMap<string, number> {
  const byHost = new Map<string, number>()
  for (let index = 0; index < PLAIN_HOSTS; index++) {
    const { slug } = basicsOf(index).named
    byHost.set(byHost.has(slug + DOMAIN) ? numbered(slug, index) : slug + DOMAIN, index)
  }
  return byHost
}

export function createPopulation(seed: number): Population {
  const basicsOf = createBasics(seed)
  const byHost = plainHosts(basicsOf)
  const plain = [...byHost.keys()]
  const kept: Artist[] = []

  const make = (index: number): Artist => {
    const { genre, place, script, isLabel, named } = basicsOf(index)
    const odd = hash(seed, index, HOSTILE)
    const hostile = HOSTILE_NAMES[Math.floor(odd / HOSTILE_EVERY) % HOSTILE_NAMES.length]!
    return {
      index,
      genre,
      place,
      script,
      isLabel,
      host: plain[index] ?? numbered(named.slug, index),
      name: odd % HOSTILE_EVERY === 0 ? hostile : named.text,
      showsGenre: hashUnit(seed, index, GENRE_SHOWN) >= NO_GENRE_SHARE,
      releases: releasesOf(hashUnit(seed, index, SIZE), index),
    }
  }
  const artist = (index: number): Artist => {
    const slot = index % ARTISTS_KEPT
    const known = kept[slot]
    if (known?.index === index) return known
    const made = make(index)
    kept[slot] = made
    return made
  }
  return {
    artist,
    indexOfHost(wanted) {
      const known = byHost.get(wanted)
      if (known !== undefined) return known
      const index = Number.parseInt(/-([0-9a-z]+)\.bandcamp\.com$/.exec(wanted)?.[1] ?? '', 36)
      return index >= 0 && index < ARTISTS && artist(index).host === wanted ? index : -1
    },
  }
}
