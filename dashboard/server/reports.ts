// The archive of reports over HTTP: which days there are, and their files.
import { type Response, Router } from 'express'
import { API_PATHS } from '../core/query.ts'
import type { Context } from './context.ts'
import { readParams } from './params.ts'
import { sendProblem } from './problems.ts'

/** `reports/daily/2026/11/2026-11-21.v1.pdf`: nothing else is ever looked for. */
const FILE = /^reports\/daily\/(\d{4})\/(\d\d)\/(\1-\2-\d\d\.v\d{1,4}\.(pdf|html|csv|json))$/

const TYPES = {
  pdf: 'application/pdf',
  html: 'text/html; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
  json: 'application/json; charset=utf-8',
} as const

/** A report opened by itself is a document with sellers' texts: it runs nothing and asks for nothing. */
const HTML_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data: https://f4.bcbits.com; font-src data:; sandbox allow-popups"

/** A version of a report never changes; whoever may read it today may not tomorrow. */
const CACHE = 'private, max-age=3600, immutable'

function sendFile(res: Response, name: string, kind: keyof typeof TYPES, content: Uint8Array): void {
  const isShown = kind === 'pdf' || kind === 'html'
  if (kind === 'html') res.set('content-security-policy', HTML_POLICY)
  res.set({
    'cache-control': CACHE,
    'content-type': TYPES[kind],
    'content-disposition': `${isShown ? 'inline' : 'attachment'}; filename="bandcamp-${name}"`,
  })
  res.send(Buffer.from(content))
}

export function reportsRouter({ reports }: Context): Router {
  const router = Router()
  if (reports === null) return router
  router.get(API_PATHS.reports, async (req, res) => {
    readParams(req.originalUrl, [])
    res.set('cache-control', 'no-cache').json(await reports.list())
  })
  router.get(`${API_PATHS.reportFiles}/*path`, async (req, res) => {
    const [path, , , name, kind] = FILE.exec((req.params.path as unknown as string[]).join('/')) ?? []
    const content = path === undefined ? null : await reports.file(path)
    if (content === null || name === undefined) {
      return sendProblem(res, 404, { code: 'no-report', message: 'There is no such report; see /reports.' })
    }
    sendFile(res, name, kind as keyof typeof TYPES, content)
  })
  return router
}
