// Emerging: small until a week ago, growing for days since; the baseline lags, so growth cannot feed it.
import { Finding } from './finding.ts'
import { LAG_BUCKETS } from './lagged.ts'
import type { Market } from './market.ts'
import type { SparseBook } from './sparse.ts'
import { riseSurprise } from './tails.ts'
import { type ClassTuning, DAY_MINUTES, LONGEST, NEW_KEY_DAYS } from './tuning.ts'

/** Half days that a window goes back beside the current one. */
const THREE_DAYS = 6
const WEEK = LAG_BUCKETS - 1
/** Windows that may be told of. */
const BACK = [2, THREE_DAYS, WEEK] as const
/** The later part of three days, and of the week, has half of their purchases: a release dies down. */
const LATER_PARTS = [
  [3, THREE_DAYS],
  [THREE_DAYS, WEEK],
] as const

export interface EmergingFinding {
  /** Its window is in half days. */
  readonly finding: Finding
  readonly threshold: number
}

/** What is told of a key that passes every gate; else null. */
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
  if (!isGrowing(book, place)) return null
  if (book.laggedHalfDays(place, THREE_DAYS) < emerging.minHalfDays) return null
  if (market.minute - book.firstSeenOf(place) < NEW_KEY_DAYS * DAY_MINUTES) return null
  if (book.laggedPerDay(place) >= emerging.maxPerDay) return null
  const score = growthScore(book, place)
  if (score < emerging.at) return null
  return { finding: toldWindow(book, place, score), threshold: emerging.at }
}

function isGrowing(book: SparseBook, place: number): boolean {
  return LATER_PARTS.every(([later, whole]) => 2 * book.lagged(place, later).n >= book.lagged(place, whole).n)
}

/** How surprising the week is, where what was bought last counts most. */
export function growthScore(book: SparseBook, place: number): number {
  const { n, mu, r } = book.growth(place)
  return riseSurprise(n, mu, r)
}

/** The plain window that surprises most: it says what a score of weighted purchases cannot. In half days. */
export function toldWindow(book: SparseBook, place: number, score: number): Finding {
  const told = new Finding()
  let most = -1
  for (const back of BACK) {
    const { n, mu, r } = book.lagged(place, back)
    const surprise = riseSurprise(n, mu, r)
    if (surprise > most) told.set(back + 1, n, mu, r, score)
    most = Math.max(most, surprise)
  }
  return told
}
