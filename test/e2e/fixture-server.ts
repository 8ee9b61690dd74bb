// A stand-in for the dashboard's server that tests can steer: its answers have the API's shapes, its headers
// the real policy.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import express from 'express'
import { type Socket, Server as SocketServer } from 'socket.io'
import { foldAlerts } from '../../dashboard/core/alerts.ts'
import type { ApiSoldItem, ClientEvents, ServerEvents, Status, View } from '../../dashboard/core/api.ts'
import type { ReportsPage, SignUp } from '../../dashboard/core/api-alerts.ts'
import { API_PATHS, parseViewQuery, type ViewQuery } from '../../dashboard/core/query.ts'
import { type Alert, SEVERITIES } from '../../schemas/alerts.ts'
import { shown } from './fixture-alerts.ts'
import { fits, type Gap, makeItem, makeWorld, random, summarise } from './fixture-world.ts'

export const PAGE_DIR = path.join(import.meta.dirname, '../../dist/dashboard/web')
export const CONTENT_SECURITY_POLICY =
  "default-src 'self'; style-src 'self'; img-src 'self' https://f4.bcbits.com data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"

const MINUTE = 60_000
const RECENT = 40

type Client = Socket<ClientEvents, ServerEvents>
interface Subscription {
  readonly client: Client
  readonly query: ViewQuery
}

export interface FixtureOptions {
  readonly seed?: number
  readonly days?: number
  readonly perMinute?: number
  readonly status?: Partial<Status>
  readonly gaps?: readonly Gap[]
  readonly alerts?: readonly Alert[]
  readonly reports?: ReportsPage
  /** What the server takes for now; the machine's time where absent. */
  readonly nowMs?: number
}

/** What a sign-up is answered, whoever signs up. */
export const SIGN_UP_ANSWER = 'Look into your mail: a letter with a link to confirm is on its way.'
const NO_REPORTS: ReportsPage = { zone: 'UTC', nextAtMs: null, reports: [] }

/**
 * Holds its data while the listener is stopped and started again, as a server that restarts from its log
 * would.
 */
export class FixtureServer {
  port = 0
  readonly base: readonly ApiSoldItem[]
  /** Sales pushed after the start, in order: the cursor is an index into this. */
  readonly log: ApiSoldItem[] = []
  status: Status
  gaps: readonly Gap[]
  watermarkMs: number
  viewDelay: Promise<void> = Promise.resolve()
  viewsAsked = 0
  /** Newest opened first, as they stand. */
  alerts: readonly Alert[]
  reports: ReportsPage
  /** What was posted to sign up, and how the next posts are refused. */
  readonly signUps: SignUp[] = []
  refuseSignUp: { readonly status: number; readonly message: string; readonly parameter?: string } | null =
    null
  private readonly next: () => number
  private readonly aheadMs: number
  private http: Server | null = null
  private io: SocketServer<ClientEvents, ServerEvents> | null = null
  private readonly subscriptions = new Set<Subscription>()
  private pushed = 0

  constructor(options: FixtureOptions = {}) {
    this.aheadMs = (options.nowMs ?? Date.now()) - Date.now()
    const nowMs = this.clock()
    const behindMs = 75_000
    this.watermarkMs = Math.floor((nowMs - behindMs) / MINUTE) * MINUTE
    this.next = random((options.seed ?? 7) + 1)
    this.base = makeWorld(
      options.seed ?? 7,
      this.watermarkMs,
      options.days ?? 15,
      options.perMinute ?? 7,
    ).items
    this.gaps = options.gaps ?? []
    this.alerts = foldAlerts(options.alerts ?? [], [])
    this.reports = options.reports ?? NO_REPORTS
    const last = this.base.at(-1)?.soldAtMs ?? null
    this.status = {
      mode: 'live',
      modeReason: null,
      state: 'alive',
      nowMs,
      watermarkMs: this.base.length === 0 ? null : this.watermarkMs,
      lastSaleMs: last,
      firstSaleMs: this.base[0]?.soldAtMs ?? null,
      coverage: this.base.length === 0 ? null : 0.91,
      historyProgress: null,
      itemsPerMinute: this.base.length === 0 ? null : 33.4,
      stages: [],
      mail: null,
      deadLetters: [],
      report: null,
      untrustedProxy: false,
      ...options.status,
    }
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  private clock(): number {
    return Date.now() + this.aheadMs
  }

  private now(): Status {
    return { ...this.status, nowMs: this.clock() }
  }

  private summary(query: ViewQuery) {
    const byId = new Map([...this.base, ...this.log].map(item => [item.id, item]))
    return summarise([...byId.values()], query, this.watermarkMs, this.gaps)
  }

  private view(query: ViewQuery): View {
    const latest = [
      ...new Map([...this.base.slice(-20_000), ...this.log].map(item => [item.id, item])).values(),
    ]
    const recent = latest
      .filter(item => fits(item, query))
      .slice(-RECENT)
      .reverse()
    return { summary: this.summary(query), recent, cursor: String(this.log.length), status: this.now() }
  }

  private app(): express.Express {
    const app = express()
    app.use((_, response, next) => {
      response.setHeader('Content-Security-Policy', CONTENT_SECURITY_POLICY)
      response.setHeader('X-Content-Type-Options', 'nosniff')
      next()
    })
    const asked = (answer: (query: ViewQuery) => unknown): express.RequestHandler => {
      return async (request, response) => {
        const parsed = parseViewQuery(request.url.split('?')[1] ?? '')
        if (!parsed.ok) {
          response.status(400).json({ error: { code: 'bad-query', message: parsed.message } })
          return
        }
        await this.viewDelay
        response.json(answer(parsed.query))
      }
    }
    app.get(
      API_PATHS.view,
      asked(query => {
        this.viewsAsked += 1
        return this.view(query)
      }),
    )
    app.get(
      API_PATHS.summary,
      asked(query => this.summary(query)),
    )
    app.get(API_PATHS.status, (_, response) => void response.json(this.now()))
    app.get(
      API_PATHS.search,
      (request, response) => void response.json({ hits: this.search(String(request.query.q ?? '')) }),
    )
    this.tellAlerts(app)
    app.get(['/alerts', '/emerging', '/reports', '/reports/:day'], (_, response) =>
      response.sendFile(path.join(PAGE_DIR, 'index.html')),
    )
    app.use(express.static(PAGE_DIR))
    return app
  }

  private tellAlerts(app: express.Express): void {
    app.get(API_PATHS.alerts, (request, response) => {
      const {
        key,
        kind,
        minSeverity = 'info',
        open,
        to,
        limit,
      } = request.query as Record<string, string | undefined>
      const least = SEVERITIES.indexOf(minSeverity as (typeof SEVERITIES)[number])
      const fitting = this.alerts.filter(
        alert =>
          (key === undefined || alert.key === key) &&
          (kind === undefined || alert.alertKind === kind || alert.alertKind === `market-${kind}`) &&
          SEVERITIES.indexOf(alert.severity) >= least &&
          (open !== 'true' || alert.closedAtMs === null) &&
          (to === undefined || alert.openedAtMs < Date.parse(to)),
      )
      const page = fitting.slice(0, Number(limit))
      const last = page.at(-1)
      const next = fitting.length > page.length && last ? new Date(last.openedAtMs).toISOString() : null
      response.json({ alerts: page.map(shown), next })
    })
    app.get(`${API_PATHS.alerts}/:id`, (request, response) => {
      const found = this.alerts.find(alert => alert.id === request.params.id)
      if (found === undefined) response.status(404).json({ error: { code: 'no-alert', message: 'None.' } })
      else response.json(shown(found))
    })
    app.get(API_PATHS.reports, (_, response) => void response.json(this.reports))
    app.post(API_PATHS.subscriptions, express.json(), (request, response) => {
      this.signUps.push(request.body as SignUp)
      const no = this.refuseSignUp
      if (no === null) response.status(202).json({ message: SIGN_UP_ANSWER })
      else response.status(no.status).json({ error: { code: 'refused', ...no } })
    })
  }

  private search(text: string) {
    const wanted = text.trim().toLowerCase()
    const hits = new Map<string, { dimension: string; value: string; label: string; items: number }>()
    const count = (dimension: string, value: string, label: string): void => {
      if (
        !label
          .toLowerCase()
          .split(/[\s-]+/)
          .some(word => word.startsWith(wanted))
      )
        return
      const key = `${dimension}:${value}`
      hits.set(key, { dimension, value, label, items: (hits.get(key)?.items ?? 0) + 1 })
    }
    const regions = new Intl.DisplayNames('en', { type: 'region' })
    for (const item of [...this.base, ...this.log]) {
      if (item.genre !== null) count('genre', item.genre, item.genre)
      count('artist', item.artistHost, item.artistName)
      if (item.country !== null)
        count('country', item.country, regions.of(item.country.toUpperCase()) ?? item.country)
      for (const tag of item.tags) count('tag', tag, tag)
    }
    return [...hits.values()].sort((a, b) => b.items - a.items).slice(0, 8)
  }

  private readonly accept = (client: Client): void => {
    client.on('subscribe', ({ query, cursor }) => {
      const parsed = parseViewQuery(query)
      if (!parsed.ok) return
      const from = cursor === null ? this.log.length : Number(cursor)
      const subscription = { client, query: parsed.query }
      const missed = this.log.slice(from).filter(item => fits(item, parsed.query))
      client.emit('sales', { items: missed, cursor: String(this.log.length) })
      client.emit('alerts', { alerts: this.alerts.slice(0, 50).map(shown) })
      client.emit('summary', this.summary(parsed.query))
      client.emit('status', this.now())
      this.subscriptions.add(subscription)
      client.on('disconnect', () => this.subscriptions.delete(subscription))
    })
  }

  async start(): Promise<void> {
    const http = createServer(this.app())
    const io = new SocketServer<ClientEvents, ServerEvents>(http, { perMessageDeflate: false })
    io.on('connection', this.accept)
    await new Promise<void>(resolve => http.listen(this.port, '127.0.0.1', resolve))
    this.port = (http.address() as AddressInfo).port
    this.http = http
    this.io = io
  }

  async stop(): Promise<void> {
    this.subscriptions.clear()
    const { io, http } = this
    this.io = null
    this.http = null
    if (io !== null) io.disconnectSockets(true)
    http?.closeAllConnections()
    await io?.close()
  }

  get subscribers(): number {
    return this.subscriptions.size
  }

  /** New invented sales, one second apart up to now minus a minute; `change` shapes each of them. */
  invent(count: number, change: (n: number) => Partial<ApiSoldItem> = () => ({})): ApiSoldItem[] {
    const artist = { host: 'newcomer.bandcamp.com', name: 'New Comer', genre: 'electronic' }
    const startMs = this.clock() - 60_000 - count * 1_000
    return Array.from({ length: count }, (_, n) => {
      this.pushed += 1
      return { ...makeItem(this.next, artist, startMs + n * 1_000, `new${this.pushed}/0`), ...change(n) }
    })
  }

  /** Appends sales (an id seen before amends) and sends them to those who subscribed. */
  push(items: readonly ApiSoldItem[]): void {
    this.log.push(...items)
    for (const { client, query } of this.subscriptions) {
      const fitting = items.filter(item => fits(item, query))
      if (fitting.length > 0) client.emit('sales', { items: fitting, cursor: String(this.log.length) })
    }
  }

  /** Alerts as they stand now: kept, and sent to those who subscribed. */
  pushAlerts(alerts: readonly Alert[]): void {
    this.alerts = foldAlerts(this.alerts, alerts)
    for (const { client } of this.subscriptions) client.emit('alerts', { alerts: alerts.map(shown) })
  }

  /** Moves the watermark past everything pushed, and sends the numbers. */
  tick(toMs: number = this.clock() - 30_000): void {
    this.watermarkMs = Math.max(this.watermarkMs, toMs)
    this.status = { ...this.status, watermarkMs: this.watermarkMs }
    for (const { client, query } of this.subscriptions) client.emit('summary', this.summary(query))
  }

  setStatus(change: Partial<Status>): void {
    this.status = { ...this.status, ...change }
    for (const { client } of this.subscriptions) client.emit('status', this.now())
  }

  /** Breaks every connection without a word, as a cut cable does. */
  cut(): void {
    this.io?.disconnectSockets(true)
    this.subscriptions.clear()
  }
}
