// A stage `enrich` on fakes, with baskets of the feed and pages to order.
import type { ItemPages, PageAnswer, Position } from '../../infra/ports.ts'
import { createEnrich, type Enrich, type EnrichOptions } from '../../producers/enrich.ts'
import type { Basket, FeedRecord, Sale, SaleItem, SalesRecord } from '../../schemas/records.ts'
import { createFakeClock, type FakeClock, settled } from '../fakes/clock.ts'
import { createFakeEventLog, type FakeEventLog } from '../fakes/event-log.ts'
import { createFakeStore, type FakeStore } from '../fakes/store.ts'
import { createFakeTelemetry, type FakeTelemetry } from '../fakes/telemetry.ts'
import { better } from './sales.ts'

/** Time at which tests begin; the feed's minutes are aligned to it. */
export const START_MS = Date.UTC(2026, 0, 5, 12)

/** One basket of the feed with items of these pages (`host/path`), sold `soldS` seconds after the start. */
export function basket(id: string, soldS: number, ...pages: readonly string[]): Basket {
  const utcDate = START_MS / 1_000 + soldS
  const items = pages.map((page, i) => ({
    utc_date: utcDate + i / 1_000,
    artist_name: 'An Artist',
    item_type: 'a',
    item_description: 'An Album',
    slug_type: 'a',
    currency: 'USD',
    amount_paid: 7,
    item_price: 7,
    amount_paid_usd: 7,
    country: 'Germany',
    country_code: 'de',
    url: `//${page}`,
  }))
  const text = JSON.stringify({ event_type: 'sale', utc_date: utcDate, items })
  return { kind: 'basket', id, soldAtMs: Math.floor(utcDate * 1_000), text }
}

export const tick = (upToS: number): FeedRecord => ({ kind: 'tick', upToMs: START_MS + upToS * 1_000 })

export const gap = (fromS: number, toS: number): FeedRecord => ({
  kind: 'gap',
  fromMs: START_MS + fromS * 1_000,
  toMs: START_MS + toS * 1_000,
  reason: 'outage',
})

/** The album page of a host, with a genre and tags. */
export const album = (host: string, name = 'x'): string => `${host}.bandcamp.com/album/${name}`

export function html(genre: string | null, tags: readonly string[] = []): PageAnswer {
  const publisher = genre === null ? {} : { genre: `https://bandcamp.com/discover/${genre}` }
  const music = { '@type': 'MusicAlbum', keywords: tags, publisher }
  const page = `<script type="application/ld+json">${JSON.stringify(music).replaceAll('<', '\\u003c')}</script>`
  return { kind: 'html', html: page, finalUrl: 'https://x.bandcamp.com/album/x' }
}

export interface FakePages extends ItemPages {
  /** All pages asked for, in order, without `https://`. */
  readonly asked: readonly string[]
  /** Pages asked for and not answered yet. */
  waiting(): readonly string[]
  /** Answers a page that is asked for. */
  answer(page: string, answer: PageAnswer): Promise<void>
  /** From now on every page is answered at once. */
  script(answer: (page: string) => PageAnswer): void
}

export function createFakePages(): FakePages {
  const asked: string[] = []
  const open = new Map<string, (answer: PageAnswer) => void>()
  let scripted: ((page: string) => PageAnswer) | null = null
  return {
    asked,
    waiting: () => [...open.keys()],
    async answer(page, answer) {
      const resolve = open.get(page)
      if (resolve === undefined) throw new Error(`nobody waits for ${page}, only for ${[...open.keys()]}`)
      open.delete(page)
      resolve(answer)
      await settled()
    },
    script(answer) {
      scripted = answer
    },
    get(url, signal) {
      const page = url.replace('https://', '')
      asked.push(page)
      if (scripted !== null) return Promise.resolve(scripted(page))
      return new Promise(resolve => {
        if (open.has(page)) throw new Error(`${page} is asked for twice at once`)
        open.set(page, resolve)
        signal?.addEventListener('abort', () => resolve({ kind: 'failed', code: 'aborted' }))
      })
    },
  }
}

export interface EnrichBench {
  readonly log: FakeEventLog
  readonly clock: FakeClock
  readonly pages: FakePages
  readonly store: FakeStore
  readonly telemetry: FakeTelemetry
  /** Appends to a partition of `feed` and lets everything happen that needs no time. */
  feed(records: readonly FeedRecord[], partition?: number): Promise<void>
  /** What a partition of `sales` holds. */
  sales(partition?: number): readonly SalesRecord[]
  /** The same in short: `a`, `amend a`, `tick 60`, `gap 60`. */
  line(partition?: number): readonly string[]
  committed(partition?: number): Promise<Position | null>
  /** What is known at last of a sale's items: the best of all its records. */
  items(basketId: string): readonly SaleItem[]
  /** Ends the process as a signal would. */
  stop(): Promise<void>
  /** The process dies; another one goes on with the same log and store. */
  crash(pages?: FakePages): Promise<EnrichBench>
}

export interface BenchOptions {
  readonly partitions?: number
  readonly maxBatchRecords?: number
  readonly options?: EnrichOptions
}

export async function startEnrich(bench: BenchOptions = {}): Promise<EnrichBench> {
  const { partitions = 1, maxBatchRecords = 5_000 } = bench
  const log = createFakeEventLog({ partitions, maxBatchRecords })
  const clock = createFakeClock(START_MS)
  return run(bench, { log, clock, store: createFakeStore(), pages: createFakePages() })
}

async function run(
  bench: BenchOptions,
  parts: Pick<EnrichBench, 'log' | 'clock' | 'store' | 'pages'>,
): Promise<EnrichBench> {
  const { log, clock, store, pages } = parts
  const telemetry = createFakeTelemetry()
  const lookupsAtOnce = 1_000
  const options = { lookupsAtOnce, ...bench.options }
  const enrich: Enrich = createEnrich({ log, pages, cache: store, clock, telemetry, options })
  const consumer = await log.consume({ group: 'enrich', topic: 'feed', onAssigned: enrich.onAssigned })
  consumer.done.catch(() => {})
  await settled()
  const sales = (partition = 0) => log.records('sales')[partition] ?? []
  return {
    ...parts,
    telemetry,
    sales,
    async feed(records, partition = 0) {
      await log.append(records.map(record => ({ topic: 'feed', partition, record })))
      await settled()
      await settled()
    },
    line: partition => sales(partition).map(shortly),
    committed: async (partition = 0) => (await log.committed('enrich', 'feed'))[partition] ?? null,
    items: basketId => bestItems(log.records('sales').flat(), basketId),
    async stop() {
      await enrich.close()
      await consumer.close()
    },
    async crash(other = createFakePages()) {
      const open = log.open()
      log.crash()
      return run(bench, { log: open, clock, store, pages: other })
    },
  }
}

function shortly(record: SalesRecord): string {
  const seconds = (ms: number) => (ms - START_MS) / 1_000
  switch (record.kind) {
    case 'sale':
      return record.basketId
    case 'amend':
      return `amend ${record.sale.basketId}`
    case 'tick':
      return `tick ${seconds(record.upToMs)}`
    case 'gap':
      return `gap ${seconds(record.toMs)}`
  }
}

/**
 * Joins all records of a basket as everything behind `sales` does: more knowledge wins, else the first stays.
 */
export function bestItems(records: readonly SalesRecord[], basketId: string): readonly SaleItem[] {
  let best: Sale | undefined
  for (const record of records) {
    const sale: Sale | null = record.kind === 'sale' ? record : record.kind === 'amend' ? record.sale : null
    if (sale?.basketId === basketId) best = better(best, sale)
  }
  return best?.items ?? []
}
