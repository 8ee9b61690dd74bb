// Where a key has been in the last day: rates wander for days, and what is usual today is known since today.

/** However much a day has shown, it counts at most so many times what was known before. */
const TRUST = 3
/** More than this is no wandering but a movement, and must not become what is expected. */
const [LEAST, MOST] = [0.75, 1.33] as const
/** Spreads are learnt around the level of the day; around the weeks' they are so many times as wide. */
export const UNLEVELLED = 2

/**
 * By window, into `out`: the factor on what weeks say that the rest of the day makes likely. `counted` and
 * `expected` are purchases by window, the longest last; `phi` is the spread of levels. What is tested is
 * never in what it is tested against, and the longest window has no rest.
 */
export function recentLevels(
  counted: (w: number) => number,
  expected: (w: number) => number,
  phi: number,
  out: Float64Array,
): void {
  const longest = out.length - 1
  const [n, mu] = [counted(longest), expected(longest)]
  for (let w = 0; w < longest; w++) out[w] = levelOf(n - counted(w), mu - expected(w), phi)
  out[longest] = 1
}

function levelOf(n: number, mu: number, phi: number): number {
  if (mu <= 0) return 1
  const trust = Math.min(TRUST, mu * phi)
  return Math.min(MOST, Math.max(LEAST, (1 + (trust * n) / mu) / (1 + trust)))
}
