// Sales and windows to fill a store with: of the real mix's shape, by a seed.
import { randomBytes } from 'node:crypto'
import type { Store } from '../infra/ports.ts'
import { keyOf } from '../schemas/keys.ts'
import type { Sale, SaleItem, Window } from '../schemas/records.ts'

const ITEMS_PER_BASKET = 1.2
const BATCH_BASKETS = 2_000
/** What the feed's real mix makes of an item, so many in each of the sizes. */
const WINDOWS_PER_ITEM = { '1m': 1.0, '1h': 0.9, '1d': 1.5 } as const

function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 4_294_967_296
  }
}

/** Zipf-Mandelbrot as fitted to real sales: K = 300,000, s = 1.04, q = 27. */
function artistOf(u: number): number {
  const low = 27 ** -0.04
  const high = 300_027 ** -0.04
  return Math.floor((low + u * (high - low)) ** -25 - 27)
}

function itemOf(next: () => number, position: number): SaleItem {
  const artist = artistOf(next())
  const artistHost = `artist${artist}.bandcamp.com`
  return {
    position,
    soldAtText: `17${Math.floor(next() * 1e8)}.${Math.floor(next() * 1e6)}`,
    ordinal: 0,
    url: `https://${artistHost}/album/some-album-of-theirs-${Math.floor(next() * 6)}`,
    artistHost,
    artistName: `Artist ${artist}`,
    title: `Some album of theirs ${artist}`,
    albumTitle: null,
    itemType: 'a',
    format: 'digital-album',
    country: 'de',
    currency: 'EUR',
    paidMinor: 700,
    priceMinor: 700,
    paidUsdCents: 800,
    overUsdCents: 0,
    units: 1,
    releases: null,
    artUrl: `https://f4.bcbits.com/img/a${artist}_7.jpg`,
    genre: 'electronic',
    genreSource: 'page',
    tags: [
      'electronic',
      `tag${Math.floor(next() ** 4 * 3_000)}`,
      `other${Math.floor(next() ** 3 * 3_000)}`,
      'techno',
    ],
  }
}

/** Baskets a second and a half apart, in order of time. */
function salesOf(next: () => number, baskets: number, startMs: number): readonly Sale[] {
  return Array.from({ length: baskets }, (_, n) => {
    const items = next() < ITEMS_PER_BASKET - 1 ? 2 : 1
    return {
      kind: 'sale',
      basketId: randomBytes(16).toString('base64url'),
      soldAtMs: startMs + n * 1_500,
      items: Array.from({ length: items }, (_unused, position) => itemOf(next, position)),
    }
  })
}

/** Windows in the numbers and kinds of the real mix, in order of their ends as the stage fires them. */
function windowsOf(sales: readonly Sale[], startMs: number): readonly Window[] {
  const windows: Window[] = []
  const totals = { items: 1, baskets: 1, units: 1, revenueUsdCents: 800, overUsdCents: 0 }
  const add = (size: Window['size'], key: string, startMs: number) =>
    windows.push({ kind: 'window', key, size, startMs, revision: 0, partial: false, ...totals })
  let n = 0
  for (const { items, soldAtMs } of sales) {
    for (const item of items) {
      n++
      const minuteMs = Math.floor(soldAtMs / 60_000) * 60_000
      const hourMs = Math.floor(soldAtMs / 3_600_000) * 3_600_000
      for (let i = 0; i < WINDOWS_PER_ITEM['1m']; i++) add('1m', keyOf('genre', `g${n}`), minuteMs)
      if (n % 10 !== 0) add('1h', keyOf('tag', `t${n}`), hourMs)
      // Days and addresses by number: the mix counts distinct windows.
      if (n % 2 === 0) add('1d', keyOf('artist', item.artistHost), startMs + n * 86_400_000)
      add('1d', keyOf('item', `${item.url}-${n}`), startMs)
    }
  }
  return windows
}

/** What a store is given in a benchmark. */
export interface Load {
  readonly items: number
  readonly rowsPerItem: number
  readonly sales: readonly Sale[]
  readonly windows: readonly Window[]
}

/** `baskets` sales from `startMs` on, with windows in the numbers and kinds of the real mix. */
export function createLoad(seed: number, baskets: number, startMs: number): Load {
  const sales = salesOf(random(seed), baskets, startMs)
  const items = sales.reduce((sum, s) => sum + s.items.length, 0)
  const windows = windowsOf(sales, startMs)
  return { items, rowsPerItem: (sales.length + items + windows.length) / items, sales, windows }
}

/** Writes it as the product does: two topics, two tasks. Returns items a second. */
export async function writeLoad(store: Store, { items, sales, windows }: Load): Promise<number> {
  const batches = Math.ceil(sales.length / BATCH_BASKETS)
  const perBatch = Math.ceil(windows.length / batches)
  const writeSales = async () => {
    for (let i = 0; i < batches; i++) {
      const part = sales.slice(i * BATCH_BASKETS, (i + 1) * BATCH_BASKETS)
      const progress = { stage: 'store-writer', topic: 'sales', partition: 0, offset: i } as const
      await store.write({ sales: part, progress })
    }
  }
  const writeWindows = async () => {
    for (let i = 0; i < batches; i++) {
      const part = windows.slice(i * perBatch, (i + 1) * perBatch)
      const progress = { stage: 'store-writer', topic: 'windows', partition: 0, offset: i } as const
      await store.write({ windows: part, progress })
    }
  }
  const startedMs = performance.now()
  await Promise.all([writeSales(), writeWindows()])
  return (items / (performance.now() - startedMs)) * 1_000
}
