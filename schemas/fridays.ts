// Bandcamp Fridays: days on which Bandcamp leaves its share to artists, midnight to midnight of the Pacific.
import { DAY_MS, type Interval, overlaps } from './time.ts'

export interface BandcampFriday extends Interval {
  /** Bandcamp named the date; else it is a first Friday of a month that usually has one. */
  readonly isAnnounced: boolean
}

/** First hours in UTC: Los Angeles is 8 hours behind, in summer 7. */
const ANNOUNCED = `
2026-02-06T08 2026-03-06T08 2026-05-01T07 2026-08-07T07
2026-09-04T07 2026-10-02T07 2026-11-06T08 2026-12-04T08`
const EXPECTED = `
2027-02-05T08 2027-03-05T08 2027-05-07T07 2027-08-06T07
2027-09-03T07 2027-10-01T07 2027-11-05T07 2027-12-03T08`

const listed = (starts: string, isAnnounced: boolean): readonly BandcampFriday[] =>
  starts
    .trim()
    .split(/\s+/)
    .map(start => Date.parse(`${start}:00:00Z`))
    // No clock of the Pacific changes on a Friday: each has 24 hours.
    .map(fromMs => ({ fromMs, toMs: fromMs + DAY_MS, isAnnounced }))

/** Oldest first. */
export const BANDCAMP_FRIDAYS: readonly BandcampFriday[] = [
  ...listed(ANNOUNCED, true),
  ...listed(EXPECTED, false),
]

/** The number of the Bandcamp Friday that holds the instant, from 0, or -1. */
export function bandcampFridayAt(timeMs: number): number {
  return BANDCAMP_FRIDAYS.findIndex(({ fromMs, toMs }) => fromMs <= timeMs && timeMs < toMs)
}

/** Those that share an instant with the interval, oldest first. */
export function bandcampFridaysWithin(interval: Interval): readonly BandcampFriday[] {
  return BANDCAMP_FRIDAYS.filter(friday => overlaps(friday, interval))
}
