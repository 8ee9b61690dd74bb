// The HTTP API: one handler per path, strict in what it reads, answering in the schemas of core/api.ts.
import { type RequestHandler, Router } from 'express'
import { rateLimit } from 'express-rate-limit'
import type { SalesPage, SearchResults, View } from '../core/api.ts'
import { formatCursor, formatPagePlace } from '../core/cursor.ts'
import { foldItems } from '../core/items.ts'
import { API_PATHS } from '../core/query.ts'
import { byClient, type Clients } from './clients.ts'
import type { Context } from './context.ts'
import { sendExport } from './export.ts'
import {
  BadRequest,
  FILTER_PARAMS,
  readInteger,
  readParams,
  readPlace,
  readView,
  VIEW_PARAMS,
} from './params.ts'
import { sendProblem } from './problems.ts'
import { searchAll } from './search.ts'

/** Rows of the ticker at first paint. */
const RECENT_ITEMS = 60
const SALES_PAGE = { min: 1, max: 200, byDefault: 50 } as const
const MAX_SEARCH_LENGTH = 100
const WINDOW_MS = 60_000
/** A page asks a few times a minute; a script may ask ten times a second. */
const REQUESTS_PER_MINUTE = 600
/** An export reads a hundred pages of the history. */
const EXPORTS_PER_MINUTE = 6
/** This machine's own tools and measurements. */
const LOOPBACK_FACTOR = 1_000

/** Per client; this machine's own tools may ask far more. */
export function limitPerMinute(limit: number, clients: Clients): RequestHandler {
  return rateLimit({
    windowMs: WINDOW_MS,
    ...byClient(clients),
    limit: req => (clients.isLocal(req) ? limit * LOOPBACK_FACTOR : limit),
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    handler: (_req, res) => {
      const message = `More than ${limit} requests a minute from your address; wait as Retry-After says.`
      sendProblem(res, 429, { code: 'too-many-requests', message })
    },
  })
}

/** The snapshot: whatever the history knows beyond its cursor comes again and replaces itself. */
async function viewOf({ hub, summaries, status, scope }: Context, url: string): Promise<View> {
  const query = readView(readParams(url, VIEW_PARAMS))
  const [summary, now, older] = await Promise.all([
    summaries.summary(query),
    status(),
    summaries.recent(query.filter, RECENT_ITEMS),
  ])
  // Memory and cursor are read in one go: the cursor says exactly what memory has shown.
  const cursor = formatCursor(scope(), hub.end())
  const recent = foldItems(older, hub.newest(query.filter, RECENT_ITEMS), RECENT_ITEMS)
  return { summary, recent: recent.map(item => ({ ...item, tags: [...item.tags] })), cursor, status: now }
}

async function salesOf({ history, presentation }: Context, url: string): Promise<SalesPage> {
  const params = readParams(url, [...FILTER_PARAMS, 'limit', 'before'])
  const limit = readInteger(params, 'limit', SALES_PAGE)
  const { filter } = readView(params)
  const items = await history.recent(filter, limit, readPlace(params))
  const last = items.length < limit ? undefined : items.at(-1)
  return {
    items: items.map(presentation.item).map(item => ({ ...item, tags: [...item.tags] })),
    next: last === undefined ? null : formatPagePlace(last),
  }
}

async function searchOf({ history, summaries }: Context, url: string): Promise<SearchResults> {
  const text = readParams(url, ['q']).get('q')
  if (text === null) throw new BadRequest('q', 'q is missing; give the first letters of a name')
  if (text.length > MAX_SEARCH_LENGTH) throw new BadRequest('q', `q may be ${MAX_SEARCH_LENGTH} characters`)
  return { hits: [...(await searchAll(history, summaries, text))] }
}

/** An answer in JSON; the ETag lets an unchanged one go unsent. */
function answer(ask: (url: string) => Promise<object>): RequestHandler {
  return async (req, res) => {
    const body = await ask(req.originalUrl)
    res.set('cache-control', 'no-cache').json(body)
  }
}

export function apiRouter(context: Context): Router {
  const { history, summaries, presentation, clock, status, clients } = context
  const router = Router()
  const exportAs = (kind: 'csv' | 'json'): RequestHandler => {
    return async (req, res) => {
      const query = readView(readParams(req.originalUrl, VIEW_PARAMS))
      const options = { history, query, extent: summaries.extent(), nowMs: clock.nowMs() }
      await sendExport(res, kind, { ...options, present: presentation.item })
    }
  }
  router.use('/api', limitPerMinute(REQUESTS_PER_MINUTE, clients))
  router.get(
    API_PATHS.view,
    answer(url => viewOf(context, url)),
  )
  router.get(
    API_PATHS.summary,
    answer(async url => summaries.summary(readView(readParams(url, VIEW_PARAMS)))),
  )
  router.get(
    API_PATHS.status,
    answer(async url => {
      readParams(url, [])
      return status()
    }),
  )
  router.get(
    API_PATHS.search,
    answer(url => searchOf(context, url)),
  )
  router.get(
    API_PATHS.sales,
    answer(url => salesOf(context, url)),
  )
  const exports = limitPerMinute(EXPORTS_PER_MINUTE, clients)
  router.get(`${API_PATHS.export}.csv`, exports, exportAs('csv'))
  router.get(`${API_PATHS.export}.json`, exports, exportAs('json'))
  return router
}
