// Reads single fields of a feed item: repairs what is unambiguous, and says what is wrong with the rest.

/** Why an item cannot be counted: few values, for counting. */
export type RejectReason =
  | 'schema'
  | 'unknown-event-type'
  | 'unknown-item-type'
  | 'absurd-amount'
  | 'absurd-date'
  | 'unsafe-url'

/** Thrown inside the reading of one item, and turned into a value there. */
export class BadField extends Error {
  readonly reason: RejectReason
  constructor(reason: RejectReason, path: string, problem: string) {
    super(`${path}: ${problem}`)
    this.reason = reason
  }
}

/** Dearer items than $1,286 have never been seen; above this, a sum is taken for a mistake. */
export const MAX_USD = 100_000
/** In any currency: the dearest of the feed's is HUF at some 350 to the dollar. */
export const MAX_AMOUNT = 1_000_000_000

const NUMERIC = /^-?\d{1,15}(?:\.\d{1,20})?$/
const NULL_TEXT = 'null'

/** True for null, for nothing at all, and for what some stores write instead. */
export function isAbsent(value: unknown): boolean {
  return value === null || value === undefined || value === NULL_TEXT || value === ''
}

/** A finite number, or a string that is one in plain digits; null where absent; else undefined. */
export function numberOf(value: unknown): number | null | undefined {
  if (isAbsent(value)) return null
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (typeof value === 'string' && NUMERIC.test(value.trim())) return Number(value.trim())
  return undefined
}

/** An amount of money of `[0, max]`; null where absent. */
export function amountOf(value: unknown, path: string, max: number): number | null {
  const amount = numberOf(value)
  if (amount === undefined) throw new BadField('schema', path, 'no number')
  if (amount !== null && (amount < 0 || amount > max)) {
    throw new BadField('absurd-amount', path, `${amount} is not between 0 and ${max}`)
  }
  return amount
}

/**
 * A whole number of `[0, max]`; what is none, or lies outside, is held to the nearer bound; null where
 * absent.
 */
export function countOf(value: unknown, max: number): number | null {
  const count = numberOf(value)
  if (count === null || count === undefined) return null
  return Math.min(max, Math.max(0, Math.floor(count)))
}

/** Any text; a number is taken as its digits (an artist may be called 808); empty where absent. */
export function textOf(value: unknown): string {
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' ? value : ''
}
