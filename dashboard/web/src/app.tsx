// The page: what stands where.
import type { JSX } from 'preact'
import { zoneText } from '../../core/display.ts'
import { Banners } from './components/banners.tsx'
import { Controls } from './components/controls.tsx'
import { Detail } from './components/detail.tsx'
import { Empty, StillFetching } from './components/empty.tsx'
import { Header } from './components/header.tsx'
import { HeatmapPanel, heatmapIsSmall, showsHours } from './components/heatmap-panel.tsx'
import { Help } from './components/help.tsx'
import { Kpis } from './components/kpis.tsx'
import { TopArtists, TopCountries, TopFormats, TopGenres } from './components/rank.tsx'
import { Ticker } from './components/ticker.tsx'
import { TimePanel } from './components/time-panel.tsx'
import { localDayTime, zoneOffsetMinutes } from './state/clock.ts'
import { pause, summary } from './state/store.ts'

function Footer(): JSX.Element {
  const shown = summary.value
  return (
    <footer class="foot">
      <p>
        Observed sales of Bandcamp's public feed, not a complete count. Countries are the buyers'. USD as
        converted by Bandcamp.
      </p>
      {shown !== null && (
        <p>
          {localDayTime(shown.fromMs)} to {localDayTime(shown.toMs)}, {zoneText(zoneOffsetMinutes)}
        </p>
      )}
    </footer>
  )
}

export function App(): JSX.Element {
  return (
    <>
      <a class="skip" href="#main">
        Skip to the numbers
      </a>
      <Header />
      <Banners />
      <main id="main" class={pause.value === null ? '' : 'is-paused'}>
        <Controls />
        <StillFetching />
        <Empty />
        <Kpis />
        <div class="grid">
          <div class="col-wide">
            <TimePanel />
            <div class="pair">
              <TopGenres />
              <TopArtists />
            </div>
            {showsHours.value && <HeatmapPanel />}
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
      </main>
      <Footer />
      <Detail />
      <Help />
    </>
  )
}
