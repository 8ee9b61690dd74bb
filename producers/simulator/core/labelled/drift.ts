// How rates wander: genres, countries and the market as slow random walks, artists from day to day.
import { DAY_MS, HOUR_MS } from '../../../../schemas/time.ts'
import { COUNTRIES } from '../countries.ts'
import { GENRES } from '../genres.ts'
import { hashUnit, Rng } from '../random.ts'

const WALK = 96
const PHASES = 97
const ARTIST = 98
/** After so long a walk has forgotten where it was. */
const MEMORY_HOURS = 60
const MARKET_SD = 0.08
/** Each genre has hours it likes: the height of its daily wave. */
const PHASE_HEIGHT = 0.15
const FRENZY_GENRE_SD = 0.2
const ARTIST_SPAN_DAYS = 3

export class Drift {
  market = 1
  readonly genres = new Float64Array(GENRES.length).fill(1)
  readonly countries = new Float64Array(COUNTRIES.length).fill(1)
  readonly #seed: number
  readonly #sd: readonly [number, number, number]
  readonly #rng: Rng
  readonly #walks: { level: number; readonly sd: number }[]
  #span = 0
  #part = 0

  constructor(seed: number, sd: readonly [number, number, number]) {
    this.#seed = seed
    this.#sd = sd
    this.#rng = new Rng(seed, WALK)
    const [genreSd, countrySd] = sd
    this.#walks = [
      { level: 0, sd: MARKET_SD },
      ...GENRES.map(() => ({ level: this.#rng.normal() * genreSd, sd: genreSd })),
      ...COUNTRIES.map(() => ({ level: this.#rng.normal() * countrySd, sd: countrySd })),
    ]
  }

  beginHour(hourMs: number, friday: number): void {
    const keep = Math.exp(-1 / MEMORY_HOURS)
    for (const walk of this.#walks) {
      walk.level = walk.level * keep + walk.sd * Math.sqrt(1 - keep * keep) * this.#rng.normal()
    }
    this.market = Math.exp(this.#walks[0]!.level)
    const hour = (hourMs / HOUR_MS) % 24
    for (let g = 0; g < GENRES.length; g++) {
      const wave = PHASE_HEIGHT * Math.sin(2 * Math.PI * (hour / 24 + hashUnit(this.#seed, PHASES, g)))
      const mood = friday < 0 ? 0 : FRENZY_GENRE_SD * normalOf(this.#seed, PHASES, g + 100, friday)
      this.genres[g] = Math.exp(this.#walks[1 + g]!.level + wave + mood)
    }
    for (let c = 0; c < COUNTRIES.length; c++) {
      const mood = friday < 0 ? 0 : 0.1 * normalOf(this.#seed, PHASES, c + 200, friday)
      this.countries[c] = Math.exp(this.#walks[1 + GENRES.length + c]!.level + mood)
    }
    const place = hourMs / DAY_MS / ARTIST_SPAN_DAYS
    this.#span = Math.floor(place)
    this.#part = place - this.#span
  }

  /** An artist's liking of these days: it changes over some days, smoothly. */
  artist(rank: number): number {
    const sd = this.#sd[2]
    const from = normalOf(this.#seed, ARTIST, rank, this.#span)
    const to = normalOf(this.#seed, ARTIST, rank, this.#span + 1)
    return Math.exp(sd * (from * (1 - this.#part) + to * this.#part) - (sd * sd) / 2)
  }
}

/** Roughly standard normal from hashes: the sum of three uniform numbers. */
function normalOf(seed: number, a: number, b: number, c: number): number {
  return (
    2 * (hashUnit(seed, a, b, c) + hashUnit(seed, a, b, c + 7_001) + hashUnit(seed, a, b, c + 14_002) - 1.5)
  )
}
