// Charts as SVG: real text, a title and a description each, and nothing that only colour tells.

import { shortDay } from '../../../schemas/day-words.ts'
import { type Html, html, raw } from '../../../schemas/html.ts'
import { type DailyReport, type ReportHour, readShare, SHOWN_FROM } from './model.ts'
import { INK } from './style.ts'
import { countText } from './words.ts'

const WIDTH = 720
const HEIGHT = 168
const LEFT = 38
const RIGHT = 6
const TOP = 20
const BOTTOM = 18
const AXIS_STEPS = 4
const LABEL_EVERY_HOURS = 3

interface Scale {
  readonly x: (ms: number) => number
  readonly y: (items: number) => number
}

const n = (value: number) => String(Math.round(value * 10) / 10)

const ROUND_STEPS = [1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10]

/** The smallest round number that is at least `value`. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)))
  const step = ROUND_STEPS.find(s => s * power >= value) ?? 10
  return step * power
}

function path(points: readonly (readonly [number, number])[]): string {
  return points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${n(x)} ${n(y)}`).join('')
}

const middleMs = ({ fromMs, toMs }: ReportHour) => (fromMs + toMs) / 2
const perHour = (hour: ReportHour, items: number) => (items * 3_600_000) / (hour.toMs - hour.fromMs)

/** Runs of neighbouring hours that have a value. */
function runs(
  hours: readonly ReportHour[],
  value: (hour: ReportHour) => number | null,
): readonly (readonly (readonly [ReportHour, number])[])[] {
  const found: (readonly [ReportHour, number])[][] = [[]]
  for (const hour of hours) {
    const items = value(hour)
    if (items === null) found.push([])
    else found.at(-1)?.push([hour, perHour(hour, items)])
  }
  return found.filter(run => run.length > 0)
}

function line(
  { x, y }: Scale,
  hours: readonly ReportHour[],
  value: (hour: ReportHour) => number | null,
  style: string,
): Html {
  const d = runs(hours, value)
    .map(run => path(run.map(([hour, items]) => [x(middleMs(hour)), y(items)] as const)))
    .join('')
  return raw(`<path d="${d}" fill="none" ${style}/>`)
}

function band({ x, y }: Scale, hours: readonly ReportHour[]): Html {
  const d = runs(hours, h => h.usual?.high ?? null)
    .map(run => {
      const top = run.map(([hour, items]) => [x(middleMs(hour)), y(items)] as const)
      const low = run.map(([hour]) => [x(middleMs(hour)), y(perHour(hour, hour.usual?.low ?? 0))] as const)
      return `${path([...top, ...low.reverse()])}Z`
    })
    .join('')
  return raw(`<path d="${d}" fill="#DED9CF" stroke="none"/>`)
}

function axis({ x, y }: Scale, { byHour, fromMs, toMs }: DailyReport, most: number): Html {
  const grid = Array.from({ length: AXIS_STEPS + 1 }, (_, i) => (most / AXIS_STEPS) * i).map(items =>
    raw(
      `<path d="M${LEFT} ${n(y(items))}H${WIDTH - RIGHT}" stroke="${INK.line}" stroke-width=".5"/>` +
        `<text x="${LEFT - 4}" y="${n(y(items) + 3)}" text-anchor="end">${countText(items)}</text>`,
    ),
  )
  const labels = byHour
    .filter(h => h.label.endsWith(':00') && Number(h.label.slice(0, 2)) % LABEL_EVERY_HOURS === 0)
    .map(h => raw(`<text x="${n(x(h.fromMs))}" y="${HEIGHT - 6}" text-anchor="middle">${h.label}</text>`))
  const base = `M${n(x(fromMs))} ${n(y(0))}H${n(x(toMs))}`
  return html`${grid}${raw(`<path d="${base}" stroke="${INK.text}" stroke-width=".8"/>`)}${labels}`
}

/** Stretches that could not be read, hatched over the whole height. */
function gaps({ x }: Scale, { quality }: DailyReport): Html {
  const rects = quality.unread.map(({ fromMs, toMs }) => {
    const width = Math.max(1.5, x(toMs) - x(fromMs))
    return raw(
      `<rect x="${n(x(fromMs))}" y="${TOP}" width="${n(width)}" height="${HEIGHT - TOP - BOTTOM}" fill="url(#hatch)"/>`,
    )
  })
  return html`${rects}`
}

/** A sample and a word for everything that is drawn. */
function legend({ quality, weekBefore, byHour }: DailyReport, weekday: string): Html {
  const entries: [string, string][] = [
    [`<path d="M0 -3h20" stroke="${INK.rise}" stroke-width="2.2"/>`, 'this day'],
  ]
  if (byHour.some(h => h.weekBefore !== null)) {
    const dashed = `<path d="M0 -3h20" stroke="${INK.text}" stroke-width="1.1" stroke-dasharray="4 2.5"/>`
    entries.push([dashed, `${weekday} before: ${shortDay(weekBefore)}`])
  }
  if (byHour.some(h => h.usual !== null)) {
    entries.push(['<rect y="-8" width="20" height="9" fill="#DED9CF"/>', 'usual: middle half of 28 days'])
  }
  if (quality.unread.length > 0) {
    entries.push(['<rect y="-8" width="20" height="9" fill="url(#hatch)"/>', 'not read'])
  }
  let at = LEFT
  const parts = entries.map(([sample, text]) => {
    const placed = `<g transform="translate(${at} 12)">${sample}<text x="24">${text}</text></g>`
    at += 44 + text.length * 5
    return raw(placed)
  })
  return html`${parts}`
}

const HATCH =
  '<pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">' +
  `<rect width="5" height="5" fill="#fff"/><path d="M0 0V5" stroke="${INK.muted}" stroke-width="2"/></pattern>`

function fridayMark({ x }: Scale, { bandcampFriday }: DailyReport): Html | null {
  if (bandcampFriday === null) return null
  const { fromMs, toMs } = bandcampFriday
  const [from, to] = [x(fromMs), x(toMs)]
  return raw(
    `<path d="M${n(from + 1)} ${TOP + 5}V${TOP + 1}H${n(to - 1)}V${TOP + 5}" fill="none" stroke="${INK.text}" stroke-width=".8"/>` +
      `<text x="${n((from + to) / 2)}" y="${TOP + 12}" text-anchor="middle" font-weight="600">Bandcamp Friday</text>`,
  )
}

/** The day by the hour, as rates per hour; the same numbers stand in the CSV. */
export function hourChart(report: DailyReport, weekday: string): Html {
  const { byHour, fromMs, toMs } = report
  const highest = byHour.flatMap(h => [
    perHour(h, readItems(h, report) ?? 0),
    perHour(h, h.weekBefore ?? 0),
    perHour(h, h.usual?.high ?? 0),
  ])
  const most = roundUp(Math.max(AXIS_STEPS, ...highest))
  const scale: Scale = {
    x: ms => LEFT + ((ms - fromMs) / (toMs - fromMs)) * (WIDTH - LEFT - RIGHT),
    y: items => HEIGHT - BOTTOM - (items / most) * (HEIGHT - TOP - BOTTOM - 2),
  }
  const peak = byHour.reduce<ReportHour | null>((best, h) => (h.items > (best?.items ?? 0) ? h : best), null)
  const told = peak === null ? 'no sales' : `the most at ${peak.label}, ${countText(peak.items)} sales`
  const description = `Line chart of sales per hour from ${byHour[0]?.label ?? ''} on, ${byHour.length} hours: ${told}.`
  return html`<svg role="img" aria-label="${`Sales by hour. ${description}`}" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="100%" font-size="8.5" fill="${INK.text}"><title>Sales by hour</title><desc>${description}</desc><defs>${raw(HATCH)}</defs>${axis(scale, report, most)}${band(scale, byHour)}${gaps(scale, report)}${line(scale, byHour, h => h.weekBefore, `stroke="${INK.text}" stroke-width="1.1" stroke-dasharray="4 2.5"`)}${line(scale, byHour, h => readItems(h, report), `stroke="${INK.rise}" stroke-width="2.2" stroke-linejoin="round"`)}${fridayMark(scale, report)}${legend(report, weekday)}</svg>`
}

/**
 * Items of an hour as if all of it had been read as the part that was; null where less than half was: there
 * is no line then, not even along the bottom.
 */
function readItems(hour: ReportHour, { quality }: DailyReport): number | null {
  const share = readShare(hour, quality)
  return share < SHOWN_FROM ? null : hour.items / share
}

/** A small line without axes, its last point marked, broken where a value is null. */
export function sparkline(
  values: readonly (number | null)[],
  label: string,
  width: number,
  height: number,
): Html {
  const most = Math.max(1, ...values.map(value => value ?? 0))
  const runsOfPoints: (readonly [number, number])[][] = [[]]
  for (const [i, value] of values.entries()) {
    const x = values.length < 2 ? width / 2 : 1 + (i / (values.length - 1)) * (width - 4)
    if (value === null) runsOfPoints.push([])
    else runsOfPoints.at(-1)?.push([x, height - 1.5 - (value / most) * (height - 3)])
  }
  const [lastX, lastY] = runsOfPoints.flat().at(-1) ?? [0, height]
  return html`<svg role="img" aria-label="${label}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"><title>${label}</title>${raw(`<path d="${runsOfPoints.map(path).join('')}" fill="none" stroke="${INK.muted}" stroke-width="1"/><circle cx="${n(lastX)}" cy="${n(lastY)}" r="1.8" fill="${INK.rise}"/>`)}</svg>`
}

/** From paper to the darkest blue: lightness falls steadily, so that grey prints keep the order. */
const HEAT_LIGHT = [250, 247, 242] as const
const HEAT_MIDDLE = [188, 174, 108] as const
const HEAT_DARK = [0, 34, 78] as const

/** Background and text of a cell with `share` in [0, 1] of the largest. */
export function heatColours(share: number): { readonly background: string; readonly text: string } {
  const [from, to, at] =
    share < 0.5 ? [HEAT_LIGHT, HEAT_MIDDLE, share * 2] : [HEAT_MIDDLE, HEAT_DARK, share * 2 - 1]
  const mixed = from.map((value, i) => Math.round(value + (to[i]! - value) * at))
  const background = `rgb(${mixed.join(' ')})`
  return { background, text: share > 0.62 ? '#FFFFFF' : INK.text }
}
