// A labelled world: weeks of sales with cycles, drift, busy days and outages, in which labels really happen.
import { keyOf } from '../../../../schemas/keys.ts'
import type { Gap, SalesRecord, Tick } from '../../../../schemas/records.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../../schemas/time.ts'
import { ARTISTS, createPopulation, rankOf } from '../artists.ts'
import { createCalendar } from '../calendar.ts'
import { COUNTRIES } from '../countries.ts'
import { GENRES } from '../genres.ts'
import { hash, Rng } from '../random.ts'
import { Drift } from './drift.ts'
import type { Label, Movement } from './labels.ts'
import { DRIFT_SD, type LabelledWorldOptions, PER_MINUTE } from './options.ts'
import { type Outage, outagesOf } from './outages.ts'
import { planMovements } from './plan.ts'
import { rateOf } from './rates.ts'
import { itemOf } from './wares.ts'

export interface LabelledWorld {
  readonly fromMs: number
  readonly scoreFromMs: number
  readonly toMs: number
  readonly labels: readonly Label[]
  /** Everything in the order of arrival: sales, ticks, gaps; one batch an hour. */
  hours(): Iterable<readonly SalesRecord[]>
}

/** A Wednesday: worlds are weeks like any other. Their Bandcamp Fridays are their own. */
const EPOCH_MS = Date.UTC(2025, 0, 1)
const SWING_SHAPE = 12
const [EVENTS, MOVES] = [91, 94]
const SEVERAL_CHANCE = 0.12
const FRIDAY_EVERY_DAYS = 17
const FRIDAY_STARTS_MS = 8 * HOUR_MS
const SHUFFLED_SHARE = 0.5
const FRIDAY_STEP = 104_729
/** Rates move against each other by at most this factor: what is drawn beyond is thrown away. */
const HEADROOM = 1.35

export function createLabelledWorld(options: LabelledWorldOptions): LabelledWorld {
  const { seed, days, warmUpDays, isStill = false } = options
  const plan = {
    fromMs: EPOCH_MS,
    scoreFromMs: EPOCH_MS + warmUpDays * DAY_MS,
    toMs: EPOCH_MS + days * DAY_MS,
  }
  const population = createPopulation(seed)
  const keyOfRank = (rank: number) => keyOf('artist', population.artist(rank).host)
  const movements = isStill ? [] : planMovements(seed, plan, keyOfRank)
  return {
    ...plan,
    labels: movements.map(({ label }) => label),
    hours: () => new Run(options, plan, population, movements).hours(),
  }
}

class Run {
  readonly #seed: number
  readonly #options: LabelledWorldOptions
  readonly #fromMs: number
  readonly #toMs: number
  readonly #population: ReturnType<typeof createPopulation>
  readonly #movements: readonly Movement[]
  readonly #calendar = createCalendar()
  readonly #drift: Drift
  readonly #outages: readonly Outage[]
  readonly #rng: Rng
  #active: readonly Movement[] = []
  #artistFactors = new Map<number, number>()
  #genreFactors = new Float64Array(GENRES.length)
  #countryFactors = new Float64Array(COUNTRIES.length)
  #headroom = HEADROOM
  #friday = -1
  #events = 0
  readonly #genreIndex = new Map(GENRES.map((genre, i) => [genre.slug, i]))

  constructor(
    options: LabelledWorldOptions,
    plan: { readonly fromMs: number; readonly toMs: number },
    population: ReturnType<typeof createPopulation>,
    movements: readonly Movement[],
  ) {
    this.#seed = options.seed
    this.#options = options
    this.#fromMs = plan.fromMs
    this.#toMs = plan.toMs
    this.#population = population
    this.#movements = movements
    this.#drift = new Drift(options.seed, options.isStill ? [0, 0, 0] : (options.driftSd ?? DRIFT_SD))
    this.#outages = options.isStill ? [] : outagesOf(options.seed, plan)
    this.#rng = new Rng(options.seed, EVENTS)
  }

  *hours(): Iterable<readonly SalesRecord[]> {
    let delayed: SalesRecord[] = []
    for (let hourMs = this.#fromMs; hourMs < this.#toMs; hourMs += HOUR_MS) {
      const records: SalesRecord[] = []
      this.#beginHour(hourMs)
      for (let minuteMs = hourMs; minuteMs < hourMs + HOUR_MS; minuteMs += MINUTE_MS) {
        const outage = this.#outages.find(o => o.fromMs <= minuteMs && minuteMs < o.toMs)
        const sales = this.#minute(minuteMs)
        const endMs = minuteMs + MINUTE_MS
        const isLast = outage !== undefined && endMs >= outage.toMs
        if (outage?.kind === 'delayed' && !isLast) {
          delayed.push(...sales)
          continue
        }
        if (outage?.kind === 'lost') {
          if (isLast) records.push(gap(outage), tick(endMs))
          continue
        }
        records.push(...delayed)
        delayed = []
        const keeps = outage?.kind === 'partial' ? 0.4 : 1
        records.push(...sales.filter(() => keeps === 1 || this.#rng.unit() < keeps), tick(endMs))
      }
      yield records
    }
  }

  #beginHour(hourMs: number): void {
    this.#active = this.#movements.filter(
      ({ label }) => label.startMs < hourMs + HOUR_MS && hourMs < label.endMs,
    )
    const day = Math.floor((hourMs - this.#fromMs) / DAY_MS)
    const friday = Math.floor(day / FRIDAY_EVERY_DAYS)
    const startMs = this.#fromMs + (friday * FRIDAY_EVERY_DAYS + 9) * DAY_MS + FRIDAY_STARTS_MS
    const isFriday = hourMs >= startMs && hourMs < startMs + DAY_MS
    this.#friday = isFriday && !this.#options.isStill ? friday : -1
    this.#drift.beginHour(hourMs, this.#friday)
  }

  /** Sales of a minute: those of ordinary days, thinned or thickened, and what movements put on top. */
  #minute(minuteMs: number): SalesRecord[] {
    const rng = this.#rng
    this.#beginMinute(minuteMs)
    const { perMinute = PER_MINUTE, growth = 0.001, frenzyFactor = 8 } = this.#options
    const age = (minuteMs - this.#fromMs) / DAY_MS
    const level = this.#calendar.level(minuteMs) * this.#drift.market * (1 + growth * age)
    const mean = perMinute * level * (this.#friday >= 0 ? frenzyFactor : 1)
    const sales: SalesRecord[] = []
    const draws = poisson(rng, mean * rng.gammaOfMeanOne(SWING_SHAPE) * this.#headroom)
    for (let i = 0; i < draws; i++) this.#draw(sales, minuteMs)
    for (const movement of this.#active) this.#addMovement(sales, movement, minuteMs)
    return sales.sort((a, b) => timeOf(a) - timeOf(b))
  }

  #beginMinute(minuteMs: number): void {
    const { genres, countries } = this.#drift
    this.#genreFactors.set(genres)
    this.#countryFactors.set(countries)
    this.#artistFactors = new Map()
    this.#headroom = HEADROOM
    for (const { label, what } of this.#active) {
      if (minuteMs < label.startMs || minuteMs >= label.endMs) continue
      if (what.kind === 'artist') this.#artistFactors.set(what.rank, what.factor)
      else if (what.kind === 'genre') this.#genreFactors[what.index] = genres[what.index]! * what.factor
      else if (what.kind === 'country')
        this.#countryFactors[what.index] = countries[what.index]! * what.factor
      if ('factor' in what) this.#headroom = Math.max(this.#headroom, HEADROOM * what.factor)
    }
  }

  #draw(sales: SalesRecord[], minuteMs: number): void {
    const rng = this.#rng
    const country = this.#calendar.country(minuteMs, rng.unit(), rng.unit())
    const rank = this.#rank()
    const artist = this.#population.artist(rank)
    const genre = this.#genreIndex.get(artist.genre.slug)!
    const moved = this.#artistFactors.get(rank) ?? 1
    const weight =
      this.#genreFactors[genre]! * this.#countryFactors[country]! * moved * this.#drift.artist(rank)
    if (rng.unit() * this.#headroom >= weight) return
    const ranks = [rank]
    if (rng.unit() < SEVERAL_CHANCE) ranks.push(rng.unit() < 0.55 ? rank : this.#rank())
    this.#sale(sales, minuteMs, country, ranks)
  }

  #rank(): number {
    const rank = rankOf(this.#rng.unit())
    if (this.#friday < 0 || this.#rng.unit() >= SHUFFLED_SHARE) return rank
    return (rank * FRIDAY_STEP + hash(this.#seed, 95, this.#friday)) % ARTISTS
  }

  #addMovement(sales: SalesRecord[], { label, what }: Movement, minuteMs: number): void {
    const at = minuteMs - label.startMs
    if (at < 0 || minuteMs >= label.endMs) return
    const rng = this.#rng
    const buyer = () => this.#calendar.country(minuteMs, rng.unit(), rng.unit())
    const level = this.#calendar.level(minuteMs)
    const perMinute = rateOf(what, at, label.endMs - label.startMs)
    if (what.kind === 'bulk') {
      const isNow = at % (2 * MINUTE_MS) === 0 && at / (2 * MINUTE_MS) < what.checkouts
      const items = Math.ceil(what.count / what.checkouts)
      const country = hash(this.#seed, MOVES, label.id) % COUNTRIES.length
      if (isNow)
        this.#sale(
          sales,
          minuteMs,
          country,
          Array.from({ length: items }, () => what.rank),
        )
      return
    }
    const count = perMinute === 0 ? 0 : poisson(rng, perMinute * (what.kind === 'burst' ? 1 : level))
    for (let i = 0; i < count; i++) {
      if (what.kind === 'tag-growth') this.#sale(sales, minuteMs, buyer(), [this.#rank()], what.tag)
      else if ('rank' in what) this.#sale(sales, minuteMs, buyer(), [what.rank])
    }
  }

  #sale(
    sales: SalesRecord[],
    minuteMs: number,
    country: number,
    ranks: readonly number[],
    tag?: string,
  ): void {
    const soldAtMs = minuteMs + Math.floor(this.#rng.unit() * MINUTE_MS)
    const items = ranks.map((rank, position) =>
      itemOf(this.#seed, this.#population.artist(rank), this.#rng, {
        position,
        country,
        soldAtMs,
        tag,
      }),
    )
    sales.push({ kind: 'sale', basketId: `${this.#seed}-${this.#events++}`, soldAtMs, items })
  }
}

function gap({ fromMs, toMs }: Outage): Gap {
  return { kind: 'gap', fromMs, toMs, reason: 'simulated' }
}

function tick(upToMs: number): Tick {
  return { kind: 'tick', upToMs }
}

function timeOf(record: SalesRecord): number {
  return record.kind === 'sale' ? record.soldAtMs : 0
}

/** Poisson: exact for small means, the normal's rounding for large ones. */
function poisson(rng: Rng, mean: number): number {
  return mean < 60 ? rng.poisson(mean) : Math.max(0, Math.round(mean + Math.sqrt(mean) * rng.normal()))
}
