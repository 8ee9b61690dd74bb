// What really moves in a labelled world: spikes, drops, bursts and slow growth, drawn from a seed.
import type { Key } from '../../../../schemas/keys.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../../schemas/time.ts'
import { rankOf } from '../artists.ts'
import { COUNTRIES } from '../countries.ts'
import { GENRES } from '../genres.ts'
import { Rng } from '../random.ts'
import { quarterAfterMs } from './growth.ts'

/** As in the labels of a history: `direction` 1 up, -1 down; alerts on `neutral` labels count neither way. */
export interface Label {
  readonly id: number
  readonly kind: string
  readonly key: Key
  readonly direction: 1 | -1
  /** Epoch milliseconds, half-open. */
  readonly startMs: number
  readonly endMs: number
  readonly neutral: boolean
  /** Looks like a movement and is none: an alert on it is false. */
  readonly falseFriend: boolean
  /** "x2", "40 sales": what the movement is. */
  readonly size: string
  /** When what grows slowly sells a quarter of its plateau; null where nothing grows, or nobody knows. */
  readonly quarterMs: number | null
}

/** What a label does to the world. */
export interface Movement {
  readonly label: Label
  readonly what:
    | { readonly kind: 'genre' | 'country'; readonly index: number; readonly factor: number }
    /** Factor on an artist's own rate. */
    | { readonly kind: 'artist'; readonly rank: number; readonly factor: number }
    /** Purchases on top: `count` in all, dying down with a mean life, or spread evenly (null). */
    | {
        readonly kind: 'burst'
        readonly rank: number
        readonly count: number
        readonly lifeMs: number | null
      }
    /** Growing from nothing to `perDay` along an S. */
    | { readonly kind: 'growth'; readonly rank: number; readonly perDay: number; readonly riseMs: number }
    | { readonly kind: 'tag-growth'; readonly tag: string; readonly perDay: number; readonly riseMs: number }
    /** One buyer: `count` items in few checkouts. */
    | { readonly kind: 'bulk'; readonly rank: number; readonly count: number; readonly checkouts: number }
}

export interface Plan {
  readonly fromMs: number
  /** Where scoring begins. */
  readonly scoreFromMs: number
  readonly toMs: number
}

const LABELS = 81
/** Smaller genres and countries have nothing that a factor of 1.5 could be seen in. */
const GENRE_SHARE_LEAST = 0.01
const COUNTRY_SHARE_LEAST = 0.004
/** Ranks of artists that sell 10 to 150 times a day; of those that sell less than every other day. */
const BUSY_RANKS: readonly [number, number] = [5, 900]
const TOP_RANKS: readonly [number, number] = [0, 250]
const SPARSE_RANKS: readonly [number, number] = [30_000, 200_000]
const NEUTRAL_PER_DAY = 24
const BULKS_PER_DAY = 3

const GENRE_FACTORS = [1.5, 2, 3, 0.5, 0.25] as const
const COUNTRY_FACTORS = [3, 5, 10, 0.2, 0] as const
const ARTIST_FACTORS = [3, 5, 10] as const
const BURST_SIZES = [6, 10, 20, 40] as const

class Planner {
  readonly movements: Movement[] = []
  readonly #rng: Rng
  readonly #plan: Plan
  readonly #taken = new Map<Key, [number, number][]>()

  constructor(seed: number, plan: Plan) {
    this.#rng = new Rng(seed, LABELS)
    this.#plan = plan
  }

  hours(from: number, to: number): number {
    return Math.round(from * HOUR_MS + this.#rng.unit() * (to - from) * HOUR_MS)
  }

  between([from, to]: readonly [number, number]): number {
    return from + this.#rng.int(to - from)
  }

  pick<T>(list: readonly T[]): T {
    return list[this.#rng.int(list.length)]!
  }

  /** A rank as sales have it, between two. */
  rankBySales([from, to]: readonly [number, number]): number {
    for (;;) {
      const rank = rankOf(this.#rng.unit())
      if (rank >= from && rank < to) return rank
    }
  }

  /**
   * Adds a movement of `lastsMs` at a free time of its key; a key that moved is left alone for four days, so
   * that each is seen against ordinary times.
   */
  add(
    kind: string,
    keyOf: () => { key: Key; what: Movement['what'] },
    lastsMs: number,
    size: string,
    options: { direction?: 1 | -1; neutral?: boolean; falseFriend?: boolean } = {},
  ): void {
    const { scoreFromMs, toMs } = this.#plan
    for (let attempt = 0; attempt < 60; attempt++) {
      const latest = toMs - lastsMs - 4 * HOUR_MS
      const startMs =
        Math.round((scoreFromMs + this.#rng.unit() * (latest - scoreFromMs)) / MINUTE_MS) * MINUTE_MS
      const { key, what } = keyOf()
      const spans = this.#taken.get(key) ?? []
      const endMs = startMs + lastsMs
      if (latest < scoreFromMs || spans.some(([a, b]) => startMs < b + 4 * DAY_MS && a < endMs + 4 * DAY_MS))
        continue
      this.#taken.set(key, [...spans, [startMs, endMs]])
      const { direction = 1, neutral = false, falseFriend = false } = options
      const quarterMs = 'riseMs' in what ? startMs + quarterAfterMs(what.riseMs) : null
      const id = this.movements.length
      const label = { id, kind, key, direction, startMs, endMs, neutral, falseFriend, size, quarterMs }
      this.movements.push({ label, what })
      return
    }
  }
}

/** All movements of a world; artists' keys need the population, so they come from `artistKey`. */
export function planMovements(
  seed: number,
  plan: Plan,
  artistKey: (rank: number) => Key,
): readonly Movement[] {
  const planner = new Planner(seed, plan)
  const days = (plan.toMs - plan.scoreFromMs) / DAY_MS
  /** So many in forty days. */
  const times = (count: number, what: () => void) => {
    for (let i = 0; i < Math.max(1, Math.round((count * days) / 40)); i++) what()
  }
  genresAndCountries(planner, times)
  artists(planner, times, artistKey)
  const emergingMs = 12 * DAY_MS
  times(22, () => {
    const rank = planner.between(SPARSE_RANKS)
    const perDay = 14 + planner.between([0, 26])
    const what = { kind: 'growth', rank, perDay, riseMs: planner.hours(200, 280) } as const
    planner.add('emerging_artist', () => ({ key: artistKey(rank), what }), emergingMs, `${perDay} a day`)
  })
  let tags = 0
  times(9, () => {
    const tag = `new wave of ${seed % 1000}-${tags++}`
    const perDay = 40 + planner.between([0, 60])
    const what = { kind: 'tag-growth', tag, perDay, riseMs: planner.hours(200, 280) } as const
    planner.add('emerging_tag', () => ({ key: `tag:${tag}`, what }), emergingMs, `${perDay} a day`)
  })
  return planner.movements
}

type Times = (count: number, what: () => void) => void

function genresAndCountries(planner: Planner, times: Times): void {
  const genres = GENRES.map((_, i) => i).filter(i => GENRES[i]!.share >= GENRE_SHARE_LEAST)
  const countries = COUNTRIES.map((_, i) => i).filter(i => COUNTRIES[i]!.share >= COUNTRY_SHARE_LEAST)
  const sets = [
    ['genre', GENRE_FACTORS, genres, (i: number) => GENRES[i]!.slug, 8],
    ['country', COUNTRY_FACTORS, countries, (i: number) => COUNTRIES[i]!.code, 8],
  ] as const
  for (const [kind, factors, indices, nameOf, count] of sets) {
    for (const factor of factors) {
      times(count, () => {
        const isUp = factor > 1
        const lasts = isUp ? planner.hours(3, 12) : planner.hours(8, 24)
        const where = () => {
          const index = planner.pick(indices)
          return { key: `${kind}:${nameOf(index)}`, what: { kind, index, factor } as const }
        }
        planner.add(`${kind}_${isUp ? 'spike' : 'drop'}`, where, lasts, `x${factor}`, {
          direction: isUp ? 1 : -1,
        })
      })
    }
  }
}

function artists(planner: Planner, times: Times, artistKey: (rank: number) => Key): void {
  for (const factor of ARTIST_FACTORS) {
    times(12, () => {
      const where = () => {
        const rank = planner.rankBySales(BUSY_RANKS)
        return { key: artistKey(rank), what: { kind: 'artist', rank, factor } as const }
      }
      planner.add('artist_spike', where, planner.hours(6, 24), `x${factor}`)
    })
  }
  times(8, () => {
    const where = () => {
      const rank = planner.rankBySales(TOP_RANKS)
      return { key: artistKey(rank), what: { kind: 'artist', rank, factor: 0 } as const }
    }
    planner.add('artist_zero', where, planner.hours(24, 48), 'x0', { direction: -1 })
  })
  const burst = (rank: number, count: number, lifeMs: number | null) => () => ({
    key: artistKey(rank),
    what: { kind: 'burst', rank, count, lifeMs } as const,
  })
  for (const count of BURST_SIZES) {
    times(10, () => {
      planner.add(
        'artist_burst',
        burst(planner.between(SPARSE_RANKS), count, null),
        planner.hours(2, 10),
        `${count} sales`,
      )
    })
  }
  times(10, () => {
    const count = 60 + planner.between([0, 100])
    const rank = planner.rankBySales([200, 20_000])
    planner.add('re_release', burst(rank, count, planner.hours(8, 20)), 36 * HOUR_MS, `${count} sales`)
  })
  times(NEUTRAL_PER_DAY * 40, () => {
    const count = 4 + planner.between([0, 14])
    const rank = planner.rankBySales([0, 200_000])
    planner.add('small_release', burst(rank, count, planner.hours(4, 16)), 40 * HOUR_MS, `${count} sales`, {
      neutral: true,
    })
  })
  times(BULKS_PER_DAY * 40, () => {
    const rank = planner.between([1_000, 200_000])
    const what = {
      kind: 'bulk',
      rank,
      count: 6 + planner.between([0, 20]),
      checkouts: planner.between([1, 4]),
    } as const
    const size = `${what.count} items of one buyer`
    planner.add('bulk_purchase', () => ({ key: artistKey(rank), what }), 5 * MINUTE_MS, size, {
      falseFriend: true,
    })
  })
}
