// Starts the page: styles, clocks, keys, the line to the server, and the first render.
import '@fontsource-variable/inter/wght.css'
import './styles/tokens.css'
import './styles/base.css'
import './styles/header.css'
import './styles/panels.css'
import './styles/ticker.css'
import './styles/sheet.css'
import './styles/alerts.css'
import './styles/screens.css'
import './styles/form.css'
import './styles/narrow.css'
import { render } from 'preact'
import { App } from './app.tsx'
import { startClock } from './state/clock.ts'
import { startKeys } from './state/keys.ts'
import { startLive } from './state/live.ts'
import { startTicker } from './state/store.ts'

const root = document.getElementById('app')
if (root !== null) {
  root.textContent = ''
  startClock()
  startKeys()
  startLive()
  startTicker()
  render(<App />, root)
  // Fetched while the numbers are: where it fails, the chart's own place says so.
  import('./charts/charts.ts').catch(() => {})
}
