// What the chapters on the API and the sockets share: a dashboard on fakes, and sales to put into them.
import { get as httpGet } from 'node:http'
import { io, type Socket } from 'socket.io-client'
import type { ClientEvents, ServerEvents } from '../../dashboard/core/api.ts'
import type { Artwork, Dashboard, DashboardParts, FeedInfo } from '../../dashboard/server/dashboard.ts'
import { startDashboard } from '../../dashboard/server/dashboard.ts'
import type { Clock } from '../../infra/ports.ts'
import { partitionOf } from '../../schemas/partition.ts'
import type { Amend, Sale, SaleItem } from '../../schemas/records.ts'
import { createFakeClock, type FakeClock } from '../fakes/clock.ts'
import { createFakeEventLog, type FakeEventLog } from '../fakes/event-log.ts'
import { createFakeStore, type FakeStore } from '../fakes/store.ts'
import { createFakeTelemetry, type FakeTelemetry } from '../fakes/telemetry.ts'

/** A Sunday at two in the afternoon; the fakes' watermark unless a test says otherwise. */
export const NOON_MS = Date.UTC(2026, 10, 22, 14, 0)

export function itemOf(position: number, change: Partial<SaleItem> = {}): SaleItem {
  return {
    position,
    soldAtText: '1795356000.5',
    ordinal: 0,
    url: `https://band.bandcamp.com/album/a${position}`,
    artistHost: 'band.bandcamp.com',
    artistName: 'A Band',
    title: `Album ${position}`,
    albumTitle: null,
    itemType: 'a',
    format: 'digital-album',
    country: 'de',
    currency: 'EUR',
    paidMinor: 900,
    priceMinor: 800,
    paidUsdCents: 1_000,
    overUsdCents: 100,
    units: 1,
    releases: null,
    artUrl: 'https://f4.bcbits.com/img/a0000000001_7.jpg',
    genre: 'metal',
    genreSource: 'page',
    tags: ['metal', 'doom'],
    ...change,
  }
}

export function saleOf(id: string, soldAtMs: number, ...items: readonly Partial<SaleItem>[]): Sale {
  const given = items.length === 0 ? [{}] : items
  return { kind: 'sale', basketId: id, soldAtMs, items: given.map((change, i) => itemOf(i, change)) }
}

export interface World {
  readonly log: FakeEventLog
  readonly store: FakeStore
  readonly clock: FakeClock
  readonly telemetry: FakeTelemetry
  readonly feed: { info: FeedInfo }
  /** Appends to the log only: what a stage has just written. */
  tell(...records: readonly (Sale | Amend)[]): Promise<void>
  /** Puts sales into the history, and moves its watermark. */
  keep(sales: readonly Sale[], watermarkMs?: number): Promise<void>
}

export const LIVE: FeedInfo = {
  mode: 'live',
  modeReason: null,
  historyProgress: null,
  ownLagMs: 0,
  catchingUp: false,
}

export function createWorld(partitions = 1): World {
  const log = createFakeEventLog({ partitions })
  const store = createFakeStore()
  let offset = 0
  return {
    log,
    store,
    clock: createFakeClock(NOON_MS),
    telemetry: createFakeTelemetry(),
    feed: { info: LIVE },
    async tell(...records) {
      const entries = records.map(record => {
        const id = record.kind === 'amend' ? record.sale.basketId : record.basketId
        return { topic: 'sales' as const, partition: partitionOf(id, partitions), record }
      })
      await log.append(entries)
    },
    async keep(sales, watermarkMs = NOON_MS) {
      const progress = { stage: 'store-writer', topic: 'sales', partition: 0, offset: ++offset } as const
      await store.write({ sales, watermarkMs, progress })
    },
  }
}

export type Overrides = Partial<Omit<DashboardParts, 'options'>> & {
  readonly options?: Partial<DashboardParts['options']>
  readonly clock?: Clock
  readonly artwork?: Artwork | null
}

export function openDashboard(world: World, { options, ...change }: Overrides = {}): Promise<Dashboard> {
  return startDashboard({
    log: world.log,
    history: world.store,
    clock: world.clock,
    telemetry: world.telemetry,
    feed: () => world.feed.info,
    artwork: null,
    metrics: async () => 'app_up 1\n',
    stages: async () => [{ name: 'enrich', lagRecords: 0 }],
    ...change,
    options: { port: 0, webDir: null, allowedOrigins: [], ...options },
  })
}

export type Browser = Socket<ServerEvents, ClientEvents>

/** A browser's socket; connected when it resolves, rejects where it is refused. */
export function browse(url: string, headers: Record<string, string> = {}): Promise<Browser> {
  const socket: Browser = io(url, { transports: ['websocket'], reconnection: false, extraHeaders: headers })
  return new Promise((resolve, reject) => {
    socket.on('connect', () => resolve(socket))
    socket.on('connect_error', error => {
      socket.close()
      reject(error)
    })
  })
}

/** The next message of a kind. */
export function next<E extends keyof ServerEvents>(
  socket: Browser,
  event: E,
): Promise<Parameters<ServerEvents[E]>[0]> {
  return new Promise(resolve => {
    socket.once(event as never, ((message: never) => resolve(message)) as never)
  })
}

/** Status of an answer. Not with fetch: it asks for a fresh one whenever a tag or a date is given by hand. */
export function statusOf(url: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    httpGet(url, { headers }, response => resolve(response.resume().statusCode)).on('error', reject)
  })
}

/** Resolves once the condition holds; looked at between turns of the event loop, not after a time. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(resolve => setImmediate(resolve))
}
