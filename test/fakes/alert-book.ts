// The alerts as they stand, and what is muted for all, in memory.
import type { AlertBook, AlertQuery, GlobalMutes } from '../../infra/ports.ts'
import { type Alert, SEVERITIES } from '../../schemas/alerts.ts'
import type { Mute } from '../../schemas/subscriptions.ts'

export interface FakeAlertBook extends AlertBook {
  /** What the store-writer does: the highest revision holds. */
  put(alerts: readonly Alert[]): void
  /** The highest revision, at once. */
  standing(id: string): Alert | undefined
}

function matches(alert: Alert, query: AlertQuery): boolean {
  const { fromMs, toMs, key, minSeverity, kinds, openOnly } = query
  return (
    (fromMs === null || alert.openedAtMs >= fromMs) &&
    (toMs === null || alert.openedAtMs < toMs) &&
    (key === null || alert.key === key) &&
    SEVERITIES.indexOf(alert.severity) >= SEVERITIES.indexOf(minSeverity) &&
    (kinds === undefined || kinds.includes(alert.alertKind)) &&
    (!openOnly || alert.closedAtMs === null)
  )
}

const newestFirst = (a: Alert, b: Alert): number => b.openedAtMs - a.openedAtMs || (a.id < b.id ? -1 : 1)

export function createFakeAlertBook(): FakeAlertBook {
  const alerts = new Map<string, Alert>()
  return {
    put(records) {
      for (const alert of records) {
        if ((alerts.get(alert.id)?.revision ?? -1) <= alert.revision) alerts.set(alert.id, alert)
      }
    },
    standing: id => alerts.get(id),
    async alerts(query) {
      const found = [...alerts.values()].filter(alert => matches(alert, query))
      return found.sort(newestFirst).slice(0, query.limit)
    },
    async alert(id) {
      return alerts.get(id) ?? null
    },
  }
}

export function createFakeGlobalMutes(): GlobalMutes {
  const untilMs = new Map<string, number>()
  return {
    async mutes(nowMs) {
      const all: Mute[] = [...untilMs].map(([key, until]) => ({ key, untilMs: until }))
      return all.filter(mute => mute.untilMs > nowMs).sort((a, b) => (a.key < b.key ? -1 : 1))
    },
    async muteForAll(mute) {
      untilMs.set(mute.key, mute.untilMs)
    },
  }
}
