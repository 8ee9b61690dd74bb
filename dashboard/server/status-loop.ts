// The status as everybody gets it: read once a second at most, sent when it changes.
import type { Clock, Telemetry } from '../../infra/ports.ts'
import type { Status } from '../core/api.ts'
import type { Sockets } from './sockets.ts'

/** A status this old is read again. */
export const STATUS_MS = 1_000
/** Mail and reports are counted in the store, and move slowly. */
export const SLOW_STATUS_MS = 10_000
/** Sent at least this often, so that a page can tell silence from a broken line. */
const STATUS_EVERY_MS = 5_000

/** One reading for everybody who asks within `maxAgeMs`. */
export function share<T>(clock: Clock, maxAgeMs: number, read: () => Promise<T>): () => Promise<T> {
  let atMs = Number.NEGATIVE_INFINITY
  let held: Promise<T> | null = null
  return () => {
    const nowMs = clock.nowMs()
    if (held === null || Math.abs(nowMs - atMs) >= maxAgeMs) {
      const asked = read()
      asked.catch(() => {
        if (held === asked) held = null
      })
      atMs = nowMs
      held = asked
    }
    return held
  }
}

/** What makes a status worth sending before its time. */
const newsOf = (s: Status): string =>
  JSON.stringify([s.mode, s.modeReason, s.state, s.watermarkMs, s.historyProgress])

export interface StatusSource {
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly status: () => Promise<Status>
}

/** Sends the status when it changes, and every few seconds. */
export async function broadcastStatus(
  sockets: Sockets,
  { clock, telemetry, status }: StatusSource,
  signal: AbortSignal,
): Promise<void> {
  let sentAtMs = Number.NEGATIVE_INFINITY
  let news = ''
  while (!signal.aborted) {
    try {
      const now = await status()
      if (newsOf(now) !== news || now.nowMs - sentAtMs >= STATUS_EVERY_MS) {
        sockets.sendStatus(now)
        sentAtMs = now.nowMs
        news = newsOf(now)
      }
    } catch (error) {
      telemetry.warn('dashboard: reading the status failed', { err: error })
    }
    await clock.sleep(STATUS_MS, signal)
  }
}
