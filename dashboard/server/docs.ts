// /api/docs: the API's description, readable and to try out, from files of our own and with nothing inline.
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { Router } from 'express'
import { openApiDocument } from './openapi.ts'

/** Swagger UI's files, wherever npm put them. */
const ASSETS = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
const FILES = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'] as const

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Bandcamp Tracker API</title>
<link rel="stylesheet" href="/api/docs/swagger-ui.css">
<link rel="icon" href="/api/docs/favicon-32x32.png">
</head>
<body>
<div id="docs"></div>
<script src="/api/docs/swagger-ui-bundle.js"></script>
<script src="/api/docs/start.js"></script>
</body>
</html>
`
const START = `SwaggerUIBundle({
  url: '/api/openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  validatorUrl: null,
})
`

export function docsRouter(): Router {
  const router = Router()
  let document: object | null = null
  router.get('/api/openapi.json', (_req, res) => {
    document ??= openApiDocument()
    res.json(document)
  })
  router.get('/api/docs', (_req, res) => void res.type('html').send(PAGE))
  router.get('/api/docs/start.js', (_req, res) => void res.type('text/javascript').send(START))
  for (const file of FILES) {
    router.get(`/api/docs/${file}`, (_req, res) => res.sendFile(file, { root: ASSETS, maxAge: '1h' }))
  }
  return router
}
