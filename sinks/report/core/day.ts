// A day as people in a time zone live it: 23, 24 or 25 hours, and not always from midnight.
import { Temporal } from 'temporal-polyfill'
import { HOUR_MS, type Interval, MINUTE_MS } from '../../../schemas/time.ts'

const NS_PER_MS = 1_000_000

export interface DayInterval extends Interval {
  /** Its length in hours: 24, and 23, 25 or 24.5 where clocks change. */
  readonly hours: number
}

/**
 * The local day `YYYY-MM-DD` in a named zone, from its first instant to that of the next day: where midnight
 * does not exist it begins later. Throws a RangeError for a day or zone that is none.
 */
export function dayInterval(day: string, zone: string): DayInterval {
  const date = Temporal.PlainDate.from(day)
  const fromMs = date.toZonedDateTime(zone).startOfDay().epochMilliseconds
  const toMs = date.add({ days: 1 }).toZonedDateTime(zone).startOfDay().epochMilliseconds
  return { fromMs, toMs, hours: (toMs - fromMs) / HOUR_MS }
}

/** `addDays('2026-11-01', -7)` is `2026-10-25`. */
export function addDays(day: string, days: number): string {
  return Temporal.PlainDate.from(day).add({ days }).toString()
}

/** The local day that holds an instant. */
export function dayOf(timeMs: number, zone: string): string {
  return zoned(timeMs, zone).toPlainDate().toString()
}

/** Monday is 1, Sunday 7. */
export function weekdayOf(day: string): number {
  return Temporal.PlainDate.from(day).dayOfWeek
}

function zoned(timeMs: number, zone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(timeMs).toZonedDateTimeISO(zone)
}

/** Minutes ahead of UTC at an instant. */
export function offsetMinutesAt(timeMs: number, zone: string): number {
  return zoned(timeMs, zone).offsetNanoseconds / NS_PER_MS / MINUTE_MS
}

/** `09:05` as the clocks of the zone show an instant. */
export function clockAt(timeMs: number, zone: string): string {
  return zoned(timeMs, zone).toPlainTime().toString({ smallestUnit: 'minute' })
}

/** A stretch of a day in which local clocks show one hour with one offset from UTC. */
export interface HourSlot extends Interval {
  /** 0 to 23, as the clocks show. */
  readonly hour: number
  readonly offsetMinutes: number
}

/**
 * The hours of an interval by the clocks of the zone, oldest first, without holes. An hour that clocks show
 * twice is two slots; one that they skip is none; a change by half an hour cuts a slot short.
 */
export function hoursOf({ fromMs, toMs }: Interval, zone: string): readonly HourSlot[] {
  const slots: HourSlot[] = []
  for (let at = fromMs; at < toMs; ) {
    const local = zoned(at, zone)
    const offsetMinutes = offsetMinutesAt(at, zone)
    const wholeMs = at + HOUR_MS - ((((at + offsetMinutes * MINUTE_MS) % HOUR_MS) + HOUR_MS) % HOUR_MS)
    const change = local.getTimeZoneTransition('next')?.epochMilliseconds ?? toMs
    const endMs = Math.min(wholeMs, change, toMs)
    slots.push({ fromMs: at, toMs: endMs, hour: local.hour, offsetMinutes })
    at = endMs
  }
  return slots
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}

/** The largest bucket, an hour at most, that slots of UTC and all these slots can be put together from. */
export function grainOf(slots: readonly Interval[]): number {
  const bounds = slots.flatMap(({ fromMs, toMs }) => [fromMs, toMs])
  return bounds.reduce((grain, ms) => greatestCommonDivisor(grain, Math.abs(ms) % HOUR_MS), HOUR_MS)
}

/** Midnight to midnight of the Pacific, of the Friday that a Bandcamp Friday of that date is. */
const BANDCAMP_ZONE = 'America/Los_Angeles'
const FRIDAY = 5

/** Fridays of the Pacific that share an instant with an interval, oldest first. */
export function pacificFridays(interval: Interval): readonly (Interval & { readonly day: string })[] {
  const found: (Interval & { readonly day: string })[] = []
  const last = dayOf(interval.toMs - 1, BANDCAMP_ZONE)
  for (let day = dayOf(interval.fromMs, BANDCAMP_ZONE); day <= last; day = addDays(day, 1)) {
    if (weekdayOf(day) !== FRIDAY) continue
    const { fromMs, toMs } = dayInterval(day, BANDCAMP_ZONE)
    found.push({ day, fromMs, toMs })
  }
  return found
}
