// "Moving now": the alerts that are open, the most severe and newest first; a click filters the view.
import type { JSX } from 'preact'
import { windowText } from '../../../../schemas/alert-words.ts'
import type { ApiAlert } from '../../../core/api-alerts.ts'
import { countText } from '../../../core/display.ts'
import { confidenceOf, usualText } from '../state/alert-words.ts'
import { hasAlerts, movers, openAlerts } from '../state/alerts.ts'
import { localDayTime, localTime } from '../state/clock.ts'
import { query, tables } from '../state/location.ts'
import { ALL_ALERTS, type AlertList, type Place } from '../state/places.ts'
import { KindMark } from './alert-parts.tsx'
import { AlertLink, AlertRow, DetailsLink } from './alert-row.tsx'
import { DataTable } from './data-table.tsx'
import { PlaceLink } from './nav.tsx'
import { Panel } from './parts.tsx'
import { Learning, NothingMoves } from './quiet.tsx'

const MAX_ROWS = 6

const listOf = (change: Partial<AlertList>): Place => ({
  screen: 'alerts',
  list: { ...ALL_ALERTS, ...change },
})

function Mover({ alert }: { alert: ApiAlert }): JSX.Element {
  return (
    <li class="mover" data-alert={alert.id}>
      <AlertRow
        alert={alert}
        name={
          <p class="mover-name">
            <AlertLink alert={alert} />
          </p>
        }
        facts={
          <span title={`Open since ${localDayTime(alert.openedAtMs)}`}>
            as of {localTime(alert.windowEndMs)}
          </span>
        }
        end={<DetailsLink alert={alert} />}
      />
    </li>
  )
}

function MoversTable({ alerts }: { alerts: readonly ApiAlert[] }): JSX.Element {
  return (
    <DataTable
      label="Moving now"
      rows={alerts}
      keyOf={alert => alert.id}
      columns={[
        { head: 'What', cell: alert => <AlertLink alert={alert} /> },
        { head: 'How', cell: alert => <KindMark alert={alert} /> },
        { head: 'Purchases', isNumber: true, cell: alert => countText(alert.purchases) },
        { head: 'In', cell: alert => windowText(alert.windowMs) },
        { head: 'Usual', cell: usualText },
        { head: 'How sure', cell: alert => confidenceOf(alert).label },
        { head: 'Open since', cell: alert => localDayTime(alert.openedAtMs) },
        { head: 'As of', cell: alert => localTime(alert.windowEndMs) },
      ]}
    />
  )
}

function MoversNote(): JSX.Element {
  const isFiltered = Object.values(query.value.filter).some(value => value !== null)
  return (
    <>
      {isFiltered ? 'in the whole market, ' : ''}against what is usual at this hour of the week <Learning />
    </>
  )
}

export function Movers(): JSX.Element | null {
  if (!hasAlerts.value) return null
  const all = movers.value
  const more = (openAlerts.value?.length ?? 0) - Math.min(all?.length ?? 0, MAX_ROWS)
  return (
    <Panel
      id="movers"
      title="Moving now"
      note={all !== null && all.length > 0 && <MoversNote />}
      tools={<PlaceLink to={listOf({})}>All alerts</PlaceLink>}
    >
      {all === null ? (
        <div class="empty" aria-hidden="true">
          <span class="ghost" />
        </div>
      ) : all.length === 0 ? (
        <div class="empty quiet">
          <strong>Nothing unusual now.</strong>
          <NothingMoves />
          <Learning />
        </div>
      ) : tables.value ? (
        <MoversTable alerts={all.slice(0, MAX_ROWS)} />
      ) : (
        <ol class="mover-list">
          {all.slice(0, MAX_ROWS).map(alert => (
            <Mover key={alert.id} alert={alert} />
          ))}
        </ol>
      )}
      {more > 0 && (
        <p class="mover-more">
          <PlaceLink to={listOf({ state: 'open' })}>{more} more open</PlaceLink>
        </p>
      )}
    </Panel>
  )
}
