// The labelled worlds of the evaluation: which set the constants, which are held out, how they differ.
import type { LabelledWorldOptions } from '../../../producers/simulator/core/labelled/options.ts'

export interface NamedWorld extends LabelledWorldOptions {
  readonly name: string
}

const DAYS = { days: 42, warmUpDays: 20 }

/** Every constant of detection was set on the first two; the third showed a mistake in the clock (D20). */
export const CALIBRATION_WORLDS: readonly NamedWorld[] = [
  { name: 'calibration 1', seed: 1, ...DAYS },
  { name: 'calibration 2', seed: 2, ...DAYS },
  { name: 'calibration 101', seed: 101, ...DAYS },
]

/** Never looked at while constants were set; the second and third are other worlds, not only other seeds. */
export const HELD_OUT_WORLDS: readonly NamedWorld[] = [
  { name: 'held out 104', seed: 104, ...DAYS },
  { name: 'held out 102: restless', seed: 102, ...DAYS, driftSd: [0.08, 0.12, 0.35], frenzyFactor: 6 },
  {
    name: 'held out 103: smaller, growing',
    seed: 103,
    ...DAYS,
    perMinute: 30,
    growth: 0.004,
    driftSd: [0.04, 0.06, 0.2],
  },
]
