// What is drawn on the line chart besides lines: hatched gaps, Bandcamp Fridays, and the stretch that a
// reader draws to zoom into.
import type { Chart, Plugin } from 'chart.js'
import type { Summary } from '../../../core/api.ts'
import { hatching } from './palette.ts'

/** A gap of seconds must still be seen. */
const MIN_BAND_PX = 3

export const gapBands = (gaps: () => Summary['gaps'], color: () => string): Plugin<'line'> => ({
  id: 'gap-bands',
  beforeDatasetsDraw({ ctx, chartArea, scales }) {
    const pattern = hatching(ctx, color())
    const x = scales.x
    if (pattern === null || x === undefined) return
    for (const gap of gaps()) {
      const left = Math.max(chartArea.left, x.getPixelForValue(gap.fromMs))
      const right = Math.min(chartArea.right, x.getPixelForValue(gap.toMs))
      if (right <= chartArea.left || left >= chartArea.right) continue
      ctx.save()
      ctx.fillStyle = pattern
      ctx.fillRect(left, chartArea.top, Math.max(MIN_BAND_PX, right - left), chartArea.bottom - chartArea.top)
      ctx.restore()
    }
  },
})

const RIBBON_PX = 4
/** The share of the ribbon's colour that lies over the whole day. */
const TINT = 0.08

/** A ribbon along the top, and a tint below it: the day is seen without hiding the line. */
export const fridayBands = (fridays: () => Summary['fridays'], color: () => string): Plugin<'line'> => ({
  id: 'friday-bands',
  beforeDatasetsDraw({ ctx, chartArea, scales }) {
    const x = scales.x
    if (x === undefined) return
    for (const friday of fridays()) {
      const left = Math.max(chartArea.left, x.getPixelForValue(friday.fromMs))
      const right = Math.min(chartArea.right, x.getPixelForValue(friday.toMs))
      if (right <= left) continue
      ctx.save()
      ctx.fillStyle = color()
      ctx.fillRect(left, chartArea.top, right - left, RIBBON_PX)
      ctx.globalAlpha = TINT
      ctx.fillRect(left, chartArea.top, right - left, chartArea.bottom - chartArea.top)
      ctx.restore()
    }
  },
})

/** Shorter than this it was a click with a shaking hand. */
const MIN_DRAG_PX = 12

export interface SpanDrag {
  readonly plugin: Plugin<'line'>
  /** Listens to the chart's canvas until `stop`. */
  attach(chart: Chart<'line'>): () => void
}

/** Drawing a stretch with the mouse; a zoom library would weigh more than the rest of the page. */
export function spanDrag(color: () => string, onSpan: (fromMs: number, toMs: number) => void): SpanDrag {
  let start: number | null = null
  let end = 0
  const plugin: Plugin<'line'> = {
    id: 'span-drag',
    afterDatasetsDraw({ ctx, chartArea }) {
      if (start === null) return
      ctx.save()
      ctx.globalAlpha = 0.16
      ctx.fillStyle = color()
      ctx.fillRect(
        Math.min(start, end),
        chartArea.top,
        Math.abs(end - start),
        chartArea.bottom - chartArea.top,
      )
      ctx.restore()
    },
  }
  const attach = (chart: Chart<'line'>): (() => void) => {
    const stop = new AbortController()
    const on = (
      name: 'pointerdown' | 'pointermove' | 'pointerup' | 'pointercancel',
      f: (x: number) => void,
    ): void =>
      chart.canvas.addEventListener(
        name,
        event => {
          if (event.pointerType === 'touch' || event.button > 0) return
          f(Math.max(chart.chartArea.left, Math.min(chart.chartArea.right, event.offsetX)))
        },
        { signal: stop.signal },
      )
    on('pointerdown', at => {
      start = end = at
    })
    on('pointermove', at => {
      if (start === null) return
      end = at
      chart.draw()
    })
    on('pointercancel', () => {
      start = null
    })
    on('pointerup', at => {
      const from = start
      start = null
      const x = chart.scales.x
      if (from === null || x === undefined || Math.abs(at - from) < MIN_DRAG_PX) return chart.draw()
      onSpan(x.getValueForPixel(Math.min(from, at)) ?? 0, x.getValueForPixel(Math.max(from, at)) ?? 0)
    })
    return () => stop.abort()
  }
  return { plugin, attach }
}
