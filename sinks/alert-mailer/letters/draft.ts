// What a message says, as a letter: pure, so that the same message is the same letter at any time.
import type { MessageContent, Subscriber } from '../../../schemas/subscriptions.ts'
import { alertDraft, type LetterSite, type Occasion } from './alert-letter.ts'
import type { Draft } from './blocks.ts'
import { reportDraft } from './report-letter.ts'
import { alreadyDraft, confirmDraft, operatorDraft } from './service-letters.ts'
import { digestDraft, groupDraft } from './several-letters.ts'

/**
 * The letter for a message. `subscriber`: null for the operator's alone; `atMs`: when the message was posted.
 * Throws a `RangeError` for a letter to a subscriber without one, or of no alerts.
 */
export function draftOf(
  content: MessageContent,
  site: LetterSite,
  { subscriber, atMs }: { readonly subscriber: Subscriber | null; readonly atMs: number },
): Draft {
  if (content.kind === 'operator') return operatorDraft(content, site)
  if (subscriber === null) throw new RangeError(`a letter of ${content.kind} goes to a subscriber`)
  const occasion: Occasion = { subscriber, atMs }
  switch (content.kind) {
    case 'confirm':
      return confirmDraft(site, occasion)
    case 'already-subscribed':
      return alreadyDraft(site, occasion)
    case 'alert': {
      const [first, ...more] = content.alerts
      if (first === undefined) throw new RangeError('a letter of alerts tells of one at least')
      return more.length === 0
        ? alertDraft(first, site, occasion)
        : groupDraft(content.alerts, site, occasion)
    }
    case 'digest':
      return digestDraft(content, site, occasion)
    case 'report':
      return reportDraft(content, site, occasion)
  }
}
