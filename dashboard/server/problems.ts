// Refusals and failures as the API tells them: a status code, and what to do.
import type { ErrorRequestHandler, Response } from 'express'
import { OutageError, type Telemetry, TooWideError } from '../../infra/ports.ts'
import type { Problem } from '../core/api.ts'
import { BadRequest } from './params.ts'

const RETRY_SECONDS = 5

export function sendProblem(res: Response, status: number, problem: Problem['error']): void {
  res.status(status).set('cache-control', 'no-store').json({ error: problem })
}

/** The last handler: bad questions are explained, outages are said to pass, bugs are logged and not shown. */
export function problemHandler(telemetry: Telemetry): ErrorRequestHandler {
  return (error, req, res, next) => {
    if (res.headersSent) {
      telemetry.warn('dashboard: an answer broke off', { path: req.path, err: error })
      return next(error)
    }
    if (error instanceof BadRequest) {
      const { parameter, message } = error
      return sendProblem(res, 400, { code: 'bad-query', message, parameter })
    }
    if (error instanceof TooWideError) {
      return sendProblem(res, 400, { code: 'too-wide', message: error.message })
    }
    if (error instanceof OutageError) {
      res.set('retry-after', String(RETRY_SECONDS))
      const message = 'The history does not answer just now; live sales go on. Try again in a few seconds.'
      return sendProblem(res, 503, { code: 'history-unavailable', message })
    }
    // Express's own refusals, such as a path that cannot be decoded.
    const { status } = error as { readonly status?: unknown }
    if (typeof status === 'number' && status >= 400 && status < 500) {
      return sendProblem(res, status, { code: 'bad-request', message: 'The request cannot be understood.' })
    }
    telemetry.warn('dashboard: a request failed', { path: req.path, err: error })
    const message = 'Something is wrong on our side; it has been logged.'
    return sendProblem(res, 500, { code: 'internal', message })
  }
}
