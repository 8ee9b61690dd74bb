// One alert as sentences: what moved, how far from usual, how sure, and what stands behind it.
import {
  alertName,
  atHeight,
  endText as endedAtText,
  isPastHeight,
  nowText,
} from '../../../schemas/alert-words.ts'
import { type Alert, EVIDENCE_MS } from '../../../schemas/alerts.ts'
import { countryLabel } from '../../../schemas/names.ts'
import { safeUrl } from '../../../schemas/safe-text.ts'
import { MAX_SUBJECT_CHARS } from '../../../schemas/subscriptions.ts'
import { DAY_MS, HOUR_MS } from '../../../schemas/time.ts'
import type { FactRow, LineRow, ReleaseRow } from './blocks.ts'
import {
  agoText,
  clockText,
  countText,
  dateText,
  dayText,
  factorText,
  isDrop,
  lengthText,
  markOf,
  nameText,
  purchasesText,
  shareText,
  toneOf,
  usdText,
} from './words.ts'

export const MAX_NAME_CHARS = 60
const MAX_TITLE_CHARS = 80
/** A subject keeps this much for the name; where the numbers need more, the count is left to the body. */
const MIN_NAME_CHARS = 12
/** Longer addresses are no pages of Bandcamp's, and mail programs cut them. */
const MAX_URL_CHARS = 500
const SHOWN_RELEASES = 3
const SHOWN_COUNTRIES = 3
const EVIDENCE_HOURS = EVIDENCE_MS / HOUR_MS
/** From this share on one country leads. */
const LEADING_SHARE = 0.4
/** From this share on one release, or one artist, is most of it. */
const CONCENTRATED_SHARE = 0.3

/** As seller or slug write it; never empty. */
export const nameOf = (alert: Alert, maxChars: number = MAX_NAME_CHARS): string =>
  nameText(alertName(alert), maxChars) || 'Something'

const expectedText = ({ expectedLow, expectedHigh }: Alert): string => {
  const [low, high] = [countText(expectedLow), countText(expectedHigh)]
  return low === high ? low : `${low}–${high}`
}

/** "this hour", "in 6 h". */
const whenText = ({ windowMs }: Alert): string =>
  windowMs === HOUR_MS ? 'this hour' : `in ${lengthText(windowMs)}`

/** "up 3.1×", "down to 0.3×", "emerging". */
function verbText(alert: Alert): string {
  if (alert.alertKind === 'feed-silent') return 'shows no sales'
  if (alert.alertKind === 'emerging') return 'emerging'
  const factor = factorText(alert)
  if (isDrop(alert.alertKind)) return factor === '' ? 'down' : `down to ${factor}`
  return factor === '' ? 'up' : `up ${factor}`
}

const placeAdjective = ({ topCountries, dimension }: Alert): string => {
  const leader = topCountries[0]
  if (dimension === 'country' || leader === undefined || leader.share < LEADING_SHARE) return ''
  return leader.country === 'unknown' ? '' : `, ${countryLabel(leader.country)}-led`
}

/** "Dub techno up 3.1× this hour (64 purchases), Germany-led": the name is cut where 60 characters end. */
export function subjectOf(alert: Alert): string {
  const what = ` ${verbText(alert)} ${whenText(alert)}`
  const counted = `${what} (${purchasesText(alert.purchases)})`
  const rest = counted.length <= MAX_SUBJECT_CHARS - MIN_NAME_CHARS ? counted : what
  const subject = nameOf(alert, MAX_SUBJECT_CHARS - rest.length) + rest
  const longer = subject + placeAdjective(alert)
  return longer.length <= MAX_SUBJECT_CHARS ? longer : subject
}

/** "64 purchases in 1 h, usual is 15–28": the number against what was expected. */
export const numberText = (alert: Alert): string =>
  `${purchasesText(alert.purchases)} in ${lengthText(alert.windowMs)}, usual is ${expectedText(alert)}`

/** "111 purchases in 1 h, usual is 15–28 · now 40 in 1 h": the number at its height, and now where less. */
export function leadText(told: Alert): string {
  const now = nowText(told)
  return `${numberText(atHeight(told))}${now === '' ? '' : ` · now ${now}`}`
}

/** "Usual for this hour is 15–28. One release is 22%. 41% from Germany." */
export function secondFact(alert: Alert): string {
  const [release, country] = [alert.topReleases[0], alert.topCountries[0]]
  const place =
    country !== undefined && alert.dimension !== 'country' && country.country !== 'unknown'
      ? ` ${shareText(country.share)} from ${countryLabel(country.country)}.`
      : ''
  const one = release === undefined ? '' : ` One release is ${shareText(release.share)}.`
  return `Usual is ${expectedText(alert)}.${one}${place}`
}

/** An address that a letter may name: https, and not longer than mail programs bear. */
function addressOf(text: string | null): string | null {
  const url = safeUrl(text)
  return url !== null && url.length <= MAX_URL_CHARS ? url : null
}

/** Whoever opens a letter tells the host of its pictures: Bandcamp's own alone. */
function coverOf(text: string | null): string | null {
  const url = addressOf(text)
  return url !== null && new URL(url).host.endsWith('.bcbits.com') ? url : null
}

/** `isReal`: what is made up has neither a page nor a cover to ask for. */
export function releaseRows({ topReleases }: Alert, isReal: boolean): readonly ReleaseRow[] {
  return topReleases.slice(0, SHOWN_RELEASES).map(({ title, artistName, url, artUrl, purchases, share }) => ({
    title: nameText(title, MAX_TITLE_CHARS) || 'A release',
    artist: nameText(artistName, MAX_NAME_CHARS) || 'Artist unknown',
    detail: `${purchasesText(purchases)} · ${shareText(share)}`,
    href: isReal ? addressOf(url) : null,
    coverUrl: isReal ? coverOf(artUrl) : null,
  }))
}

/** "One release is 58% of it."; empty where no one is. */
export function concentrationText({ topReleases, topArtists, dimension }: Alert): string {
  const [release, artist] = [topReleases[0], topArtists[0]]
  if (release !== undefined && release.share >= CONCENTRATED_SHARE && dimension !== 'item') {
    return `One release is ${shareText(release.share)} of it.`
  }
  if (artist !== undefined && artist.share >= CONCENTRATED_SHARE && dimension !== 'artist') {
    return `One artist, ${nameText(artist.artistHost, MAX_NAME_CHARS)}, is ${shareText(artist.share)} of it.`
  }
  if (release === undefined) return ''
  return `No single release is more than ${shareText(release.share)} of it.`
}

/** "Germany 41% · Japan 12% · United Kingdom 11%": where buyers are. */
export const whereText = ({ topCountries }: Alert): string =>
  topCountries
    .slice(0, SHOWN_COUNTRIES)
    .map(({ country, share }) => `${countryLabel(country)} ${shareText(share)}`)
    .join(' · ')

/** What a reader must know to judge the number, as sentences with what they are about. */
export function contextOf(alert: Alert, zone: string): readonly FactRow[] {
  const { isFrenzy, marketRatio, learningDay, partial, alertKind } = alert
  const notes: FactRow[] = []
  const note = (label: string, text: string) => notes.push({ label, text })
  if (alertKind === 'emerging') {
    const since = dateText(alert.firstSeenMs, zone)
    note('New', `First seen ${since}: new to us, not necessarily new.`)
  }
  if (isFrenzy) {
    const runs = `The whole market runs at ${marketRatio.toFixed(1)}× its usual level: a Bandcamp Friday, most likely.`
    // The market's own usual is that of the hour of the week, Friday or not.
    note('Market', alert.dimension === 'all' ? runs : `${runs} What is usual allows for that.`)
  }
  if (partial) note('Feed', 'A gap touches this window: the counts are a lower bound.')
  else if (isDrop(alertKind)) note('Feed', 'The feed is healthy: there is no gap in this window.')
  if (learningDay !== null) {
    note('Usual', `Learning, day ${learningDay} of 21: what is usual is not known well yet.`)
  }
  return notes
}

/**
 * "64 purchases (checkouts) of 81 items for $612". Of a longer window than is remembered the items, the money
 * and what else stands behind it are those of its end.
 */
export function sizeText(alert: Alert): string {
  const { purchases, items, revenueUsdCents, windowMs } = alert
  const bought = `${items === 1 ? '1 item' : `${countText(items)} items`} for ${usdText(revenueUsdCents)}`
  const checkouts = `${purchasesText(purchases)} (checkouts)`
  const within = isPastHeight(alert) ? ` in ${lengthText(windowMs)}` : ''
  return windowMs <= EVIDENCE_MS
    ? `${checkouts} of ${bought}${within}`
    : `${checkouts} in ${lengthText(windowMs)}. What stands behind them is counted over the last ${EVIDENCE_HOURS} h: ${bought}.`
}

/** How an alert ended: "over since Sun 22 Nov, 16:10, after 2 h, back to 18 in 1 h". */
function endText(alert: Alert, zone: string): string {
  const { closedAtMs, openedAtMs } = alert
  if (closedAtMs === null) return 'over'
  const lasted = closedAtMs - openedAtMs
  const how = endedAtText(alert)
  const when = `${dayText(closedAtMs, zone)}, ${clockText(closedAtMs, zone)}, after ${agoText(lasted)}`
  return `over since ${when}${how === '' ? '' : `, ${how}`}`
}

/** One line of a digest or a group. */
export function lineOf(told: Alert, zone: string, href: string): LineRow {
  const alert = atHeight(told)
  const { alertKind, openedAtMs, closedAtMs } = alert
  const now = nowText(told)
  const since = `since ${dayText(openedAtMs, zone)}, ${clockText(openedAtMs, zone)}`
  const opened = now === '' ? since : `now ${now} · ${since}`
  const isOver = closedAtMs !== null
  return {
    mark: markOf(alertKind),
    tone: toneOf(alertKind),
    text: `${nameOf(alert)} ${verbText(alert)} ${whenText(alert)}`,
    note: `${numberText(alert)} · ${isOver ? endText(alert, zone) : opened}`,
    href,
    isOver,
  }
}

/** Where a letter speaks of several, the strongest comes first; ties by id. */
export function byStrength(a: Alert, b: Alert): number {
  return b.peakScore / b.threshold - a.peakScore / a.threshold || (a.id < b.id ? -1 : 1)
}

/** Alerts older than this at sending are no news; the letter says how old its numbers are. */
export const MAX_DELAY_SHOWN_MS = 7 * DAY_MS
