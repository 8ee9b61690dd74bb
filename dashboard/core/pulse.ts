// The pulse line: how many sales in each of the last slots of five seconds, as a heart monitor draws it.

export const PULSE_SLOT_MS = 5_000
export const PULSE_SLOTS = 60

/**
 * Sales per slot, oldest first, of the `PULSE_SLOTS` slots up to `nowMs`; the last one is the slot under way.
 */
export function pulseCounts(soldAtMs: readonly number[], nowMs: number): readonly number[] {
  const lastSlot = Math.floor(nowMs / PULSE_SLOT_MS)
  const counts = new Array<number>(PULSE_SLOTS).fill(0)
  for (const at of soldAtMs) {
    const index = PULSE_SLOTS - 1 - (lastSlot - Math.floor(at / PULSE_SLOT_MS))
    if (index >= 0 && index < PULSE_SLOTS) counts[index]! += 1
  }
  return counts
}

/** Fewer sales than this in a slot do not fill the height: a quiet hour looks quiet. */
const FULL_HEIGHT_AT_LEAST = 4
/** Width of a blip as a share of its slot. */
const BLIP = 0.62

/**
 * An SVG path of `width` × `height`: a base line with one blip per slot, as high as its sales; flat where
 * there are none. Empty counts give a flat line.
 */
export function pulsePath(counts: readonly number[], width: number, height: number): string {
  const base = height * 0.78
  const step = width / Math.max(1, counts.length)
  const most = Math.max(FULL_HEIGHT_AT_LEAST, ...counts)
  const at = (x: number, y: number): string => `L${x.toFixed(1)} ${y.toFixed(1)}`
  let path = `M0 ${base.toFixed(1)}`
  counts.forEach((count, i) => {
    if (count === 0) return
    const x = i * step
    const up = (count / most) * (base - 1.5)
    const down = Math.min(height - base - 1, up * 0.28)
    path += at(x + step * (1 - BLIP) * 0.5, base)
    path += at(x + step * 0.42, base - up)
    path += at(x + step * 0.64, base + down)
    path += at(x + step * (1 + BLIP) * 0.5, base)
  })
  return path + at(width, base)
}
