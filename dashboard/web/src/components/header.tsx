// The top of the page: name, search, and the line that says whether the heart beats.
import type { JSX } from 'preact'
import { countText, durationText, shareText, zoneText } from '../../../core/display.ts'
import { PULSE_SLOTS, pulseCounts, pulsePath } from '../../../core/pulse.ts'
import { localTimeWithSeconds, serverAheadMs, serverMs, zoneOffsetMinutes } from '../state/clock.ts'
import { behindMs, HEALTH_WORDS, health } from '../state/health.ts'
import { link } from '../state/live.ts'
import { newWhilePaused, pause, playout, soldAtMs, status, togglePause } from '../state/store.ts'
import { theme, toggleTheme } from '../state/theme.ts'
import { helpOpen } from './help.tsx'
import { Nav } from './nav.tsx'
import { Icon } from './parts.tsx'
import { Search } from './search.tsx'

function Mark(): JSX.Element {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <circle cx="16" cy="16" r="15" />
      <path d="M4 17h6l2.500-7 4 14 3-9 1.500 2H28" />
    </svg>
  )
}

const PULSE_WIDTH = 300
const PULSE_HEIGHT = 34

function Pulse(): JSX.Element {
  const flat = ['silent', 'starting', 'connecting', 'disconnected', 'reconnecting'].includes(health.value)
  const atMs = pause.value === null ? serverMs.value : pause.value.atMs + serverAheadMs.value
  const counts = pulseCounts(soldAtMs.value, atMs - playout.value.delayMs)
  const shown = flat ? new Array<number>(PULSE_SLOTS).fill(0) : counts
  const sum = shown.reduce((a, b) => a + b, 0)
  const label = flat
    ? 'Pulse: flat, no sales are arriving'
    : `Pulse: ${sum} sales of this view in the last five minutes played`
  return (
    <svg
      class={`pulse ${flat ? 'flat' : ''}`}
      viewBox={`0 0 ${PULSE_WIDTH} ${PULSE_HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <path d={pulsePath(shown, PULSE_WIDTH, PULSE_HEIGHT)} />
    </svg>
  )
}

function Pill(): JSX.Element {
  const state = health.value
  return (
    <span class={`pill ${state}`} role="status">
      <span class="dot" aria-hidden="true" />
      {HEALTH_WORDS[state]}
    </span>
  )
}

function Facts(): JSX.Element {
  const now = status.value
  const behind = behindMs.value
  const perMinute = now?.itemsPerMinute ?? null
  return (
    <ul class="facts">
      <li title="Items sold per minute, as of the last minutes counted">
        <b>{perMinute === null ? '—' : countText(Math.round(perMinute))}</b>/min
      </li>
      <li title="Time between now and the last moment whose sales are all counted">
        <b>{behind === null ? '—' : durationText(behind)}</b> behind
      </li>
      <li
        class="coverage"
        title="Share of the last 24 hours' items whose genre is known: it is not in the feed and is read from item pages"
      >
        genres known <b>{now === null || now.coverage === null ? '—' : shareText(now.coverage, 1)}</b>
      </li>
      <li title="Times on this page are in your zone">{zoneText(zoneOffsetMinutes)}</li>
    </ul>
  )
}

function PauseButton(): JSX.Element {
  const held = pause.value
  if (held === null) {
    return (
      <button type="button" class="button pause" onClick={togglePause} aria-keyshortcuts="P">
        <Icon name="pause" /> Pause <kbd>P</kbd>
      </button>
    )
  }
  return (
    <button type="button" class="button pause primary" onClick={togglePause} aria-keyshortcuts="P">
      <Icon name="play" /> Resume
      <span class="new-count">{countText(newWhilePaused.value)} new</span>
    </button>
  )
}

export function Header(): JSX.Element {
  const held = pause.value
  return (
    <header class="top">
      <div class="top-row">
        <a class="brand" href="/" aria-label="Bandcamp Tracker, start">
          <Mark />
          <span>Bandcamp Tracker</span>
        </a>
        <Nav />
        <Search />
        <button
          type="button"
          class="icon-button"
          onClick={toggleTheme}
          aria-label={theme.value === 'dark' ? 'Switch to light' : 'Switch to dark'}
          title="Theme (D)"
        >
          <Icon name={theme.value === 'dark' ? 'sun' : 'moon'} />
        </button>
        <button
          type="button"
          class="icon-button"
          onClick={() => {
            helpOpen.value = true
          }}
          aria-label="Help and keys"
          title="Help and keys (?)"
        >
          <Icon name="help" />
        </button>
      </div>
      <div class="top-row beat">
        <Pill />
        {held !== null && <span class="paused-at">at {localTimeWithSeconds(held.atMs)}</span>}
        <Pulse />
        <Facts />
        <PauseButton />
      </div>
      {link.value.state === 'connecting' && <div class="progress-line" aria-hidden="true" />}
    </header>
  )
}
