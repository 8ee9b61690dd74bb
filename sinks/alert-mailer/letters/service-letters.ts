// Letters that tell of nothing sold: the address to confirm, and the operator's.
import { safeText } from '../../../schemas/safe-text.ts'
import { MAX_SUBJECT_CHARS, type MessageContent } from '../../../schemas/subscriptions.ts'
import { doorsOf, pageUrl } from './actions.ts'
import { footerOf, type LetterSite, type Occasion } from './alert-letter.ts'
import type { Block, Draft, Span } from './blocks.ts'
import { requestText } from './follow.ts'
import { dateText, PRODUCT } from './words.ts'

type Content<K extends MessageContent['kind']> = Extract<MessageContent, { readonly kind: K }>

const MAX_LINES = 30
const MAX_LINE_CHARS = 300

const paragraph = (...spans: readonly Span[]): Block => ({ kind: 'paragraph', spans })
const kicker: Block = { kind: 'kicker', left: PRODUCT.toUpperCase(), right: '' }
const title = (text: string): Block => ({ kind: 'title', text, mark: '', tone: 'plain' })
const linesOf = (lines: readonly string[]): readonly Block[] =>
  lines
    .slice(0, MAX_LINES)
    .map(line => safeText(line, MAX_LINE_CHARS))
    .filter(line => line !== '')
    .map(line => paragraph(line))

const SIMULATED_MAILS =
  'The sales that this tracker tells of are simulated: nothing of them happens on Bandcamp.'

/** Nobody gets alerts because a stranger typed their address: this is the only mail until they say yes. */
export function confirmDraft(site: LetterSite, { subscriber, atMs }: Occasion): Draft {
  const doors = doorsOf(site, subscriber.id)
  const asked = `Somebody, you most likely, asked for mails from ${PRODUCT} to this address on ${dateText(
    atMs,
    subscriber.wishes.zone,
  )}.`
  return {
    subject: `Confirm your mails from ${PRODUCT}`,
    preheader: 'One click, and they begin. Without it nothing more comes.',
    blocks: [
      kicker,
      title('Is this your address?'),
      paragraph(`${asked} Nothing is sent until you confirm.`),
      ...(site.isSimulated ? [paragraph(SIMULATED_MAILS)] : []),
      paragraph(`What was asked for: ${requestText(subscriber.wishes)}`),
      { kind: 'actions', main: { text: 'Confirm', href: doors.confirm }, others: [] },
      paragraph('The link holds for 48 hours. If it was not you, do nothing: the request is forgotten then.'),
    ],
    footer: [['Not you? ', { text: 'Take this address off at once', href: doors.unsubscribe }, '.']],
    unsubscribeUrl: doors.unsubscribe,
    references: [],
  }
}

/** The page answers the same to everybody; whoever owns the address reads here what is so. */
export function alreadyDraft(site: LetterSite, occasion: Occasion): Draft {
  const { subscriber } = occasion
  const doors = doorsOf(site, subscriber.id)
  return {
    subject: `You get mails from ${PRODUCT} already`,
    preheader: 'Somebody asked for them once more. Nothing was changed.',
    blocks: [
      kicker,
      title('You are subscribed already'),
      paragraph('Somebody, you most likely, asked for mails to this address once more. Nothing was changed.'),
      { kind: 'actions', main: { text: 'Change what you get', href: doors.manage }, others: [] },
    ],
    footer: footerOf(site, occasion, doors, null),
    unsubscribeUrl: doors.unsubscribe,
    references: [],
  }
}

/** What, since when, with which effect, and the command that comes next. */
export function operatorDraft({ subject, lines }: Content<'operator'>, site: LetterSite): Draft {
  const what = safeText(subject, MAX_SUBJECT_CHARS) || 'Something needs you'
  const text = linesOf(lines)
  return {
    subject: what,
    preheader: safeText(lines[0] ?? '', 120),
    blocks: [
      { kind: 'kicker', left: 'FOR THE OPERATOR', right: '' },
      title(what),
      ...text,
      { kind: 'actions', main: { text: 'Open the page', href: pageUrl(site, '/') }, others: [] },
    ],
    footer: [[`You run this ${PRODUCT}: operatorEmail in its configuration is your address.`]],
    unsubscribeUrl: null,
    references: [],
  }
}
