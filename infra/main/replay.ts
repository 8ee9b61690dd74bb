// Builds results again from the log, beside the live ones.
import type { Interval } from '../../schemas/time.ts'
import type { Config } from './config.ts'
import { CommandError, EXIT } from './errors.ts'
import type { Progress } from './progress.ts'

export interface ReplayOptions {
  readonly config: Config
  readonly mode: 'live' | 'simulated'
  readonly interval: Interval
  /** Name of the schema that the results go to. */
  readonly into: string
  /** Starts the progress display, once it is known how much there is. */
  readonly startProgress: (title: string, total: number) => Progress
  readonly signal: AbortSignal
}

/** Numbers of the replay, for the closing line. */
export type ReplayResult = Readonly<Record<string, number>>

export async function replay(_options: ReplayOptions): Promise<ReplayResult> {
  throw new CommandError(EXIT.failure, 'replay is not wired yet')
}
