// What the parts of a run share while it goes.
import type { SeededFeed } from './feed.ts'
import type { Plan } from './plan.ts'
import type { ProcessParts } from './ports.ts'
import type { SimulatedProcess } from './process.ts'
import type { Owner, Scheduler } from './scheduler.ts'
import type { Storage } from './storage.ts'

/** What a run holds while it goes. */
export interface Running {
  readonly plan: Plan
  readonly scheduler: Scheduler
  readonly storage: Storage
  readonly feed: SeededFeed
  readonly world: Owner
  readonly parts: ProcessParts
  /** By place in the plan: who runs there now; null between a death and the next start. */
  readonly places: (SimulatedProcess | null)[]
  readonly everyone: SimulatedProcess[]
  readonly faults: Map<string, number>
  isHealing: boolean
}
