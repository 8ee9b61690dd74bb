// Everything an alert explains: window, how sure, hours, releases, countries, artists, and ways to go on.
import type { ComponentChildren, JSX } from 'preact'
import { endText, isPastHeight, windowText } from '../../../../schemas/alert-words.ts'
import { dimensionOf } from '../../../../schemas/keys.ts'
import type { ApiAlert } from '../../../core/api-alerts.ts'
import { countryFlag, countryLabel, countText, shareText, usdText } from '../../../core/display.ts'
import { safeUrl } from '../../../core/safe-text.ts'
import { chanceText, concentrationText, confidenceOf, notesOf, usualText } from '../state/alert-words.ts'
import { localDayTime, localTime, utcTime } from '../state/clock.ts'
import { listAlerts } from '../state/location.ts'
import { artistNames } from '../state/store.ts'
import { openSignUp } from '../state/wishes.ts'
import { AlertChart } from './alert-chart.tsx'
import { Cover } from './cover.tsx'
import { Fact, FilterLink, Icon, Text } from './parts.tsx'

const FOLLOWABLE: readonly string[] = ['genre', 'artist', 'country', 'tag', 'format']

function Facts({ alert }: { alert: ApiAlert }): JSX.Element {
  const { windowMs, windowEndMs, peak } = alert
  const ended = endText(alert)
  const concentration = concentrationText(alert)
  return (
    <dl class="detail-facts">
      <Fact name="Window">
        {windowText(windowMs)}, {localDayTime(windowEndMs - windowMs)} to {localTime(windowEndMs)}{' '}
        <span class="muted">(to {utcTime(windowEndMs)})</span>
      </Fact>
      <Fact name="Counted">
        {countText(alert.purchases)} purchases, {usualText(alert)} · {countText(alert.items)} sales ·{' '}
        {usdText(alert.revenueUsdCents)}
      </Fact>
      {isPastHeight(alert) && peak !== undefined && (
        <Fact name="At its height">
          {countText(peak.purchases)} purchases in {windowText(peak.windowMs)}, to{' '}
          {localDayTime(peak.windowEndMs)}, {usualText({ ...alert, ...peak })}
        </Fact>
      )}
      {ended !== '' && <Fact name="Ended">{ended}</Fact>}
      <Fact name="How sure">
        {confidenceOf(alert).label}: {chanceText(alert.peakScore)}
        <span class="muted">
          {' '}
          (score {alert.peakScore.toFixed(1)}, alerts open at {alert.threshold.toFixed(1)})
        </span>
      </Fact>
      {concentration !== null && <Fact name="Spread">{concentration}: most of it is one record</Fact>}
      <Fact name="Coverage">
        genre known of {shareText(alert.coverage, 1)} of purchases · market at {alert.marketRatio.toFixed(1)}×
        its usual
      </Fact>
      <Fact name="First seen">
        {localDayTime(alert.firstSeenMs)}
        {alert.alertKind === 'emerging' && (
          <span class="muted"> by this tracker: new to us, not always new</span>
        )}
      </Fact>
      {notesOf(alert).map(note => (
        <Fact key={note} name="Mind">
          {note}
        </Fact>
      ))}
    </dl>
  )
}

function Releases({ alert }: { alert: ApiAlert }): JSX.Element | null {
  if (alert.topReleases.length === 0) return null
  return (
    <section>
      <h3>What is selling</h3>
      <ol class="release-list">
        {alert.topReleases.map(release => {
          const url = safeUrl(release.url)
          const names = (
            <>
              <Text value={release.title} max={100} none="A release" />
              <span class="muted">
                <Text value={release.artistName} max={80} none={url === null ? '' : new URL(url).host} />
              </span>
            </>
          )
          return (
            <li key={release.url}>
              <Cover url={release.artUrl} name={release.url} />
              {url === null ? (
                <span class="release-names">{names}</span>
              ) : (
                <a class="release-names" href={url} target="_blank" rel="noopener noreferrer">
                  {names}
                </a>
              )}
              <span class="share">
                {countText(release.purchases)} <span class="muted">{shareText(release.share, 1)}</span>
              </span>
            </li>
          )
        })}
      </ol>
    </section>
  )
}

interface PartProps {
  readonly title: string
  readonly name: 'country' | 'artist'
  readonly parts: readonly { readonly value: string; readonly purchases: number; readonly share: number }[]
  readonly label: (value: string) => ComponentChildren
}

function Parts({ title, name, parts, label }: PartProps): JSX.Element | null {
  if (parts.length === 0) return null
  return (
    <section>
      <h3>{title}</h3>
      <ol class="part-list">
        {parts.map(({ value, purchases, share }) => (
          <li key={value}>
            <span class="bar" style={{ width: `${(share * 100).toFixed(1)}%` }} />
            <FilterLink name={name} value={value}>
              {label(value)}
            </FilterLink>
            <span class="share">
              {countText(purchases)} <span class="muted">{shareText(share, 1)}</span>
            </span>
          </li>
        ))}
      </ol>
    </section>
  )
}

function Ways({ alert }: { alert: ApiAlert }): JSX.Element {
  const isFollowable = FOLLOWABLE.includes(dimensionOf(alert.key))
  return (
    <p class="alert-ways">
      <button
        type="button"
        class="button small primary"
        onClick={() => openSignUp(isFollowable ? [alert.key] : [])}
      >
        <Icon name="bell" /> Subscribe to this
      </button>
      <button
        type="button"
        class="button small"
        onClick={() => listAlerts({ key: alert.key, kind: null, state: 'all', id: null })}
      >
        Its earlier alerts
      </button>
    </p>
  )
}

/** Names of artists by host, as the alert's own releases tell them. */
function namesIn({ topReleases }: ApiAlert): ReadonlyMap<string, string> {
  return new Map(
    topReleases.flatMap(({ url, artistName }) => {
      const safe = safeUrl(url)
      return safe === null || artistName === '' ? [] : [[new URL(safe).host, artistName] as const]
    }),
  )
}

export function AlertDetail({ alert }: { alert: ApiAlert }): JSX.Element {
  if (alert.alertKind === 'feed-silent') {
    return (
      <div class="alert-detail">
        <p>
          Bandcamp's feed showed no sale from {localDayTime(alert.windowEndMs - alert.windowMs)} on. That is
          no drop in sales: while the feed is silent nothing is counted and nobody is alerted.
        </p>
      </div>
    )
  }
  const countries = alert.topCountries.map(part => ({ ...part, value: part.country }))
  const names = namesIn(alert)
  const artists = alert.topArtists.map(part => ({ ...part, value: part.artistHost }))
  return (
    <div class="alert-detail">
      <Facts alert={alert} />
      <AlertChart alert={alert} />
      <div class="alert-parts">
        <Releases alert={alert} />
        <Parts
          title="Where buyers are"
          name="country"
          parts={countries}
          label={value => (
            <>
              <span class="flag" aria-hidden="true">
                {countryFlag(value)}
              </span>{' '}
              {countryLabel(value)}
            </>
          )}
        />
        {alert.dimension !== 'artist' && (
          <Parts
            title="Artists"
            name="artist"
            parts={artists}
            label={value => (
              <Text value={artistNames.get(value) ?? names.get(value) ?? ''} max={60} none={value} />
            )}
          />
        )}
      </div>
      <Ways alert={alert} />
    </div>
  )
}
