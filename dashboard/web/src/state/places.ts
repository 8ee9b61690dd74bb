// Which screen the URL names and what is chosen on it: read from a path and a query, and written back.
import { SEVERITIES, type Severity } from '../../../../schemas/alerts.ts'
import { FOLLOWED_KINDS, type FollowedKind } from '../../../../schemas/subscriptions.ts'

export const LIFE_STATES = ['all', 'open', 'closed'] as const
export type LifeState = (typeof LIFE_STATES)[number]

/** Which alerts are listed, and which of them is unfolded. */
export interface AlertList {
  /** Null: every kind. `rise` and `drop` hold those of the market as well. */
  readonly kind: FollowedKind | null
  readonly minSeverity: Severity
  readonly state: LifeState
  readonly key: string | null
  readonly id: string | null
}

export type Place =
  | { readonly screen: 'live' }
  | { readonly screen: 'alerts'; readonly list: AlertList }
  | { readonly screen: 'emerging' }
  | { readonly screen: 'reports'; readonly day: string | null }

export const ALL_ALERTS: AlertList = { kind: null, minSeverity: 'info', state: 'all', key: null, id: null }

/** What the board of emerging names lists. */
export const EMERGING: AlertList = { ...ALL_ALERTS, kind: 'emerging' }

/** Longer than any key; anything longer is a mistake or an attack. */
const MAX_KEY_LENGTH = 300

const oneOf = <T extends string>(all: readonly T[], text: string | null): T | null =>
  all.find(each => each === text) ?? null

function readList(params: URLSearchParams): AlertList {
  const key = params.get('key')
  const id = params.get('id')
  return {
    kind: oneOf(FOLLOWED_KINDS, params.get('kind')),
    minSeverity: oneOf(SEVERITIES, params.get('minSeverity')) ?? ALL_ALERTS.minSeverity,
    state: oneOf(LIFE_STATES, params.get('state')) ?? ALL_ALERTS.state,
    key: key !== null && key !== '' && key.length <= MAX_KEY_LENGTH ? key : null,
    id: id !== null && /^[0-9a-f]{16}$/.test(id) ? id : null,
  }
}

/** Whatever is malformed is left out: the screen itself is always there. */
export function readPlace(pathname: string, search: string): Place {
  if (pathname === '/alerts') return { screen: 'alerts', list: readList(new URLSearchParams(search)) }
  if (pathname === '/emerging') return { screen: 'emerging' }
  const report = /^\/reports(?:\/(\d{4}-\d\d-\d\d))?\/?$/.exec(pathname)
  return report === null ? { screen: 'live' } : { screen: 'reports', day: report[1] ?? null }
}

/** The address of a screen other than the live one, whose address is its view's. Inverse of `readPlace`. */
export function placeUrl(place: Exclude<Place, { screen: 'live' }>): string {
  if (place.screen === 'reports') return place.day === null ? '/reports' : `/reports/${place.day}`
  if (place.screen === 'emerging') return '/emerging'
  const params = new URLSearchParams()
  const { kind, minSeverity, state, key, id } = place.list
  if (kind !== null) params.set('kind', kind)
  if (minSeverity !== ALL_ALERTS.minSeverity) params.set('minSeverity', minSeverity)
  if (state !== ALL_ALERTS.state) params.set('state', state)
  if (key !== null) params.set('key', key)
  if (id !== null) params.set('id', id)
  const text = params.toString()
  return text === '' ? '/alerts' : `/alerts?${text}`
}
