// Sales for tests: arbitraries of baskets and logs, and the plain computation that windows are compared with.
import fc from 'fast-check'
import { TUMBLING, WINDOW_MS, WINDOW_SIZES } from '../../processors/topology.ts'
import type { Dimension } from '../../schemas/keys.ts'
import { FORMATS, keyOf, UNKNOWN } from '../../schemas/keys.ts'
import type { Amend, Sale, SaleItem, SalesRecord, WindowSize } from '../../schemas/records.ts'
import { KNOWLEDGE_RANK } from '../../schemas/records.ts'
import { floorTo } from '../../schemas/time.ts'
import type { Totals } from '../../schemas/totals.ts'

export const T0 = Date.UTC(2026, 10, 20, 22, 30)

export function item(over: Partial<SaleItem> = {}): SaleItem {
  return {
    position: 0,
    soldAtText: '1',
    ordinal: 0,
    url: 'https://a.bandcamp.com/album/x',
    artistHost: 'a.bandcamp.com',
    artistName: 'A',
    title: 'X',
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
    artUrl: null,
    genre: 'electronic',
    genreSource: 'page',
    tags: ['techno'],
    ...over,
  }
}

export function sale(basketId: string, soldAtMs: number, items: readonly SaleItem[] = [item()]): Sale {
  return { kind: 'sale', basketId, soldAtMs, items: items.map((i, position) => ({ ...i, position })) }
}

const arbItem: fc.Arbitrary<SaleItem> = fc
  .record({
    host: fc.integer({ min: 0, max: 3 }),
    album: fc.integer({ min: 0, max: 2 }),
    country: fc.constantFrom('de', 'us', null),
    format: fc.constantFrom(...FORMATS),
    genre: fc.constantFrom('electronic', 'rock', null),
    tags: fc.uniqueArray(fc.constantFrom('techno', 'dub', 'live'), { maxLength: 3 }),
    paidUsdCents: fc.integer({ min: 20, max: 5000 }),
    overUsdCents: fc.integer({ min: 0, max: 20 }),
    units: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ host, album, genre, ...rest }) =>
    item({
      ...rest,
      genre,
      genreSource: genre === null ? 'pending' : 'page',
      tags: genre === null ? [] : rest.tags,
      artistHost: `h${host}.bandcamp.com`,
      url: `https://h${host}.bandcamp.com/album/${album}`,
    }),
  )

/** One step of a log: minutes that pass before it, and what is appended. */
type Step =
  | { readonly what: 'sale'; readonly agoMs: number; readonly items: readonly SaleItem[] }
  | { readonly what: 'repeat'; readonly which: number }
  /** A basket of which some items could be read the second time alone. */
  | {
      readonly what: 'part'
      readonly agoMs: number
      readonly items: readonly SaleItem[]
      readonly kept: number
    }
  | { readonly what: 'amend'; readonly which: number; readonly genre: string }
  | { readonly what: 'tick'; readonly minutes: number }
  | { readonly what: 'gap'; readonly minutes: number }

const arbStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      what: fc.constant('sale' as const),
      // Mostly fresh, now and then late, sometimes too late.
      agoMs: fc.oneof(
        { weight: 6, arbitrary: fc.integer({ min: -60_000, max: 0 }) },
        { weight: 5, arbitrary: fc.integer({ min: 0, max: 3_590_000 }) },
        { weight: 1, arbitrary: fc.integer({ min: 3_500_000, max: 9_000_000 }) },
      ),
      items: fc.array(arbItem, { minLength: 1, maxLength: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('repeat' as const), which: fc.nat(200) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constant('part' as const),
      agoMs: fc.integer({ min: 0, max: 120_000 }),
      items: fc.array(arbItem, { minLength: 2, maxLength: 3 }),
      kept: fc.nat(1),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant('amend' as const),
      which: fc.nat(200),
      genre: fc.constantFrom('ambient', 'metal'),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constant('tick' as const),
      minutes: fc.oneof(
        { weight: 8, arbitrary: fc.integer({ min: 1, max: 3 }) },
        { weight: 4, arbitrary: fc.integer({ min: 10, max: 40 }) },
        { weight: 1, arbitrary: fc.integer({ min: 30, max: 200 }) },
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ what: fc.constant('gap' as const), minutes: fc.integer({ min: 1, max: 20 }) }),
  },
)

/**
 * A log of one partition of `sales`: starts with a tick, ticks only rise, ends when every window is closed.
 */
export const arbSalesLog: fc.Arbitrary<readonly SalesRecord[]> = fc
  .array(arbStep, { minLength: 1, maxLength: 80 })
  .map(steps => salesLog(steps))

function salesLog(steps: readonly Step[]): readonly SalesRecord[] {
  const log: SalesRecord[] = [{ kind: 'tick', upToMs: T0 }]
  const sales: Sale[] = []
  let watermarkMs = T0
  for (const step of steps) {
    switch (step.what) {
      case 'sale': {
        const made = sale(`b${sales.length}`, watermarkMs - step.agoMs, step.items)
        sales.push(made)
        log.push(made)
        break
      }
      case 'part': {
        const made = sale(`b${sales.length}`, watermarkMs - step.agoMs, step.items)
        sales.push(made)
        log.push({ ...made, items: [made.items[step.kept]!] })
        break
      }
      case 'repeat': {
        const known = sales[step.which % Math.max(1, sales.length)]
        if (known !== undefined) log.push(known)
        break
      }
      case 'amend': {
        const at = step.which % Math.max(1, sales.length)
        const known = sales[at]
        if (known === undefined) break
        const items = known.items.map(i =>
          i.genre === null ? { ...i, genre: step.genre, genreSource: 'page' as const, tags: ['learnt'] } : i,
        )
        sales[at] = { ...known, items }
        log.push({ kind: 'amend', sale: sales[at] })
        break
      }
      case 'tick':
        watermarkMs += step.minutes * 60_000
        log.push({ kind: 'tick', upToMs: watermarkMs })
        break
      case 'gap':
        log.push({
          kind: 'gap',
          fromMs: watermarkMs,
          toMs: watermarkMs + step.minutes * 60_000,
          reason: 'feed-skipped',
        })
        break
    }
  }
  const newestMs = Math.max(
    watermarkMs,
    ...sales.map(made => made.soldAtMs),
    ...log.map(r => (r.kind === 'gap' ? r.toMs : 0)),
  )
  log.push({ kind: 'tick', upToMs: floorTo(newestMs, WINDOW_MS['1d']) + WINDOW_MS['1d'] + WINDOW_MS['1h'] })
  return log
}

/** The sales and amendments of one partition that come before their minute is closed. */
export function inTime(log: readonly SalesRecord[], allowedLatenessMs: number): readonly (Sale | Amend)[] {
  let watermarkMs: number | null = null
  return log.filter((record): record is Sale | Amend => {
    if (record.kind === 'tick') watermarkMs = Math.max(watermarkMs ?? record.upToMs, record.upToMs)
    if (record.kind !== 'sale' && record.kind !== 'amend') return false
    const { soldAtMs } = record.kind === 'sale' ? record : record.sale
    const closesMs = floorTo(soldAtMs, 60_000) + 60_000 + allowedLatenessMs
    return watermarkMs === null || closesMs > watermarkMs
  })
}

export interface PlainWindow extends Totals {
  readonly partial: boolean
}

/**
 * What every window must hold at the end, computed without panes, revisions, slots or watermark machinery:
 * group the final form of each basket that came in time by (key, size, start) and add up.
 */
export function plainWindows(
  log: readonly SalesRecord[],
  allowedLatenessMs: number,
): ReadonlyMap<string, PlainWindow> {
  const accepted = new Map<string, Sale>()
  const gaps = log.filter(r => r.kind === 'gap')
  for (const record of inTime(log, allowedLatenessMs)) {
    const made = record.kind === 'sale' ? record : record.sale
    accepted.set(made.basketId, better(accepted.get(made.basketId), made))
  }
  const windows = new Map<string, PlainWindow>()
  const add = (dimension: Dimension, value: string, startedAtMs: number, totals: Totals) => {
    for (const size of TUMBLING[dimension])
      addTo(windows, size, keyOf(dimension, value), startedAtMs, totals, gaps)
  }
  for (const made of accepted.values()) {
    for (const [key, totals] of contributions(made)) {
      const [dimension, ...rest] = key.split(':') as [Dimension, ...string[]]
      add(dimension, rest.join(':'), made.soldAtMs, totals)
    }
  }
  const ticks = log.filter(r => r.kind === 'tick').map(r => r.upToMs)
  const [first, last] = [Math.min(...ticks), Math.max(...ticks)]
  for (const size of WINDOW_SIZES) {
    const sizeMs = WINDOW_MS[size]
    for (let end = floorTo(first, sizeMs) + sizeMs; end <= last; end += sizeMs) {
      addTo(
        windows,
        size,
        'all',
        end - sizeMs,
        { items: 0, baskets: 0, units: 0, revenueUsdCents: 0, overUsdCents: 0 },
        gaps,
      )
    }
  }
  return windows
}

/** Two records of one basket: each item that one of them has, from the one that knows more, else the first */
export function better(known: Sale | undefined, other: Sale): Sale {
  if (known === undefined) return other
  const positions = new Set([...known.items, ...other.items].map(i => i.position))
  const items = [...positions]
    .sort((a, b) => a - b)
    .map(position => {
      const [first, second] = [known, other].map(each => each.items.find(i => i.position === position))
      if (first === undefined || second === undefined) return (first ?? second)!
      return KNOWLEDGE_RANK[second.genreSource] > KNOWLEDGE_RANK[first.genreSource] ? second : first
    })
  return { ...known, items }
}

/** What one sale adds to each of its keys. */
export function contributions(made: Sale): ReadonlyMap<string, Totals> {
  const byKey = new Map<string, Totals>()
  for (const i of made.items) {
    const genre = i.genre ?? UNKNOWN
    const country = i.country ?? UNKNOWN
    const keys = [
      'all',
      `genre:${genre}`,
      `country:${country}`,
      `format:${i.format}`,
      `genre-country:${genre}/${country}`,
      `artist:${i.artistHost}`,
      `item:${i.url}`,
      ...i.tags.map(tag => `tag:${tag}`),
    ]
    for (const key of keys) {
      const before = byKey.get(key)
      byKey.set(key, {
        items: (before?.items ?? 0) + 1,
        baskets: 1,
        units: (before?.units ?? 0) + i.units,
        revenueUsdCents: (before?.revenueUsdCents ?? 0) + i.paidUsdCents,
        overUsdCents: (before?.overUsdCents ?? 0) + i.overUsdCents,
      })
    }
  }
  return byKey
}

function addTo(
  windows: Map<string, PlainWindow>,
  size: WindowSize,
  key: string,
  timeMs: number,
  totals: Totals,
  gaps: readonly { readonly fromMs: number; readonly toMs: number }[],
): void {
  const startMs = floorTo(timeMs, WINDOW_MS[size])
  const id = `${size} ${startMs} ${key}`
  const before = windows.get(id)
  windows.set(id, {
    items: (before?.items ?? 0) + totals.items,
    baskets: (before?.baskets ?? 0) + totals.baskets,
    units: (before?.units ?? 0) + totals.units,
    revenueUsdCents: (before?.revenueUsdCents ?? 0) + totals.revenueUsdCents,
    overUsdCents: (before?.overUsdCents ?? 0) + totals.overUsdCents,
    partial: gaps.some(g => g.fromMs < startMs + WINDOW_MS[size] && startMs < g.toMs),
  })
}
