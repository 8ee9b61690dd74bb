// What of the alerts is listed: by kind, size, end and key.
import type { JSX } from 'preact'
import { SEVERITIES, type Severity } from '../../../../schemas/alerts.ts'
import { dimensionOf, keyOf, keyValue } from '../../../../schemas/keys.ts'
import { FOLLOWED_KINDS, type FollowedKind } from '../../../../schemas/subscriptions.ts'
import { countryFlag } from '../../../core/display.ts'
import { alertList, listAlerts } from '../state/location.ts'
import { LIFE_STATES, type LifeState } from '../state/places.ts'
import { rememberName } from '../state/store.ts'
import { Finder, type Hit } from './finder.tsx'
import { keyLabel } from './key-link.tsx'
import { Icon, Text } from './parts.tsx'

const KIND_CHOICES: Readonly<Record<FollowedKind | 'all', string>> = {
  all: 'All',
  rise: '▲ Rises',
  drop: '▼ Drops',
  emerging: '✦ Emerging',
}
const SEVERITY_CHOICES: Readonly<Record<Severity, string>> = {
  info: 'Any size',
  notable: 'Notable up',
  major: 'Major',
}
const STATE_CHOICES: Readonly<Record<LifeState, string>> = { all: 'All', open: 'Open', closed: 'Over' }

interface SegmentsProps<T extends string> {
  readonly label: string
  readonly choices: readonly T[]
  readonly texts: Readonly<Record<T, string>>
  readonly value: T
  readonly onChoose: (value: T) => void
}

function Segments<T extends string>(props: SegmentsProps<T>): JSX.Element {
  return (
    <fieldset class="segments" aria-label={props.label}>
      {props.choices.map(choice => (
        <button
          key={choice}
          type="button"
          aria-pressed={choice === props.value}
          onClick={() => props.onChoose(choice)}
        >
          {props.texts[choice]}
        </button>
      ))}
    </fieldset>
  )
}

function takeKey(hit: Hit): void {
  if (hit.dimension === 'artist') rememberName(hit.value, hit.label)
  listAlerts({ key: keyOf(hit.dimension, hit.value), id: null })
}

function KeyChoice(): JSX.Element {
  const { key } = alertList.value
  if (key === null) {
    return (
      <div class="search key-search">
        <Finder
          id="alert-key"
          label="Alerts of one genre, artist, country or tag"
          placeholder="Of one genre, artist, country, tag"
          onTake={takeKey}
        />
      </div>
    )
  }
  return (
    <ul class="chips" aria-label="Filters">
      <li>
        <button type="button" class="chip" onClick={() => listAlerts({ key: null, id: null })}>
          <span class="chip-kind">{dimensionOf(key)}</span>
          {dimensionOf(key) === 'country' && <span class="flag">{countryFlag(keyValue(key))}</span>}
          <Text value={keyLabel(key)} max={60} none={keyValue(key)} />
          <span class="only-spoken">, remove this filter</span>
          <Icon name="close" />
        </button>
      </li>
    </ul>
  )
}

export function Choices(): JSX.Element {
  const { kind, minSeverity, state } = alertList.value
  return (
    <div class="controls alert-choices">
      <Segments
        label="Kind"
        choices={['all', ...FOLLOWED_KINDS] as const}
        texts={KIND_CHOICES}
        value={kind ?? 'all'}
        onChoose={next => listAlerts({ kind: next === 'all' ? null : next, id: null })}
      />
      <Segments
        label="Size"
        choices={SEVERITIES}
        texts={SEVERITY_CHOICES}
        value={minSeverity}
        onChoose={next => listAlerts({ minSeverity: next, id: null })}
      />
      <Segments
        label="Open or over"
        choices={LIFE_STATES}
        texts={STATE_CHOICES}
        value={state}
        onChoose={next => listAlerts({ state: next, id: null })}
      />
      <KeyChoice />
    </div>
  )
}
