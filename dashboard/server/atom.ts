// The alerts as an Atom feed: filtered as people follow, the same bytes until one changes.
import type { Request } from 'express'
import { Router } from 'express'
import { Feed } from 'feed'
import type { AlertBook } from '../../infra/ports.ts'
import { messageId } from '../../infra/runtime/outbox-message.ts'
import {
  alertTitle,
  atHeight,
  endText,
  expectedText,
  nowText,
  windowText,
} from '../../schemas/alert-words.ts'
import type { Alert } from '../../schemas/alerts.ts'
import { escapeHtml } from '../../schemas/html.ts'
import { type Dimension, keyOf } from '../../schemas/keys.ts'
import { countryLabel } from '../../schemas/names.ts'
import { FOLLOWED_KINDS, type FollowedKind } from '../../schemas/subscriptions.ts'
import { isFollowable, spellKey } from '../../schemas/wishes-schema.ts'
import { alertPath, foldAlerts } from '../core/alerts.ts'
import { API_PATHS } from '../core/query.ts'
import { safeText, safeUrl } from '../core/safe-text.ts'
import { readSeverity } from './alerts.ts'
import { limitPerMinute } from './api.ts'
import type { Context } from './context.ts'
import { BadRequest, readOneOf, readParams } from './params.ts'
import { hostOf } from './security.ts'

const ENTRIES = 50
/** A kind is looked for among so many. */
const LOOKED_AT = 400
const REQUESTS_PER_MINUTE = 60
const CACHE = 'public, max-age=60'
const KEY_PARAMS = ['genre', 'artist', 'country', 'tag', 'format'] as const satisfies readonly Dimension[]
const TOP_RELEASES = 3

interface Asked {
  readonly keys: readonly string[]
  readonly kind: FollowedKind | null
  readonly minSeverity: Alert['severity']
}

function readAsked(url: string): Asked {
  const params = readParams(url, [...KEY_PARAMS, 'kind', 'minSeverity'])
  const keys = KEY_PARAMS.flatMap(name => {
    const value = params.get(name)
    if (value === null) return []
    const key = spellKey(keyOf(name, value))
    if (!isFollowable(key)) throw new BadRequest(name, `${name} is not written as in the filters of the page`)
    return [key]
  })
  return { keys, kind: readOneOf(params, 'kind', FOLLOWED_KINDS), minSeverity: readSeverity(params) }
}

/** Whether the feed is silent is for the operator; the market goes with rises and drops. */
const isOfKind = (alert: Alert, kind: FollowedKind | null): boolean =>
  alert.alertKind !== 'feed-silent' &&
  (kind === null || alert.alertKind === kind || alert.alertKind === `market-${kind}`)

async function alertsFor(book: AlertBook, { keys, kind, minSeverity }: Asked): Promise<readonly Alert[]> {
  const query = { fromMs: null, toMs: null, minSeverity, openOnly: false, limit: LOOKED_AT }
  const asked = keys.length === 0 ? [null] : keys
  const found = await Promise.all(asked.map(key => book.alerts({ ...query, key })))
  const fit = found.flat().filter(alert => isOfKind(alert, kind))
  return foldAlerts(fit, []).slice(0, ENTRIES)
}

/** A URN made from the name: the same in every feed of every server. */
const urnOf = (name: string): string => `urn:uuid:${messageId(`bandcamp-tracker ${name}`)}`

/** U+FFFE and U+FFFF are in no XML. */
const xmlText = (text: string): string => safeText(text).replace(/[\ufffe\uffff]/g, '\ufffd')
const html = (text: string): string => escapeHtml(xmlText(text))

function releaseHtml({ url, artistName, title, purchases }: Alert['topReleases'][number]): string {
  const name = html([title, artistName].filter(text => text !== '').join(' — ') || url)
  const href = safeUrl(url)
  const shown = href === null ? name : `<a href="${escapeHtml(href)}">${name}</a>`
  return `<li><bdi>${shown}</bdi>: ${purchases}</li>`
}

function stateText(alert: Alert): string {
  const { state, closedAtMs } = alert
  const now = nowText(alert)
  if (closedAtMs === null) return `${state} and still open${now === '' ? '' : `, now ${now}`}`
  const end = endText(alert)
  return `over since ${new Date(closedAtMs).toISOString()}${end === '' ? '' : `, ${end}`}`
}

/** What a reader of feeds sees: the same facts as in the mail, without pictures. */
function contentOf(alert: Alert): string {
  const { topReleases, topCountries, severity } = alert
  const height = atHeight(alert)
  const { purchases, windowMs, windowEndMs } = height
  const until = new Date(windowEndMs).toISOString().slice(0, 16).replace('T', ' ')
  const countries = topCountries.map(
    ({ country, share }) => `${countryLabel(country)} ${Math.round(share * 100)}%`,
  )
  const releases = topReleases.slice(0, TOP_RELEASES).map(releaseHtml)
  return [
    `<p>${html(`${purchases} purchases in the ${windowText(windowMs)} before ${until} UTC; usual are ${expectedText(height)}.`)}</p>`,
    releases.length === 0 ? '' : `<ul>${releases.join('')}</ul>`,
    countries.length === 0 ? '' : `<p>${html(`Buyers: ${countries.join(' · ')}`)}</p>`,
    alert.partial ? '<p>The feed had a gap there: the true counts may be higher.</p>' : '',
    `<p>${html(`Severity ${severity}; ${stateText(alert)}.`)}</p>`,
  ].join('')
}

function feedOf(alerts: readonly Alert[], base: string, query: string): { xml: string; changedMs: number } {
  const changedMs = Math.max(0, ...alerts.map(alert => alert.atMs))
  const self = `${base}${API_PATHS.alertsFeed}${query}`
  const feed = new Feed({
    id: urnOf(`feed ${query}`),
    title: 'Bandcamp Tracker: alerts',
    description: 'What really moves on Bandcamp. Observed sales of the public feed.',
    link: `${base}/alerts`,
    feed: self,
    updated: new Date(changedMs),
    generator: 'Bandcamp Tracker',
    copyright: 'Names and covers belong to their artists',
    author: { name: 'Bandcamp Tracker' },
  })
  for (const alert of alerts) {
    feed.addItem({
      id: urnOf(`alert ${alert.id}`),
      title: html(alertTitle(alert)),
      link: `${base}${alertPath(alert)}`,
      date: new Date(alert.atMs),
      published: new Date(alert.openedAtMs),
      content: contentOf(alert),
      category: [{ term: alert.alertKind }, { term: alert.severity }],
    })
  }
  return { xml: feed.atom1(), changedMs }
}

/** The address under which the asker knows us. */
function baseOf(req: Request, publicUrl: string | null): string {
  return publicUrl ?? `http://${hostOf(req) ?? 'localhost'}`
}

export function atomRouter({ alerts: book, publicUrl, clients }: Context): Router {
  const router = Router()
  if (book === null) return router
  router.get(API_PATHS.alertsFeed, limitPerMinute(REQUESTS_PER_MINUTE, clients), async (req, res) => {
    const asked = readAsked(req.originalUrl)
    const { search } = new URL(req.originalUrl, 'http://localhost')
    const { xml, changedMs } = feedOf(await alertsFor(book, asked), baseOf(req, publicUrl), search)
    res.set('cache-control', CACHE).set('last-modified', new Date(changedMs).toUTCString())
    // The tag is made, and compared with what the reader has, when it is sent.
    res.type('application/atom+xml; charset=utf-8').send(xml)
  })
  return router
}
