// Open windows: what is held for one tumbling window, and which windows a minute of a key falls into.
import { DIMENSIONS } from '../../schemas/keys.ts'
import { TUMBLING, WINDOW_MS, WINDOW_SIZES } from '../topology.ts'
import type { Cells } from './cells.ts'
import type { Resume } from './resume.ts'

/** One tumbling window of all its keys. */
export interface OpenWindow {
  readonly startMs: number
  readonly endMs: number
  readonly cells: Cells
  readonly resume: Resume
  fired: boolean
  /** Slots changed since the window fired. */
  readonly dirty: Set<number>
}

/** By position of a dimension: the positions of its sizes in WINDOW_SIZES. */
export const SIZES_OF_DIMENSION: readonly (readonly number[])[] = DIMENSIONS.map(dimension =>
  TUMBLING[dimension].map(size => WINDOW_SIZES.indexOf(size)),
)
export const SIZE_MS = WINDOW_SIZES.map(size => WINDOW_MS[size])
