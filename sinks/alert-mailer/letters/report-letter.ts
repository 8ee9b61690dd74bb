// The letter of the daily report: the answer, five figures, what moved, and the ways to the whole of it.
import { longDay } from '../../../schemas/day-words.ts'
import { safeText } from '../../../schemas/safe-text.ts'
import {
  type FollowedKind,
  MAX_SUBJECT_CHARS,
  type MessageContent,
  type ReportTable,
} from '../../../schemas/subscriptions.ts'
import { doorsOf, pageUrl } from './actions.ts'
import { footerOf, type LetterSite, type Occasion, simulatedNote } from './alert-letter.ts'
import { type Block, type Draft, type LineRow, type Link, NOTHING } from './blocks.ts'
import { markOf, toneOf } from './words.ts'

type ReportContent = Extract<MessageContent, { readonly kind: 'report' }>

/** More of anything is in the report itself. */
const MAX_ROWS = 8
/** Of messages of earlier versions, where figures are sentences too. */
const MAX_SENTENCES = 30
const MAX_LINE_CHARS = 300
const MAX_ROW_CHARS = 160
const MAX_CELL_CHARS = 40
const MAX_DAY_CHARS = 60

const line = (text: string): string => safeText(text, MAX_LINE_CHARS)
const short = (text: string): string => safeText(text, MAX_ROW_CHARS)
const cell = (text: string): string => safeText(text, MAX_CELL_CHARS)

const paragraphs = (lines: readonly string[], atMost: number): readonly Block[] =>
  lines
    .slice(0, atMost)
    .map(line)
    .filter(text => text !== '')
    .map(text => ({ kind: 'paragraph', spans: [text] }))

/** A list with its heading; nothing where there is nothing in it. */
function listed(text: string, rows: readonly LineRow[]): readonly Block[] {
  if (rows.length === 0) return []
  return [
    { kind: 'heading', text },
    { kind: 'lines', rows },
  ]
}

const moverRow = (kind: FollowedKind, text: string, note: string): LineRow => ({
  mark: markOf(kind),
  tone: toneOf(kind),
  text: short(text),
  note: short(note),
  href: null,
  isOver: false,
})

const DAY = /^\d{4}-\d\d-\d\d$/
/** What is no day of a calendar stays as it is. */
const headingOf = (day = ''): string =>
  DAY.test(day) && !Number.isNaN(Date.parse(day)) ? longDay(day) : safeText(day, MAX_DAY_CHARS)
const pathOf = (day = ''): string => (DAY.test(day) ? `/reports/${day}` : '/reports')

/** Days with which nothing can be compared have no column. */
function figureBlock({ against, figures }: ReportTable): Block {
  const isKnown = against.map((_, i) => figures.some(({ changes }) => (changes[i] ?? NOTHING) !== NOTHING))
  const known = (texts: readonly string[]) => texts.filter((_, i) => isKnown[i]).map(cell)
  const rows = figures.slice(0, MAX_ROWS).map(({ label, value, changes }) => {
    return { label: cell(label), value: cell(value), changes: known(changes) }
  })
  return { kind: 'figures', against: known(against), rows }
}

function tableBlocks(table: ReportTable, site: LetterSite): readonly Block[] {
  const { movers, notes, earlier } = table
  const facts = notes.slice(0, MAX_ROWS).map(note => ({ label: cell(note.label), text: line(note.text) }))
  const others = earlier.slice(0, MAX_ROWS).map(({ day, text }): LineRow => {
    const href = pageUrl(site, pathOf(day))
    return { mark: '•', tone: 'plain', text: short(text), note: '', href, isOver: false }
  })
  return [
    figureBlock(table),
    ...listed(
      'What moved',
      movers.slice(0, MAX_ROWS).map(({ kind, text, note }) => moverRow(kind, text, note)),
    ),
    { kind: 'facts', rows: facts },
    ...listed('Reports of days before, made now too', others),
  ]
}

/** `reports/daily/2026/11/2026-11-21.v1.pdf`: the table of the same version lies beside it. */
const ARCHIVED = /^(reports\/daily\/\d{4}\/\d\d\/\d{4}-\d\d-\d\d\.v\d{1,4})\.(pdf|html)$/

/** The way to the numbers as CSV; the page says the same in its own words: a test compares them. */
function csvLinks(archived: string | undefined, site: LetterSite): readonly Link[] {
  const path = ARCHIVED.exec(archived ?? '')?.[1]
  return path === undefined
    ? []
    : [{ text: 'Table (CSV)', href: pageUrl(site, `/reports/files/${path}.csv`) }]
}

/** Of a message without a table, which earlier versions posted, every line is a sentence. */
export function reportDraft(content: ReportContent, site: LetterSite, occasion: Occasion): Draft {
  const doors = doorsOf(site, occasion.subscriber.id)
  const last = content.days.at(-1)
  const [lead = '', ...rest] = content.lines
  const heading = headingOf(last)
  const partial = content.isPartial ? ' · PARTIAL' : ''
  return {
    subject: safeText(content.subject, MAX_SUBJECT_CHARS) || heading,
    preheader: safeText(lead, 120),
    blocks: [
      { kind: 'kicker', left: `DAILY REPORT${partial}`, right: safeText(content.zone, 60) },
      { kind: 'title', text: heading, mark: '', tone: 'plain' },
      { kind: 'lead', text: line(lead) },
      ...simulatedNote(site),
      ...paragraphs(rest, content.table === undefined ? MAX_SENTENCES : MAX_ROWS),
      ...(content.table === undefined ? [] : tableBlocks(content.table, site)),
      {
        kind: 'actions',
        main: { text: 'Open the report', href: pageUrl(site, pathOf(last)) },
        others: [
          ...csvLinks(content.archived.at(-1), site),
          { text: 'All reports', href: pageUrl(site, '/reports') },
        ],
      },
    ],
    footer: footerOf(site, occasion, doors, null, 'You get the daily report.'),
    unsubscribeUrl: doors.unsubscribe,
    references: [],
  }
}
