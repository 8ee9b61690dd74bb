// Sales over time as a line: now, the period before dashed, gaps hatched, an unfinished bucket dotted.
import {
  Chart,
  Filler,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  type Scale,
  Tooltip,
  type TooltipItem,
} from 'chart.js'
import type { Summary } from '../../../core/api.ts'
import { timeTicks } from '../../../core/axis.ts'
import { compactText, countText, usdAxisText, usdText } from '../../../core/display.ts'
import { localDay, localDayTime, localTime, utcTime, zoneOffsetMinutes } from '../state/clock.ts'
import type { Measure } from '../state/location.ts'
import { fridayBands, gapBands, spanDrag } from './bands.ts'
import type { Palette } from './palette.ts'

Chart.register(LineController, LineElement, PointElement, LinearScale, Tooltip, Filler)

export interface LineInput {
  readonly summary: Summary
  readonly measure: Measure
  /** Before this nothing was recorded: no line there, not a line at zero. */
  readonly firstSaleMs: number | null
  readonly palette: Palette
  /** Called with the bounds of a stretch that the reader drew, epoch ms. */
  readonly onSpan: (fromMs: number, toMs: number) => void
}

const DAY_MS = 86_400_000
const PX_PER_TICK = 66

interface XY {
  readonly x: number
  readonly y: number | null
}
type Point = Summary['series'][number]

const measured = (point: Point, measure: Measure): number =>
  measure === 'usd' ? point.revenueUsdCents : point.items

/** A gap over more of a bucket than this makes its number say more about the gap than about sales. */
const MASKED_SHARE = 0.2

/** Null where a number would look like a drop: in gaps, and in buckets of which the period holds a part. */
function points(series: readonly Point[], input: LineInput, shiftMs: number): XY[] {
  const { summary, measure, firstSaleMs } = input
  const { gaps, bucketMs, watermarkMs } = summary
  const [fromMs, toMs] = [
    summary.fromMs - shiftMs,
    Math.min(summary.toMs, watermarkMs ?? summary.toMs) - shiftMs,
  ]
  return series.map(point => {
    const endMs = point.startMs + bucketMs
    const lostMs = gaps.reduce(
      (sum, gap) => sum + Math.max(0, Math.min(gap.toMs, endMs) - Math.max(gap.fromMs, point.startMs)),
      0,
    )
    const cut = point.startMs < fromMs || endMs > toMs
    const unrecorded = firstSaleMs === null || endMs <= firstSaleMs
    const hidden = cut || unrecorded || lostMs > bucketMs * MASKED_SHARE
    return { x: point.startMs + shiftMs, y: hidden ? null : measured(point, measure) }
  })
}

function tickText(ms: number, stepMs: number): string {
  const atMidnight = (ms + zoneOffsetMinutes * 60_000) % DAY_MS === 0
  return stepMs >= DAY_MS || atMidnight ? localDay(ms) : localTime(ms)
}

const ticksOf = (axis: Scale) =>
  timeTicks(axis.min, axis.max, zoneOffsetMinutes, Math.max(2, Math.floor(axis.width / PX_PER_TICK)))

function tooltipTitle(items: readonly TooltipItem<'line'>[], input: LineInput): string {
  const at = items[0]?.parsed.x ?? 0
  const to = at + input.summary.bucketMs
  return `${localDayTime(at)}–${localTime(to)}  ·  ${utcTime(at)}`
}

function dataOf(input: LineInput) {
  const { summary, palette } = input
  const lastPartial = (index: number): boolean => summary.series[index]?.partial ?? false
  // The server pairs the two series by index: point i compares with point i.
  const shift = (summary.series[0]?.startMs ?? 0) - (summary.previousSeries?.[0]?.startMs ?? 0)
  const now = {
    label: 'This period',
    data: points(summary.series, input, 0) as { x: number; y: number }[],
    borderColor: palette.series,
    backgroundColor: `${palette.series}1a`,
    fill: 'origin',
    borderWidth: 2,
    pointRadius: 0,
    pointHoverRadius: 4,
    pointHitRadius: 12,
    tension: 0.25,
    cubicInterpolationMode: 'monotone' as const,
    segment: {
      borderDash: (at: { p1DataIndex: number }) => (lastPartial(at.p1DataIndex) ? [2, 3] : undefined),
    },
  }
  const before = {
    label: summary.compare === 'week' ? 'A week before' : 'Period before',
    data: points(summary.previousSeries ?? [], input, shift) as { x: number; y: number }[],
    borderColor: palette.muted,
    borderDash: [5, 4],
    borderWidth: 1.25,
    pointRadius: 0,
    pointHoverRadius: 3,
    cubicInterpolationMode: 'monotone' as const,
  }
  return { datasets: summary.previousSeries === null ? [now] : [now, before] }
}

function scalesOf(input: () => LineInput) {
  const { palette } = input()
  const money = (): boolean => input().measure === 'usd'
  const font = { family: 'Inter Variable, system-ui, sans-serif', size: 11 }
  return {
    x: {
      type: 'linear' as const,
      border: { color: palette.line },
      grid: { display: false },
      ticks: { color: palette.muted, font, maxRotation: 0, autoSkip: false },
      afterBuildTicks(axis: Scale) {
        axis.ticks = ticksOf(axis).ticksMs.map(value => ({ value }))
      },
      afterTickToLabelConversion(axis: Scale) {
        const { stepMs } = ticksOf(axis)
        for (const tick of axis.ticks) tick.label = tickText(tick.value, stepMs)
      },
    },
    y: {
      beginAtZero: true,
      suggestedMax: 4,
      border: { display: false },
      grid: { color: palette.line, tickLength: 0 },
      ticks: {
        color: palette.muted,
        font,
        padding: 8,
        maxTicksLimit: 5,
        precision: 0,
        callback: (value: string | number) =>
          money() ? usdAxisText(Number(value)) : compactText(Number(value)),
      },
    },
  }
}

export interface LineChart {
  update(input: LineInput): void
  destroy(): void
}

export function drawLine(canvas: HTMLCanvasElement, first: LineInput): LineChart {
  let input = first
  const latest = (): LineInput => input
  const drag = spanDrag(
    () => latest().palette.series,
    (fromMs, toMs) => latest().onSpan(fromMs, toMs),
  )
  const chart = new Chart(canvas, {
    type: 'line',
    data: dataOf(first),
    plugins: [
      fridayBands(
        () => latest().summary.fridays,
        () => latest().palette.friday,
      ),
      gapBands(
        () => latest().summary.gaps,
        () => latest().palette.hatch,
      ),
      drag.plugin,
    ],
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      parsing: false,
      normalized: true,
      interaction: { mode: 'index', intersect: false },
      layout: { padding: { top: 6, right: 10 } },
      scales: scalesOf(latest),
      plugins: {
        legend: { display: false },
        tooltip: {
          displayColors: true,
          usePointStyle: true,
          padding: 10,
          callbacks: {
            title: items => tooltipTitle(items, latest()),
            label: item => {
              const value = latest().measure === 'usd' ? usdText(item.parsed.y) : countText(item.parsed.y)
              return ` ${item.dataset.label}: ${value}`
            },
          },
        },
      },
    },
  })
  const update = (next: LineInput): void => {
    input = next
    chart.data = dataOf(next)
    chart.options.scales = {
      x: { ...scalesOf(latest).x, min: next.summary.fromMs, max: next.summary.toMs },
      y: scalesOf(latest).y,
    }
    chart.update('none')
  }
  update(first)
  const detach = drag.attach(chart)
  return {
    update,
    destroy: () => {
      detach()
      chart.destroy()
    },
  }
}
