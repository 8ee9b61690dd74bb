// The view as the URL says it: every step is a history entry, so that Back and a copied link both work.
import { batch, computed, signal } from '@preact/signals'
import { DEFAULT_QUERY, formatViewQuery, parseViewQuery, type ViewQuery } from '../../../core/query.ts'
import { zoneOffsetMinutes } from './clock.ts'
import { ALL_ALERTS, type AlertList, EMERGING, type Place, placeUrl, readPlace } from './places.ts'

export type Measure = 'items' | 'usd'
export type FilterName = keyof ViewQuery['filter']

export interface PageView {
  readonly query: ViewQuery
  readonly measure: Measure
  /** Charts are shown as tables. */
  readonly tables: boolean
}

interface ReadResult {
  readonly view: PageView
  readonly problem: string | null
}

function read(search: string): ReadResult {
  const params = new URLSearchParams(search)
  const measure: Measure = params.get('measure') === 'usd' ? 'usd' : 'items'
  const tables = params.get('tables') === '1'
  params.delete('tz')
  const parsed = parseViewQuery(params.toString())
  return {
    view: { query: parsed.ok ? parsed.query : DEFAULT_QUERY, measure, tables },
    problem: parsed.ok ? null : parsed.message,
  }
}

const placeNow = (): Place => readPlace(window.location.pathname, window.location.search)
/** The live view stays as it was while another screen is shown. */
const readHere = (): ReadResult => read(placeNow().screen === 'live' ? window.location.search : '')
const initial = readHere()

/** Which screen is shown, and what is chosen on it. */
export const place = signal<Place>(placeNow())
export const pageView = signal<PageView>(initial.view)
/** Why the URL could not be followed; null where it could. */
export const urlProblem = signal<string | null>(initial.problem)
export const query = computed(() => pageView.value.query)
export const measure = computed(() => pageView.value.measure)
export const tables = computed(() => pageView.value.tables)
/**
 * The view as the API and the socket want it: with the reader's zone. Changes only when the data asked for
 * do.
 */
export const apiQuery = computed(() => formatViewQuery({ ...query.value, zoneOffsetMinutes }))

export function urlOf(view: PageView): string {
  const params = new URLSearchParams(formatViewQuery({ ...view.query, zoneOffsetMinutes: 0 }))
  if (view.measure === 'usd') params.set('measure', 'usd')
  if (view.tables) params.set('tables', '1')
  const text = params.toString()
  return text === '' ? '/' : `/?${text}`
}

const depth = (): number => (window.history.state as { depth?: number } | null)?.depth ?? 0

function step(url: string, change: () => void): void {
  window.history.pushState({ depth: depth() + 1 }, '', url)
  const before = place.value.screen
  batch(() => {
    urlProblem.value = null
    change()
  })
  if (place.value.screen !== before) window.scrollTo(0, 0)
}

/** Changes the live view, and shows it. */
export function go(change: Partial<PageView>): void {
  const next = { ...pageView.value, ...change }
  const isLive = place.value.screen === 'live'
  if (isLive && urlOf(next) === urlOf(pageView.value)) return
  step(urlOf(next), () => {
    pageView.value = next
    if (!isLive) place.value = { screen: 'live' }
  })
}

export const urlOfPlace = (to: Place): string => (to.screen === 'live' ? urlOf(pageView.value) : placeUrl(to))

/** Shows a screen; the live one as it was left. */
export function visit(to: Place): void {
  if (urlOfPlace(to) === urlOfPlace(place.value)) return
  step(urlOfPlace(to), () => {
    place.value = to
  })
}

/** What the screen of alerts or the board of emerging names lists; `ALL_ALERTS` where another is shown. */
export const alertList = computed(() =>
  place.value.screen === 'alerts'
    ? place.value.list
    : place.value.screen === 'emerging'
      ? EMERGING
      : ALL_ALERTS,
)

export function listAlerts(change: Partial<AlertList>): void {
  visit({ screen: 'alerts', list: { ...alertList.value, ...change } })
}

export function withFilter(name: FilterName, value: string | null): ViewQuery {
  return { ...query.value, filter: { ...query.value.filter, [name]: value } }
}

export function setFilter(name: FilterName, value: string | null): void {
  go({ query: withFilter(name, value) })
}

export function clearFilters(): void {
  go({ query: { ...query.value, filter: DEFAULT_QUERY.filter } })
}

/**
 * Undoes the last step if there is one on this page, else drops the first filter; false where nothing is
 * left.
 */
export function undo(): boolean {
  if (depth() > 0) {
    window.history.back()
    return true
  }
  if (place.value.screen !== 'live') return false
  const name = (['format', 'country', 'artist', 'genre'] as const).find(n => query.value.filter[n] !== null)
  if (name === undefined) return false
  setFilter(name, null)
  return true
}

window.addEventListener('popstate', () => {
  const next = placeNow()
  const { view, problem } = readHere()
  batch(() => {
    place.value = next
    if (next.screen === 'live') pageView.value = view
    urlProblem.value = problem
  })
})
