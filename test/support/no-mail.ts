// What the status says of mail where nothing was sent.
import type { MailStatus } from '../../dashboard/core/api-alerts.ts'

export const NO_MAIL: MailStatus = {
  place: '',
  isReal: false,
  waiting: 0,
  failed: 0,
  sentToday: 0,
  health: { sent: 0, failed: 0, overdue: 0, share: null, isFailing: false },
  suppressedToday: 0,
}
