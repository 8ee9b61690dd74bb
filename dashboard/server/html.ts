// The frame of the few pages that the server writes itself.
import { type Response, Router } from 'express'
import { type Html, html } from '../../schemas/html.ts'
import { LINKS_CSS } from './links-css.ts'

export interface Page {
  readonly status: number
  readonly title: string
  readonly body: Html
}

/** Nothing but our own style sheet and pictures; forms go to us; nobody frames it. */
const POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

/** The page without a script; it is not kept, not found by search engines, and tells nobody its address. */
export function sendPage(res: Response, { status, title, body }: Page): void {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex, nofollow">
<title>${title} · Bandcamp Tracker</title>
<link rel="stylesheet" href="/links.css">
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
</head>
<body>
<main>
<p class="brand"><a href="/">Bandcamp Tracker</a></p>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`
  res.status(status).set({
    'content-security-policy': POLICY,
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    'x-robots-tag': 'noindex, nofollow',
  })
  res.type('html').send(page.markup)
}

export function stylesRouter(): Router {
  const router = Router()
  router.get('/links.css', (_req, res) => {
    res.set('cache-control', 'public, max-age=3600').type('css').send(LINKS_CSS)
  })
  return router
}
