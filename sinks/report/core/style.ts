// How the printed report looks: ink on paper, readable in grey, two pages of A4 or Letter.
export const PAPERS = {
  A4: { widthMm: 210, heightMm: 297, rowMm: 4.75, gapMm: 3.2 },
  Letter: { widthMm: 216, heightMm: 279, rowMm: 4.1, gapMm: 2.4 },
} as const
export type Paper = keyof typeof PAPERS

const MARGIN_MM = 11

/**
 * Families in the order of the chain; whoever prints brings the files. Without them the machine's own fonts
 * are taken.
 */
export const FONT_FAMILY = [
  "'Noto Sans'",
  "'Noto Sans JP Variable'",
  "'Noto Sans KR Variable'",
  "'Noto Sans SC Variable'",
  "'Noto Sans Arabic'",
  "'Noto Sans Hebrew'",
  "'Noto Sans Thai'",
  "'Noto Sans Devanagari'",
  "'Noto Sans Math'",
  "'Noto Sans Symbols'",
  "'Noto Sans Symbols 2'",
  "'Noto Emoji'",
  'sans-serif',
].join(', ')

/** The sleeve-paper set of the dashboard, as ink: rise is blue, drop vermillion, both also ▲ and ▼. */
export const INK = {
  text: '#1B1D21',
  muted: '#5B616B',
  line: '#C9C4BA',
  wash: '#F3EFE8',
  rise: '#0072B2',
  drop: '#B84A00',
} as const

export function styleSheet(paper: Paper): string {
  const { widthMm, heightMm, rowMm, gapMm } = PAPERS[paper]
  return `
@page { size: ${widthMm}mm ${heightMm}mm; margin: 0 }
* { box-sizing: border-box; margin: 0; padding: 0 }
html { -webkit-print-color-adjust: exact; print-color-adjust: exact }
body { font: 400 8.4pt/1.3 ${FONT_FAMILY}; color: ${INK.text}; font-variant-numeric: tabular-nums }
.page { position: relative; width: ${widthMm}mm; height: ${heightMm}mm; padding: ${MARGIN_MM - 1}mm ${MARGIN_MM}mm;
  break-after: page; overflow: hidden; display: flex; flex-direction: column; gap: ${gapMm}mm }
.page:last-child { break-after: auto }
h1 { font-size: 17pt; font-weight: 700; line-height: 1.1; letter-spacing: -.01em }
h2 { font-size: 9.5pt; font-weight: 700; margin-bottom: 1mm; border-bottom: .35mm solid ${INK.text}; padding-bottom: .5mm }
h2 small, h3 small { font-weight: 400; color: ${INK.muted}; font-size: 7.2pt }
h3 { font-size: 8.4pt; font-weight: 700 }
a { color: inherit; text-decoration: none }
p a, .links a { text-decoration: underline; text-decoration-color: ${INK.line} }
.head { display: flex; justify-content: space-between; align-items: flex-end; gap: 6mm }
.head .name { font-weight: 700; font-size: 8pt; letter-spacing: .08em; text-transform: uppercase; color: ${INK.muted} }
.head .about { text-align: right; font-size: 7.4pt; color: ${INK.muted} }
.banner { border: .5mm solid ${INK.text}; padding: 1.2mm 2.5mm; font-weight: 700 }
.summary { font-size: 10.2pt; line-height: 1.38; max-width: 178mm; text-wrap: pretty }
.kpis { display: grid; grid-template-columns: repeat(5, minmax(0, 1fr)); border: .25mm solid ${INK.line}; border-radius: 1mm }
.kpis > div { padding: 1.6mm 2mm; overflow: hidden; border-left: .25mm solid ${INK.line} }
.kpis > div:first-child { border-left: 0 }
.kpis dt { color: ${INK.muted}; font-size: 7.4pt }
.kpis .value { display: block; font-size: 14pt; font-weight: 700; line-height: 1.2; margin-bottom: .5mm }
.kpis .against { font-size: 7.2pt; color: ${INK.muted}; white-space: nowrap }
.kpis .against b { color: ${INK.text}; font-weight: 600; display: inline-block; min-width: 8.8mm }
.two { display: grid; grid-template-columns: 1fr 1fr; gap: 6mm }
.two > section { min-width: 0 }
table { border-collapse: collapse; width: 100%; table-layout: fixed }
caption { text-align: left; color: ${INK.muted}; font-size: 7.2pt; padding-bottom: .6mm }
th, td { text-align: right; font-weight: 400; padding: 0 1mm; line-height: 1.2; height: ${rowMm}mm; white-space: nowrap; overflow: hidden;
  text-overflow: ellipsis; border-bottom: .2mm solid #E6E1D8; vertical-align: middle }
thead th { color: ${INK.muted}; font-size: 7pt; border-bottom: .25mm solid ${INK.line}; height: 4mm }
th:first-child, td:first-child { padding-left: 0 }
th:last-child, td:last-child { padding-right: 0 }
tbody th, .left { text-align: left }
.rank { width: 13.5mm; overflow: visible; color: ${INK.muted}; font-size: 7.2pt }
.rank b { color: ${INK.text}; font-weight: 600; font-size: 8.4pt; display: inline-block; min-width: 4mm }
.num { width: 12.5mm } .chg { width: 12mm } .usd { width: 15mm } .spark { width: 20mm }
td svg { vertical-align: middle }
.host { color: ${INK.muted}; font-size: 7.2pt; unicode-bidi: isolate }
.name { unicode-bidi: isolate }
.cover { width: 4mm; height: 4mm; object-fit: cover; vertical-align: -1mm; margin-right: 1mm; border-radius: .3mm }
.rise { color: ${INK.rise} } .drop { color: ${INK.drop} } .muted { color: ${INK.muted} }
.note { background: ${INK.wash}; border-radius: 1mm; padding: 1.4mm 2.4mm; font-size: 7.8pt }
.note b { font-weight: 700 }
.foot { margin-top: auto; border-top: .25mm solid ${INK.line}; padding-top: 1mm; font-size: 6.6pt; color: ${INK.muted};
  display: flex; justify-content: space-between; gap: 4mm }
.foot span { white-space: nowrap }
.heat th, .heat td { text-align: center; padding: 0; height: 4.5mm; font-size: 6.4pt; border: .2mm solid #fff }
.heat .unread { background: repeating-linear-gradient(45deg, #fff 0 .5mm, ${INK.line} .5mm .9mm) }
.heat tbody th { text-align: left; font-size: 7.8pt; width: 27mm }
.heat thead th:first-child { width: 27mm; text-align: left }
.list { list-style: none }
.list li { padding: .7mm 0; border-bottom: .2mm solid #E6E1D8 }
.defs { columns: 2; column-gap: 6mm; font-size: 7.2pt; line-height: 1.32; color: ${INK.muted} }
.defs p { margin-bottom: .8mm; break-inside: avoid }
.defs b { color: ${INK.text} }
svg text { font-family: inherit }
`
}
