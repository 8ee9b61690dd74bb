// Escaping, so that no text of a seller ever becomes markup.
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Markup that is safe to put into a page: made by `html`, `raw` or `join` alone. */
export interface Markup {
  readonly markup: string
}

/** For markup that is our own, letter by letter. */
export function raw(markup: string): Markup {
  return { markup }
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => ENTITIES[character]!)
}

type Part = string | number | Markup | readonly Markup[] | null

function markupOf(part: Part): string {
  if (part === null) return ''
  if (typeof part === 'number') return String(part)
  if (typeof part === 'string') return escapeHtml(part)
  return 'markup' in part ? part.markup : part.map(p => p.markup).join('')
}

/** A template whose values are escaped unless they are markup themselves; null is nothing. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return raw(strings.map((text, i) => text + (i < parts.length ? markupOf(parts[i]!) : '')).join(''))
}
