// The screen of alerts: what moved and moves, sorted out by kind, size, end and key; each unfolds.
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { dimensionOf, keyValue } from '../../../../schemas/keys.ts'
import type { ApiAlert } from '../../../core/api-alerts.ts'
import { durationText } from '../../../core/display.ts'
import { API_PATHS } from '../../../core/query.ts'
import { Choices } from '../components/alert-choices.tsx'
import { AlertDetail } from '../components/alert-detail.tsx'
import { AlertRow } from '../components/alert-row.tsx'
import { AlertHistory, AlertsHead } from '../components/alert-screen.tsx'
import { AlertName, dimensionWord } from '../components/key-link.tsx'
import { Learning, NothingMoves } from '../components/quiet.tsx'
import { historyProblem, isAsking, listed } from '../state/alert-history.ts'
import { SEVERITY_WORDS } from '../state/alert-words.ts'
import { movers, openAlerts } from '../state/alerts.ts'
import { localDay, localDayTime, localTime, serverMs } from '../state/clock.ts'
import { alertList, listAlerts, visit } from '../state/location.ts'
import { ALL_ALERTS } from '../state/places.ts'

/** The day on which it opened stands above it. */
function lifeText({ openedAtMs, closedAtMs }: ApiAlert): string {
  if (closedAtMs === null)
    return `open since ${localTime(openedAtMs)}, for ${durationText(serverMs.value - openedAtMs)}`
  const end = localDay(openedAtMs) === localDay(closedAtMs) ? localTime(closedAtMs) : localDayTime(closedAtMs)
  return `${localTime(openedAtMs)} to ${end}, lasted ${durationText(closedAtMs - openedAtMs)}`
}

/** A link may name an alert far down; a row that was clicked on is in sight, and stays where it is. */
function bringIntoSight(row: HTMLElement): void {
  const { top } = row.getBoundingClientRect()
  if (top < 0 || top >= window.innerHeight) row.scrollIntoView({ block: 'start' })
}

function Row({ alert, isOpen }: { alert: ApiAlert; isOpen: boolean }): JSX.Element {
  const id = `alert-${alert.id}`
  const row = useRef<HTMLLIElement>(null)
  useEffect(() => {
    if (isOpen && row.current !== null) bringIntoSight(row.current)
  }, [isOpen])
  return (
    <li
      ref={row}
      class={`alert-row ${alert.closedAtMs === null ? 'is-open' : 'is-over'} ${isOpen ? 'is-unfolded' : ''}`}
      data-alert={alert.id}
    >
      <div class="mover">
        <AlertRow
          alert={alert}
          name={
            <h3 class="mover-name">
              <button
                type="button"
                class="unfold"
                aria-expanded={isOpen}
                aria-controls={id}
                onClick={() => listAlerts({ id: isOpen ? null : alert.id })}
              >
                <AlertName alert={alert} />
              </button>{' '}
              <span class="muted">{dimensionWord(alert.dimension)}</span>
            </h3>
          }
          facts={
            <>
              <span class={`severity ${alert.severity}`}>{SEVERITY_WORDS[alert.severity].toLowerCase()}</span>
              <span>{lifeText(alert)}</span>
            </>
          }
          end={
            <span class="chevron" aria-hidden="true">
              ›
            </span>
          }
        />
      </div>
      <div id={id}>{isOpen && <AlertDetail alert={alert} />}</div>
    </li>
  )
}

function Nothing(): JSX.Element {
  const { kind, minSeverity, state, key } = alertList.value
  const isFiltered = kind !== null || minSeverity !== 'info' || state !== 'all' || key !== null
  return (
    <div class="empty-page" role="status">
      <h2>{isFiltered ? 'No alert fits this choice.' : 'No alert yet.'}</h2>
      {isFiltered ? (
        <p class="empty-ways">
          <button
            type="button"
            class="button small"
            onClick={() => visit({ screen: 'alerts', list: ALL_ALERTS })}
          >
            Show all alerts
          </button>
        </p>
      ) : (
        <NothingMoves />
      )}
    </div>
  )
}

interface Day {
  readonly day: string
  readonly rows: readonly ApiAlert[]
}

/** Rows under the day on which they opened, in their order. */
function byDay(rows: readonly ApiAlert[]): readonly Day[] {
  const days: { day: string; rows: ApiAlert[] }[] = []
  for (const alert of rows) {
    const day = localDay(alert.openedAtMs)
    const last = days.at(-1)
    if (last?.day === day) last.rows.push(alert)
    else days.push({ day, rows: [alert] })
  }
  return days
}

function List(): JSX.Element {
  const rows = listed.value
  return (
    <AlertHistory label="Alerts" older="Older alerts">
      {rows === null && historyProblem.value === null && (
        <ol class="skeleton" aria-hidden="true">
          {Array.from({ length: 5 }, (_, i) => (
            <li key={i} class="alert-row">
              <span class="ghost" />
            </li>
          ))}
        </ol>
      )}
      {rows !== null &&
        byDay(rows).map(({ day, rows: ofDay }) => (
          <section key={ofDay[0]?.id} class="alert-day" aria-label={day}>
            <h2>{day}</h2>
            <ol>
              {ofDay.map(alert => (
                <Row key={alert.id} alert={alert} isOpen={alert.id === alertList.value.id} />
              ))}
            </ol>
          </section>
        ))}
      {rows?.length === 0 && !isAsking.value && <Nothing />}
    </AlertHistory>
  )
}

/** The feed of what is chosen, as feeds can be filtered. */
function feedUrl(): string {
  const { kind, minSeverity, key } = alertList.value
  const params = new URLSearchParams()
  if (key !== null && keyValue(key) !== '') params.set(dimensionOf(key), keyValue(key))
  if (kind !== null) params.set('kind', kind)
  if (minSeverity !== 'info') params.set('minSeverity', minSeverity)
  const text = params.toString()
  return text === '' ? API_PATHS.alertsFeed : `${API_PATHS.alertsFeed}?${text}`
}

export function AlertsScreen(): JSX.Element {
  const open = openAlerts.value?.length ?? 0
  const now = movers.value?.length ?? 0
  return (
    <>
      <AlertsHead title="Alerts" feedUrl={feedUrl()}>
        What moves away from what is usual at this hour of the week.
        {open > 0 && ` ${open} open${now < open ? `, ${now} of them of the last day` : ''}.`} <Learning />
      </AlertsHead>
      <Choices />
      <List />
    </>
  )
}
