// The HTTP side, put together: headers first, then operations, API, documentation, page; problems last.
import express, { type Express } from 'express'
import helmet from 'helmet'
import { html } from '../../schemas/html.ts'
import { alertsRouter } from './alerts.ts'
import { apiRouter } from './api.ts'
import { atomRouter } from './atom.ts'
import type { Context } from './context.ts'
import { docsRouter } from './docs.ts'
import { type Page, sendPage, stylesRouter } from './html.ts'
import { linksRouter } from './links.ts'
import { opsRouter } from './ops.ts'
import { pagesRouter } from './pages.ts'
import { problemHandler, sendProblem } from './problems.ts'
import { reportsRouter } from './reports.ts'
import { contentSecurityPolicy } from './security.ts'
import { signUpRouter } from './sign-up.ts'

const NOTHING_HERE: Page = {
  status: 404,
  title: 'There is nothing here',
  body: html`<p>What there is: <a href="/">what sells now</a>, <a href="/alerts">alerts</a>,
<a href="/reports">reports</a>, and <a href="/api/docs">the API</a>.</p>`,
}

/** Helmet with the policy of this host: `connect-src` names it. */
const headers: express.RequestHandler = (req, res, next) => {
  helmet({
    contentSecurityPolicy: { useDefaults: false, directives: contentSecurityPolicy(req) },
    // Covers come from another site, which does not say that they may be embedded.
    crossOriginEmbedderPolicy: false,
    // On this machine the page is plain http: whether to insist on https is the proxy's to say.
    strictTransportSecurity: false,
    referrerPolicy: { policy: 'no-referrer' },
  })(req, res, next)
}

export function createApp(context: Context): Express {
  const app = express()
  app.disable('x-powered-by')
  app.set('trust proxy', context.clients.trust)
  app.set('query parser', false)
  app.use(headers)
  app.use(opsRouter(context))
  app.use(docsRouter())
  app.use(apiRouter(context))
  app.use(alertsRouter(context))
  app.use(atomRouter(context))
  app.use(reportsRouter(context))
  app.use(signUpRouter(context))
  app.use(linksRouter(context))
  app.use(stylesRouter())
  app.use(pagesRouter(context))
  app.use((req, res) => {
    // Programs ask for anything or for JSON; what puts HTML first is somebody's browser.
    if (req.accepts(['json', 'html']) === 'html') return sendPage(res, NOTHING_HERE)
    sendProblem(res, 404, { code: 'not-found', message: 'There is nothing here. The API is at /api/docs.' })
  })
  app.use(problemHandler(context.telemetry))
  return app
}
