// Letters as their readers get them: words, markup and where they lead.
import { load } from 'cheerio'
import type { MessageContent, Subscriber } from '../../schemas/subscriptions.ts'
import type { LetterSite } from '../../sinks/alert-mailer/letters/alert-letter.ts'
import { draftOf } from '../../sinks/alert-mailer/letters/draft.ts'
import { letterHtml } from '../../sinks/alert-mailer/letters/html.ts'
import { letterText } from '../../sinks/alert-mailer/letters/plain.ts'
import { subscriberOf, WINDOW_END_MS } from './letters.ts'

export const SITE: LetterSite = {
  publicUrl: 'https://tracker.example',
  linkSecret: new Uint8Array(32).fill(3),
  isSimulated: false,
  operatorEmail: 'ops@tracker.example',
}
export const AT_MS = WINDOW_END_MS + 168_000

export function letter(content: MessageContent, subscriber: Subscriber | null = subscriberOf(), site = SITE) {
  const draft = draftOf(content, site, { subscriber, atMs: AT_MS })
  return { ...draft, html: letterHtml(draft), text: letterText(draft) }
}

/** Words alone: however lines are broken. */
export const flat = (text: string): string => text.replace(/\s+/g, ' ').trim()

export function hrefs(html: string): string[] {
  const $ = load(html)
  return $('a')
    .toArray()
    .map(a => $(a).attr('href') ?? '')
}
