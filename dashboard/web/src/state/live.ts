// The line to the server: one view by HTTP, then one socket that goes on from its cursor and catches up after
// a break.
import { effect, signal, untracked } from '@preact/signals'
import { io, type Socket } from 'socket.io-client'
import type { ClientEvents, ServerEvents, View } from '../../../core/api.ts'
import { API_PATHS } from '../../../core/query.ts'
import { hasAlerts, takeAlerts } from './alerts.ts'
import { askJson, Refused } from './fetch.ts'
import { apiQuery } from './location.ts'
import { loadingSinceMs, showStatus, showSummary, showView, takeSales, viewProblem } from './store.ts'

export interface Link {
  readonly state: 'connecting' | 'up' | 'down'
  /** When the line broke; null while it holds. */
  readonly downSinceMs: number | null
  readonly retryAtMs: number | null
}
export const link = signal<Link>({ state: 'connecting', downSinceMs: null, retryAtMs: null })

/** Waits between attempts: short at first, never so long that a reader wonders. */
const BACKOFF_MS = [500, 1_000, 2_000, 4_000, 8_000, 10_000] as const
/** Many pages that lost one server must not come back in the same instant. */
const JITTER = 0.2
const MAX_RETRY_MS = 60_000

let cursor: string | null = null
let loadedQuery: string | null = null
let attempt = 0
let retryTimer: ReturnType<typeof setTimeout> | null = null
let asking: AbortController | null = null
let socket: Socket<ServerEvents, ClientEvents> | null = null

function closeSocket(): void {
  socket?.removeAllListeners()
  socket?.disconnect()
  socket = null
}

function broken(retryAfterMs: number | null = null): void {
  closeSocket()
  if (retryTimer !== null) clearTimeout(retryTimer)
  const wait = BACKOFF_MS[Math.min(attempt, BACKOFF_MS.length - 1)]! * (1 + JITTER * Math.random())
  const delayMs = Math.min(MAX_RETRY_MS, Math.max(wait, retryAfterMs ?? 0))
  attempt += 1
  retryTimer = setTimeout(retryNow, delayMs)
  const downSinceMs = link.value.downSinceMs ?? Date.now()
  link.value = { state: 'down', downSinceMs, retryAtMs: Date.now() + delayMs }
}

export function retryNow(): void {
  if (retryTimer !== null) clearTimeout(retryTimer)
  retryTimer = null
  link.value = { ...link.value, retryAtMs: null }
  if (loadedQuery === untracked(() => apiQuery.value) && cursor !== null) openSocket(true)
  else void loadView()
}

/** Asks for the whole view; whatever was asked before is dropped. */
async function loadView(): Promise<void> {
  asking?.abort()
  closeSocket()
  const mine = new AbortController()
  asking = mine
  const query = untracked(() => apiQuery.value)
  loadingSinceMs.value = Date.now()
  viewProblem.value = null
  try {
    const view = await askJson<View>(`${API_PATHS.view}?${query}`, { signal: mine.signal })
    if (mine.signal.aborted) return
    cursor = view.cursor
    loadedQuery = query
    loadingSinceMs.value = null
    showView(view)
    openSocket(false)
  } catch (error) {
    if (mine.signal.aborted) return
    if (!(error instanceof Refused)) return broken()
    loadingSinceMs.value = null
    viewProblem.value = error.message
  }
}

/** One connection, one subscription: what an older question would still bring cannot arrive. */
function openSocket(again: boolean): void {
  closeSocket()
  const query = loadedQuery ?? ''
  const mine: Socket<ServerEvents, ClientEvents> = io({
    forceNew: true,
    reconnection: false,
    transports: ['websocket', 'polling'],
    tryAllTransports: true,
  })
  socket = mine
  let catchingUp = again
  let firstAlerts = true
  mine.on('connect', () => {
    attempt = 0
    link.value = { state: 'up', downSinceMs: null, retryAtMs: null }
    mine.emit('subscribe', { query, cursor })
  })
  mine.on('sales', message => {
    cursor = message.cursor
    takeSales(message.items, message.leftOut ?? 0, !catchingUp)
    catchingUp = false
  })
  mine.on('summary', shown => {
    showSummary(shown)
    // Alerts come before the first numbers of a line, where there are any.
    if (firstAlerts) hasAlerts.value = false
  })
  mine.on('status', showStatus)
  mine.on('alerts', ({ alerts }) => {
    takeAlerts(alerts, firstAlerts)
    firstAlerts = false
  })
  mine.on('reset', () => void loadView())
  mine.on('problem', problem => {
    viewProblem.value = problem.error.message
  })
  mine.on('bye', ({ retryAfterMs }) => broken(retryAfterMs))
  mine.on('connect_error', () => broken())
  mine.on('disconnect', () => broken())
}

export function startLive(): void {
  effect(() => {
    void apiQuery.value
    void untracked(loadView)
  })
  window.addEventListener('online', () => link.value.state === 'down' && retryNow())
}
