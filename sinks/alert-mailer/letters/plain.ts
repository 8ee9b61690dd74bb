// A letter as plain text: everything that the HTML says, for whoever reads without.
import {
  type Block,
  type Draft,
  type FigureRow,
  type LineRow,
  type Link,
  NOTHING,
  type ReleaseRow,
  type Span,
} from './blocks.ts'

const MAX_LINE_CHARS = 76
const RULE = '-'.repeat(60)

/** Broken between words; an address is never broken. */
function wrap(text: string, indent = ''): string {
  const lines: string[] = []
  let line = indent
  for (const word of text.split(' ')) {
    const isFirst = line === indent
    if (!isFirst && line.length + 1 + word.length > MAX_LINE_CHARS) {
      lines.push(line)
      line = indent + word
    } else {
      line += isFirst ? word : ` ${word}`
    }
  }
  return [...lines, line].join('\n')
}

const linkText = ({ text, href }: Link): string => `${text}: ${href}`

/**
 * The words, and below them where they lead, an address a line: mail programs make links of addresses, and
 * take a bracket or a full stop behind one for a part of it.
 */
function paragraph(spans: readonly Span[]): string {
  const links = spans.filter(span => typeof span !== 'string')
  const isNothingElse = spans.every(span => typeof span !== 'string' || !/[\p{L}\p{N}]/u.test(span))
  if (isNothingElse) return links.map(linkText).join('\n')
  const words = spans.map(span => (typeof span === 'string' ? span : span.text)).join('')
  return [wrap(words), ...links.map(({ href }) => href)].join('\n')
}

const release = ({ title, artist, detail, href }: ReleaseRow): string =>
  [wrap(`* ${title} — ${artist}`), wrap(detail, '  '), ...(href === null ? [] : [`  ${href}`])].join('\n')

const line = ({ mark, text, note, href }: LineRow): string =>
  [
    wrap(`${mark} ${text}`),
    ...(note === '' ? [] : [wrap(note, '  ')]),
    ...(href === null ? [] : [`  ${href}`]),
  ].join('\n')

/** "Sales: 423 (▲2% on last Friday, ▲18% on the day before)": what is not known is left out. */
function figure({ label, value, changes }: FigureRow, against: readonly string[]): string {
  const known = changes.flatMap((change, i) => (change === NOTHING ? [] : [`${change} on ${against[i]}`]))
  return wrap(`${label}: ${value}${known.length === 0 ? '' : ` (${known.join(', ')})`}`)
}

function block(part: Block): string {
  switch (part.kind) {
    case 'kicker':
      return wrap(part.right === '' ? part.left : `${part.left} · ${part.right}`)
    case 'title':
      return wrap(part.mark === '' ? part.text : `${part.text} ${part.mark}`)
    case 'lead':
    case 'heading':
      return wrap(part.text)
    case 'paragraph':
      return paragraph(part.spans)
    case 'picture':
      return wrap(`[Chart: ${part.picture.alt}]`)
    case 'releases':
      return part.rows.map(release).join('\n')
    case 'facts':
      return part.rows.map(({ label, text }) => wrap(`${label}: ${text}`)).join('\n')
    case 'figures':
      return part.rows.map(row => figure(row, part.against)).join('\n')
    case 'lines':
      return part.rows.map(line).join('\n')
    case 'actions':
      return [part.main, ...part.others].map(linkText).join('\n')
    case 'rule':
      return RULE
  }
}

/** Lines of 76 characters, but for addresses and long words. */
export function letterText({ blocks, footer }: Draft): string {
  return `${[...blocks.map(block), RULE, ...footer.map(paragraph)].join('\n\n')}\n`
}
