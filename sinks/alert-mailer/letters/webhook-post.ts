// What the webhook is told: the alerts as they stand, with a sentence and links for people.
import { alertTitle } from '../../../schemas/alert-words.ts'
import type { OutboxMessage } from '../../../schemas/subscriptions.ts'
import type { WebhookPost } from '../../../schemas/webhook-schema.ts'
import { alertPath, pageUrl } from './actions.ts'
import type { LetterSite } from './alert-letter.ts'

/** Throws a `RangeError` for a message that tells of no alerts: those have no subscriber to go to. */
export function webhookPost(
  { content, postedAtMs }: Pick<OutboxMessage, 'content'> & { readonly postedAtMs: number },
  site: LetterSite,
): WebhookPost {
  if (content.kind !== 'alert') throw new RangeError(`the webhook is told of alerts, not of ${content.kind}`)
  const alerts = content.alerts.map(alert => ({
    alert,
    title: alertTitle(alert),
    viewUrl: pageUrl(site, alertPath(alert)),
    alertUrl: pageUrl(site, `/alerts?id=${alert.id}`),
  }))
  const timestamp = new Date(postedAtMs).toISOString()
  return { type: 'alerts', timestamp, data: { alerts, isSimulated: site.isSimulated } }
}
