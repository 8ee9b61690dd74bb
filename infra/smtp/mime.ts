// A letter as the bytes that travel: the same bytes for the same letter, whoever sends it.
import { createHash } from 'node:crypto'
import MailComposer from 'nodemailer/lib/mail-composer'
import type { Letter, MailAttachment } from '../ports.ts'

/** Who a letter comes from: `Bandcamp Tracker <tracker@example.org>`, or an address alone. */
export interface Sender {
  readonly name: string
  readonly address: string
  /** Right of the last @: names letters and the list. */
  readonly domain: string
}

/** Longer subjects are a mistake: ours have 60 characters. */
const MAX_SUBJECT_CHARS = 250
const MAX_FILENAME_CHARS = 120
/** A thread needs its beginning and its latest; a header has its bounds. */
const MAX_REFERENCES = 20
/** Left of the @ of Message-ID, and the name of a file in the mail folder. */
const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/
/** One address and nothing else: no list, no name, no comment, no quotes, no line break. */
const ADDRESS = /^[^\s\p{Cc}@<>"(),:;[\]\\]{1,64}@[\p{L}\p{N}](?:[\p{L}\p{N}.-]{0,252}[\p{L}\p{N}])?$/u

/** Text for a header: one line. */
const lineOf = (text: string, maxChars: number): string =>
  Array.from(text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' '))
    .slice(0, maxChars)
    .join('')
    .trim()

/** True for an address that can be written into an envelope as it stands. */
export const isMailAddress = (text: string): boolean => text.length <= 254 && ADDRESS.test(text)

/** Throws a `RangeError` for what is no sender: the configuration has checked it. */
export function parseSender(from: string): Sender {
  const match = /^(?:([^<>]*)<([^<>]+)>|([^<>\s]+))$/.exec(from.trim())
  const address = match?.[2] ?? match?.[3] ?? ''
  if (!isMailAddress(address)) throw new RangeError(`not a sender: ${from}`)
  return {
    name: lineOf(match?.[1] ?? '', MAX_SUBJECT_CHARS),
    address,
    domain: address.slice(address.lastIndexOf('@') + 1),
  }
}

/** Headers of mail that a list sends and anybody can leave (RFC 2369, 2919, 8058). */
function listHeaders(unsubscribeUrl: string | null, domain: string): Readonly<Record<string, string>> {
  if (unsubscribeUrl === null) return {}
  const url = new URL(unsubscribeUrl)
  const one = { 'List-Id': `<alerts.${domain}>`, 'List-Unsubscribe': `<${url.href}>` }
  // One click is for https alone: a plain POST could be made by whoever is in between.
  return url.protocol === 'https:' ? { ...one, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' } : one
}

function attachmentOf({ filename, contentType, content, contentId }: MailAttachment) {
  return {
    filename: lineOf(filename.replace(/[/\\]/g, '-'), MAX_FILENAME_CHARS) || 'attachment',
    contentType: /^[a-z0-9.+-]+\/[a-z0-9.+-]+(; ?charset=[a-z0-9-]+)?$/i.test(contentType)
      ? contentType
      : 'application/octet-stream',
    content: Buffer.from(content),
    ...(contentId === undefined ? {} : { cid: contentId.replace(/[^A-Za-z0-9.@_-]/g, '') }),
  }
}

/** `<id@domain>` of a letter. Throws a `RangeError` where the id could not stand there. */
export function messageIdOf(id: string, domain: string): string {
  if (!ID.test(id)) throw new RangeError('a letter is named by letters, digits, dots and hyphens')
  return `<${id}@${domain}>`
}

/**
 * The letter as MIME (RFC 5322, CRLF): plain text beside HTML, pictures with a content id beside the HTML,
 * the rest attached. Depends on the arguments alone: date and boundaries come from the letter.
 */
export async function mimeOf(letter: Letter, sender: Sender): Promise<Buffer> {
  const references = letter.references.slice(-MAX_REFERENCES).map(id => messageIdOf(id, sender.domain))
  const headers = {
    'Auto-Submitted': 'auto-generated',
    ...listHeaders(letter.unsubscribeUrl, sender.domain),
  }
  const composer = new MailComposer({
    from: { name: sender.name, address: sender.address },
    to: { name: '', address: letter.to },
    subject: lineOf(letter.subject, MAX_SUBJECT_CHARS),
    messageId: messageIdOf(letter.id, sender.domain),
    date: new Date(letter.atMs),
    // No In-Reply-To: a thread's first letter may be one that nobody was sent.
    ...(references.length === 0 ? {} : { references }),
    // Prepared: a folded address would not be one any more.
    headers: Object.entries(headers).map(([key, value]) => ({ key, value: { prepared: true, value } })),
    text: letter.text,
    html: letter.html,
    attachments: letter.attachments.map(attachmentOf),
    baseBoundary: createHash('sha256').update(letter.id).digest('hex').slice(0, 32),
    disableFileAccess: true,
    disableUrlAccess: true,
    newline: 'windows',
  })
  return composer.compile().build()
}
