// How the key of an open alert stands: in the window that surprises most, in any other, over its last day.
import type { DenseBook } from './dense.ts'
import type { Books } from './explain.ts'
import { type Counted, type Finding, type Grant, NOTHING_GRANTED } from './finding.ts'
import type { SparseBook } from './sparse.ts'
import { GENRE, LONGEST } from './tuning.ts'

/** A key in its book, whichever that is. */
export interface Placed {
  readonly keyId: number
  readonly place: number
}

export const isDense = ({ dense }: Books, { keyId, place }: Placed): boolean => dense.find(keyId) === place

export const bookOf = (books: Books, placed: Placed): DenseBook | SparseBook =>
  isDense(books, placed) ? books.dense : books.sparse

export function bestOf(
  books: Books,
  placed: Placed,
  direction: 1 | -1,
  out: Finding,
  granted: Grant = NOTHING_GRANTED,
): void {
  const { dense, sparse } = books
  if (isDense(books, placed)) dense.best(placed.place, direction, out, granted)
  else sparse.best(placed.place, direction, dense.lift[GENRE]!, out, granted)
}

export function countedOf(books: Books, placed: Placed, window: number, direction: 1 | -1): Counted {
  const { dense, sparse } = books
  return isDense(books, placed)
    ? dense.counted(placed.place, window, direction)
    : sparse.counted(placed.place, window, dense.lift[GENRE]!)
}

/** The share of the market that the key had over the last day. */
export function shareToday(books: Books, placed: Placed): number {
  const { n, mu } = countedOf(books, placed, LONGEST, 1)
  return mu === 0 ? 0 : (bookOf(books, placed).share(placed.place) * n) / mu
}
