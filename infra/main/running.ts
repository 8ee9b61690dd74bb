// What the parts of a running product share.
import type { StageName } from '../../processors/topology.ts'
import type { Clock } from '../ports.ts'
import type { SystemTelemetry } from '../system/telemetry.ts'
import type { LoadedConfig } from './config.ts'
import type { FeedChoice } from './feed-choice.ts'
import type { Neighbours } from './neighbours.ts'
import type { Resources } from './resources.ts'

export interface ProductOptions {
  readonly loaded: LoadedConfig
  /** The stages to run in this process; null: all. */
  readonly only: readonly StageName[] | null
  readonly clock: Clock
  readonly system: SystemTelemetry
  readonly version: string
  /** One line for the person at the terminal, on stderr. */
  readonly say: (text: string) => void
  /** Aborts when the process is asked to stop. */
  readonly signal: AbortSignal
}

/** What changes while the product runs and the status shows. */
export interface Progressing {
  historyProgress: number | null
}

export interface Running {
  readonly options: ProductOptions
  readonly choice: FeedChoice
  readonly resources: Resources
  readonly state: Progressing
  readonly neighbours: Neighbours
  /** Aborts when asked to stop, or when a part failed. */
  readonly stop: AbortController
}

/** Share of the first history that is written, by whatever process; null where none writes one. */
export function historyProgressOf({
  state,
  neighbours,
}: Pick<Running, 'state' | 'neighbours'>): number | null {
  if (state.historyProgress !== null) return state.historyProgress
  const telling = neighbours.others().find(({ historyProgress }) => historyProgress !== null)
  return telling?.historyProgress ?? null
}

/**
 * Where people reach the page: the address that is configured, that of this process, or that of another one
 * on the same data folder; null where none is known.
 */
export function pageUrlOf(
  { options, neighbours }: Pick<Running, 'options' | 'neighbours'>,
  dashboardUrl: () => string | null,
): string | null {
  const nextDoor = (): string | null => neighbours.others().find(({ url }) => url !== null)?.url ?? null
  return options.loaded.config.publicUrl ?? dashboardUrl() ?? nextDoor()
}
