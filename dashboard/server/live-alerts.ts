// The live alerts: those that matter now, in memory, from the alert book and the end of the log.
import type { AlertBook, Clock, EventLog, Telemetry } from '../../infra/ports.ts'
import type { Alert } from '../../schemas/alerts.ts'
import { DAY_MS } from '../../schemas/time.ts'
import { foldAlerts } from '../core/alerts.ts'
import { pauseAfter } from './hub.ts'

/** What a browser is given when it comes: a list for one screen. */
export const MAX_SHOWN_ALERTS = 50
/** Closed ones are news for so long. */
const NEWS_MS = 7 * DAY_MS
/** Held in memory: weeks of alerts, some 4 KB each. */
const MAX_HELD = 500
/** The end of the log that is read at the start: what the alert book may not have yet. */
const TAIL_RECORDS = 200
const READ_RECORDS = 500

export interface LiveAlerts {
  /** Open ones and those opened within a week, newest opened first, `MAX_SHOWN_ALERTS` at most. */
  shown(): readonly Alert[]
  /** Called with each change as it comes in the log; returns how to stop. */
  onAlerts(listener: (alerts: readonly Alert[]) => void): () => void
  close(): Promise<void>
}

export interface LiveAlertsOptions {
  readonly log: EventLog
  readonly book: AlertBook
  /** The feed's time. */
  readonly clock: Clock
  readonly telemetry: Telemetry
}

/** Follows the log until `close`. Rejects where the book or the log does not answer at the start. */
export async function startLiveAlerts(options: LiveAlertsOptions): Promise<LiveAlerts> {
  const { log, book, clock, telemetry } = options
  const stopped = new AbortController()
  const listeners = new Set<(alerts: readonly Alert[]) => void>()
  const read = (await log.bounds('alerts')).map(({ start, end }) => Math.max(start, end - TAIL_RECORDS))
  const all = { fromMs: null, toMs: null, key: null, minSeverity: 'info' } as const
  const held = await Promise.all([
    book.alerts({ ...all, openOnly: true, limit: MAX_SHOWN_ALERTS }),
    book.alerts({ ...all, openOnly: false, limit: MAX_SHOWN_ALERTS }),
  ])
  let standing: readonly Alert[] = foldAlerts(held.flat(), [])

  /** What changed; a record that a crash of `detect` wrote twice, or one read again, is no change. */
  function take(records: readonly Alert[]): readonly Alert[] {
    const before = new Map(standing.map(alert => [alert.id, alert.revision]))
    standing = foldAlerts(standing, records).slice(0, MAX_HELD)
    return standing.filter(alert => alert.revision > (before.get(alert.id) ?? -1))
  }

  async function readOn(): Promise<void> {
    for (let partition = 0; partition < read.length; partition++) {
      for (;;) {
        const { records, firstOffset } = await log.read('alerts', partition, read[partition]!, READ_RECORDS)
        read[partition] = firstOffset + records.length
        const changed = take(records)
        if (changed.length > 0) for (const listener of listeners) listener(changed)
        if (records.length < READ_RECORDS) break
      }
    }
  }

  async function follow(): Promise<void> {
    while (!stopped.signal.aborted) {
      try {
        await log.waitForAppend('alerts', read, stopped.signal)
        if (!stopped.signal.aborted) await readOn()
      } catch (error) {
        await pauseAfter(error, 'dashboard: reading alerts', { clock, telemetry }, stopped.signal)
      }
    }
  }

  await readOn()
  const done = follow()
  return {
    shown() {
      const sinceMs = clock.nowMs() - NEWS_MS
      const news = standing.filter(alert => alert.closedAtMs === null || alert.openedAtMs >= sinceMs)
      return news.slice(0, MAX_SHOWN_ALERTS)
    },
    onAlerts(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async close() {
      stopped.abort()
      await done
    },
  }
}
