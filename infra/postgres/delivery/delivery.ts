// Alerts, and who hears of them: four ports on one set of tables.
import type { AlertBook, GlobalMutes, Outbox, Subscribers } from '../../ports.ts'
import { createAlertBook, createGlobalMutes } from './alert-book.ts'
import type { Database } from './database.ts'
import { createMessages } from './messages.ts'
import { createNotices } from './notices.ts'
import { createSubscribers } from './subscribers.ts'

export interface Delivery {
  readonly alertBook: AlertBook
  readonly globalMutes: GlobalMutes
  readonly subscribers: Subscribers
  readonly outbox: Outbox
}

export function createDelivery(database: Database): Delivery {
  return {
    alertBook: createAlertBook(database),
    globalMutes: createGlobalMutes(database),
    subscribers: createSubscribers(database),
    outbox: { ...createNotices(database), ...createMessages(database) },
  }
}
