// The picture in an alert's letter: purchases of each of the last hours against what was expected.
import type { Alert, AlertHour } from '../../../schemas/alerts.ts'
import { HOUR_MS } from '../../../schemas/time.ts'
import type { Picture } from './blocks.ts'
import { clockText, dayText, isDrop, zoneText } from './words.ts'

const WIDTH = 544
const HEIGHT = 232
const PLOT = { left: 52, right: 536, top: 14, bottom: 168 } as const
/** On a phone the picture is shown at six tenths: this is ten pixels there. */
const TEXT_PX = 16
/** Half of a label's width, a day's and a time's: none begins or ends outside. */
const [HALF_DAY_PX, HALF_TIME_PX] = [44, 22] as const
/** More hours than these are no picture any more; detection gives 48, earlier versions gave 24. */
const MAX_HOURS = 48
/** Labels at the hours of the reader's day that these divide. */
const labelHours = (hours: number): number => (hours > 24 ? 12 : 6)

const PAPER = '#fffdfa'
const INK = '#1b1d21'
const MUTED = '#5b616b'
const BAND = '#d9d4c8'
const WINDOW = '#efe6d3'
/** Three to one against the band that it stands on. */
const BEFORE = '#6b727d'

/** As RFC 2392 wants it: some mail programs find no picture by a name without a domain. */
const CHART_ID = 'chart@bandcamp-tracker'

/** How much wider than chance alone a window is expected to spread: the second parameter of its spread. */
function extraSpread({ expected, expectedLow, expectedHigh }: Alert): number {
  if (expected <= 0) return 0
  const deviation = (expectedHigh - expectedLow) / 2
  return Math.max(0, (deviation ** 2 - expected) / expected ** 2)
}

/** The range in which two of three such hours lie, as the alert gives it for its window. */
function rangeOf({ expected }: AlertHour, extra: number): readonly [number, number] {
  const deviation = Math.sqrt(expected + extra * expected ** 2)
  return [Math.max(0, expected - deviation), expected + deviation]
}

/** 1, 2 or 5 times a power of ten: the top of the scale, at or above the value. */
function niceTop(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)))
  return [1, 2, 5, 10].map(step => step * power).find(top => top >= value) ?? value
}

const at = (value: number): string => value.toFixed(1)

const THOUSANDS_FROM = 10_000
/** "500", "50k": as wide as the margin is. */
const tallyText = (count: number): string => (count < THOUSANDS_FROM ? String(count) : `${count / 1_000}k`)

interface Scale {
  readonly x: (timeMs: number) => number
  readonly y: (count: number) => number
}

function band(hours: readonly AlertHour[], extra: number, { x, y }: Scale): string {
  const ranges = hours.map(hour => ({ hour, range: rangeOf(hour, extra) }))
  const steps = (side: 0 | 1) =>
    ranges.flatMap(({ hour, range }) => [
      `${at(x(hour.startMs))},${at(y(range[side]))}`,
      `${at(x(hour.startMs + HOUR_MS))},${at(y(range[side]))}`,
    ])
  return `<polygon points="${[...steps(1), ...steps(0).reverse()].join(' ')}" fill="${BAND}"/>`
}

function bars(alert: Alert, hours: readonly AlertHour[], { x, y }: Scale): string {
  const color = isDrop(alert.alertKind) ? '#d55e00' : '#0072b2'
  const from = alert.windowEndMs - alert.windowMs
  return hours
    .map(({ startMs, purchases }) => {
      const isInside = startMs + HOUR_MS > from && startMs < alert.windowEndMs
      const width = x(startMs + HOUR_MS) - x(startMs)
      const top = y(purchases)
      const shape = `x="${at(x(startMs) + width * 0.2)}" y="${at(top)}" width="${at(width * 0.6)}"`
      return `<rect ${shape} height="${at(PLOT.bottom - top)}" fill="${isInside ? color : BEFORE}"/>`
    })
    .join('')
}

function labels(hours: readonly AlertHour[], zone: string, top: number, { x, y }: Scale): string {
  const text = (left: number, down: number, anchor: string, words: string) =>
    `<text x="${at(left)}" y="${at(down)}" text-anchor="${anchor}">${words}</text>`
  const hourOf = (ms: number) => Number.parseInt(clockText(ms, zone), 10)
  const times = hours
    .filter(({ startMs }) => hourOf(startMs) % labelHours(hours.length) === 0)
    .map(({ startMs }) => {
      const mark = `<path d="M${at(x(startMs))} ${PLOT.bottom}v5" stroke="${MUTED}"/>`
      // At midnight the day that begins is worth more than the time.
      const isDay = hourOf(startMs) === 0
      const half = isDay ? HALF_DAY_PX : HALF_TIME_PX
      if (x(startMs) > WIDTH - half) return mark
      const words = isDay ? dayText(startMs, zone) : clockText(startMs, zone)
      return mark + text(Math.max(x(startMs), half), PLOT.bottom + 23, 'middle', words)
    })
  const counts = [0, top / 2, top].filter(Number.isInteger).map(count => {
    const line = `<path d="M${PLOT.left} ${at(y(count))}H${PLOT.right}" stroke="${count === 0 ? INK : '#e7e1d6'}"/>`
    return line + text(PLOT.left - 7, y(count) + 5, 'end', tallyText(count))
  })
  return [...counts, ...times].join('')
}

/**
 * Bars are purchases, those of the window coloured; the grey band is what is usual. Digits, days and zone
 * names alone are written: nothing of a seller's. Null where there is nothing to draw.
 */
export function alertChart(alert: Alert, zone: string, alt: string): Picture | null {
  const hours = alert.hours.slice(-MAX_HOURS)
  const [first, last] = [hours[0], hours.at(-1)]
  if (first === undefined || last === undefined) return null
  const extra = extraSpread(alert)
  const top = niceTop(Math.max(2, ...hours.map(hour => Math.max(hour.purchases, rangeOf(hour, extra)[1]))))
  const [fromMs, toMs] = [first.startMs, last.startMs + HOUR_MS]
  const scale: Scale = {
    x: timeMs =>
      PLOT.left +
      ((PLOT.right - PLOT.left) * (Math.min(Math.max(timeMs, fromMs), toMs) - fromMs)) / (toMs - fromMs),
    y: count => PLOT.bottom - ((PLOT.bottom - PLOT.top) * count) / top,
  }
  const { x } = scale
  const isPart = alert.windowEndMs - alert.windowMs > fromMs
  const windowX = x(alert.windowEndMs - alert.windowMs)
  // What fills the whole picture marks nothing.
  const shade = !isPart
    ? ''
    : `<rect x="${at(windowX)}" y="${PLOT.top}" width="${at(x(alert.windowEndMs) - windowX)}"
height="${PLOT.bottom - PLOT.top}" fill="${WINDOW}"/>`
  const zoneName = zoneText(alert.windowEndMs, zone).replace(/[^A-Za-z0-9+:-]/g, '')
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}"
viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="Atkinson Hyperlegible" font-size="${TEXT_PX}" fill="${MUTED}"
shape-rendering="crispEdges">
<rect width="${WIDTH}" height="${HEIGHT}" fill="${PAPER}"/>${shade}
${band(hours, extra, scale)}${labels(hours, zone, top, scale)}${bars(alert, hours, scale)}
<rect x="${PLOT.left}" y="${HEIGHT - 21}" width="18" height="12" fill="${BAND}"/>
<text x="${PLOT.left + 25}" y="${HEIGHT - 9}">usual</text>
<text x="${PLOT.right}" y="${HEIGHT - 9}" text-anchor="end">purchases an hour, ${zoneName}</text></svg>`
  return { svg, widthPx: WIDTH, heightPx: HEIGHT, alt, contentId: CHART_ID }
}
