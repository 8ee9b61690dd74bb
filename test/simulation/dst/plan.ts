// What a seed decides before a run begins: who runs which stages, how long, and how badly it goes.
import type { StageConfig } from '../../../infra/main/stages.ts'
import type { StageName } from '../../../processors/topology.ts'
import { Rng } from '../../../producers/simulator/core/random.ts'
import { MINUTE_MS, SECOND_MS } from '../../../schemas/time.ts'

const PLAN = 92
/** Everything of the line; the dashboard only reads. */
const LINE: readonly StageName[] = ['poll', 'enrich', 'panes', 'windows', 'rolling', 'store-writer']
export interface Plan {
  readonly seed: number
  readonly startMs: number
  readonly partitions: number
  readonly config: StageConfig
  readonly processes: readonly (readonly StageName[])[]
  readonly faultSteps: number
  /** Chance of a fault before each step. */
  readonly faultShare: number
  readonly advanceShare: number
  readonly lateAnswerShare: number
  readonly tornAppendShare: number
  readonly failedAppendShare: number
}

export function planOf(seed: number): Plan {
  const rng = new Rng(seed, PLAN)
  const pick = <T>(values: readonly T[]): T => values[rng.int(values.length)]!
  const processes: StageName[][] = Array.from({ length: 1 + rng.int(4) }, () => [])
  for (const stage of LINE) {
    processes[rng.int(processes.length)]!.push(stage)
    for (const process of processes) if (rng.unit() < 0.35 && !process.includes(stage)) process.push(stage)
  }
  return {
    seed,
    // Evenings, so that hours and midnight are crossed; not on a Bandcamp Friday, which is only busier.
    startMs: Date.UTC(2026, 9, 12 + rng.int(14), 22, 30) + rng.int(90 * 60) * SECOND_MS,
    partitions: 2 + rng.int(3),
    config: {
      pollEveryMs: 32 * SECOND_MS,
      feedOverlapMs: MINUTE_MS,
      enrichWaitMs: pick([0, 5 * SECOND_MS, 20 * SECOND_MS]),
      allowedLatenessMs: pick([2, 10, 60]) * MINUTE_MS,
    },
    processes: processes.filter(stages => stages.length > 0),
    faultSteps: 200 + rng.int(2_200),
    faultShare: pick([0.002, 0.01, 0.03]),
    advanceShare: pick([0.01, 0.05, 0.2]),
    lateAnswerShare: pick([0.05, 0.3]),
    tornAppendShare: pick([0, 0.2]),
    failedAppendShare: pick([0, 0.02]),
  }
}
