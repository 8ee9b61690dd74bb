// What every part of the dashboard's server shares, made once by `startDashboard`.
import type { Clock, EventLog, History, Telemetry } from '../../infra/ports.ts'
import type { Status } from '../core/api.ts'
import type { Artwork, Presentation } from './covers.ts'
import type { LiveHub } from './hub.ts'
import type { Summaries } from './summaries.ts'

export interface Context {
  readonly log: EventLog
  readonly history: History
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly hub: LiveHub
  readonly summaries: Summaries
  readonly presentation: Presentation
  readonly artwork: Artwork | null
  readonly metrics: (() => Promise<string>) | null
  /** At most a second old. */
  readonly status: () => Promise<Status>
  /** The log's name inside cursors: each feed mode has a log of its own. */
  readonly scope: () => string
  readonly isDraining: () => boolean
  /** Folder of the built page, or null. */
  readonly webDir: string | null
}
