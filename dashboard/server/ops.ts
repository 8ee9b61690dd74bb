// For operators: is the process alive, can it serve, what does it measure.
import { type RequestHandler, Router } from 'express'
import type { Clients } from './clients.ts'
import type { Context } from './context.ts'

/** A history that takes longer than this is as good as gone. */
const READY_WITHIN_MS = 2_000

/** Resolves to true where the task succeeds in time. */
async function succeeds(task: Promise<unknown>, { clock }: Context): Promise<boolean> {
  const late = new AbortController()
  const tooLate = clock.sleep(READY_WITHIN_MS, late.signal).then(() => false)
  const done = await Promise.race([
    task.then(
      () => true,
      () => false,
    ),
    tooLate,
  ])
  late.abort()
  return done
}

/**
 * Ready: the history answers, the log answers, and nobody said stop. A silent feed is told, but is no reason:
 * taking the page away then would hide just what it is there to show.
 */
async function readiness(context: Context) {
  const [history, log] = await Promise.all([
    succeeds(context.history.extent(), context),
    succeeds(context.log.bounds('sales'), context),
  ])
  const { watermarkMs } = context.summaries.extent()
  const draining = context.isDraining()
  return {
    ready: history && log && !draining,
    checks: { history, log, draining },
    watermarkAgeMs: watermarkMs === null ? null : context.clock.nowMs() - watermarkMs,
  }
}

export function opsRouter(context: Context): Router {
  const router = Router()
  router.get('/healthz', (_req, res) => {
    res.set('cache-control', 'no-store').json({ alive: true })
  })
  router.get('/readyz', async (_req, res) => {
    const found = await readiness(context)
    res
      .status(found.ready ? 200 : 503)
      .set('cache-control', 'no-store')
      .json(found)
  })
  const { metrics } = context
  if (metrics !== null) router.get('/metrics', metricsHandler(metrics, context.clients))
  return router
}

const PRIVATE = /^(::ffff:)?(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)|^f[cd]/

/** Measurements are for this machine and its private network, not for the world behind a proxy. */
function metricsHandler(metrics: () => Promise<string>, clients: Clients): RequestHandler {
  return async (req, res) => {
    const isNear = clients.isLocal(req) || PRIVATE.test(req.socket.remoteAddress ?? '')
    if (!isNear || clients.isForwarded(req)) return void res.status(403).end()
    res.type('text/plain; version=0.0.4').set('cache-control', 'no-store')
    res.send(await metrics())
  }
}
