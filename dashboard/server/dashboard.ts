// The dashboard's server: HTTP API, sockets for browsers, a stream for scripts, the page itself.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Clock, EventLog, History, Telemetry } from '../../infra/ports.ts'
import { createApp } from './app.ts'
import { createClients, type TrustedProxies } from './clients.ts'
import type { Context } from './context.ts'
import { type Artwork, presentation as presentationOf } from './covers.ts'
import type { DeliveryParts } from './delivery.ts'
import { startHub } from './hub.ts'
import { startLiveAlerts } from './live-alerts.ts'
import { createConnections } from './security.ts'
import { type Sockets, startSockets } from './sockets.ts'
import { type FeedInfo, readStatus, type StageLag } from './status.ts'
import { broadcastStatus, SLOW_STATUS_MS, STATUS_MS, share } from './status-loop.ts'
import { type Stream, startStream } from './stream.ts'
import { startSummaries } from './summaries.ts'
import { guardUpgrades } from './upgrades.ts'

export type { Artwork } from './covers.ts'
export type { Delivery, ReportsInfo } from './delivery.ts'
export type { FeedInfo, StageLag } from './status.ts'

/** After this, connections that did not close by themselves are cut. */
const CLOSE_WITHIN_MS = 1_500
const UNTRUSTED_PROXY =
  'dashboard: a request came through a proxy that is not trusted, so that all who come through it count as ' +
  'one client in every limit; see the setting trustProxy'

export interface DashboardOptions {
  /** Address to listen on; 127.0.0.1 where absent. */
  readonly host?: string
  /** 0: any free port. */
  readonly port: number
  /** Folder of the built page, or null for the API alone. */
  readonly webDir: string | null
  /** Origins (`https://name`) whose pages may open sockets, besides the server's own addresses. */
  readonly allowedOrigins: readonly string[]
  /** The address that people use, where a proxy stands before us; its origin is allowed. */
  readonly publicUrl?: string
  /** Proxies that say whom they speak for; none where absent. */
  readonly trustedProxies?: TrustedProxies
}

export interface DashboardParts extends Partial<DeliveryParts> {
  readonly log: EventLog
  readonly history: History
  /** `nowMs` in the feed's time; `sleep` in that of people, who watch frames: never scaled. */
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly options: DashboardOptions
  readonly feed: () => FeedInfo
  /** SVG of a cover by its art URL, where the feed is simulated. */
  readonly artwork: Artwork | null
  /** Prometheus text, or null for none. */
  readonly metrics: (() => Promise<string>) | null
  readonly stages: () => Promise<readonly StageLag[]>
}

export interface Dashboard {
  /** Where it listens, as this machine reaches it. */
  readonly url: string
  /** Tells browsers, closes every connection, releases the port: within two seconds. Idempotent. */
  close(): Promise<void>
}

/** Everything but the network: what the parts share. */
async function createContext(parts: DashboardParts, isDraining: () => boolean): Promise<Context> {
  const { log, history, clock, telemetry, feed, stages, artwork, metrics, options } = parts
  const { alerts = null, delivery = null, reports = null } = parts
  const startedAtMs = clock.nowMs()
  const presentation = presentationOf(artwork)
  const hub = await startHub({ log, clock, telemetry, present: presentation.item })
  const shown = { present: presentation.item, presentArt: presentation.art }
  const summaries = await startSummaries({ history, clock, telemetry, ...shown }).catch(async error => {
    await hub.close()
    throw error
  })
  const follow = async () => alerts && startLiveAlerts({ log, book: alerts, clock, telemetry })
  const liveAlerts = await follow().catch(async error => {
    await Promise.all([hub.close(), summaries.close()])
    throw error
  })
  const told = { delivery, reports }
  const mail = share(clock, SLOW_STATUS_MS, async () => (await delivery?.status()) ?? null)
  const report = share(clock, SLOW_STATUS_MS, async () => (await reports?.status()) ?? null)
  const deadLetters = share(clock, SLOW_STATUS_MS, () => history.deadLetterCounts())
  const clients = createClients(options.trustedProxies ?? 0, () => telemetry.warn(UNTRUSTED_PROXY))
  const counted = { deadLetters, mail, report, clients }
  const status = share(clock, STATUS_MS, () =>
    readStatus({ startedAtMs, feed, stages, summaries, hub, clock, ...counted }),
  )
  const scope = (): string => feed().mode
  const shared = { log, history, clock, telemetry, hub, summaries, presentation, artwork, metrics, status }
  return {
    ...{ ...shared, ...told, scope, isDraining, alerts, liveAlerts, clients },
    webDir: options.webDir,
    publicUrl: options.publicUrl?.replace(/\/+$/, '') ?? null,
    allowedOrigins: originsOf(parts),
  }
}

/** The addresses under which this machine itself reaches us, and those that were named. */
function originsOf({ options }: DashboardParts): readonly string[] {
  const { allowedOrigins, publicUrl } = options
  return publicUrl === undefined ? allowedOrigins : [...allowedOrigins, new URL(publicUrl).origin]
}

/** Listens, or rejects with what the system says (`EADDRINUSE`); resolves to the address to open. */
function listen(http: Server, { host = '127.0.0.1', port }: DashboardOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    http.once('error', reject)
    http.listen(port, host, () => {
      http.off('error', reject)
      const { port: bound } = http.address() as AddressInfo
      const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host
      resolve(`http://${name}:${bound}`)
    })
  })
}

interface Running {
  readonly http: Server
  readonly sockets: Sockets
  readonly stream: Stream
}

/** Says goodbye to all, then cuts off who is still there. */
async function stopServing({ http, sockets, stream }: Running): Promise<void> {
  const closed = new Promise<void>(resolve => http.close(() => resolve()))
  stream.close()
  await sockets.close()
  http.closeIdleConnections()
  const cut = setTimeout(() => {
    stream.terminate()
    http.closeAllConnections()
  }, CLOSE_WITHIN_MS)
  await closed
  clearTimeout(cut)
}

/** Rejects where the log or the history does not answer, or the port is taken. */
export async function startDashboard(parts: DashboardParts): Promise<Dashboard> {
  const { clock, telemetry, log } = parts
  const stopped = new AbortController()
  const context = await createContext(parts, () => stopped.signal.aborted)
  const { hub, summaries, scope, status, presentation, allowedOrigins, liveAlerts } = context
  const connections = createConnections(context.clients)
  const onError = (what: string, error: unknown): void => telemetry.warn(`${what} failed`, { err: error })
  const http = createServer(createApp(context))
  const shared = { hub, scope, connections, onError }
  const sockets = startSockets({
    ...{ ...shared, http, summaries, status, clock, allowedOrigins, liveAlerts },
    presentArt: presentation.art,
  })
  const nowMs = (): number => summaries.extent().watermarkMs ?? clock.nowMs()
  const onSlow = (): void => telemetry.counted({ stage: 'dashboard', what: 'evicted', count: 1 })
  const stream = startStream({ ...shared, log, present: presentation.item, nowMs, onSlow })
  guardUpgrades({ http, stream, connections, allowedOrigins, telemetry })

  let closing: Promise<void> | null = null
  const stopFollowing = (): Promise<unknown> => {
    stopped.abort()
    return Promise.all([hub.close(), summaries.close(), liveAlerts?.close(), telling])
  }
  const close = async (): Promise<void> => {
    stopped.abort()
    await stopServing({ http, sockets, stream })
    await stopFollowing()
  }
  const telling = broadcastStatus(sockets, { clock, telemetry, status }, stopped.signal)
  try {
    const url = await listen(http, parts.options)
    return { url, close: () => (closing ??= close()) }
  } catch (error) {
    await stopFollowing()
    throw error
  }
}
