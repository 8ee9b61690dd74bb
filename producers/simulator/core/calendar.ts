// When people buy: the day and the week in each buyer's own time, and Bandcamp Fridays.
import { bandcampFridayAt } from '../../../schemas/fridays.ts'
import { DAY_MS, HOUR_MS } from '../../../schemas/time.ts'
import { COUNTRIES } from './countries.ts'
import { WeightedChoice } from './random.ts'

const HOURS_OF_WEEK = 168
const WEEK_MS = 7 * DAY_MS
/** 1970-01-05 was a Monday: weeks are counted from it. */
const FIRST_MONDAY_MS = 4 * DAY_MS

/** Purchases by local hour of the day, midnight first, relative: a guess. */
const BY_HOUR = [
  0.62, 0.45, 0.34, 0.28, 0.26, 0.3, 0.42, 0.62, 0.83, 1.02, 1.15, 1.22, 1.27, 1.28, 1.28, 1.29, 1.3, 1.3,
  1.29, 1.31, 1.36, 1.35, 1.2, 0.9,
]
/** Purchases by local day of the week, Monday first, relative: a guess, as records come out on Fridays. */
const BY_DAY = [0.95, 0.94, 0.96, 1.0, 1.22, 1.0, 0.93]

/** Sales of a Bandcamp Friday relative to the same hours of a common Friday. */
const FRIDAY_FACTOR = 7.5

/** Activity of one country in one hour of the UTC week, relative to its own mean. */
function activity(hoursFromUtc: readonly number[], hourOfWeek: number): number {
  let sum = 0
  for (const offset of hoursFromUtc) {
    const local = (hourOfWeek + offset + HOURS_OF_WEEK) % HOURS_OF_WEEK
    sum += BY_HOUR[Math.floor(local) % 24]! * BY_DAY[Math.floor(local / 24)]!
  }
  return sum / hoursFromUtc.length
}

export interface Calendar {
  /** Sales of the instant relative to the mean of a common week; Bandcamp Fridays are on top. */
  level(timeMs: number): number
  /** The buyer's country at the instant, as an index of COUNTRIES, for two numbers in [0, 1). */
  country(timeMs: number, unitA: number, unitB: number): number
}

/** Every country's share comes out as in COUNTRIES over a whole week. */
export function createCalendar(): Calendar {
  const hours = Array.from({ length: HOURS_OF_WEEK }, (_, i) => i)
  const byCountry = COUNTRIES.map(({ share, hoursFromUtc }) => {
    const own = hours.map(hour => activity(hoursFromUtc, hour))
    const sum = own.reduce((a, b) => a + b, 0)
    return own.map(value => (value * share * HOURS_OF_WEEK) / sum)
  })
  const levels = hours.map(hour => byCountry.reduce((sum, values) => sum + values[hour]!, 0))
  const choices = hours.map(hour => new WeightedChoice(byCountry.map(values => values[hour]!)))
  // Values stand at the middle of their hour; in between, the two neighbours share.
  const place = (timeMs: number) => {
    const inWeek = (timeMs - FIRST_MONDAY_MS - HOUR_MS / 2) % WEEK_MS
    const hour = (inWeek < 0 ? inWeek + WEEK_MS : inWeek) / HOUR_MS
    const before = Math.floor(hour)
    return { before, after: (before + 1) % HOURS_OF_WEEK, part: hour - before }
  }
  return {
    level(timeMs) {
      const { before, after, part } = place(timeMs)
      const common = levels[before]! * (1 - part) + levels[after]! * part
      return bandcampFridayAt(timeMs) < 0 ? common : common * FRIDAY_FACTOR
    },
    country(timeMs, unitA, unitB) {
      const { before, after, part } = place(timeMs)
      return choices[unitA < part ? after : before]!.pick(unitB)
    },
  }
}
