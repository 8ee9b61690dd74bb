// What an alert is about, by name: a link to the live view filtered by it, where the view can be.
import type { JSX } from 'preact'
import type { SalesFilter } from '../../../../schemas/history.ts'
import { dimensionOf, type Key, keyValue } from '../../../../schemas/keys.ts'
import type { ApiAlert } from '../../../core/api-alerts.ts'
import { countryFlag } from '../../../core/display.ts'
import { go, pageView, place, query, urlOf } from '../state/location.ts'
import { valueLabel } from '../state/words.ts'
import { Text } from './parts.tsx'

/** The part of the view's filter that a key is; null for tags, releases and the whole market. */
export function filterOfKey(key: Key): Partial<SalesFilter> | null {
  const value = keyValue(key)
  const dimension = dimensionOf(key)
  switch (dimension) {
    case 'genre':
    case 'artist':
    case 'country':
    case 'format':
      return { [dimension]: value }
    case 'genre-country': {
      const [genre = null, country = null] = value.split('/')
      return { genre, country }
    }
    default:
      return null
  }
}

/** The name of any key. */
export function keyLabel(key: Key): string {
  const value = keyValue(key)
  const dimension = dimensionOf(key)
  switch (dimension) {
    case 'all':
      return 'The whole market'
    case 'genre':
    case 'artist':
    case 'country':
    case 'format':
      return valueLabel(dimension, value)
    default:
      return value
  }
}

const LABEL_LENGTH = 60

/** Flag and name, harmless whatever the seller wrote. */
export function AlertName({ alert }: { alert: ApiAlert }): JSX.Element {
  const known = alert.dimension === 'artist' || alert.dimension === 'item' || alert.dimension === 'tag'
  return (
    <>
      {alert.dimension === 'country' && (
        <>
          <span class="flag" aria-hidden="true">
            {countryFlag(keyValue(alert.key))}
          </span>{' '}
        </>
      )}
      <Text value={known ? alert.label : keyLabel(alert.key)} max={LABEL_LENGTH} none={keyValue(alert.key)} />
    </>
  )
}

const DIMENSION_WORDS: Readonly<Record<string, string>> = {
  all: '',
  'genre-country': 'genre in a country',
  item: 'release',
}
export const dimensionWord = (dimension: string): string => DIMENSION_WORDS[dimension] ?? dimension

interface KeyLinkProps {
  readonly alert: ApiAlert
  /** What else there is to follow where the view cannot be filtered by the key. */
  readonly otherwise: { readonly href: string; readonly follow: () => void }
}

/** Filters the live view by the key, and takes the filter off again; elsewhere shows that view alone. */
export function KeyLink({ alert, otherwise }: KeyLinkProps): JSX.Element {
  const part = filterOfKey(alert.key)
  const isLive = place.value.screen === 'live'
  const { filter } = query.value
  const held =
    part !== null &&
    isLive &&
    Object.entries(part).every(([name, value]) => filter[name as keyof SalesFilter] === value)
  const none: SalesFilter = { genre: null, artist: null, country: null, format: null }
  const off = part === null ? {} : Object.fromEntries(Object.keys(part).map(name => [name, null]))
  const next = { ...query.value, filter: { ...(isLive ? filter : none), ...(held ? off : part) } }
  const follow = (event: MouseEvent): void => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    if (part === null) otherwise.follow()
    else go({ query: next })
  }
  return (
    <a
      href={part === null ? otherwise.href : urlOf({ ...pageView.value, query: next })}
      class="key-link"
      aria-current={held ? 'true' : undefined}
      onClick={follow}
    >
      <AlertName alert={alert} />
    </a>
  )
}
