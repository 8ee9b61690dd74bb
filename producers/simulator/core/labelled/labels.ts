// What really moves in a labelled world, and what is said of it.
import type { Key } from '../../../../schemas/keys.ts'

/** As in the labels of a history: `direction` 1 up, -1 down; alerts on `neutral` labels count neither way. */
export interface Label {
  readonly id: number
  readonly kind: string
  readonly key: Key
  readonly direction: 1 | -1
  /** Epoch milliseconds, half-open. */
  readonly startMs: number
  readonly endMs: number
  readonly neutral: boolean
  /** Looks like a movement and is none: an alert on it is false. */
  readonly falseFriend: boolean
  /** "x2", "40 sales": what the movement is. */
  readonly size: string
  /** When what grows slowly sells a quarter of its plateau; null where nothing grows, or nobody knows. */
  readonly quarterMs: number | null
  /** What it sells a day in the end, where it grows slowly and that is known; else null. */
  readonly plateauPerDay: number | null
}

/** What a label does to the world. */
export interface Movement {
  readonly label: Label
  readonly what:
    | { readonly kind: 'genre' | 'country'; readonly index: number; readonly factor: number }
    /** Factor on an artist's own rate. */
    | { readonly kind: 'artist'; readonly rank: number; readonly factor: number }
    /** Purchases on top: `count` in all, dying down with a mean life, or spread evenly (null). */
    | {
        readonly kind: 'burst'
        readonly rank: number
        readonly count: number
        readonly lifeMs: number | null
      }
    /** Growing from nothing to `perDay` along an S. */
    | { readonly kind: 'growth'; readonly rank: number; readonly perDay: number; readonly riseMs: number }
    | { readonly kind: 'tag-growth'; readonly tag: string; readonly perDay: number; readonly riseMs: number }
    /** One buyer: `count` items in few checkouts. */
    | { readonly kind: 'bulk'; readonly rank: number; readonly count: number; readonly checkouts: number }
}
