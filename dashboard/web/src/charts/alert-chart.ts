// The hours of an alert as paths of an SVG: the usual range as an area, what was bought as a line or bars.
import type { ChartHour } from '../state/alert-words.ts'

export interface Box {
  readonly width: number
  readonly height: number
}

/** The highest that is drawn: at least one purchase, so that nothing is a flat line at the bottom. */
export function peakOf(hours: readonly ChartHour[]): number {
  return hours.reduce((most, hour) => Math.max(most, hour.purchases, hour.high), 1)
}

const fixed = (value: number): string => value.toFixed(1)

/** Half a stroke stays inside of the box. */
const INSET = 1.5

function heights(box: Box, peak: number): (value: number) => number {
  const room = box.height - 2 * INSET
  return value => box.height - INSET - (Math.min(value, peak) / peak) * room
}

/** The usual range, in steps of an hour: along the tops, back along the bottoms. */
export function bandPath(hours: readonly ChartHour[], box: Box): string {
  if (hours.length === 0) return ''
  const y = heights(box, peakOf(hours))
  const step = box.width / hours.length
  const along = (value: (hour: ChartHour) => number): string[] =>
    hours.flatMap((hour, i) => [
      `${fixed(i * step)} ${fixed(y(value(hour)))}`,
      `${fixed((i + 1) * step)} ${fixed(y(value(hour)))}`,
    ])
  return `M${along(hour => hour.high).join('L')}L${along(hour => hour.low)
    .reverse()
    .join('L')}Z`
}

/** What was bought, through the middle of each hour. */
export function linePath(hours: readonly ChartHour[], box: Box): string {
  const y = heights(box, peakOf(hours))
  const step = box.width / hours.length
  return hours
    .map((hour, i) => `${i === 0 ? 'M' : 'L'}${fixed((i + 0.5) * step)} ${fixed(y(hour.purchases))}`)
    .join('')
}

export interface Bar {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** Between bars stays this share of an hour's width. */
const BAR_GAP = 0.28

export function barsOf(hours: readonly ChartHour[], box: Box): readonly Bar[] {
  const y = heights(box, peakOf(hours))
  const step = box.width / Math.max(1, hours.length)
  return hours.map((hour, i) => ({
    x: (i + BAR_GAP / 2) * step,
    y: y(hour.purchases),
    width: step * (1 - BAR_GAP),
    height: box.height - y(hour.purchases),
  }))
}
