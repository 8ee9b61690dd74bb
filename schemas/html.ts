// HTML as a template that escapes: the same for pages of the server, letters and reports.

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text as it may stand between tags and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, char => ENTITIES[char]!)
}

/** Markup that `html` or `raw` made. A class, so that no text or record can be taken for it. */
export class Html {
  readonly markup: string
  constructor(markup: string) {
    this.markup = markup
  }
}

export type HtmlPart = Html | readonly Html[] | string | number | null

function markupOf(part: HtmlPart): string {
  if (part === null) return ''
  if (part instanceof Html) return part.markup
  if (typeof part === 'string') return escapeHtml(part)
  return typeof part === 'number' ? String(part) : part.map(markupOf).join('')
}

/** Every value is escaped, but for what is `Html` already; null is nothing. Attributes stand in quotes. */
export function html(texts: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html {
  return new Html(texts.map((text, i) => text + (i < parts.length ? markupOf(parts[i]!) : '')).join(''))
}

/** For markup that is our own, letter by letter. */
export function raw(markup: string): Html {
  return new Html(markup)
}

export const NOTHING: Html = raw('')
