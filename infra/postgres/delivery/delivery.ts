// Alerts, who hears of them, and reports: the ports on tables that are in no log.
import type { AlertBook, GlobalMutes, Outbox, ReportRuns, Subscribers } from '../../ports.ts'
import { createAlertBook, createGlobalMutes } from './alert-book.ts'
import type { Database } from './database.ts'
import { createMessages } from './messages.ts'
import { createNotices } from './notices.ts'
import { createReportRuns } from './report-runs.ts'
import { forgetBodies, forgetDecisions } from './retention.ts'
import { createSubscribers } from './subscribers.ts'

export interface Delivery {
  readonly alertBook: AlertBook
  readonly globalMutes: GlobalMutes
  readonly subscribers: Subscribers
  readonly outbox: Outbox
  readonly reportRuns: ReportRuns
}

export function createDelivery(database: Database): Delivery {
  return {
    alertBook: createAlertBook(database),
    globalMutes: createGlobalMutes(database),
    subscribers: createSubscribers(database),
    outbox: {
      ...createNotices(database),
      ...createMessages(database),
      forgetBodies: settledBeforeMs => forgetBodies(database, settledBeforeMs),
      forgetDecisions: beforeMs => forgetDecisions(database, beforeMs),
    },
    reportRuns: createReportRuns(database),
  }
}
