// What the page knows and shows. Everything here is frozen by a pause except the link and the status.
import { computed, signal } from '@preact/signals'
import type { ApiSoldItem, Status, Summary, View } from '../../../core/api.ts'
import {
  advance,
  enqueue,
  leaveOut,
  MAX_DELAY_MS,
  type Playout,
  startPlayout,
} from '../../../core/playout.ts'
import { PULSE_SLOT_MS, PULSE_SLOTS } from '../../../core/pulse.ts'
import { serverAheadMs, wallMs } from './clock.ts'

export const summary = signal<Summary | null>(null)
export const status = signal<Status | null>(null)
export const playout = signal<Playout>(startPlayout([], 0))
/** Times of the sales that the pulse line may still need. */
export const soldAtMs = signal<readonly number[]>([])
/** A view is asked for; what is shown is the one before. */
export const loadingSinceMs = signal<number | null>(Date.now())
/** Why the view asked for cannot be had: the server's own sentence. */
export const viewProblem = signal<string | null>(null)
/** The item in the detail sheet. */
export const openItem = signal<ApiSoldItem | null>(null)

export interface Pause {
  readonly atMs: number
  readonly summary: Summary | null
  /** By id: what came since, as last amended. */
  readonly items: ReadonlyMap<string, ApiSoldItem>
  /** How many more the server left out. */
  readonly leftOut: number
}

const pausedNow = (): Pause => ({ atMs: Date.now(), summary: null, items: new Map(), leftOut: 0 })
export const pause = signal<Pause | null>(null)
export const newWhilePaused = computed(() =>
  pause.value === null ? 0 : pause.value.items.size + pause.value.leftOut,
)
/** The ticker alone stands still: a pointer or the focus is on it, or it is scrolled. */
export const tickerHeld = signal(false)

/** Names of artists by host, as seen in any answer: a filter's chip says the name. */
const MAX_NAMES = 2_000
export const artistNames = new Map<string, string>()
export function rememberName(host: string, name: string): void {
  if (name === '') return
  if (artistNames.size >= MAX_NAMES) artistNames.clear()
  artistNames.set(host, name)
}

function rememberNames(items: readonly ApiSoldItem[], top: Summary | null): void {
  for (const item of items) rememberName(item.artistHost, item.artistName)
  for (const row of top?.topArtists ?? []) rememberName(row.value, row.label)
}

const PULSE_MEMORY_MS = PULSE_SLOTS * PULSE_SLOT_MS + MAX_DELAY_MS
function rememberPulse(items: readonly ApiSoldItem[], nowMs: number): void {
  const oldest = nowMs + serverAheadMs.value - PULSE_MEMORY_MS
  soldAtMs.value = [...soldAtMs.value, ...items.map(item => item.soldAtMs)].filter(at => at > oldest)
}

export function showStatus(next: Status): void {
  serverAheadMs.value = next.nowMs - Date.now()
  status.value = next
}

export function showSummary(next: Summary): void {
  rememberNames([], next)
  const held = pause.value
  if (held !== null) pause.value = { ...held, summary: next }
  else summary.value = next
}

/** The event time at which the ticker stands, on the page's clock corrected by the server's. */
const playNowMs = (): number => Date.now() + serverAheadMs.value

export function showView(view: View): void {
  showStatus(view.status)
  rememberNames(view.recent, view.summary)
  summary.value = view.summary
  soldAtMs.value = []
  rememberPulse(view.recent, Date.now())
  playout.value = startPlayout(view.recent, playNowMs())
  if (pause.value !== null) pause.value = pausedNow()
}

export function takeSales(items: readonly ApiSoldItem[], leftOut: number, paced: boolean): void {
  rememberNames(items, null)
  const held = pause.value
  if (held === null) {
    showSales(items, leftOut, paced)
    return
  }
  const merged = new Map(held.items)
  const shown = new Set(playout.value.rows.map(row => row.key))
  for (const item of items) if (!shown.has(item.id)) merged.set(item.id, item)
  pause.value = { ...held, items: merged, leftOut: held.leftOut + leftOut }
}

function showSales(items: readonly ApiSoldItem[], leftOut: number, paced: boolean): void {
  const before = new Set([...playout.value.rows.map(r => r.key), ...playout.value.waiting.map(i => i.id)])
  rememberPulse(
    items.filter(item => !before.has(item.id)),
    Date.now(),
  )
  const nowMs = playNowMs()
  playout.value = enqueue(leaveOut(playout.value, leftOut, nowMs), items, nowMs, paced)
}

export function togglePause(): void {
  const held = pause.value
  if (held === null) {
    pause.value = pausedNow()
    return
  }
  pause.value = null
  if (held.summary !== null) summary.value = held.summary
  showSales([...held.items.values()], held.leftOut, false)
}

/** How often the ticker looks whether a row is due: a fraction of the pace itself. */
const ADVANCE_EVERY_MS = 200
export function startTicker(): void {
  setInterval(() => {
    if (pause.value === null && !tickerHeld.value) playout.value = advance(playout.value, playNowMs())
  }, ADVANCE_EVERY_MS)
}

/** Sales that are due but held back by the pointer on the ticker. */
export const waitingInTicker = computed(() => {
  if (!tickerHeld.value) return 0
  const dueMs = wallMs.value + serverAheadMs.value - playout.value.delayMs
  return playout.value.waiting.filter(item => item.soldAtMs <= dueMs).length
})
