// Emerging: small until a week ago, growing for days since; the baseline lags, so growth cannot feed it.
import { Finding } from './finding.ts'
import { LAG_BUCKETS } from './lagged.ts'
import type { Market } from './market.ts'
import type { SparseBook } from './sparse.ts'
import { riseSurprise } from './tails.ts'
import { type ClassTuning, DAY_MINUTES, LONGEST, NEW_KEY_DAYS } from './tuning.ts'

/** Half days that each window goes back beside the current one: a day, three days, a week. */
const BACK = [2, 6, LAG_BUCKETS - 1] as const
const THREE_DAYS = 6

export interface EmergingFinding {
  readonly finding: Finding
  readonly windowMinutes: number
  readonly threshold: number
}

/** The window that surprises most, where the key passes every gate; else null. */
export function isEmerging(
  book: SparseBook,
  market: Market,
  tuning: readonly ClassTuning[],
  place: number,
): EmergingFinding | null {
  const emerging = tuning[book.classOf(place)]!.emerging
  if (emerging === null) return null
  const recent = book.count(place, LONGEST)
  if (recent < emerging.minRecent) return null
  const threeDays = book.lagged(place, THREE_DAYS).n
  if (threeDays < emerging.minPurchases) return null
  if (book.laggedHalfDays(place, THREE_DAYS) < emerging.minHalfDays) return null
  if (market.minute - book.firstSeenOf(place) < NEW_KEY_DAYS * DAY_MINUTES) return null
  if (book.laggedPerDay(place) >= emerging.maxPerDay) return null
  const finding = laggedBest(book, place)
  const windowMinutes = (finding.window * DAY_MINUTES) / 2
  return finding.score >= emerging.at ? { finding, windowMinutes, threshold: emerging.at } : null
}

/** Its `window` is in half days. */
export function laggedBest(book: SparseBook, place: number): Finding {
  const best = new Finding()
  for (const back of BACK) {
    const { n, mu, r } = book.lagged(place, back)
    const score = riseSurprise(n, mu, r)
    if (score > best.score) best.set(back + 1, n, mu, r, score)
  }
  if (best.score === 0) {
    const { n, mu, r } = book.lagged(place, BACK[0])
    best.set(BACK[0] + 1, n, mu, r, 0)
  }
  return best
}
