// The alerts of the screen of alerts: pages asked from the server, together with what is told live.
import { computed, effect, signal, untracked } from '@preact/signals'
import { foldAlerts } from '../../../core/alerts.ts'
import type { AlertsPage, ApiAlert } from '../../../core/api-alerts.ts'
import { API_PATHS } from '../../../core/query.ts'
import { isAtLeast } from './alert-words.ts'
import { alerts } from './alerts.ts'
import { askJson, Refused } from './fetch.ts'
import { alertList, place } from './location.ts'
import type { AlertList } from './places.ts'

const PAGE_SIZE = 50

interface Asked {
  readonly alerts: readonly ApiAlert[]
  /** What to ask for next; null: there is no more. */
  readonly next: string | null
}
/** Null: not answered yet. */
const asked = signal<Asked | null>(null)
/** The alert that the address names, where the pages do not hold it. */
const named = signal<ApiAlert | null>(null)
export const isAsking = signal(false)
/** Why there is no list, in a sentence; null where there is. */
export const historyProblem = signal<string | null>(null)

/** The part of the choice that the server answers; what is over is sorted out here. */
const apiParams = computed(() => {
  if (place.value.screen !== 'alerts' && place.value.screen !== 'emerging') return null
  const { kind, key, minSeverity, state } = alertList.value
  const params = new URLSearchParams({ limit: String(PAGE_SIZE) })
  if (kind !== null) params.set('kind', kind)
  if (key !== null) params.set('key', key)
  if (minSeverity !== 'info') params.set('minSeverity', minSeverity)
  if (state === 'open') params.set('open', 'true')
  return params.toString()
})

const isOfKind = (alert: ApiAlert, kind: AlertList['kind']): boolean =>
  kind === null || alert.alertKind === kind || alert.alertKind === `market-${kind}`

function fits(alert: ApiAlert, list: AlertList): boolean {
  const open = alert.closedAtMs === null
  return (
    isOfKind(alert, list.kind) &&
    isAtLeast(alert.severity, list.minSeverity) &&
    (list.state === 'all' || open === (list.state === 'open')) &&
    (list.key === null || alert.key === list.key)
  )
}

/** Newest opened first; null: not known yet. The one that the address names is there whatever was chosen. */
export const listed = computed(() => {
  if (asked.value === null) return null
  const { alerts: held, next } = asked.value
  // What is older than the pages so far comes with the next one, in its place.
  const oldestMs = next === null ? 0 : (held.at(-1)?.openedAtMs ?? 0)
  const told = (alerts.value ?? []).filter(alert => alert.openedAtMs >= oldestMs)
  const all = foldAlerts(held, told)
  const list = alertList.value
  const wanted = all.filter(alert => fits(alert, list))
  const apart = all.find(alert => alert.id === list.id) ?? (named.value?.id === list.id ? named.value : null)
  return apart === null || wanted.includes(apart) ? wanted : [apart, ...wanted]
})
export const hasMore = computed(() => asked.value?.next != null)

let current: AbortController | null = null

function problemText(error: unknown): string {
  if (!(error instanceof Refused)) return 'The alerts cannot be reached just now.'
  return error.status === 404 ? 'This installation keeps no alerts.' : error.message
}

async function ask(params: string, before: Asked | null): Promise<void> {
  current?.abort()
  const mine = new AbortController()
  current = mine
  isAsking.value = true
  historyProblem.value = null
  const to = before?.next == null ? '' : `&to=${encodeURIComponent(before.next)}`
  try {
    const page = await askJson<AlertsPage>(`${API_PATHS.alerts}?${params}${to}`, { signal: mine.signal })
    if (mine.signal.aborted) return
    asked.value = { alerts: [...(before?.alerts ?? []), ...page.alerts], next: page.next }
  } catch (error) {
    if (mine.signal.aborted) return
    historyProblem.value = problemText(error)
  }
  isAsking.value = false
}

export function askMore(): void {
  const params = apiParams.value
  if (params !== null && asked.value !== null) void ask(params, asked.value)
}

export function askAgain(): void {
  const params = apiParams.value
  if (params !== null) void ask(params, null)
}

async function askNamed(id: string): Promise<void> {
  try {
    named.value = await askJson<ApiAlert>(`${API_PATHS.alerts}/${id}`, {})
  } catch {
    // Forgotten or never there: the list says what there is.
  }
}

effect(() => {
  if (apiParams.value !== null) {
    untracked(() => {
      asked.value = null
      askAgain()
    })
  }
})
effect(() => {
  const { id } = alertList.value
  if (id === null || asked.value === null) return
  untracked(() => {
    if (listed.value?.some(alert => alert.id === id) !== true) void askNamed(id)
  })
})
