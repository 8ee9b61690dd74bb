// The labelled worlds of the evaluation: which set the constants, which are held out, how they differ.
import type { LabelledWorldOptions } from '../../../producers/simulator/core/labelled/options.ts'

export interface NamedWorld extends LabelledWorldOptions {
  readonly name: string
}

/** 36 scored days: what grows for 16 of them may begin on any of 20. */
const DAYS = { days: 56, warmUpDays: 20 }

const RESTLESS = { driftSd: [0.08, 0.12, 0.35], frenzyFactor: 6 } as const
const SMALLER = { perMinute: 30, growth: 0.004, driftSd: [0.04, 0.06, 0.2] } as const

/** What is set was set on these: constants, rules (ADR 0019), and how growth is seen (ADR 0021). */
export const CALIBRATION_WORLDS: readonly NamedWorld[] = [
  { name: 'calibration 1', seed: 1, ...DAYS },
  { name: 'calibration 2', seed: 2, ...DAYS },
  { name: 'calibration 101', seed: 101, ...DAYS },
  { name: 'calibration 102: restless', seed: 102, ...DAYS, ...RESTLESS },
]

/** Nothing was changed after looking at these; two are other worlds, not only other seeds. */
export const HELD_OUT_WORLDS: readonly NamedWorld[] = [
  { name: 'held out 109', seed: 109, ...DAYS },
  { name: 'held out 110: restless', seed: 110, ...DAYS, ...RESTLESS },
  { name: 'held out 111: smaller, growing', seed: 111, ...DAYS, ...SMALLER },
]
