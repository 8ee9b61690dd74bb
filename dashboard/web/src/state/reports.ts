// The reports that were made, as the server lists them; asked again whenever one more is known of.
import { computed, effect, signal, untracked } from '@preact/signals'
import type { ReportsPage } from '../../../core/api-alerts.ts'
import { API_PATHS } from '../../../core/query.ts'
import { askJson, Refused } from './fetch.ts'
import { place } from './location.ts'
import { status } from './store.ts'

export const reports = signal<ReportsPage | null>(null)
export const reportsProblem = signal<string | null>(null)

/** Where no reports are made there is no list of them either. */
const NONE: ReportsPage = { zone: 'UTC', nextAtMs: null, reports: [] }

let current: AbortController | null = null

export async function askReports(): Promise<void> {
  current?.abort()
  const mine = new AbortController()
  current = mine
  try {
    const page = await askJson<ReportsPage>(API_PATHS.reports, { signal: mine.signal })
    if (mine.signal.aborted) return
    reports.value = page
    reportsProblem.value = null
  } catch (error) {
    if (mine.signal.aborted) return
    if (error instanceof Refused && error.status === 404) {
      reports.value = NONE
      return
    }
    reportsProblem.value =
      error instanceof Refused ? error.message : 'The reports cannot be reached just now.'
  }
}

/** Changes when there is a reason to ask: the screen is opened, or the last report has become another. */
const reason = computed(() => {
  if (place.value.screen !== 'reports') return null
  const report = status.value?.report ?? null
  return report === null ? '' : `${report.lastDay} ${report.lastState}`
})
effect(() => {
  if (reason.value !== null) untracked(() => void askReports())
})
