// What browsers load besides the API: the built page, covers of the simulated world, nothing else.
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import express, { Router } from 'express'
import type { Context } from './context.ts'
import { artUrlOf } from './covers.ts'
import { sendProblem } from './problems.ts'

const COVER_MAX_AGE = 'public, max-age=86400, immutable'
const NOT_BUILT = `The page is not built: run "npm run build:web". The API is at /api/docs.\n`

function coversRouter({ artwork }: Context): Router {
  const router = Router()
  if (artwork === null) return router
  router.get('/covers/:file', (req, res) => {
    const name = /^(\w{1,40})\.svg$/.exec(req.params.file)?.[1]
    const svg = name === undefined ? null : artwork(artUrlOf(name))
    if (svg === null) return sendProblem(res, 404, { code: 'no-cover', message: 'There is no such cover.' })
    // A picture opened by itself is a document: it may do nothing.
    res.set('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; sandbox")
    res.set('cache-control', COVER_MAX_AGE).type('image/svg+xml').send(svg)
  })
  return router
}

/** Files with a hash in their name never change; the page that names them is always asked for again. */
export function pagesRouter(context: Context): Router {
  const router = Router()
  router.use(coversRouter(context))
  const dir = context.webDir === null ? null : resolve(context.webDir)
  const page = dir === null ? null : join(dir, 'index.html')
  if (dir === null || page === null || !existsSync(page)) {
    router.get('/', (_req, res) => void res.type('text/plain').send(NOT_BUILT))
    return router
  }
  router.use(
    '/assets',
    express.static(join(dir, 'assets'), { immutable: true, maxAge: '1y', index: false, fallthrough: true }),
  )
  const sendPage: express.RequestHandler = (_req, res) => {
    res.set('cache-control', 'no-store').sendFile(page, { cacheControl: false })
  }
  router.get(['/', '/index.html', '/alerts', '/emerging', '/reports', '/reports/:day'], sendPage)
  router.use(express.static(dir, { index: false, cacheControl: true, maxAge: '1h' }))
  return router
}
