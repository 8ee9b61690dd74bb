// The page: which screen is shown, and what stands where on the live one.
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { zoneText } from '../../core/display.ts'
import { Banners } from './components/banners.tsx'
import { Controls } from './components/controls.tsx'
import { Detail } from './components/detail.tsx'
import { Empty, StillFetching } from './components/empty.tsx'
import { GenreCountryPanel, showsCountries } from './components/genre-country-panel.tsx'
import { Header } from './components/header.tsx'
import { HeatmapPanel, heatmapIsSmall, showsHours } from './components/heatmap-panel.tsx'
import { Help } from './components/help.tsx'
import { Kpis } from './components/kpis.tsx'
import { later } from './components/later.tsx'
import { Movers } from './components/movers.tsx'
import { TopArtists, TopCountries, TopFormats, TopGenres } from './components/rank.tsx'
import { Ticker } from './components/ticker.tsx'
import { TimePanel } from './components/time-panel.tsx'
import { localDayTime, zoneOffsetMinutes } from './state/clock.ts'
import { place } from './state/location.ts'
import { pause, summary } from './state/store.ts'
import { signUpWasOpened } from './state/wishes.ts'

const AlertsScreen = later(() => import('./screens/alerts.tsx').then(m => m.AlertsScreen))
const EmergingScreen = later(() => import('./screens/emerging.tsx').then(m => m.EmergingScreen))
const ReportsScreen = later(() => import('./screens/reports.tsx').then(m => m.ReportsScreen))
const SignUp = later(() => import('./components/sign-up.tsx').then(m => m.SignUp))

function Footer(): JSX.Element {
  const shown = summary.value
  return (
    <footer class="foot">
      <p>
        Observed sales of Bandcamp's public feed, not a complete count. Countries are the buyers'. USD as
        converted by Bandcamp.
      </p>
      {shown !== null && place.value.screen === 'live' && (
        <p>
          {localDayTime(shown.fromMs)} to {localDayTime(shown.toMs)}, {zoneText(zoneOffsetMinutes)}
        </p>
      )}
    </footer>
  )
}

function Live(): JSX.Element {
  return (
    <>
      <Controls />
      <StillFetching />
      <Empty />
      <Kpis />
      <div class="grid">
        <div class="col-wide">
          <TimePanel />
          <Movers />
          <div class="pair">
            <TopGenres />
            <TopArtists />
          </div>
          {showsHours.value && <HeatmapPanel />}
          {showsCountries.value && <GenreCountryPanel />}
          {heatmapIsSmall.value && (
            <div class="pair">
              <TopCountries />
              <TopFormats />
            </div>
          )}
        </div>
        <div class="col-side">
          <Ticker />
          {!heatmapIsSmall.value && (
            <>
              <TopCountries />
              <TopFormats />
            </>
          )}
        </div>
      </div>
    </>
  )
}

const TITLES = { live: '', emerging: 'Emerging · ', alerts: 'Alerts · ', reports: 'Reports · ' } as const

export function App(): JSX.Element {
  const { screen } = place.value
  useEffect(() => {
    document.title = `${TITLES[screen]}Bandcamp Tracker`
  }, [screen])
  return (
    <>
      <a class="skip" href="#main">
        Skip to the numbers
      </a>
      <Header />
      <Banners />
      <main id="main" class={pause.value === null ? '' : 'is-paused'}>
        {screen === 'live' && <Live />}
        {screen === 'alerts' && <AlertsScreen />}
        {screen === 'emerging' && <EmergingScreen />}
        {screen === 'reports' && <ReportsScreen />}
      </main>
      <Footer />
      <Detail />
      <Help />
      {signUpWasOpened.value && <SignUp />}
    </>
  )
}
