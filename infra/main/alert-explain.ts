// `bct alerts explain ID`: why an alert was told, from its own record, and who heard of it and who did not.

import { endText } from '../../schemas/alert-words.ts'
import type { Alert, AlertPart } from '../../schemas/alerts.ts'
import { safeText } from '../../schemas/safe-text.ts'
import { type SuppressedFor, WEBHOOK_SUBSCRIBER } from '../../schemas/subscriptions.ts'
import { DAY_MS } from '../../schemas/time.ts'
import type { DecidedNotice } from '../ports.ts'
import type { PostgresStore } from '../postgres/store.ts'
import { type AlertRequest, windowText } from './alert-tools.ts'
import { CommandError, EXIT, type ExitCode } from './errors.ts'
import { instantText } from './instant.ts'
import { table } from './output.ts'
import { DECISIONS_KEPT_MS } from './upkeep.ts'

const WHY_NOT: Readonly<Record<SuppressedFor, string>> = {
  muted: 'the key is muted',
  snoozed: 'snoozed',
  'too-old': 'it was old when it was read',
  partial: 'a gap touches its window',
  coverage: 'few genres were known',
  capped: 'the day’s mails were sent',
}

const NOBODY =
  'Nobody follows it, nobody has been looked for yet, or it ended more than ' +
  `${DECISIONS_KEPT_MS / DAY_MS} days ago and it is forgotten who was told.`

const percent = (share: number): string => `${Math.round(share * 100)} %`
const partText = ({ purchases, share }: AlertPart): string => `${purchases} (${percent(share)})`

/** −log10 of a chance, as people say it. */
function chanceText(score: number): string {
  return `one such window in ${Math.round(10 ** Math.min(score, 15)).toLocaleString('en')} in ordinary times`
}

function doubtsOf({ partial, learningDay, isFrenzy }: Alert): readonly string[] {
  return [
    ...(partial ? ['a gap touches the window: counts are a lower bound'] : []),
    ...(learningDay === null ? [] : [`day ${learningDay} of 21 of learning`]),
    ...(isFrenzy ? ['the market was in a frenzy: a Bandcamp Friday, most likely'] : []),
  ]
}

function heightOf({ peak }: Alert): readonly (readonly string[])[] {
  if (peak === undefined) return []
  const { purchases, expected, windowMs, windowEndMs } = peak
  const window = `${windowText(windowMs)} up to ${instantText(windowEndMs)}`
  return [['height', `${purchases} purchases in ${window}, expected ${expected.toFixed(1)}`]]
}

/** Two columns: what, and what is known of it. */
export function explanation(alert: Alert): readonly (readonly string[])[] {
  const { topReleases, topCountries, topArtists, closedAtMs, windowMs, purchases, items } = alert
  const rest = (i: number, name: string) => (i === 0 ? name : '')
  const range = `${alert.expectedLow.toFixed(1)} to ${alert.expectedHigh.toFixed(1)}`
  return [
    ['alert', `${alert.id}, revision ${alert.revision}, ${alert.severity} ${alert.alertKind}`],
    ['key', safeText(alert.key)],
    ['opened', instantText(alert.openedAtMs)],
    ['closed', closedAtMs === null ? 'not yet' : [instantText(closedAtMs), endText(alert)].join('  ').trim()],
    ...heightOf(alert),
    ['window', `${windowText(windowMs)} up to ${instantText(alert.windowEndMs)}`],
    ['counted', `${purchases} purchases, ${items} items, $${(alert.revenueUsdCents / 100).toFixed(2)}`],
    ['expected', `${alert.expected.toFixed(1)}; two of three such windows have ${range}`],
    ['surprise', `${alert.score.toFixed(1)}: ${chanceText(alert.score)}`],
    ['threshold', `${alert.threshold.toFixed(1)}; the highest was ${alert.peakScore.toFixed(1)}`],
    ...topReleases.map((release, i) => [
      rest(i, 'releases'),
      `${partText(release)}  ${safeText(`${release.artistName} – ${release.title}`)}  ${safeText(release.url)}`,
    ]),
    ...topArtists.map((artist, i) => [
      rest(i, 'artists'),
      `${partText(artist)}  ${safeText(artist.artistHost)}`,
    ]),
    ...topCountries.map((part, i) => [rest(i, 'countries'), `${partText(part)}  ${safeText(part.country)}`]),
    ['genre known', `of ${percent(alert.coverage)} of the purchases of six hours`],
    ['market', `${alert.marketRatio.toFixed(1)} times its usual`],
    ['first seen', instantText(alert.firstSeenMs)],
    ...doubtsOf(alert).map((doubt, i) => [rest(i, 'but'), doubt]),
  ]
}

async function namesOf({ subscribers }: PostgresStore): Promise<ReadonlyMap<string, string>> {
  const all = (await subscribers.subscribers()).map(({ id, email }) => [id, email] as const)
  return new Map([...all, [WEBHOOK_SUBSCRIBER, 'the webhook']])
}

function fateOf({ reason, messageState }: DecidedNotice): string {
  if (reason !== null) return `not told: ${WHY_NOT[reason]}`
  return messageState === null ? 'waits for the next message' : `message ${messageState}`
}

export async function explainAlert(request: AlertRequest, id: string): Promise<ExitCode> {
  const { store, output, json } = request
  const alert = await store.alertBook.alert(id)
  if (alert === null) {
    throw new CommandError(EXIT.notFound, `there is no alert ${id}`, 'see bct alerts list')
  }
  const decided = await store.outbox.decidedOn(id)
  const names = await namesOf(store)
  if (json) {
    output.json({
      alert,
      told: decided.map(each => ({ ...each, who: names.get(each.subscriberId) ?? null })),
    })
    return EXIT.ok
  }
  const told = decided.map(notice => [
    names.get(notice.subscriberId) ?? 'somebody who unsubscribed',
    fateOf(notice),
  ])
  output.data(table(explanation(alert)))
  output.data('')
  if (told.length === 0) output.data(NOBODY)
  else output.data(table(told))
  return EXIT.ok
}
