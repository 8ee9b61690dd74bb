// What moves in a labelled world, drawn from its seed: spikes, drops, bursts, slow growth, false friends.
import type { Key } from '../../../../schemas/keys.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../../schemas/time.ts'
import { COUNTRIES } from '../countries.ts'
import { GENRES } from '../genres.ts'
import type { Movement } from './labels.ts'
import { type Plan, Planner } from './planner.ts'

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
/** A quarter of the plateau is reached after 36 % of the rise: 110 to 170 hours, and 73 to 102. */
const EMERGENCES = [
  { kind: 'emerging_artist', lastsDays: 16, perDays: [28, 61], riseHours: [304, 468] },
  { kind: 'emerging_artist_fast', lastsDays: 12, perDays: [14, 40], riseHours: [200, 280] },
] as const

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
  emergences(planner, times, artistKey)
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

/** By a quarter of the plateau the slow ones have sold 12 to 39 items, the fast and small ones 4 to 15. */
function emergences(planner: Planner, times: Times, artistKey: (rank: number) => Key): void {
  for (const { kind, lastsDays, perDays, riseHours } of EMERGENCES) {
    times(22, () => {
      const rank = planner.between(SPARSE_RANKS)
      const perDay = planner.between(perDays)
      const what = {
        kind: 'growth',
        rank,
        perDay,
        riseMs: planner.hours(riseHours[0], riseHours[1]),
      } as const
      const where = () => ({ key: artistKey(rank), what })
      planner.add(kind, where, lastsDays * DAY_MS, `${perDay} a day`)
    })
  }
  let tags = 0
  times(9, () => {
    const tag = `new wave of ${planner.seed % 1000}-${tags++}`
    const perDay = 40 + planner.between([0, 60])
    const what = { kind: 'tag-growth', tag, perDay, riseMs: planner.hours(200, 280) } as const
    planner.add('emerging_tag', () => ({ key: `tag:${tag}`, what }), 12 * DAY_MS, `${perDay} a day`)
  })
}
