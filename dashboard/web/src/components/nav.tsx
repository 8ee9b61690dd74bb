// The way between the screens: real links that are followed in place.
import type { ComponentChildren, JSX } from 'preact'
import { majorMovers } from '../state/alerts.ts'
import { place, urlOfPlace, visit } from '../state/location.ts'
import { ALL_ALERTS, type Place } from '../state/places.ts'
import { Icon } from './parts.tsx'

interface PlaceLinkProps {
  readonly to: Place
  readonly class?: string
  readonly label?: string
  readonly current?: boolean
  readonly children: ComponentChildren
}

export function PlaceLink({ to, class: name, label, current, children }: PlaceLinkProps): JSX.Element {
  const follow = (event: MouseEvent): void => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    visit(to)
  }
  return (
    <a
      href={urlOfPlace(to)}
      class={name}
      aria-label={label}
      title={label}
      aria-current={current ? 'page' : undefined}
      onClick={follow}
    >
      {children}
    </a>
  )
}

const SCREENS = [
  { name: 'Live', icon: 'chart', to: { screen: 'live' } },
  { name: 'Emerging', icon: 'spark', to: { screen: 'emerging' } },
  { name: 'Alerts', icon: 'bell', to: { screen: 'alerts', list: ALL_ALERTS } },
  { name: 'Reports', icon: 'page', to: { screen: 'reports', day: null } },
] as const

export function Nav(): JSX.Element {
  const major = majorMovers.value.length
  return (
    <nav class="nav" aria-label="Screens">
      {SCREENS.map(({ name, icon, to }) => (
        <PlaceLink key={name} to={to} current={place.value.screen === to.screen}>
          <Icon name={icon} />
          <span>{name}</span>
          {to.screen === 'alerts' && major > 0 && (
            <span class="count" title="Major movements now">
              {major}
              <span class="only-spoken"> major</span>
            </span>
          )}
        </PlaceLink>
      ))}
    </nav>
  )
}
