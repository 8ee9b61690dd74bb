// What a row of an alert shows wherever it stands: cover, name, size, facts, and its hours as a small line.
import type { ComponentChildren, JSX } from 'preact'
import type { ApiAlert } from '../../../core/api-alerts.ts'
import { urlOfPlace, visit } from '../state/location.ts'
import { ALL_ALERTS, type Place } from '../state/places.ts'
import { Badges, Confidence, KindMark, SizeText, Spark } from './alert-parts.tsx'
import { Cover } from './cover.tsx'
import { dimensionWord, KeyLink } from './key-link.tsx'
import { PlaceLink } from './nav.tsx'

const detailsOf = ({ id }: ApiAlert): Place => ({ screen: 'alerts', list: { ...ALL_ALERTS, id } })

/** A link to the view filtered by it; to its details, where the view cannot be. */
export function AlertLink({ alert }: { alert: ApiAlert }): JSX.Element {
  const details = detailsOf(alert)
  return (
    <>
      <KeyLink alert={alert} otherwise={{ href: urlOfPlace(details), follow: () => visit(details) }} />{' '}
      <span class="muted">{dimensionWord(alert.dimension)}</span>
    </>
  )
}

export function DetailsLink({ alert }: { alert: ApiAlert }): JSX.Element {
  return (
    <PlaceLink to={detailsOf(alert)} class="icon-button more" label="Details of this alert">
      ›
    </PlaceLink>
  )
}

export interface AlertRowProps {
  readonly alert: ApiAlert
  /** With the class `mover-name`: what it is depends on what stands around it. */
  readonly name: JSX.Element
  /** Between how sure it is and its badges. */
  readonly facts: ComponentChildren
  /** What leads further, at the end. */
  readonly end: JSX.Element
}

/** The inside of an element with the class `mover`. A silent feed has no size. */
export function AlertRow({ alert, name, facts, end }: AlertRowProps): JSX.Element {
  const hasSize = alert.alertKind !== 'feed-silent'
  return (
    <>
      <Cover url={alert.artUrl} name={alert.key} />
      <div class="mover-main">
        {name}
        <p class="mover-facts">
          <KindMark alert={alert} /> {hasSize && <SizeText alert={alert} />}
        </p>
        <p class="mover-facts muted">
          {hasSize && <Confidence alert={alert} />}
          {facts}
          <Badges alert={alert} />
        </p>
      </div>
      <Spark alert={alert} />
      {end}
    </>
  )
}
