// The 27 top genres as they sell: their share, their tags, the family of their names, what they lean to.
import { fraction, lines, words } from './random.ts'

/** Families share word lists for invented names. */
export type Family = 'club' | 'quiet' | 'guitar' | 'metal' | 'beats' | 'folk' | 'jazz' | 'pop' | 'roots'

export interface Genre {
  readonly slug: string
  readonly name: string
  /** Share of artists, weighted by sales; shares add up to 1. */
  readonly share: number
  readonly family: Family
  /** Relative liking for [album, track, physical]; 1 is the mean. */
  readonly leans: readonly [number, number, number]
  readonly tags: readonly string[]
}

/** slug | name | share in per mille | family | leans | tags with `_` for blanks, the commonest first. */
const TABLE = lines(`
electronic|electronic|300|club|0.9,1.5,0.7|techno house ambient idm electronica dub breaks downtempo \
drum_&_bass experimental dance electro dubstep glitch trance synthwave vaporwave chiptune footwork juke \
beats garage deep_house dub_techno minimal acid jungle bass uk_garage witch_house
alternative|alternative|92|guitar|1.1,0.9,1|indie_rock shoegaze indie post-punk dream_pop goth industrial \
darkwave emo grunge lo-fi math_rock jangle_pop noise_pop slowcore
rock|rock|88|guitar|1.1,0.7,1.3|psychedelic_rock garage_rock post-rock indie prog_rock hard_rock \
stoner_rock surf_rock math_rock krautrock instrumental rock_&_roll psych noise_rock
experimental|experimental|80|quiet|1.2,0.7,1|noise drone avant-garde improvisation sound_art \
electroacoustic field_recordings musique_concrète free_improvisation tape_music lowercase
ambient|ambient|74|quiet|1.3,0.8,0.8|drone dark_ambient soundscapes field_recordings atmospheric new_age \
meditation chill-out minimal modular modern_classical tape_loops
metal|metal|62|metal|0.9,0.5,1.8|black_metal death_metal doom hardcore sludge_metal thrash_metal grindcore \
heavy_metal progressive_metal post-metal atmospheric_black_metal metalcore deathcore
jazz|jazz|44|jazz|1.2,0.7,1.1|spiritual_jazz free_jazz fusion nu-jazz modern_jazz improvisation soul-jazz \
jazz-funk big_band bebop latin_jazz
punk|punk|42|guitar|1,0.7,1.3|hardcore_punk post-punk punk_rock pop_punk garage crust_punk d-beat egg_punk \
no_wave folk_punk ska queercore oi!
hip-hop-rap|hip-hop/rap|52|beats|1,1,1.1|hip-hop rap underground_hip-hop boom_bap instrumental_hip-hop \
beat_tape lo-fi trap abstract_hip-hop grime conscious_hip-hop
folk|folk|34|folk|1.2,0.8,0.9|singer-songwriter indie_folk folk_rock traditional acoustic dark_folk \
experimental_folk fingerstyle roots
pop|pop|34|pop|0.9,1.2,0.9|indie_pop synth-pop dream_pop power_pop bedroom_pop new_wave hyperpop \
electro-pop city_pop j-pop experimental_pop
soundtrack|soundtrack|20|quiet|1.2,0.8,1|video_game_music ost film_music score video_game cinematic \
chiptune orchestral
world|world|18|roots|1,1,1|african cumbia latin brazilian tropical world_fusion afrobeat balkan celtic \
gnawa gamelan
r-b-soul|r&b/soul|17|beats|0.9,1.2,1|soul neo-soul r&b gospel modern_soul quiet_storm northern_soul \
contemporary_r&b
acoustic|acoustic|12|folk|1.1,1,0.7|singer-songwriter folk guitar piano americana fingerstyle bluegrass
funk|funk|12|beats|0.8,1.3,1.1|boogie deep_funk jazz-funk disco rare_groove funk_rock electro go-go g-funk
reggae|reggae|11|roots|0.8,1.4,1.1|dub roots dancehall ska rocksteady steppers lovers_rock sound_system
classical|classical|11|quiet|1.4,0.7,0.7|modern_classical contemporary_classical neo-classical piano \
chamber_music orchestral choral minimalism baroque
devotional|devotional|6|roots|1.1,1,0.6|christian gospel meditation mantra spiritual worship sacred_harp
spoken-word|spoken word|5|quiet|1.2,0.9,0.5|poetry storytelling lecture radio_play inspirational
latin|latin|5|roots|0.9,1.2,1|cumbia salsa reggaeton bolero tango latin_rock flamenco
blues|blues|5|folk|1.1,0.9,0.9|blues_rock delta_blues electric_blues rhythm_&_blues boogie-woogie \
country_blues
country|country|5|folk|1.1,0.8,1|alt-country americana bluegrass honky_tonk outlaw country_rock western
comedy|comedy|3|pop|1.1,1.1,0.5|stand-up improv parody musical_comedy
kids|kids|2|pop|1.1,1.1,0.6|family_music lullaby educational singalong
audiobooks|audiobooks|2|quiet|1.5,0.6,0.3|fiction fantasy science_fiction narration
podcasts|podcasts|1|pop|1.2,1,0.3|interview talk music_journalism`)

function genresOf(table: readonly string[]): readonly Genre[] {
  const rows = table.map(line => line.split('|'))
  const total = rows.reduce((sum, row) => sum + Number(row[2]), 0)
  return rows.map(([slug = '', name = '', share, family, leans = '', tags = '']) => ({
    slug,
    name,
    share: Number(share) / total,
    family: family as Family,
    leans: leans.split(',').map(Number) as [number, number, number],
    tags: words(tags).map(tag => tag.replaceAll('_', ' ')),
  }))
}

/** Bandcamp's 27 top genres; order is of no meaning. */
export const GENRES: readonly Genre[] = genresOf(TABLE)

/** Tags that say nothing of the genre: what people write beside the style. */
export const LOOSE_TAGS: readonly string[] = words(`
lo-fi diy live vinyl cassette bedroom independent female_vocals remix compilation modular tape
synth analog reissue debut_album concept_album ep single home_recording improvised cinematic saxophone
melancholic dreamy dark warm hypnotic political queer underground psychedelic retro 90s 80s space nature
night winter summer sea dance_floor collaboration demo bass vocal soulful drums`).map(tag =>
  tag.replaceAll('_', ' '),
)

const CUMULATIVE = GENRES.reduce<number[]>((sums, genre) => {
  sums.push((sums.at(-1) ?? 0) + genre.share)
  return sums
}, [])

/** The genre at a place in [0, 1) of the shares laid end to end. */
export function genreAt(unit: number): Genre {
  const found = CUMULATIVE.findIndex(sum => unit < sum)
  return GENRES[Math.max(found, 0)]!
}

/** The golden ratio's two-dimensional kin (Roberts 2018): multiples spread evenly at every scale. */
const STEP = 0.7548776662466927

/** The genre of an artist by rank: evenly spread, so that any stretch of ranks has the right mix. */
export function genreOfRank(rank: number, phase: number): Genre {
  return genreAt(fraction(rank * STEP + phase))
}
