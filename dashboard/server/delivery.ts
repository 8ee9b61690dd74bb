// What the dashboard needs of alerts, subscriptions and reports: ports, and what others keep track of.
import type { AlertBook, Clock, Outbox, Subscribers } from '../../infra/ports.ts'
import type { MailStatus, ReportStatus, ReportsPage } from '../core/api-alerts.ts'

/** Where people sign up, and what their links lead to. */
export interface Delivery {
  readonly subscribers: Subscribers
  readonly outbox: Pick<Outbox, 'post'>
  /** False: the operator alone adds people; their links work all the same. */
  readonly signUp: boolean
  /** The machine's own, not the feed's: how long a link holds, and until when somebody sleeps. */
  readonly clock: Clock
  readonly status: () => Promise<MailStatus>
}

/** The reports that were made: what the page lists and opens. */
export interface ReportsInfo {
  /** Newest day first; a year or so of them. */
  list(): Promise<ReportsPage>
  /**
   * A file of the archive by a path as `list` gives it (its form was checked: nothing else is asked for);
   * null where there is none.
   */
  file(path: string): Promise<Uint8Array | null>
  status(): Promise<ReportStatus>
}

/** Each null where this installation has none: what belongs to it is not there then. */
export interface DeliveryParts {
  readonly alerts: AlertBook | null
  readonly delivery: Delivery | null
  readonly reports: ReportsInfo | null
}
