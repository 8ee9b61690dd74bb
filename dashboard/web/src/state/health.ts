// Is it alive, and how do we know: one state for the pill, from the link, the pause and what the server says.
import { computed } from '@preact/signals'
import { serverMs, wallMs } from './clock.ts'
import { link } from './live.ts'
import { pause, status } from './store.ts'

export type Health =
  | 'live'
  | 'simulated'
  | 'recorded'
  | 'silent'
  | 'catching-up'
  | 'starting'
  | 'paused'
  | 'reconnecting'
  | 'disconnected'
  | 'connecting'

/** A break shorter than this heals unnoticed more often than not: no banner yet. */
export const BANNER_AFTER_MS = 10_000

export const downForMs = computed(() => {
  const since = link.value.downSinceMs
  return since === null ? 0 : Math.max(0, wallMs.value - since)
})

export const health = computed<Health>(() => {
  if (pause.value !== null) return 'paused'
  if (link.value.downSinceMs !== null)
    return downForMs.value < BANNER_AFTER_MS ? 'reconnecting' : 'disconnected'
  const now = status.value
  if (now === null) return 'connecting'
  if (now.state !== 'alive') return now.state
  return now.mode
})

export const HEALTH_WORDS: Readonly<Record<Health, string>> = {
  live: 'Live',
  simulated: 'Simulated',
  recorded: 'Recorded',
  silent: 'Silent',
  'catching-up': 'Catching up',
  starting: 'Starting',
  paused: 'Paused',
  reconnecting: 'Reconnecting',
  disconnected: 'Disconnected',
  connecting: 'Connecting',
}

/** How far what is shown lies behind now; null where nothing has been counted. */
export const behindMs = computed(() => {
  const at = status.value?.watermarkMs ?? null
  return at === null ? null : Math.max(0, serverMs.value - at)
})
