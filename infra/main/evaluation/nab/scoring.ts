// The benchmark's own scoring, standard profile: early is better than late, what is outside costs a little.
import type { Stream } from './corpus.ts'

/** Weights of the standard profile: a window found, a detection outside of all, a window missed. */
const [FOUND, OUTSIDE, MISSED] = [1, 0.11, 1] as const
const STEEPNESS = 5
/** Further behind a window than so many of its lengths, a detection is plainly false. */
const FAR = 3
/** Nothing is judged in the first 15 % of a stream, and of no more than 5,000 rows. */
const PROBATION = { share: 0.15, mostRows: 5_000 }

/** 1 at −∞, 0 at 0, −1 from FAR on: −1 is a window's first row, 0 its end. */
export function sigmoid(position: number): number {
  return position > FAR ? -1 : 2 / (1 + Math.exp(STEEPNESS * position)) - 1
}

export function probationOf(rows: number): number {
  return Math.min(Math.floor(PROBATION.share * rows), PROBATION.share * PROBATION.mostRows)
}

/** What a perfect detector would have (each window at its first row), and what silence has. */
export function boundsOf({ windows }: Stream): { readonly perfect: number; readonly silent: number } {
  return { perfect: windows.length * FOUND, silent: -windows.length * MISSED }
}

/** The raw score of detections (places of rows, in order); only the first in each window counts. */
export function rawScore({ values, windows }: Stream, detections: readonly number[]): number {
  const probation = probationOf(values.length)
  const found = new Map<number, number>()
  let outside = 0
  for (const row of detections) {
    if (row < probation) continue
    const window = windows.findIndex(([first, last]) => first <= row && row <= last)
    if (window >= 0) found.set(window, Math.max(found.get(window) ?? -MISSED, inside(windows[window]!, row)))
    else outside += OUTSIDE * behind(windows, row)
  }
  let sum = outside
  for (let w = 0; w < windows.length; w++) sum += found.get(w) ?? -MISSED
  return sum
}

function inside([first, last]: readonly [number, number], row: number): number {
  const length = last - first + 1
  return (FOUND * sigmoid(-(last - row + 1) / length)) / sigmoid(-1)
}

/** By how many lengths it comes too late for the last window before it. */
function behind(windows: Stream['windows'], row: number): number {
  const before = windows.findLast(([, last]) => last < row)
  if (before === undefined) return -1
  const [first, last] = before
  return last === first ? -1 : sigmoid((row - last) / (last - first))
}

/** 0 for silence, 100 for perfection, over several streams together; below 0 is worse than silence. */
export function normalised(streams: readonly Stream[], detections: readonly (readonly number[])[]): number {
  let [raw, perfect, silent] = [0, 0, 0]
  for (const [i, stream] of streams.entries()) {
    const bounds = boundsOf(stream)
    raw += rawScore(stream, detections[i]!)
    perfect += bounds.perfect
    silent += bounds.silent
  }
  return perfect === silent ? 0 : (100 * (raw - silent)) / (perfect - silent)
}
