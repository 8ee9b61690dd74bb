// Turns one basket of the feed into a sale: every item checked, exact, and in one spelling.
import type { Basket, Sale } from '../../schemas/records.ts'

/** One item (or, at position −1, the whole event) that cannot be counted, and why. */
export interface Rejected {
  /** Position in the event; −1 speaks for the event as a whole. */
  readonly position: number
  /** A short code of few values, such as `schema` or `absurd-amount`. */
  readonly reason: string
  /** What was wrong, in words, with the field's path. */
  readonly message: string
  /** The item's (or event's) JSON. */
  readonly text: string
}

export interface Normalised {
  /** Null where no item of the basket can be counted. */
  readonly sale: Sale | null
  readonly rejected: readonly Rejected[]
}

/**
 * Good items are kept when others of the basket are bad; items that `basket.seenItems` lists are left out.
 * Genre is null, its source `pending`, tags empty: the page knows them. Never throws.
 */
export function normaliseBasket(basket: Basket): Normalised {
  return {
    sale: null,
    rejected: [{ position: -1, reason: 'schema', message: 'not written yet', text: basket.text }],
  }
}
