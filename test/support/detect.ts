// A small market for tests of detection: steady rates by key, drawn from a seed, fed minute by minute.
import { Cells } from '../../processors/aggregate/cells.ts'
import { KeyTable } from '../../processors/aggregate/key-table.ts'
import { Detector } from '../../processors/detect/detector.ts'
import { DetectStage } from '../../processors/detect-stage.ts'
import type { Alert } from '../../schemas/alerts.ts'
import { ALL_KEY, type Key } from '../../schemas/keys.ts'
import type { SaleItem, SalesRecord } from '../../schemas/records.ts'
import { DAY_MS, MINUTE_MS } from '../../schemas/time.ts'
import { item, sale } from './sales.ts'

export const START_MS = Date.UTC(2026, 8, 1)
export const DAY_MINUTES = DAY_MS / MINUTE_MS

/** Uniform in [0, 1), the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

export function poisson(mean: number, random: () => number): number {
  if (mean <= 0) return 0
  let count = -1
  for (let product = 1, bar = Math.exp(-mean); product > bar; product *= random()) count++
  return Math.max(0, count)
}

/** Feeds a detector with counts of keys: one source, one tick a minute. */
export class CountedMarket {
  readonly keys = new KeyTable()
  readonly alerts: Alert[] = []
  readonly detector: Detector
  minute = 0

  constructor(quietUpToMs = Number.NEGATIVE_INFINITY) {
    const options = { keys: this.keys, sources: 1, quietUpToMs }
    this.detector = new Detector(options, alert => this.alerts.push(alert))
  }

  /** One minute with so many purchases of each key; `all` is their number in the market. */
  feed(all: number, purchases: ReadonlyMap<Key, number>): void {
    const cells = new Cells()
    const startMs = START_MS + this.minute * MINUTE_MS
    if (all > 0) cells.add(cells.slotOf(this.keys.idOfKey(ALL_KEY)), all, all, all, all * 100, 0)
    for (const [key, n] of purchases) {
      if (n > 0) cells.add(cells.slotOf(this.keys.idOfKey(key)), n, n, n, n * 100, 0)
    }
    this.detector.minute(0, startMs, cells)
    this.minute++
    this.detector.tick(0, startMs + MINUTE_MS)
  }
}

/** A seller of the small market. */
export interface Seller {
  readonly host: string
  readonly genre: string
  readonly tags: readonly string[]
  /** Purchases a minute. */
  readonly rate: number
}

export interface Market {
  readonly sellers: readonly Seller[]
  readonly countries: readonly string[]
  /** Factor on a seller's rate in a minute since START_MS. */
  readonly factor?: (seller: Seller, minute: number) => number
  /** Sales on top of it in a minute. */
  readonly extra?: (minute: number) => readonly SalesRecord[]
  readonly seed?: number
}

export const GENRES = ['electronic', 'rock', 'ambient', 'metal', 'jazz', 'punk', 'folk', 'pop'] as const

/** Eight genres with six artists each: about 8 purchases a minute. */
export const SELLERS: readonly Seller[] = GENRES.flatMap((genre, g) =>
  Array.from({ length: 6 }, (_, a) => ({
    host: `${genre}-${a}.bandcamp.com`,
    genre,
    tags: [`${genre} style ${a % 2}`],
    rate: (0.6 - g * 0.05) / (1 + a),
  })),
)

export const COUNTRIES = ['us', 'us', 'us', 'gb', 'gb', 'de', 'fr', 'jp', 'au', 'ca'] as const

export function soldItem(seller: Seller, country: string, over: Partial<SaleItem> = {}): SaleItem {
  const { host, genre, tags } = seller
  return item({ artistHost: host, url: `https://${host}/album/one`, genre, tags, country, ...over })
}

/** Sales and ticks of the minutes `[from, to)`, an hour at a time. */
export function* marketRecords(market: Market, from: number, to: number): Iterable<readonly SalesRecord[]> {
  const { sellers, countries, factor = () => 1, extra = () => [], seed = 1 } = market
  const random = randomFrom(seed)
  let batch: SalesRecord[] = []
  let number = 0
  for (let minute = from; minute < to; minute++) {
    const startMs = START_MS + minute * MINUTE_MS
    for (const seller of sellers) {
      for (let n = poisson(seller.rate * factor(seller, minute), random); n > 0; n--) {
        const country = countries[Math.floor(random() * countries.length)]!
        const soldAtMs = startMs + Math.floor(random() * MINUTE_MS)
        batch.push(sale(`${seed}-${number++}`, soldAtMs, [soldItem(seller, country)]))
      }
    }
    batch.push(...extra(minute), { kind: 'tick', upToMs: startMs + MINUTE_MS })
    if ((minute + 1) % 60 !== 0) continue
    yield batch
    batch = []
  }
  yield batch
}

/** Everything the stage says of a market, in order. */
export function alertsOf(market: Market, days: number): readonly Alert[] {
  const alerts: Alert[] = []
  const options = { sources: 1, quietUpToMs: Number.NEGATIVE_INFINITY }
  const stage = new DetectStage(options, alert => alerts.push(alert))
  for (const batch of marketRecords(market, 0, days * DAY_MINUTES)) stage.handle(0, batch)
  return alerts
}

export const opened = (alerts: readonly Alert[]): readonly Alert[] =>
  alerts.filter(({ state }) => state === 'opened')
