// The benchmark: a threshold set on half of the streams, and what both halves score with it.
import type { Stream } from './corpus.ts'
import { normalised } from './scoring.ts'
import { openings, surprises } from './stream-detector.ts'

/** Thresholds that are tried on the first half. */
const THRESHOLDS = [2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 10, 12, 15, 20]

export interface NabResult {
  readonly streams: number
  readonly windows: number
  /** The best on the first half; frozen for the second. */
  readonly threshold: number
  /** 0: silence, 100: perfect. Every other stream by name, from the first on; and from the second on. */
  readonly tuned: number
  readonly heldOut: number
  readonly all: number
}

export function evaluateNab(streams: readonly Stream[]): NabResult {
  const scores = streams.map(surprises)
  const halfOf = (half: number) => streams.map((_, i) => i).filter(i => half === ALL || i % 2 === half)
  const scoreOf = (half: number, threshold: number) => {
    const places = halfOf(half)
    const detections = places.map(i => openings(scores[i]!, threshold))
    return normalised(
      places.map(i => streams[i]!),
      detections,
    )
  }
  let [threshold, tuned] = [THRESHOLDS[0]!, Number.NEGATIVE_INFINITY]
  for (const each of THRESHOLDS) {
    const score = scoreOf(0, each)
    if (score > tuned) [threshold, tuned] = [each, score]
  }
  const windows = streams.reduce((sum, stream) => sum + stream.windows.length, 0)
  const [heldOut, all] = [scoreOf(1, threshold), scoreOf(ALL, threshold)]
  return { streams: streams.length, windows, threshold, tuned, heldOut, all }
}

/** Instead of a half. */
const ALL = -1
