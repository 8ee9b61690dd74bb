// Letters ready to be sent: a message's words as HTML and text, its picture drawn, its files attached.
import type { Letter, MailAttachment, Painter, PostedMessage } from '../../../infra/ports.ts'
import type { MessageContent, Subscriber } from '../../../schemas/subscriptions.ts'
import type { LetterSite } from './alert-letter.ts'
import type { Picture } from './blocks.ts'
import { draftOf } from './draft.ts'
import { letterHtml } from './html.ts'
import { letterText } from './plain.ts'

export interface LetterWriterOptions extends LetterSite {
  readonly painter: Painter
  /** Files that go with a report: rejects with `OutageError` while they cannot be had. */
  readonly attachments: (content: MessageContent) => Promise<readonly MailAttachment[]>
}

/** Pictures are drawn twice as fine as they are shown: for screens that show it. */
const FINE = 2

async function drawn(painter: Painter, { svg, widthPx, contentId }: Picture): Promise<MailAttachment> {
  const content = await painter.png(svg, widthPx * FINE)
  return { filename: `${contentId.split('@')[0]}.png`, contentType: 'image/png', content, contentId }
}

/**
 * The letter of a message: the same message and subscriber give the same letter. `subscriber` is null for the
 * operator's.
 */
export async function writeLetter(
  options: LetterWriterOptions,
  message: Pick<PostedMessage, 'id' | 'content' | 'recipient' | 'postedAtMs'>,
  subscriber: Subscriber | null,
): Promise<Letter> {
  const { id, content, recipient, postedAtMs } = message
  const draft = draftOf(content, options, { subscriber, atMs: postedAtMs })
  const pictures = draft.blocks.flatMap(block => (block.kind === 'picture' ? [block.picture] : []))
  const [images, files] = await Promise.all([
    Promise.all(pictures.map(picture => drawn(options.painter, picture))),
    options.attachments(content),
  ])
  return {
    id,
    atMs: postedAtMs,
    to: recipient,
    subject: draft.subject,
    html: letterHtml(draft),
    text: letterText(draft),
    references: draft.references,
    unsubscribeUrl: draft.unsubscribeUrl,
    attachments: [...images, ...files],
  }
}
