// Why a key is not told of right now: its windows against what was expected, and what stands in the way.
import type { Key } from '../../schemas/keys.ts'
import type { Detector } from './detector.ts'
import type { Books } from './explain.ts'
import { dropSurprise, riseSurprise } from './tails.ts'
import {
  type ClassTuning,
  GENRE,
  LONGEST,
  TUNING,
  WINDOW_HANDICAP,
  WINDOW_MINUTES,
  WINDOWS,
} from './tuning.ts'

/**
 * `expected`: no more (for a drop: no less) than expected. `few`: fewer purchases than a rise needs.
 * `small`: too few expected for a drop to be seen. `gap`: of a window that a gap touches no drop is told.
 * `threshold`: it surprises, but not enough. `told`: there is an open alert, or one that closed hours ago.
 * `explained`: it surprises enough, and was not told all the same: one buyer, its artists, its genre or a
 * market that moves as a whole explain it.
 */
export type Obstacle = 'expected' | 'few' | 'small' | 'gap' | 'threshold' | 'explained' | 'told'

export interface KeyWindow {
  readonly direction: 'rise' | 'drop'
  readonly windowMinutes: number
  readonly purchases: number
  /** By the market's clock, as it runs now. */
  readonly expected: number
  /** Size of the negative binomial: the variance is μ + μ²/r. */
  readonly size: number
  /** −log10 of the chance of such a count, less what shorter windows are charged. */
  readonly score: number
  readonly threshold: number
  readonly obstacle: Obstacle
}

export interface KeyExplanation {
  readonly key: Key
  /** Purchases a day that the key's learnt share of the market makes. */
  readonly usualPerDay: number
  /** The window that comes nearest to an alert, in each direction. */
  readonly nearest: readonly KeyWindow[]
  /** Days of history; nothing is told in the first two. */
  readonly marketDays: number
}

type Book = Books['dense'] | Books['sparse']

interface Look {
  readonly books: Books
  readonly book: Book
  readonly place: number
  readonly tuning: ClassTuning
}

/** Where the key stands; null where it was never seen, or is no key that alerts are for. */
function lookAt(books: Books, key: Key, tunings: readonly ClassTuning[]): Look | null {
  const { dense, sparse, keyOf } = books
  const held = sparse.places.held()
  const keyId =
    dense.keyIds.find(id => keyOf(id) === key) ??
    held.keys.subarray(0, held.size).find(id => keyOf(id) === key)
  if (keyId === undefined) return null
  const book = dense.find(keyId) >= 0 ? dense : sparse
  const place = book.find(keyId)
  return place < 0 ? null : { books, book, place, tuning: tunings[book.classOf(place)]! }
}

function expectedOf({ books: { dense }, book, place }: Look, w: number): number {
  const cls = book === dense ? book.classOf(place) : GENRE
  return book.expected(place, w) * dense.lift[cls]![w]!
}

function usualPerDay({ books, book, place, tuning }: Look): number {
  return book.share(place) * books.market.sums[tuning.exposure]![LONGEST]!
}

/** As `Search` has it. */
function thresholdOf(look: Look, direction: 1 | -1): number {
  const { books, book, place, tuning } = look
  const crowding = books.dense.crowding(book.classOf(place))
  if (direction < 0) return tuning.dropAt + crowding
  return (usualPerDay(look) >= tuning.busyPerDay ? tuning.riseAtBusy : tuning.riseAt) + crowding
}

type Counted = Pick<KeyWindow, 'purchases' | 'expected'>

function gateOf({ books, tuning }: Look, w: number, counted: Counted, direction: 1 | -1): Obstacle | null {
  const { purchases: n, expected: mu } = counted
  if (direction > 0) return n <= mu ? 'expected' : n < tuning.risePurchases ? 'few' : null
  if (books.market.isPartial(w)) return 'gap'
  return n >= mu ? 'expected' : mu < tuning.dropExpected ? 'small' : null
}

function windowOf(look: Look, { lifecycle }: Detector, w: number, direction: 1 | -1): KeyWindow {
  const { book, place } = look
  const { times, longest } = lifecycle.grant(book, place, direction)
  const counted = { purchases: book.count(place, w), expected: expectedOf(look, w) * times }
  const size = book.sizeOf(place, w)
  const surpriseOf = direction > 0 ? riseSurprise : dropSurprise
  const score = Math.max(0, surpriseOf(counted.purchases, counted.expected, size) - WINDOW_HANDICAP[w]!)
  const threshold = thresholdOf(look, direction)
  const mayOpen = w <= longest && lifecycle.mayOpen(book.keyIdOf(place), score / threshold)
  const above = mayOpen ? 'explained' : 'told'
  return {
    direction: direction > 0 ? 'rise' : 'drop',
    windowMinutes: WINDOW_MINUTES[w]!,
    ...counted,
    size,
    score,
    threshold,
    obstacle: gateOf(look, w, counted, direction) ?? (score < threshold ? 'threshold' : above),
  }
}

/** How near a window is: those with nothing but the threshold, or less, in their way come first. */
function nearness({ obstacle, score }: KeyWindow): number {
  const isGated = ['expected', 'few', 'small', 'gap'].includes(obstacle)
  return isGated ? score - Number.MAX_SAFE_INTEGER : score
}

/**
 * What the detector has to say of a key at its watermark; null where the key was never seen (or so long ago
 * that it was forgotten), or is none of genre, country, format, tag and artist.
 */
export function explainKey(
  detector: Detector,
  key: Key,
  tunings: readonly ClassTuning[] = TUNING,
): KeyExplanation | null {
  const { books } = detector
  books.dense.refresh()
  const look = lookAt(books, key, tunings)
  if (look === null) return null
  const nearest = ([1, -1] as const).flatMap(direction => {
    const windows: KeyWindow[] = []
    for (let w = look.tuning.firstWindow; w < WINDOWS; w++)
      windows.push(windowOf(look, detector, w, direction))
    return windows.sort((a, b) => nearness(b) - nearness(a)).slice(0, 1)
  })
  return { key, usualPerDay: usualPerDay(look), nearest, marketDays: books.market.days }
}
