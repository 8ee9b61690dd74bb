// Joins adapters to stages: what `bct start` runs.
import type { StageName } from '../../processors/topology.ts'
import type { Clock } from '../ports.ts'
import type { SystemTelemetry } from '../system/telemetry.ts'
import type { LoadedConfig } from './config.ts'
import { CommandError, EXIT } from './errors.ts'

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

export interface Product {
  /** Which feed it settled on. */
  readonly mode: 'live' | 'simulated'
  /** The dashboard, or null where that stage does not run here. */
  readonly url: string | null
  /** Resolves when everything has stopped in order after `signal`; rejects with what stopped it otherwise. */
  readonly done: Promise<void>
}

/** Resolves when the dashboard can be opened; the first history may still be under way. */
export async function startProduct(_options: ProductOptions): Promise<Product> {
  throw new CommandError(EXIT.failure, 'start is not wired yet')
}
