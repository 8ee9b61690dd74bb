// A letter as HTML: tables of 600 pixels that mailboxes have shown alike for twenty years.
import { type Html, html, raw } from '../../../schemas/html.ts'
import type { Block, Draft, FactRow, FigureRow, LineRow, Link, ReleaseRow, Span, Tone } from './blocks.ts'

/** Colours of the page, on paper; the style sheet turns them for mailboxes that are dark. */
const INK = '#1b1d21'
const MUTED = '#5b616b'
const TONES: Readonly<Record<Tone, string>> = { rise: '#0072b2', drop: '#b84a00', plain: INK }
const FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"

const STYLE = raw(`
  :root { color-scheme: light dark; supported-color-schemes: light dark }
  body { margin: 0; padding: 0; width: 100% }
  a { text-decoration: underline }
  @media (max-width: 480px) { .pad { padding-left: 16px !important; padding-right: 16px !important } }
  @media (prefers-color-scheme: dark) {
    .bg { background: #14161a !important }
    .card { background: #1a1d22 !important; border-color: #2b2f37 !important }
    .ink { color: #ecedee !important }
    .muted { color: #a3a9b3 !important }
    .rise { color: #56b4e9 !important }
    .drop { color: #e69f00 !important }
    .line { border-color: #2b2f37 !important }
    .button { background: #ecedee !important; color: #14161a !important }
    .empty { background: #2b2f37 !important }
    .picture { opacity: .88 }
  }
`)

const toneClass = (tone: Tone): string => (tone === 'plain' ? 'ink' : tone)

const anchor = ({ text, href }: Link, style: string, name = 'ink'): Html =>
  html`<a href="${href}" class="${name}" style="${style}">${text}</a>`

const inline = (spans: readonly Span[], color: string, name: string): readonly Html[] =>
  spans.map(span => (typeof span === 'string' ? html`${span}` : anchor(span, `color:${color}`, name)))

/** One row of the letter's table. */
const row = (content: Html | readonly Html[], style: string): Html =>
  html`<tr><td class="pad" style="padding:0 28px;${FONT};${style}">${content}</td></tr>`

const COVER_PX = 48

function cover(url: string | null): Html {
  const box = `width:${COVER_PX}px;height:${COVER_PX}px;border-radius:4px`
  if (url === null) return html`<div class="empty" style="${box};background:#efe9dd"></div>`
  const size = html`width="${COVER_PX}" height="${COVER_PX}"`
  // Empty alt: title and artist stand beside it.
  const style = `${box};display:block;border:0;object-fit:cover;background:#efe9dd`
  return html`<img src="${url}" ${size} alt="" class="empty" style="${style}">`
}

/** Where no release has a cover there is no room for one. */
function release({ title, artist, detail, href, coverUrl }: ReleaseRow, hasCovers: boolean): Html {
  const style = `color:${INK};font-weight:600`
  const name = href === null ? html`<b>${title}</b>` : anchor({ text: title, href }, style)
  const picture = hasCovers
    ? html`<td width="${COVER_PX}" style="padding:6px 12px 6px 0;vertical-align:top">${cover(coverUrl)}</td>`
    : html``
  return html`<tr>${picture}
<td style="padding:6px 0;${FONT};font-size:15px;line-height:21px;word-break:break-word">
<span class="ink" style="color:${INK}" dir="auto">${name}</span><br>
<span class="muted" style="color:${MUTED};font-size:13px"><bdi>${artist}</bdi> · ${detail}</span></td></tr>`
}

function releases(rows: readonly ReleaseRow[]): Html {
  const hasCovers = rows.some(({ coverUrl }) => coverUrl !== null)
  return table(rows.map(each => release(each, hasCovers)))
}

function line({ mark, tone, text, note, href, isOver }: LineRow): Html {
  const color = isOver ? MUTED : TONES[tone]
  const name = isOver ? 'muted' : 'ink'
  const body = href === null ? html`${text}` : anchor({ text, href }, `color:${isOver ? MUTED : INK}`, name)
  return html`<tr><td class="${isOver ? 'muted' : toneClass(tone)}" width="20"
style="padding:7px 0;vertical-align:top;${FONT};font-size:15px;line-height:21px;color:${color}">${mark}</td>
<td class="${name}" style="padding:7px 0;${FONT};font-size:15px;line-height:21px;color:${isOver ? MUTED : INK};
word-break:break-word">${body}
${note === '' ? html`` : html`<br><span class="muted" style="color:${MUTED};font-size:13px">${note}</span>`}</td></tr>`
}

const fact = ({ label, text }: FactRow): Html =>
  html`<tr><td class="muted" width="92" style="padding:4px 12px 4px 0;vertical-align:top;${FONT};font-size:13px;
line-height:20px;color:${MUTED}">${label}</td><td class="ink" style="padding:4px 0;${FONT};font-size:14px;
line-height:20px;color:${INK};word-break:break-word">${text}</td></tr>`

const cell = (content: string, style: string, name = 'ink'): Html =>
  html`<td class="${name}" align="right" style="padding:6px 0 6px 8px;${FONT};line-height:20px;${style}">
${content}</td>`

/** A table that is one: its heads say what its numbers are against. */
function figures(against: readonly string[], rows: readonly FigureRow[]): Html {
  const small = `${FONT};font-size:12px;line-height:16px;font-weight:400;color:${MUTED}`
  const head = (text: string): Html =>
    html`<th scope="col" class="muted" align="right" style="${small};padding:0 0 4px 8px;vertical-align:bottom">
${text}</th>`
  const body = rows.map(
    ({ label, value, changes }) => html`<tr><th scope="row" class="muted line" align="left"
style="${small};font-size:13px;line-height:20px;padding:6px 0">${label}</th>
${cell(value, `font-size:15px;font-weight:600;color:${INK};white-space:nowrap`)}
${changes.map(change => cell(change, `font-size:13px;color:${MUTED};white-space:nowrap`, 'muted'))}</tr>`,
  )
  return html`<table width="100%" cellpadding="0" cellspacing="0" border="0"><tr>
<td class="muted" align="right" colspan="2" style="${small};padding:0 0 4px;vertical-align:bottom">
${against.length === 0 ? '' : 'against'}</td>${against.map(head)}</tr>${body}</table>`
}

const table = (rows: readonly Html[]): Html =>
  html`<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0">${rows}</table>`

function kicker(left: string, right: string): Html {
  const style = `${FONT};font-size:12px;line-height:18px;color:${MUTED}`
  return html`<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr>
<td class="muted" style="${style};letter-spacing:.06em">${left}</td>
<td class="muted" align="right" style="${style};padding-left:12px">${right}</td></tr></table>`
}

function block(part: Block): Html {
  switch (part.kind) {
    case 'kicker':
      return row(kicker(part.left, part.right), 'padding-top:22px')
    case 'title': {
      const mark = html`<span class="${toneClass(part.tone)}" style="color:${TONES[part.tone]};white-space:nowrap">
${part.mark}</span>`
      return row(
        html`<h1 class="ink" style="margin:6px 0 0;${FONT};font-size:26px;line-height:32px;color:${INK};
word-break:break-word"><bdi>${part.text}</bdi> ${mark}</h1>`,
        '',
      )
    }
    case 'lead':
      return row(
        html`<p class="ink" style="margin:8px 0 0;font-size:17px;line-height:25px;color:${INK}">${part.text}</p>`,
        '',
      )
    case 'paragraph':
      return row(
        html`<p class="ink" style="margin:10px 0 0;font-size:15px;line-height:23px;color:${INK};
word-break:break-word">${inline(part.spans, INK, 'ink')}</p>`,
        '',
      )
    case 'picture': {
      const { contentId, alt, widthPx, heightPx } = part.picture
      return row(
        html`<img src="cid:${contentId}" alt="${alt}" width="${widthPx}" height="${heightPx}" class="muted picture"
style="display:block;width:100%;max-width:${widthPx}px;height:auto;border:0;border-radius:6px;
font-size:13px;color:${MUTED}">`,
        'padding-top:16px',
      )
    }
    case 'heading':
      return row(
        html`<h2 class="ink" style="margin:20px 0 4px;font-size:15px;line-height:21px;color:${INK}">${part.text}</h2>`,
        '',
      )
    case 'releases':
      return row(releases(part.rows), '')
    case 'facts':
      return row(table(part.rows.map(fact)), 'padding-top:12px')
    case 'figures':
      return row(figures(part.against, part.rows), 'padding-top:16px')
    case 'lines':
      return row(table(part.rows.map(line)), 'padding-top:8px')
    case 'actions':
      return row(actions(part.main, part.others), 'padding-top:20px')
    case 'rule':
      return row(html`<div class="line" style="margin-top:22px;border-top:1px solid #e7e1d6"></div>`, '')
  }
}

function actions(main: Link, others: readonly Link[]): Html {
  const button = anchor(
    main,
    `display:inline-block;padding:11px 18px;border-radius:6px;background:${INK};color:#faf7f2;
font-size:15px;font-weight:600;text-decoration:none`,
    'button',
  )
  const rest = others.map(
    link => html`${anchor(link, `color:${INK};display:inline-block;padding:8px 14px 8px 0`)} `,
  )
  const below = html`<div style="padding-top:8px;font-size:14px;line-height:20px">${rest}</div>`
  return html`${button}${others.length === 0 ? html`` : below}`
}

function footer(paragraphs: readonly (readonly Span[])[]): readonly Html[] {
  return paragraphs.map(spans =>
    row(
      html`<p class="muted" style="margin:10px 0 0;font-size:12px;line-height:19px;color:${MUTED};
word-break:break-word">${inline(spans, MUTED, 'muted')}</p>`,
      '',
    ),
  )
}

/** A whole document. Loads nothing but covers; works without them, without its style sheet, in the dark. */
export function letterHtml({ subject, preheader, blocks, footer: below }: Draft): string {
  const hidden = 'display:none;max-height:0;overflow:hidden;opacity:0'
  const document = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">
<title>${subject}</title><style>${STYLE}</style></head>
<body class="bg" style="margin:0;padding:0;background:#faf7f2">
<div style="${hidden}">${preheader}</div>
<table role="presentation" class="bg" width="100%" cellpadding="0" cellspacing="0" border="0"
style="background:#faf7f2"><tr><td align="center" style="padding:16px 8px">
<table role="presentation" class="card" width="600" cellpadding="0" cellspacing="0" border="0"
style="width:100%;max-width:600px;background:#fffdfa;border:1px solid #e7e1d6;border-radius:10px">
${blocks.map(block)}${block({ kind: 'rule' })}${footer(below)}<tr><td height="22"></td></tr>
</table></td></tr></table></body></html>
`
  return document.markup
}
