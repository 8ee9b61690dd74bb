// Days and hours as a subscriber's zone has them: 23 or 25 hours long, beginning when they do there.
import { Temporal } from 'temporal-polyfill'
import { DIGEST_HOUR } from '../../../schemas/subscriptions.ts'
import type { Interval } from '../../../schemas/time.ts'

/** A zone that this machine does not know (any more) is read as UTC: late by hours is better than never. */
function inZone(timeMs: number, zone: string): Temporal.ZonedDateTime {
  const instant = Temporal.Instant.fromEpochMilliseconds(Math.floor(timeMs))
  try {
    return instant.toZonedDateTimeISO(zone)
  } catch (error) {
    if (error instanceof RangeError) return instant.toZonedDateTimeISO('UTC')
    throw error
  }
}

/** The local day that holds the instant. */
export function localDay(timeMs: number, zone: string): Interval {
  const start = inZone(timeMs, zone).startOfDay()
  const end = start.add({ days: 1 }).startOfDay()
  return { fromMs: start.epochMilliseconds, toMs: end.epochMilliseconds }
}

/** The last full local hour at or before the instant. */
export function lastFullHour(timeMs: number, zone: string): number {
  return inZone(timeMs, zone).round({ smallestUnit: 'hour', roundingMode: 'floor' }).epochMilliseconds
}

/** The last time at or before the instant that it was `DIGEST_HOUR` there. */
export function lastDigestTime(timeMs: number, zone: string): number {
  const now = inZone(timeMs, zone)
  const ofDay = (day: Temporal.ZonedDateTime): number =>
    day.startOfDay().withPlainTime({ hour: DIGEST_HOUR }).epochMilliseconds
  const today = ofDay(now)
  return today <= timeMs ? today : ofDay(now.subtract({ days: 1 }))
}
