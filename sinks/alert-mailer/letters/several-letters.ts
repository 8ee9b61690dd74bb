// Letters that tell of several movements: those of one evaluation, and the digest.
import { atHeight } from '../../../schemas/alert-words.ts'
import type { Alert } from '../../../schemas/alerts.ts'
import { MAX_SUBJECT_CHARS } from '../../../schemas/subscriptions.ts'
import { alertPath, doorsOf, pageUrl } from './actions.ts'
import {
  actionsOf,
  evidence,
  footerOf,
  type LetterSite,
  type Occasion,
  simulatedNote,
} from './alert-letter.ts'
import { byStrength, leadText, lineOf, nameOf, numberText } from './alert-words.ts'
import type { Block, Draft } from './blocks.ts'
import { alertChart } from './chart.ts'
import { clockText, markText, toneOf, windowText, zoneText } from './words.ts'

/** More would be a table, not news. */
export const MAX_GROUP = 7
/** Opened, and closed: the rest is counted. */
export const MAX_DIGEST_LINES = 20

/** Text that fits a subject: parts are left out from the end until it does. */
export function fitting(parts: readonly string[], separator: string): string {
  for (let kept = parts.length; kept > 1; kept--) {
    const text = parts.slice(0, kept).join(separator)
    if (text.length <= MAX_SUBJECT_CHARS) return text
  }
  return parts[0]!.slice(0, MAX_SUBJECT_CHARS)
}

const shortText = (alert: Alert): string => `${nameOf(alert, 24)} ${markText(atHeight(alert))}`
const restText = (count: number, what: string): readonly Block[] =>
  count <= 0 ? [] : [{ kind: 'paragraph', spans: [`and ${count} more ${what}.`] }]

/** Several alerts of one evaluation. */
export function groupDraft(alerts: readonly Alert[], site: LetterSite, occasion: Occasion): Draft {
  const { subscriber } = occasion
  const { zone } = subscriber.wishes
  const doors = doorsOf(site, subscriber.id)
  const sorted = alerts.toSorted(byStrength)
  const shown = sorted.slice(0, MAX_GROUP)
  const told = sorted[0]!
  const first = atHeight(told)
  const asOfMs = Math.max(...alerts.map(alert => alert.atMs))
  const subject = fitting(
    [`${alerts.length} movements: ${shortText(first)}`, ...sorted.slice(1).map(shortText)],
    ', ',
  )
  const picture = alertChart(first, zone, `${nameOf(first)}: ${numberText(first)}`)
  return {
    subject,
    preheader: `${nameOf(first)}: ${numberText(first)}.`,
    blocks: [
      { kind: 'kicker', left: `${alerts.length} MOVEMENTS`, right: windowText(first, zone) },
      { kind: 'title', text: `${nameOf(first)}`, mark: markText(first), tone: toneOf(first.alertKind) },
      { kind: 'lead', text: leadText(told) },
      ...simulatedNote(site),
      ...(picture === null ? [] : [{ kind: 'picture', picture } as const]),
      ...evidence(told, zone, !site.isSimulated),
      { kind: 'heading', text: 'Also now' },
      { kind: 'lines', rows: shown.slice(1).map(each => lineOf(each, zone, pageUrl(site, alertPath(each)))) },
      ...restText(alerts.length - shown.length, 'movements'),
      actionsOf(doors, { text: 'Open live view', href: pageUrl(site, alertPath(first)) }, first),
    ],
    footer: footerOf(site, occasion, doors, asOfMs),
    unsubscribeUrl: doors.unsubscribe,
    references: [],
  }
}

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`

/** What opened since the last one, a line each, and how what was told before has ended. */
export function digestDraft(
  { opened, closed }: { readonly opened: readonly Alert[]; readonly closed: readonly Alert[] },
  site: LetterSite,
  occasion: Occasion,
): Draft {
  const { subscriber } = occasion
  const { zone } = subscriber.wishes
  const doors = doorsOf(site, subscriber.id)
  const sorted = opened.toSorted(byStrength)
  // What opened and closed meanwhile is told once, with how it ended.
  const isOpened = new Set(opened.map(alert => alert.id))
  const over = closed.filter(alert => !isOpened.has(alert.id)).toSorted(byStrength)
  const line = (alert: Alert) => lineOf(alert, zone, pageUrl(site, alertPath(alert)))
  const endings = new Map(closed.map(alert => [alert.id, alert]))
  const lines = (alerts: readonly Alert[]) =>
    alerts.slice(0, MAX_DIGEST_LINES).map(alert => line(endings.get(alert.id) ?? alert))
  const summary =
    opened.length === 0
      ? `${count(over.length, 'movement')} over`
      : `${count(opened.length, 'movement')}${over.length === 0 ? '' : `, ${over.length} over`}`
  const best = (opened.length === 0 ? over : sorted).slice(0, 3).map(shortText)
  const asOfMs = Math.max(0, ...[...opened, ...closed].map(alert => alert.atMs))
  const heading = (text: string): Block => ({ kind: 'heading', text })
  return {
    subject: fitting([`Digest: ${summary}`, ...best], ' · '),
    preheader: best.join(' · '),
    blocks: [
      {
        kind: 'kicker',
        left: 'DIGEST',
        right: asOfMs === 0 ? '' : `${clockText(asOfMs, zone)} ${zoneText(asOfMs, zone)}`,
      },
      { kind: 'title', text: summary, mark: '', tone: 'plain' },
      ...simulatedNote(site),
      ...(sorted.length === 0 ? [] : [{ kind: 'lines', rows: lines(sorted) } as const]),
      ...restText(sorted.length - MAX_DIGEST_LINES, 'movements'),
      ...(over.length === 0 || opened.length === 0 ? [] : [heading('Over since')]),
      ...(over.length === 0 ? [] : [{ kind: 'lines', rows: lines(over) } as const]),
      ...restText(over.length - MAX_DIGEST_LINES, 'that are over'),
      actionsOf(doors, { text: 'Open all alerts', href: pageUrl(site, '/alerts') }, null),
    ],
    footer: footerOf(site, occasion, doors, asOfMs === 0 ? null : asOfMs),
    unsubscribeUrl: doors.unsubscribe,
    references: [],
  }
}
