// The letter of one alert in full, and what all letters to subscribers have in common.
import { atHeight } from '../../../schemas/alert-words.ts'
import type { Alert } from '../../../schemas/alerts.ts'
import type { Subscriber } from '../../../schemas/subscriptions.ts'
import { alertPath, type Doors, doorsOf, pageUrl, type Site } from './actions.ts'
import {
  concentrationText,
  contextOf,
  leadText,
  MAX_DELAY_SHOWN_MS,
  nameOf,
  numberText,
  releaseRows,
  secondFact,
  sizeText,
  subjectOf,
  whereText,
} from './alert-words.ts'
import type { Block, Draft, Link, Span } from './blocks.ts'
import { alertChart } from './chart.ts'
import { followText } from './follow.ts'
import { agoText, clockText, markText, shareText, sureText, toneOf, windowText, zoneText } from './words.ts'

export interface LetterSite extends Site {
  /** Sales are made up: every letter says so. */
  readonly isSimulated: boolean
  /** Whom to answer; null: nobody is named. */
  readonly operatorEmail: string | null
}

/** To whom, and when it was put together. */
export interface Occasion {
  readonly subscriber: Subscriber
  readonly atMs: number
}

const KINDS: Readonly<Record<Alert['alertKind'], string>> = {
  rise: 'RISING',
  drop: 'FALLING',
  emerging: 'EMERGING',
  'market-rise': 'MARKET RISING',
  'market-drop': 'MARKET FALLING',
  'feed-silent': 'FEED SILENT',
}

const kickerOf = ({ alertKind, dimension }: Alert): string =>
  dimension === 'all' ? KINDS[alertKind] : `${KINDS[alertKind]} · ${dimension.toUpperCase()}`

/** As-of and delay; nothing of a delay where clock and feed do not speak of the same time. */
function asOfText(
  asOfMs: number,
  { isSimulated }: LetterSite,
  { atMs, subscriber: { wishes } }: Occasion,
): string {
  const delay = atMs - asOfMs
  const behind =
    delay >= 0 && delay <= MAX_DELAY_SHOWN_MS
      ? `, ${agoText(delay)} behind ${isSimulated ? 'the feed' : 'Bandcamp'}`
      : ''
  return `As of ${clockText(asOfMs, wishes.zone)} ${zoneText(asOfMs, wishes.zone)}${behind}.`
}

export function simulatedNote({ isSimulated }: LetterSite): readonly Block[] {
  if (!isSimulated) return []
  return [{ kind: 'paragraph', spans: ['These sales are simulated: nothing of this happened on Bandcamp.'] }]
}

const madeOf = ({ isSimulated }: LetterSite): string =>
  `Counted from ${isSimulated ? 'simulated sales' : 'the sales that Bandcamp’s public feed shows'}; buyers’ countries, US dollars.`

/** Why somebody gets this, what it is made of, and how to leave. */
export function footerOf(
  site: LetterSite,
  occasion: Occasion,
  doors: Doors,
  asOfMs: number | null,
  why: string = followText(occasion.subscriber.wishes),
): readonly (readonly Span[])[] {
  const asOf = asOfMs === null ? '' : `${asOfText(asOfMs, site, occasion)} `
  const contact = site.operatorEmail === null ? '' : ` Questions: ${site.operatorEmail}.`
  return [
    [why],
    [
      { text: 'Change what you get', href: doors.manage },
      ' · ',
      { text: 'Unsubscribe', href: doors.unsubscribe },
    ],
    [`${asOf}${madeOf(site)}${contact}`],
  ]
}

/** Snoozes for everything; a mute for what this letter is about. */
export function actionsOf(doors: Doors, main: Link, alert: Alert | null): Block {
  const mute = alert === null || alert.dimension === 'all' ? null : doors.mute(alert.key)
  const others: Link[] = [
    { text: 'Snooze all for 24 h', href: doors.snooze('24h') },
    { text: 'Snooze all for 7 days', href: doors.snooze('7d') },
  ]
  if (alert !== null && mute !== null) {
    others.push({ text: `Mute ${nameOf(alert, 30)} for 7 days`, href: mute })
  }
  return { kind: 'actions', main, others }
}

/** What stands behind an alert: releases with their covers, and facts. `isReal`: see `releaseRows`. */
export function evidence(alert: Alert, zone: string, isReal: boolean): readonly Block[] {
  const rows = releaseRows(alert, isReal)
  const releases: readonly Block[] =
    rows.length === 0
      ? []
      : [
          { kind: 'heading', text: 'What is selling' },
          { kind: 'releases', rows },
        ]
  const where = whereText(alert)
  const facts = [
    { label: 'Carried by', text: concentrationText(alert) },
    { label: 'Where', text: where },
    {
      label: 'How sure',
      text: `${sureText(atHeight(alert))}. Genres known for ${shareText(alert.coverage)} of purchases.`,
    },
    { label: 'Counted', text: sizeText(alert) },
    ...contextOf(alert, zone),
  ].filter(({ text }) => text !== '')
  return [...releases, { kind: 'facts', rows: facts }]
}

/** One alert in full. */
export function alertDraft(told: Alert, site: LetterSite, occasion: Occasion): Draft {
  // Headlines are of the height.
  const alert = atHeight(told)
  const { subscriber } = occasion
  const { zone } = subscriber.wishes
  const doors = doorsOf(site, subscriber.id)
  const number = numberText(alert)
  const picture = alertChart(alert, zone, number)
  const main: Link = { text: 'Open live view', href: pageUrl(site, alertPath(alert)) }
  return {
    subject: subjectOf(alert),
    preheader: secondFact(alert),
    blocks: [
      { kind: 'kicker', left: kickerOf(alert), right: windowText(alert, zone) },
      { kind: 'title', text: nameOf(alert), mark: markText(alert), tone: toneOf(alert.alertKind) },
      { kind: 'lead', text: leadText(told) },
      ...simulatedNote(site),
      ...(picture === null ? [] : [{ kind: 'picture', picture } as const]),
      // What stands behind it is of the window that the record is of.
      ...evidence(told, zone, !site.isSimulated),
      actionsOf(doors, main, alert),
    ],
    footer: footerOf(site, occasion, doors, alert.atMs),
    unsubscribeUrl: doors.unsubscribe,
    references: [`alert-${alert.id}`],
  }
}
