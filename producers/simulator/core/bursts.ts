// Records that come out and take off: a schedule by day, in which each day is independent of all others.
import { DAY_MS, floorTo, HOUR_MS } from '../../../schemas/time.ts'
import { ARTISTS, rankOf } from './artists.ts'
import { SCHEDULED } from './catalogue.ts'
import { Rng, WeightedChoice } from './random.ts'

const STREAM = 31
/** Releases a day that take off, and how many times that on Fridays, when records come out. */
const PER_DAY = 17
const FRIDAY_TIMES = 2.2
/** Sales of one in all: bounded Pareto. Now and then one passes 3,479, the most seen for one URL. */
const MIN_SALES = 40
const MAX_SALES = 8_000
const SALES_EXPONENT = 1.05
/** Sales die down exponentially, with a mean life between these. */
const MIN_LIFE_MS = 8 * HOUR_MS
const MAX_LIFE_MS = 60 * HOUR_MS
/** After so many days nothing of it is left worth counting. */
const LOOK_BACK_DAYS = 10
/** Share of them by artists nobody knew. */
const UNKNOWN_SHARE = 0.15
/** At most this share of all items sold are theirs. */
const MAX_SHARE = 0.5
/** Friday, where Sunday is 0 and 1970-01-01 was a Thursday. */
const FRIDAY = 5

export interface Burst {
  readonly artist: number
  /** The release's number in the catalogue. */
  readonly release: number
  readonly startMs: number
  readonly lifeMs: number
  /** Sales in all, at the mean level of the week. */
  readonly sales: number
}

/** The bursts at one instant: their share of all items, and a fair choice among them. */
export interface BurstsNow {
  readonly share: number
  pick(unit: number): Burst
}

function burstsOfDay(seed: number, day: number): readonly Burst[] {
  const rng = new Rng(seed ^ STREAM, day)
  const isFriday = (day + 4) % 7 === FRIDAY
  const count = rng.poisson(PER_DAY * (isFriday ? FRIDAY_TIMES : 1))
  const highest = (MIN_SALES / MAX_SALES) ** SALES_EXPONENT
  return Array.from({ length: count }, () => ({
    artist: rng.unit() < UNKNOWN_SHARE ? rng.int(ARTISTS) : rankOf(rng.unit()),
    release: SCHEDULED + day,
    startMs: day * DAY_MS + rng.int(DAY_MS),
    lifeMs: MIN_LIFE_MS + (MAX_LIFE_MS - MIN_LIFE_MS) * rng.unit() ** 2,
    sales: MIN_SALES * (1 - rng.unit() * (1 - highest)) ** (-1 / SALES_EXPONENT),
  }))
}

/** Expected sales a minute of one burst, at the mean level of the week. */
function rateOf({ startMs, lifeMs, sales }: Burst, timeMs: number): number {
  if (timeMs < startMs) return 0
  return ((sales * 60_000) / lifeMs) * Math.exp((startMs - timeMs) / lifeMs)
}

/**
 * What bursts do at an instant, as a function of its hour. `itemsPerMinute` is the mean of the market. One
 * hour is remembered at a time: questions in order of time cost one table an hour.
 */
export function createBursts(seed: number, itemsPerMinute: number): (timeMs: number) => BurstsNow {
  let lastHourMs = Number.NaN
  let last: BurstsNow
  return timeMs => {
    const hourMs = floorTo(timeMs, HOUR_MS)
    if (hourMs === lastHourMs) return last
    const day = Math.floor(hourMs / DAY_MS)
    const active = Array.from({ length: LOOK_BACK_DAYS }, (_, back) => burstsOfDay(seed, day - back)).flat()
    const rates = active.map(burst => rateOf(burst, hourMs))
    const sum = rates.reduce((a, b) => a + b, 0)
    const choice = sum > 0 ? new WeightedChoice(rates) : null
    lastHourMs = hourMs
    last = {
      share: Math.min(MAX_SHARE, sum / itemsPerMinute),
      pick: unit => active[choice === null ? 0 : choice.pick(unit)]!,
    }
    return last
  }
}
