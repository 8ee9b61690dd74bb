// Alerts as the API and the page hold them: shown names, the newest state of each, which view they lead to.
import { alertName, alertTitle } from '../../schemas/alert-words.ts'
import type { Alert } from '../../schemas/alerts.ts'
import { keyValue } from '../../schemas/keys.ts'
import { DAY_MS } from '../../schemas/time.ts'
import type { ApiAlert } from './api-alerts.ts'
import { DEFAULT_QUERY, formatViewQuery } from './query.ts'

/** The alert as the API tells it; `art` rewrites covers where they are drawn here. */
export function presentAlert(alert: Alert, art: (artUrl: string | null) => string | null): ApiAlert {
  const { kind: _, ...told } = alert
  const topReleases = alert.topReleases.map(release => ({ ...release, artUrl: art(release.artUrl) }))
  const artUrl = topReleases.find(release => release.artUrl !== null)?.artUrl ?? null
  return { ...told, topReleases, label: alertName(alert), title: alertTitle(alert), artUrl }
}

type Standing = Pick<ApiAlert, 'id' | 'revision' | 'openedAtMs'>

/** Newest opened first, ties by id: the order of the alert book. */
const newestFirst = (a: Standing, b: Standing): number =>
  b.openedAtMs - a.openedAtMs || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)

/** What is held after more came: of each alert the highest revision. Folding twice changes nothing. */
export function foldAlerts<T extends Standing>(held: readonly T[], incoming: readonly T[]): T[] {
  const byId = new Map(held.map(alert => [alert.id, alert]))
  for (const alert of incoming) {
    if ((byId.get(alert.id)?.revision ?? -1) <= alert.revision) byId.set(alert.id, alert)
  }
  return [...byId.values()].sort(newestFirst)
}

/** What stays before and behind the window in the view that an alert leads to. */
const AROUND_MS = DAY_MS

/**
 * The page's address that shows what an alert speaks of: the view of its key around its window; the list of
 * alerts where the page has no such filter (tags).
 */
export function alertPath(
  alert: Pick<Alert, 'id' | 'dimension' | 'key' | 'windowEndMs' | 'windowMs'>,
): string {
  const { id, dimension, key, windowEndMs, windowMs } = alert
  const isFilter =
    dimension === 'genre' || dimension === 'artist' || dimension === 'country' || dimension === 'format'
  if (!isFilter && dimension !== 'all') return `/alerts?id=${id}`
  const filter = isFilter ? { ...DEFAULT_QUERY.filter, [dimension]: keyValue(key) } : DEFAULT_QUERY.filter
  const query = formatViewQuery({
    ...DEFAULT_QUERY,
    range: 'custom',
    fromMs: windowEndMs - windowMs - AROUND_MS,
    toMs: windowEndMs,
    filter,
  })
  return `/?${query}`
}
