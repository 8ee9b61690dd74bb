// Bandcamp's genres: the 27 top ones, their subgenres, and which of them a page's slug or tags speak for.

/** Top genre → slugs of its subgenres, in Bandcamp's own order (as of June 2026). */
const SUBGENRES = {
  electronic:
    'house electronica downtempo techno electro dubstep beats dance idm drum-bass breaks trance ' +
    'glitch chiptune chillwave dub edm instrumental witch-house garage juke footwork vaporwave ' +
    'synthwave',
  rock:
    'indie prog-rock post-rock rock-roll psychedelic-rock hard-rock garage-rock surf-rock ' +
    'instrumental math-rock rockabilly',
  metal:
    'hardcore black-metal death-metal thrash-metal grindcore doom post-hardcore progressive-metal ' +
    'metalcore sludge-metal heavy-metal deathcore noise',
  alternative: 'indie-rock industrial shoegaze grunge goth dream-pop emo math-rock britpop jangle-pop',
  'hip-hop-rap':
    'rap underground-hip-hop instrumental-hip-hop trap conscious-hip-hop boom-bap beat-tape hardcore ' +
    'grime',
  experimental: 'noise drone avant-garde experimental-rock improvisation sound-art musique-concrete',
  punk:
    'hardcore-punk garage pop-punk punk-rock post-punk post-hardcore thrash crust-punk folk-punk emo ' +
    'ska no-wave',
  folk: 'singer-songwriter folk-rock indie-folk pop-folk traditional experimental-folk roots',
  pop:
    'indie-pop synth-pop power-pop new-wave dream-pop noise-pop experimental-pop electro-pop ' +
    'adult-contemporary jangle-pop j-pop',
  ambient:
    'chill-out drone dark-ambient electronic soundscapes field-recordings atmospheric meditation ' +
    'noise new-age idm industrial',
  soundtrack: 'film-music video-game-music video-game ost',
  world:
    'latin roots african tropical tribal brazilian celtic world-fusion cumbia gypsy new-age balkan ' +
    'reggaeton',
  jazz:
    'fusion big-band nu-jazz modern-jazz swing free-jazz soul-jazz latin-jazz vocal-jazz bebop ' +
    'spiritual-jazz',
  acoustic:
    'folk singer-songwriter rock pop guitar americana electro-acoustic instrumental piano bluegrass ' +
    'roots',
  funk: 'funk-jam deep-funk funk-rock jazz-funk boogie g-funk rare-groove electro go-go',
  'r-b-soul': 'soul r-b neo-soul gospel contemporary-r-b motown urban',
  devotional: 'christian gospel meditation spiritual worship inspirational',
  classical:
    'orchestral neo-classical chamber-music classical-piano contemporary-classical baroque opera ' +
    'choral modern-classical avant-garde',
  reggae: 'dub ska roots dancehall rocksteady ragga lovers-rock',
  podcasts: '',
  country:
    'bluegrass country-rock americana country-folk alt-country country-blues western ' +
    'singer-songwriter outlaw honky-tonk roots hillbilly',
  'spoken-word': 'poetry inspirational storytelling self-help',
  comedy: 'improv stand-up',
  blues:
    'rhythm-blues blues-rock country-blues boogie-woogie delta-blues americana electric-blues gospel ' +
    'bluegrass',
  kids: 'family-music educational music-therapy lullaby baby',
  audiobooks: '',
  latin: 'brazilian cumbia tango latin-rock flamenco salsa reggaeton merengue bolero méxico-d.f. bachata',
} as const

export type Genre = keyof typeof SUBGENRES

/** The 27 top genres, most sold first. */
export const GENRES = Object.keys(SUBGENRES) as readonly Genre[]

const PARENTS: ReadonlyMap<string, readonly Genre[]> = parentsOfSubgenres()

function parentsOfSubgenres(): ReadonlyMap<string, readonly Genre[]> {
  const parents = new Map<string, Genre[]>()
  for (const genre of GENRES) {
    for (const slug of SUBGENRES[genre].split(' ')) {
      if (slug === '') continue
      const known = parents.get(slug)
      if (known === undefined) parents.set(slug, [genre])
      else known.push(genre)
    }
  }
  return parents
}

export function isGenre(slug: string): slug is Genre {
  return Object.hasOwn(SUBGENRES, slug)
}

/**
 * The top genres that list a subgenre; empty for anything else. `dub` belongs to `electronic` and `reggae`.
 */
export function parentGenres(slug: string): readonly Genre[] {
  return PARENTS.get(slug) ?? []
}

const GENRE_PATH = /^\/(?:discover|tag)\/([^/]+)\/?$/

/**
 * The genre of an address such as `https://bandcamp.com/discover/techno` or `/tag/hip-hop-rap`, else null.
 */
export function genreOfUrl(url: string): Genre | null {
  const slug = URL.canParse(url, BANDCAMP) ? GENRE_PATH.exec(new URL(url, BANDCAMP).pathname)?.[1] : undefined
  return slug !== undefined && isGenre(slug) ? slug : null
}

const BANDCAMP = 'https://bandcamp.com'

/**
 * The genre that normalised tags speak for: the first that is itself a top genre; else each subgenre gives
 * its parents one vote in equal parts, and the genre with most wins, ties in the order of `GENRES`. Null
 * where none says anything.
 */
export function genreOfTags(slugs: readonly string[]): Genre | null {
  const top = slugs.find(isGenre)
  if (top !== undefined) return top
  const votes = new Map<Genre, number>()
  for (const slug of slugs) {
    const parents = parentGenres(slug)
    for (const genre of parents) votes.set(genre, (votes.get(genre) ?? 0) + VOTE / parents.length)
  }
  let best: Genre | null = null
  for (const genre of GENRES) {
    if ((votes.get(genre) ?? 0) > (best === null ? 0 : (votes.get(best) ?? 0))) best = genre
  }
  return best
}

/** Divisible by any number of parents up to 6, so that votes stay whole numbers. */
const VOTE = 60
