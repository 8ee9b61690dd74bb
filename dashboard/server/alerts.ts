// The alerts over HTTP: pages of them, one by id, and a CSV.
import { type RequestHandler, Router } from 'express'
import type { AlertBook, AlertQuery } from '../../infra/ports.ts'
import { type Alert, type AlertKind, SEVERITIES, type Severity } from '../../schemas/alerts.ts'
import { csvLine } from '../../schemas/csv.ts'
import { FOLLOWED_KINDS, type FollowedKind } from '../../schemas/subscriptions.ts'
import { presentAlert } from '../core/alerts.ts'
import type { AlertsPage, ApiAlert } from '../core/api-alerts.ts'
import { API_PATHS } from '../core/query.ts'
import type { Context } from './context.ts'
import { BadRequest, readInteger, readOneOf, readParams, readTime } from './params.ts'
import { sendProblem } from './problems.ts'

const ALERT_PARAMS = ['from', 'to', 'key', 'kind', 'minSeverity', 'open', 'limit']
const PAGE = { min: 1, max: 200, byDefault: 50 } as const
/** Years of alerts, at the rate they should come. */
const CSV_ROWS = { min: 1, max: 1_000, byDefault: 1_000 } as const
/** Longer than any tag or host. */
const MAX_KEY_LENGTH = 700

const KINDS: Readonly<Record<FollowedKind, readonly AlertKind[]>> = {
  rise: ['rise', 'market-rise'],
  drop: ['drop', 'market-drop'],
  emerging: ['emerging'],
}

export function readSeverity(params: URLSearchParams): Severity {
  return readOneOf(params, 'minSeverity', SEVERITIES) ?? 'info'
}

function readQuery(url: string, limits: typeof PAGE | typeof CSV_ROWS): AlertQuery {
  const params = readParams(url, ALERT_PARAMS)
  const key = params.get('key')
  if (key !== null && key.length > MAX_KEY_LENGTH) throw new BadRequest('key', 'key must be as genre:techno')
  const kind = readOneOf(params, 'kind', FOLLOWED_KINDS)
  return {
    ...(kind === null ? {} : { kinds: KINDS[kind] }),
    fromMs: readTime(params, 'from'),
    toMs: readTime(params, 'to'),
    key,
    minSeverity: readSeverity(params),
    openOnly: readOneOf(params, 'open', ['true', 'false']) === 'true',
    limit: readInteger(params, 'limit', limits),
  }
}

/**
 * A page ends between two opening times, so that `to` alone says where the next one begins: several alerts
 * may open at one moment. One alert more than asked for tells whether there is another page.
 */
export async function alertsPage(
  book: AlertBook,
  query: AlertQuery,
): Promise<{ readonly alerts: readonly Alert[]; readonly nextToMs: number | null }> {
  const found = await book.alerts({ ...query, limit: query.limit + 1 })
  const behind = found[query.limit]
  if (behind === undefined) return { alerts: found, nextToMs: null }
  const whole = found.filter(alert => alert.openedAtMs > behind.openedAtMs)
  if (whole.length > 0) return { alerts: whole, nextToMs: behind.openedAtMs + 1 }
  const { openedAtMs } = behind
  const moment = { ...query, fromMs: openedAtMs, toMs: openedAtMs + 1, limit: CSV_ROWS.max }
  return { alerts: await book.alerts(moment), nextToMs: openedAtMs }
}

async function pageOf(
  book: AlertBook,
  present: (alert: Alert) => ApiAlert,
  url: string,
): Promise<AlertsPage> {
  const { alerts, nextToMs } = await alertsPage(book, readQuery(url, PAGE))
  const next = nextToMs === null ? null : new Date(nextToMs).toISOString()
  return { alerts: alerts.map(present), next }
}

const CSV_HEAD = [
  ...[
    'id',
    'opened_at',
    'closed_at',
    'kind',
    'key',
    'name',
    'severity',
    'state',
    'window_minutes',
    'window_end',
  ],
  ...['purchases', 'expected', 'expected_low', 'expected_high', 'score', 'peak_score', 'items', 'units'],
  ...['revenue_usd_cents', 'coverage', 'partial', 'top_release'],
]

const timeCell = (timeMs: number | null): string | null =>
  timeMs === null ? null : new Date(timeMs).toISOString()

function csvRow(alert: ApiAlert): string {
  const { id, openedAtMs, closedAtMs, alertKind, key, label, severity, state, windowMs, windowEndMs } = alert
  return csvLine([
    ...[id, timeCell(openedAtMs), timeCell(closedAtMs), alertKind, key, label, severity, state],
    ...[windowMs / 60_000, timeCell(windowEndMs), alert.purchases, alert.expected, alert.expectedLow],
    ...[alert.expectedHigh, alert.score, alert.peakScore, alert.items, alert.units, alert.revenueUsdCents],
    ...[alert.coverage, String(alert.partial), alert.topReleases[0]?.url ?? null],
  ])
}

export function alertsRouter({ alerts: book, presentation }: Context): Router {
  const router = Router()
  if (book === null) return router
  const present = (alert: Alert): ApiAlert => presentAlert(alert, presentation.art)
  const sendCsv: RequestHandler = async (req, res) => {
    const alerts = await book.alerts(readQuery(req.originalUrl, CSV_ROWS))
    res.set('cache-control', 'no-store').attachment('bandcamp-alerts.csv').type('text/csv; charset=utf-8')
    res.send(`\ufeff${csvLine(CSV_HEAD)}${alerts.map(alert => csvRow(present(alert))).join('')}`)
  }
  router.get(API_PATHS.alerts, async (req, res) => {
    res.set('cache-control', 'no-cache').json(await pageOf(book, present, req.originalUrl))
  })
  router.get(`${API_PATHS.alerts}.csv`, sendCsv)
  router.get(`${API_PATHS.alerts}/:id`, async (req, res) => {
    readParams(req.originalUrl, [])
    const { id } = req.params
    const alert = /^[0-9a-f]{16}$/.test(id) ? await book.alert(id) : null
    if (alert !== null) return void res.set('cache-control', 'no-cache').json(present(alert))
    sendProblem(res, 404, { code: 'no-alert', message: 'There is no alert with this id.' })
  })
  return router
}
