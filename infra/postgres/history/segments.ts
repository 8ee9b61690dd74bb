// Which tables an interval is answered from: the largest windows that fit, smaller ones at its edges, rows
// for the rest.
import type { WindowSize } from '../../../schemas/records.ts'
import { DAY_MS, floorTo, HOUR_MS, type Interval, MINUTE_MS } from '../../../schemas/time.ts'

export interface Segment extends Interval {
  readonly from: WindowSize | 'rows'
}

const SIZE_MS: Readonly<Record<WindowSize, number>> = { '1m': MINUTE_MS, '1h': HOUR_MS, '1d': DAY_MS }

/**
 * Cuts `[fromMs, toMs)` into segments, oldest first, that together cover it exactly once. `sizes` are those
 * that the dimension has, largest first. A window is used only when it lies inside the interval and ends at
 * or before `closedMs`, the watermark of the windows: later ones are not there yet.
 */
export function segmentsOf(
  interval: Interval,
  sizes: readonly WindowSize[],
  closedMs: number | null,
): readonly Segment[] {
  const { fromMs, toMs } = interval
  if (toMs <= fromMs) return []
  const [size, ...smaller] = sizes
  if (size === undefined) return [{ from: 'rows', fromMs, toMs }]
  const sizeMs = SIZE_MS[size]
  const firstMs = -floorTo(-fromMs, sizeMs)
  const lastMs = floorTo(Math.min(toMs, closedMs ?? Number.NEGATIVE_INFINITY), sizeMs)
  if (lastMs <= firstMs) return segmentsOf(interval, smaller, closedMs)
  return [
    ...segmentsOf({ fromMs, toMs: firstMs }, smaller, closedMs),
    { from: size, fromMs: firstMs, toMs: lastMs },
    ...segmentsOf({ fromMs: lastMs, toMs }, smaller, closedMs),
  ]
}
