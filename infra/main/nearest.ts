// Did you mean …: the known word nearest to one that is not known.

/** At most this share of a word's letters may differ for a suggestion to be a help. */
const MAX_DIFFERENT_SHARE = 0.4

/** Single-letter edits, with a swap of neighbours as one (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      let best = Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, rows[i - 1]![j - 1]! + same)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) best = Math.min(best, rows[i - 2]![j - 2]! + 1)
      row.push(best)
    }
    rows.push(row)
  }
  return rows[a.length]![b.length]!
}

/** The nearest of `words`, or null where none is near; ties go to the first. */
export function nearest(word: string, words: readonly string[]): string | null {
  let best: { readonly word: string; readonly distance: number } | null = null
  for (const candidate of words) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase())
    if (distance > Math.max(word.length, candidate.length) * MAX_DIFFERENT_SHARE) continue
    if (best === null || distance < best.distance) best = { word: candidate, distance }
  }
  return best?.word ?? null
}
