// socket.io for browsers: each gets what it missed, then every frame and every summary of its view.
import type { Server as HttpServer, IncomingMessage } from 'node:http'
import { Server, type Socket } from 'socket.io'
import type { Clock } from '../../infra/ports.ts'
import type { Alert } from '../../schemas/alerts.ts'
import type { SalesFilter, SoldItem } from '../../schemas/history.ts'
import { presentAlert } from '../core/alerts.ts'
import {
  type ClientEvents,
  type Problem,
  type ServerEvents,
  type Status,
  subscribeSchema,
} from '../core/api.ts'
import { formatCursor, type Positions, parseCursor } from '../core/cursor.ts'
import { matchesFilter } from '../core/items.ts'
import { formatViewQuery, parseViewQuery, type ViewQuery } from '../core/query.ts'
import type { Frame, LiveHub } from './hub.ts'
import type { LiveAlerts } from './live-alerts.ts'
import type { RingEntry } from './ring.ts'
import { type Connections, isOriginAllowed } from './security.ts'
import type { Summaries } from './summaries.ts'

/** What a browser says is small; anything bigger is not from our page. */
const MAX_PAYLOAD_BYTES = 10_000
/** More sales than anybody reads: fetching the view again is cheaper. */
export const MAX_CATCH_UP_ITEMS = 2_000
/** Ten frames of this are 2,000 items a second: a hundred Bandcamp Fridays. */
export const MAX_FRAME_ITEMS = 200
const SUBSCRIPTIONS_PER_WINDOW = 20
const SUBSCRIPTION_WINDOW_MS = 10_000
export const BYE_RETRY_MS = 2_000

interface SocketData {
  view?: { readonly key: string; readonly query: ViewQuery }
  windowStartMs?: number
  subscriptions?: number
}
type Io = Server<ClientEvents, ServerEvents, Record<string, never>, SocketData>
type BrowserSocket = Socket<ClientEvents, ServerEvents, Record<string, never>, SocketData>

export interface SocketsOptions {
  readonly http: HttpServer
  readonly hub: LiveHub
  readonly summaries: Summaries
  readonly status: () => Promise<Status>
  readonly scope: () => string
  /** Null where there are no alerts. */
  readonly liveAlerts: LiveAlerts | null
  readonly presentArt: (artUrl: string | null) => string | null
  readonly clock: Clock
  readonly connections: Connections
  readonly allowedOrigins: readonly string[]
  readonly onError: (what: string, error: unknown) => void
}

export interface Sockets {
  /** Sends the status to everybody. */
  sendStatus(status: Status): void
  /** Browsers connected. */
  count(): number
  /** Says goodbye and closes every connection. */
  close(): Promise<void>
}

/** Whoever was given the alerts once. */
const ALERTS_ROOM = 'alerts'
const viewRoom = (key: string): string => `view ${key}`
const filterRoom = (filter: SalesFilter): string =>
  `filter ${JSON.stringify([filter.genre, filter.artist, filter.country, filter.format])}`

/** The items of the entries that fit, in the order they came. */
export function itemsOf(entries: readonly RingEntry[], filter: SalesFilter): SoldItem[] {
  return entries.flatMap(entry => entry.items.filter(item => matchesFilter(item, filter)))
}

/** The wire's type is mutable, ours is not; nobody writes to either. */
type SentItems = Parameters<ServerEvents['sales']>[0]['items']
const sent = (items: readonly SoldItem[]): SentItems => items as unknown as SentItems

function createIo({ http, connections, allowedOrigins }: SocketsOptions): Io {
  const io: Io = new Server(http, {
    serveClient: false,
    perMessageDeflate: false,
    httpCompression: false,
    maxHttpBufferSize: MAX_PAYLOAD_BYTES,
    // Upgrades of other paths are the dashboard's own to answer.
    destroyUpgrade: false,
    allowRequest: (req, callback) => {
      const allowed = isOriginAllowed(req, allowedOrigins) && connections.hasRoom(req)
      callback(null, allowed)
    },
  })
  io.engine.on('connection', (raw: { request: IncomingMessage; on: SocketOn }) => {
    raw.on('close', connections.open(raw.request))
  })
  return io
}
type SocketOn = (event: 'close', listener: () => void) => void

/** The views and filters that somebody looks at, by room. */
function roomsInUse(io: Io): { views: Map<string, ViewQuery>; filters: Map<string, SalesFilter> } {
  const views = new Map<string, ViewQuery>()
  const filters = new Map<string, SalesFilter>()
  for (const { data } of io.sockets.sockets.values()) {
    if (data.view === undefined) continue
    views.set(data.view.key, data.view.query)
    filters.set(filterRoom(data.view.query.filter), data.view.query.filter)
  }
  return { views, filters }
}

/** True while the socket asks no more often than a person could. */
function mayAsk(data: SocketData, nowMs: number): boolean {
  if (nowMs - (data.windowStartMs ?? Number.NEGATIVE_INFINITY) > SUBSCRIPTION_WINDOW_MS) {
    data.windowStartMs = nowMs
    data.subscriptions = 0
  }
  data.subscriptions = (data.subscriptions ?? 0) + 1
  return data.subscriptions <= SUBSCRIPTIONS_PER_WINDOW
}

/** What a browser asks for, or what is wrong with it. */
function readSubscription(
  message: unknown,
): Problem | { readonly query: ViewQuery; readonly cursor: string | null } {
  const asked = subscribeSchema.safeParse(message)
  if (!asked.success) {
    const text = 'subscribe wants {"query": "range=24h", "cursor": null}'
    return { error: { code: 'bad-query', message: text } }
  }
  const parsed = parseViewQuery(asked.data.query)
  if (parsed.ok) return { query: parsed.query, cursor: asked.data.cursor }
  return { error: { code: 'bad-query', message: parsed.message, parameter: parsed.param } }
}

/** Tells each socket the alerts once, at its first subscription, and from then on each change. */
function passOnAlerts(
  io: Io,
  { liveAlerts, presentArt }: SocketsOptions,
): { greet(socket: BrowserSocket): void; stop(): void } {
  const messageOf = (alerts: readonly Alert[]) => ({
    alerts: alerts.map(alert => presentAlert(alert, presentArt)),
  })
  const stop = liveAlerts?.onAlerts(alerts => io.to(ALERTS_ROOM).emit('alerts', messageOf(alerts)))
  return {
    greet(socket) {
      if (liveAlerts === null || socket.rooms.has(ALERTS_ROOM)) return
      socket.join(ALERTS_ROOM)
      socket.emit('alerts', messageOf(liveAlerts.shown()))
    },
    stop: () => stop?.(),
  }
}

export function startSockets(options: SocketsOptions): Sockets {
  const { hub, summaries, status, scope, clock, onError } = options
  const io = createIo(options)
  const alerts = passOnAlerts(io, options)
  const cursorAt = (positions: Positions): string => formatCursor(scope(), positions)

  /** Everything behind the cursor, up to the last frame; false where that is too much or too old. */
  function catchUp(socket: BrowserSocket, cursor: string | null, filter: SalesFilter): boolean {
    const place = cursor === null ? hub.end() : parseCursor(cursor, scope(), hub.end().length)
    const missed = place === null ? null : hub.after(place)
    if (missed === null) return false
    const items = itemsOf(missed, filter)
    if (items.length > MAX_CATCH_UP_ITEMS) return false
    socket.emit('sales', { items: sent(items), cursor: cursorAt(hub.end()) })
    return true
  }

  async function sendNumbers(socket: BrowserSocket, key: string, query: ViewQuery): Promise<void> {
    const [summary, now] = await Promise.all([summaries.summary(query), status()])
    if (socket.data.view?.key !== key) return
    socket.emit('summary', summary)
    socket.emit('status', now)
  }

  /** No await between what was missed and joining the rooms: no frame can fall between the two. */
  function subscribe(socket: BrowserSocket, message: unknown): void {
    if (!mayAsk(socket.data, clock.nowMs())) return void socket.disconnect(true)
    const asked = readSubscription(message)
    if ('error' in asked) return void socket.emit('problem', asked)
    const { query, cursor } = asked
    const key = formatViewQuery(query)
    for (const room of socket.rooms) if (room !== socket.id && room !== ALERTS_ROOM) socket.leave(room)
    delete socket.data.view
    if (!catchUp(socket, cursor, query.filter)) return void socket.emit('reset')
    socket.data.view = { key, query }
    socket.join([viewRoom(key), filterRoom(query.filter)])
    alerts.greet(socket)
    sendNumbers(socket, key, query).catch(error => onError('dashboard: a view', error))
  }

  function sendFrame({ entries, end }: Frame): void {
    if (io.sockets.sockets.size === 0) return
    const cursor = cursorAt(end)
    for (const [room, filter] of roomsInUse(io).filters) {
      const items = itemsOf(entries, filter)
      if (items.length === 0) continue
      const leftOut = Math.max(0, items.length - MAX_FRAME_ITEMS)
      const message = { items: sent(items.slice(leftOut)), cursor }
      io.to(room).emit('sales', leftOut === 0 ? message : { ...message, leftOut })
    }
  }

  /** Each view is computed once, whoever looks at it. */
  async function sendSummaries(): Promise<void> {
    const views = [...roomsInUse(io).views].map(async ([key, query]) => {
      const summary = await summaries.summary(query)
      io.to(viewRoom(key)).emit('summary', summary)
    })
    await Promise.all(views)
  }

  io.on('connection', socket => socket.on('subscribe', message => subscribe(socket, message)))
  const stopFrames = hub.onFrame(sendFrame)
  const stopSummaries = summaries.onMoved(sendSummaries)

  return {
    sendStatus: now => void io.emit('status', now),
    count: () => io.sockets.sockets.size,
    async close() {
      stopFrames()
      stopSummaries()
      alerts.stop()
      io.emit('bye', { retryAfterMs: BYE_RETRY_MS })
      // One turn of the loop, so that the goodbye leaves before the connection does.
      await new Promise(resolve => setImmediate(resolve))
      io.disconnectSockets(true)
      io.engine.close()
    },
  }
}
