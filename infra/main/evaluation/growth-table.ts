// Where the method ends: artists found before a quarter of their plateau, by its height and how soon it came.
import { dimensionOf } from '../../../schemas/keys.ts'
import { HOUR_MS } from '../../../schemas/time.ts'
import { type FoundLabel, isFoundEarly } from './score.ts'

/** Bounds between bands. */
const PLATEAUS_PER_DAY = [20, 28, 40, 50]
const HOURS_TO_QUARTER = [85, 102, 120, 140]

export interface GrowthRow {
  /** Of those that reach so many sales a day; the last row is of those whose plateau nobody knows. */
  readonly plateau: string
  /** In the order of `GROWTH_HOURS`. */
  readonly cells: readonly { readonly growing: number; readonly foundEarly: number }[]
}

/** Until the quarter. */
export const GROWTH_HOURS = bandsOf(HOURS_TO_QUARTER, 'h')

function bandsOf(bounds: readonly number[], unit: string): readonly string[] {
  const between = bounds.slice(1).map((bound, i) => `${bounds[i]}–${bound} ${unit}`)
  return [`under ${bounds[0]} ${unit}`, ...between, `${bounds.at(-1)} ${unit} and more`]
}

/** The place of a value among bands; that of null is behind the last. */
function bandOf(bounds: readonly number[], value: number | null): number {
  return value === null ? bounds.length + 1 : bounds.filter(bound => value >= bound).length
}

/** Rows without anybody are left out. */
export function growthTable(labels: readonly FoundLabel[]): readonly GrowthRow[] {
  const plateaus = [...bandsOf(PLATEAUS_PER_DAY, 'a day'), 'unknown']
  const counts = plateaus.map(() => GROWTH_HOURS.map(() => ({ growing: 0, foundEarly: 0 })))
  for (const found of labels) {
    const { quarterMs, startMs, plateauPerDay, key } = found.label
    if (quarterMs === null || dimensionOf(key) !== 'artist') continue
    const hours = (quarterMs - startMs) / HOUR_MS
    const cell = counts[bandOf(PLATEAUS_PER_DAY, plateauPerDay)]![bandOf(HOURS_TO_QUARTER, hours)]!
    cell.growing++
    if (isFoundEarly(found)) cell.foundEarly++
  }
  return plateaus
    .map((plateau, i) => ({ plateau, cells: counts[i]! }))
    .filter(({ cells }) => cells.some(({ growing }) => growing > 0))
}

/** "9 of 12"; nothing where there is nobody. */
export function growthCells({ plateau, cells }: GrowthRow): readonly string[] {
  return [plateau, ...cells.map(c => (c.growing === 0 ? '' : `${c.foundEarly} of ${c.growing}`))]
}
