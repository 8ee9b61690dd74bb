// What every part of the dashboard's server shares, made once by `startDashboard`.
import type { Clock, EventLog, History, Telemetry } from '../../infra/ports.ts'
import type { Status } from '../core/api.ts'
import type { Clients } from './clients.ts'
import type { Artwork, Presentation } from './covers.ts'
import type { DeliveryParts } from './delivery.ts'
import type { LiveHub } from './hub.ts'
import type { LiveAlerts } from './live-alerts.ts'
import type { Summaries } from './summaries.ts'

export interface Context extends DeliveryParts {
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
  /** The address that people use, without a slash at its end; null where nobody said. */
  readonly publicUrl: string | null
  /** Origins whose pages may post, besides our own. */
  readonly allowedOrigins: readonly string[]
  readonly liveAlerts: LiveAlerts | null
  readonly clients: Clients
  /** Folder of the built page, or null. */
  readonly webDir: string | null
}
