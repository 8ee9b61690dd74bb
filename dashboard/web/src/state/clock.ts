// The page's clocks: the wall, ticking once a second, and how far the server's clock is ahead of it.
import { computed, signal } from '@preact/signals'

const SECOND_MS = 1_000

export const wallMs = signal(Date.now())
export const serverAheadMs = signal(0)
/** The server's time as far as the page knows. */
export const serverMs = computed(() => wallMs.value + serverAheadMs.value)

export function startClock(): void {
  setInterval(() => {
    wallMs.value = Date.now()
  }, SECOND_MS)
}

/** Minutes that the reader's zone is ahead of UTC now. */
export const zoneOffsetMinutes = -new Date().getTimezoneOffset() || 0

const time = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const timeWithSeconds = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
})
const day = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'short' })
const utc = new Intl.DateTimeFormat('en-GB', {
  weekday: 'short',
  hour: '2-digit',
  minute: '2-digit',
  timeZone: 'UTC',
})

export const localTime = (ms: number): string => time.format(ms)
export const localTimeWithSeconds = (ms: number): string => timeWithSeconds.format(ms)
export const localDay = (ms: number): string => day.format(ms)
export const localDayTime = (ms: number): string => `${day.format(ms)}, ${time.format(ms)}`
export const utcTime = (ms: number): string => `${utc.format(ms)} UTC`

/** Epoch ms as the value of a `datetime-local` input, in the reader's zone. */
export function toLocalInput(ms: number): string {
  const ahead = -new Date(ms).getTimezoneOffset() * 60_000
  return new Date(ms + ahead).toISOString().slice(0, 16)
}

/** The other way; NaN where the field is empty or nonsense. */
export const fromLocalInput = (text: string): number => new Date(text).getTime()
