// What a reader must know before reading any number: simulated, disconnected, silent, still learning, or a
// bad link.
import type { JSX } from 'preact'
import { BANDCAMP_FRIDAYS, bandcampFridayAt } from '../../../../schemas/fridays.ts'
import { durationText, shareText } from '../../../core/display.ts'
import { localTime, serverMs, wallMs } from '../state/clock.ts'
import { health } from '../state/health.ts'
import { link, retryNow } from '../state/live.ts'
import { urlProblem } from '../state/location.ts'
import { status, summary, viewProblem } from '../state/store.ts'

function Simulated(): JSX.Element | null {
  const now = status.value
  if (now === null || now.mode === 'live') return null
  const recorded = now.mode === 'recorded'
  return (
    <div class="banner simulated" role="note">
      <strong>{recorded ? 'Recorded data.' : 'Simulated data.'}</strong>{' '}
      {recorded
        ? 'A capture of the feed is played back: nothing here is selling now.'
        : 'Every sale, artist and number on this page is invented.'}
      {now.modeReason !== null && <span> {now.modeReason}</span>}
    </div>
  )
}

function Disconnected(): JSX.Element | null {
  if (health.value !== 'disconnected') return null
  const retryAt = link.value.retryAtMs
  const shownTo = summary.value?.toMs ?? null
  const seconds = retryAt === null ? null : Math.max(0, Math.ceil((retryAt - wallMs.value) / 1_000))
  return (
    <div class="banner disconnected" role="alert">
      <span>
        <strong>Connection lost.</strong>{' '}
        {shownTo === null ? 'Nothing could be loaded yet.' : `What you see stands at ${localTime(shownTo)}.`}{' '}
        <span aria-hidden="true">{seconds === null ? 'Trying now…' : `Next try in ${seconds} s.`}</span>
      </span>
      <button type="button" class="button small" onClick={retryNow}>
        Retry now
      </button>
    </div>
  )
}

function Silent(): JSX.Element | null {
  const now = status.value
  if (now?.state !== 'silent' || link.value.downSinceMs !== null) return null
  const since = now.watermarkMs ?? now.lastSaleMs
  const whose = now.mode === 'live' ? "Bandcamp's feed" : 'The feed'
  return (
    <div class="banner silent" role="status">
      <strong>{whose} is silent</strong>
      {since === null
        ? '. No sale has come yet.'
        : ` since ${localTime(since)} (${durationText(serverMs.value - since)}). Numbers below stop there; this is not a drop in sales.`}
    </div>
  )
}

/** On a Bandcamp Friday everything rises: who reads the numbers must know why, and until when. */
function Friday(): JSX.Element | null {
  const nowMs = status.value === null ? null : serverMs.value
  const day = nowMs === null ? undefined : BANDCAMP_FRIDAYS[bandcampFridayAt(nowMs)]
  if (nowMs === null || day === undefined) return null
  return (
    <div class="banner friday" role="note">
      <span>
        <strong>{day.isAnnounced ? 'Bandcamp Friday.' : 'Most likely a Bandcamp Friday.'}</strong> Bandcamp
        leaves its share to artists, and sales are many times the usual. {durationText(day.toMs - nowMs)}{' '}
        left: until midnight Pacific, {localTime(day.toMs)} here.
      </span>
    </div>
  )
}

function Learning(): JSX.Element | null {
  const progress = status.value?.historyProgress ?? null
  if (progress === null) return null
  return (
    <div class="banner learning" role="status">
      <label for="history-progress">
        <strong>The history is being written</strong> ({shareText(progress, 1)}). Longer ranges and
        comparisons fill up meanwhile.
      </label>
      <progress id="history-progress" max={1} value={progress} />
    </div>
  )
}

function Problem(): JSX.Element | null {
  const text = viewProblem.value ?? urlProblem.value
  if (text === null) return null
  return (
    <div class="banner problem" role="alert">
      <span>
        <strong>This link cannot be followed:</strong> {text}
      </span>
      <a class="button small" href="/">
        Start again
      </a>
    </div>
  )
}

export function Banners(): JSX.Element {
  return (
    <div class="banners">
      <Simulated />
      <Disconnected />
      <Silent />
      <Friday />
      <Learning />
      <Problem />
    </div>
  )
}
