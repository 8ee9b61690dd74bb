// The board of emerging names: small until a week ago and growing for days; when first seen, and how sure.
import type { JSX } from 'preact'
import type { ApiAlert } from '../../../core/api-alerts.ts'
import { countryFlag, countryLabel, durationText, shareText } from '../../../core/display.ts'
import { API_PATHS } from '../../../core/query.ts'
import { AlertLink, AlertRow, DetailsLink } from '../components/alert-row.tsx'
import { AlertHistory, AlertsHead } from '../components/alert-screen.tsx'
import { Learning } from '../components/quiet.tsx'
import { historyProblem, isAsking, listed } from '../state/alert-history.ts'
import { byWeight } from '../state/alert-words.ts'
import { localDay, localDayTime, serverMs } from '../state/clock.ts'
import { status } from '../state/store.ts'

const MINUTE_MS = 60_000
const SHOWN_COUNTRIES = 3

/** Who was there when the history began may be older than that. */
function firstSeenText({ firstSeenMs }: ApiAlert): string {
  const began = status.value?.firstSaleMs ?? null
  return began !== null && firstSeenMs <= began + MINUTE_MS
    ? `first seen ${localDay(firstSeenMs)} or before, when the history begins`
    : `first seen ${localDay(firstSeenMs)}, ${durationText(serverMs.value - firstSeenMs)} ago`
}

function lifeText({ openedAtMs, closedAtMs }: ApiAlert): string {
  return closedAtMs === null
    ? `told since ${localDayTime(openedAtMs)}`
    : `told ${localDayTime(openedAtMs)} to ${localDayTime(closedAtMs)}`
}

function Where({ alert }: { alert: ApiAlert }): JSX.Element | null {
  const countries = alert.topCountries.slice(0, SHOWN_COUNTRIES)
  if (countries.length === 0) return null
  return (
    <span>
      bought in{' '}
      {countries.map(({ country, share }, i) => (
        <span key={country}>
          {i > 0 && ', '}
          <span class="flag" aria-hidden="true">
            {countryFlag(country)}
          </span>{' '}
          {countryLabel(country)} {shareText(share, 1)}
        </span>
      ))}
    </span>
  )
}

function Row({ alert }: { alert: ApiAlert }): JSX.Element {
  return (
    <li class={`alert-row ${alert.closedAtMs === null ? 'is-open' : 'is-over'}`} data-alert={alert.id}>
      <div class="mover">
        <AlertRow
          alert={alert}
          name={
            <h3 class="mover-name">
              <AlertLink alert={alert} />
            </h3>
          }
          facts={
            <>
              <span>{firstSeenText(alert)}</span>
              <Where alert={alert} />
              <span>{lifeText(alert)}</span>
            </>
          }
          end={<DetailsLink alert={alert} />}
        />
      </div>
    </li>
  )
}

function Part({ title, alerts }: { title: string; alerts: readonly ApiAlert[] }): JSX.Element | null {
  if (alerts.length === 0) return null
  return (
    <section class="alert-day" aria-label={title}>
      <h2>{title}</h2>
      <ol>
        {alerts.map(alert => (
          <Row key={alert.id} alert={alert} />
        ))}
      </ol>
    </section>
  )
}

function Board(): JSX.Element {
  const all = listed.value
  const now = all?.filter(alert => alert.closedAtMs === null).sort(byWeight) ?? []
  return (
    <AlertHistory label="Emerging" older="Older ones" class="emerging-board">
      {all === null && historyProblem.value === null && <span class="ghost tall" />}
      <Part title="Growing now" alerts={now} />
      <Part title="Grew before" alerts={all?.filter(alert => alert.closedAtMs !== null) ?? []} />
      {all?.length === 0 && !isAsking.value && (
        <div class="empty-page" role="status">
          <h2>Nobody emerges yet.</h2>
          <p>
            A name stands here when it was small until a week ago and has grown for days, beyond what chance
            explains.
          </p>
        </div>
      )}
    </AlertHistory>
  )
}

export function EmergingScreen(): JSX.Element {
  return (
    <>
      <AlertsHead title="Emerging" feedUrl={`${API_PATHS.alertsFeed}?kind=emerging`}>
        Small until a week ago, growing for days. New to this history, not necessarily new. <Learning />
      </AlertsHead>
      <Board />
    </>
  )
}
