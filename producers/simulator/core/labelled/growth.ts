// How something grows: along an S, from nothing to its plateau.

/** How steep the S is: from 2 % of its plateau to 98 % while it rises. */
const STEEPNESS = 8
const QUARTER = 0.25

/** Part of its plateau that something sells `atMs` after it begins to rise for `riseMs`. */
export function grownAt(atMs: number, riseMs: number): number {
  return 1 / (1 + Math.exp(-STEEPNESS * (atMs / riseMs - 0.5)))
}

/** Milliseconds from the beginning of a growth until it sells a quarter of its plateau. */
export function quarterAfterMs(riseMs: number): number {
  return Math.round(riseMs * (0.5 - Math.log(1 / QUARTER - 1) / STEEPNESS))
}
