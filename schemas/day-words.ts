// The days of a calendar in words, the same on every machine.

const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
)
const WEEKDAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ')
/** Letters of what is shortened. */
const SHORT = 3

/** Of `YYYY-MM-DD`. */
function partsOf(isoDay: string) {
  const date = new Date(`${isoDay}T00:00Z`)
  if (Number.isNaN(date.getTime())) throw new RangeError(`${JSON.stringify(isoDay)} is no day`)
  const [weekday, month] = [WEEKDAYS[date.getUTCDay()]!, MONTHS[date.getUTCMonth()]!]
  return { weekday, day: date.getUTCDate(), month, year: date.getUTCFullYear() }
}

/** `Saturday 21 November 2026`. Throws a `RangeError` of what is no day. */
export function longDay(isoDay: string): string {
  const { weekday, day, month, year } = partsOf(isoDay)
  return `${weekday} ${day} ${month} ${year}`
}

/** `Sat 21 Nov`. */
export function shortDay(isoDay: string): string {
  const { weekday, day, month } = partsOf(isoDay)
  return `${weekday.slice(0, SHORT)} ${day} ${month.slice(0, SHORT)}`
}

export const weekdayName = (isoDay: string): string => partsOf(isoDay).weekday
