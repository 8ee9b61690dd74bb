// Makes docs/samples: `tsx test/tools/report-samples.ts [--paper Letter] [--out DIR] [--data DIR]`.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { LRUCache } from 'lru-cache'
import { createPdfRenderer } from '../../infra/chromium/renderer.ts'
import type { History } from '../../infra/ports.ts'
import { startEmbeddedPostgres } from '../../infra/postgres/embedded.ts'
import { openPostgresStore, type PostgresStore } from '../../infra/postgres/store.ts'
import { systemClock } from '../../infra/system/clock.ts'
import { DetectStage } from '../../processors/detect-stage.ts'
import { hashOf } from '../../producers/core/identity.ts'
import { normaliseBasket } from '../../producers/core/normalise.ts'
import { createWorld } from '../../producers/simulator/core/world.ts'
import type { Alert } from '../../schemas/alerts.ts'
import type { TopRow } from '../../schemas/history.ts'
import type { Gap, Sale, SaleItem } from '../../schemas/records.ts'
import { DAY_MS, HOUR_MS, type Interval, MINUTE_MS } from '../../schemas/time.ts'
import { collectReport } from '../../sinks/report/collect.ts'
import { addDays, dayInterval } from '../../sinks/report/core/day.ts'
import { renderHtml, titleOf } from '../../sinks/report/core/render.ts'

const ZONE = 'Europe/London'
const SEED = 20_261_122
const HISTORY_DAYS = 29
/** Sales of one transaction of the store. */
const BATCH = 5_000
/** Width of the picture beside each PDF. */
const PICTURE_PX = 620

interface Sample {
  readonly name: string
  readonly day: string
  /** Nothing was sold in it though it was read. */
  readonly silent?: Interval
  readonly gaps?: readonly Interval[]
  readonly extra?: readonly Sale[]
}

const at = (text: string) => Date.parse(`${text}Z`)

/** A row of the real feed whose letters are in four blocks of Unicode, and worse that sellers could write. */
const NAMES = [
  ['𝐺𝑂𝑅𝐸', '肉と血を超えて', 'gore-jp'],
  ['새소년 · 椎名林檎 · 草东没有派对', 'أغنية الصباح שיר הבוקר', 'scripts'],
  ['เพลงไทย हिन्दी Ελληνικά Кириллица', '♥ ☂ ★ ✦ 🎷🔥 ∀x∈ℝ', 'symbols'],
  [
    '<img src=x onerror=alert(1)>\u202egnisrever',
    `=HYPERLINK("x") ${'very long name '.repeat(40)}`,
    'hostile',
  ],
] as const

function namedSales(day: string): readonly Sale[] {
  const { fromMs } = dayInterval(day, ZONE)
  return NAMES.flatMap(([artistName, title, slug], n) =>
    Array.from({ length: 90 - n * 12 }, (_, i): Sale => {
      const soldAtMs = fromMs + 9 * HOUR_MS + ((i * 7 + n) * 11 * MINUTE_MS) / 2
      const item: SaleItem = {
        position: 0,
        soldAtText: String(soldAtMs / 1_000),
        ordinal: 0,
        url: `https://${slug}.bandcamp.com/album/${slug}`,
        artistHost: `${slug}.bandcamp.com`,
        artistName,
        title,
        albumTitle: null,
        itemType: 'a',
        format: 'digital-album',
        country: ['jp', 'us', 'de'][i % 3]!,
        currency: 'USD',
        paidMinor: 1_000,
        priceMinor: 1_000,
        paidUsdCents: 1_000,
        overUsdCents: 0,
        units: 1,
        releases: null,
        artUrl: null,
        genre: 'metal',
        genreSource: 'page',
        tags: ['metal', 'gore'],
      }
      return { kind: 'sale', basketId: `${slug}-${i}`, soldAtMs, items: [item] }
    }),
  )
}

const SAMPLES: readonly Sample[] = [
  { name: 'normal-day', day: '2026-11-21', extra: namedSales('2026-11-21') },
  { name: 'bandcamp-friday', day: '2026-11-06' },
  {
    name: 'partial-day',
    day: '2026-11-12',
    gaps: [
      { fromMs: at('2026-11-12T03:10'), toMs: at('2026-11-12T03:24') },
      { fromMs: at('2026-11-12T13:02'), toMs: at('2026-11-12T18:31') },
    ],
  },
  { name: 'empty-day', day: '2026-11-15', silent: dayInterval('2026-11-15', ZONE) },
  { name: 'day-of-25-hours', day: '2026-10-25' },
]

/** Sales of the simulated world as they would stand in the log, genres known, oldest first. */
function createSales(volume: number): (interval: Interval) => readonly Sale[] {
  const world = createWorld({ seed: SEED, volume })
  const pages = new LRUCache<string, { readonly facts: ReturnType<typeof world.pageFacts> }>({ max: 100_000 })
  const factsOf = (url: string) => {
    const found = pages.get(url) ?? { facts: world.pageFacts(url) }
    pages.set(url, found)
    return found.facts
  }
  return ({ fromMs, toMs }) => {
    const sales: Sale[] = []
    for (let minute = fromMs; minute < toMs; minute += MINUTE_MS) {
      for (const { soldAtMs, text } of world.eventsOfMinute(minute)) {
        const { sale } = normaliseBasket({ kind: 'basket', id: hashOf(text), soldAtMs, text })
        if (sale === null) continue
        const items = sale.items.map(item => {
          const facts = factsOf(item.url)
          const genreSource = facts?.genre == null ? ('none' as const) : ('page' as const)
          return { ...item, genre: facts?.genre ?? null, genreSource, tags: facts?.tags ?? [] }
        })
        sales.push({ ...sale, items })
      }
    }
    return sales
  }
}

/** What detection says of sales that are told a day at a time. */
function createDetection(fromMs: number) {
  const latest = new Map<string, Alert>()
  const stage = new DetectStage({ sources: 1, quietUpToMs: fromMs }, alert => latest.set(alert.id, alert))
  return {
    handle(sales: readonly Sale[], gaps: readonly Gap[], { fromMs, toMs }: Interval): void {
      let next = 0
      for (let minute = fromMs; minute < toMs; minute += MINUTE_MS) {
        const gap = gaps.filter(g => g.toMs === minute)
        const first = next
        while (next < sales.length && sales[next]!.soldAtMs < minute + MINUTE_MS) next++
        stage.handle(0, [...gap, ...sales.slice(first, next), { kind: 'tick', upToMs: minute + MINUTE_MS }])
      }
    },
    alerts: (): readonly Alert[] => [...latest.values()],
  }
}

const { values } = parseArgs({
  options: {
    paper: { type: 'string', default: 'A4' },
    out: { type: 'string', default: join(import.meta.dirname, '../../docs/samples') },
    volume: { type: 'string', default: '1' },
    /** Kept, and used again: the sales are made once. */
    data: { type: 'string' },
  },
})
const FIRST_DAY = addDays(SAMPLES.map(s => s.day).sort()[0]!, -HISTORY_DAYS)
const LAST_DAY = SAMPLES.map(s => s.day)
  .sort()
  .at(-1)!
const known = {
  fromMs: dayInterval(FIRST_DAY, ZONE).fromMs,
  toMs: dayInterval(LAST_DAY, ZONE).toMs + HOUR_MS,
}
const gaps = SAMPLES.flatMap(s => s.gaps ?? []).map(
  (g): Gap => ({ kind: 'gap', reason: 'feed-skipped', ...g }),
)
const silences = SAMPLES.flatMap(s => s.silent ?? [])
const isIn = (intervals: readonly Interval[], ms: number) =>
  intervals.some(i => ms >= i.fromMs && ms < i.toMs)

/** Makes the sales a day at a time, stores them, and writes beside them what detection says. */
async function fill(store: PostgresStore, alertsFile: string): Promise<void> {
  const progress = { stage: 'samples', topic: 'sales' as const, partition: 0 }
  const salesOf = createSales(Number(values.volume))
  const detection = createDetection(known.fromMs)
  const extra = SAMPLES.flatMap(s => s.extra ?? [])
  await store.write({ gaps, progress: { ...progress, offset: 0 } })
  let offset = 0
  for (let { fromMs } = known; fromMs < known.toMs; fromMs += DAY_MS) {
    const day = { fromMs, toMs: Math.min(known.toMs, fromMs + DAY_MS) }
    const sales = [...salesOf(day), ...extra.filter(s => isIn([day], s.soldAtMs))]
      .filter(({ soldAtMs }) => !isIn(gaps, soldAtMs) && !isIn(silences, soldAtMs))
      .sort((a, b) => a.soldAtMs - b.soldAtMs)
    for (let from = 0; from < sales.length; from += BATCH) {
      offset += BATCH
      const batch = sales.slice(from, from + BATCH)
      await store.write({ sales: batch, watermarkMs: known.toMs, progress: { ...progress, offset } })
    }
    detection.handle(sales, gaps, day)
    process.stdout.write(`${new Date(fromMs).toISOString().slice(0, 10)}: ${sales.length} transactions\n`)
  }
  writeFileSync(alertsFile, JSON.stringify(detection.alerts()))
}

const renderer = createPdfRenderer({ executablePath: null, clock: systemClock })
const dataDir = values.data ?? (await mkdtemp(join(tmpdir(), 'bct-samples-')))
const server = await startEmbeddedPostgres({ dataDir })
const store = await openPostgresStore({ connection: server.connection })
const alertsFile = join(dataDir, 'alerts.json')
if (!existsSync(alertsFile)) await fill(store, alertsFile)
const alerts = JSON.parse(readFileSync(alertsFile, 'utf8')) as readonly Alert[]
const alertBook = {
  alerts: async ({ fromMs, toMs }: { readonly fromMs: number | null; readonly toMs: number | null }) =>
    alerts.filter(a => a.openedAtMs >= (fromMs ?? 0) && a.openedAtMs < (toMs ?? known.toMs)),
}

try {
  mkdirSync(values.out, { recursive: true })
  const paper = values.paper === 'Letter' ? 'Letter' : 'A4'
  for (const sample of SAMPLES) await print(sample, paper)
} finally {
  await renderer.close()
  await store.close()
  await server.stop()
  if (values.data === undefined) await rm(dataDir, { recursive: true, force: true })
}

/** There are no windows here; tags of a month are added up by the day. */
async function top(...[query, dimension, limit]: Parameters<History['top']>): Promise<readonly TopRow[]> {
  if (dimension !== 'tag') return store.top(query, dimension, limit)
  const sums = new Map<string, TopRow>()
  for (let fromMs = query.fromMs; fromMs < query.toMs; fromMs += DAY_MS) {
    const day = { ...query, fromMs, toMs: Math.min(query.toMs, fromMs + DAY_MS) }
    for (const row of await store.top(day, 'tag', limit)) {
      sums.set(row.value, { ...row, items: row.items + (sums.get(row.value)?.items ?? 0) })
    }
  }
  return [...sums.values()].sort((a, b) => b.items - a.items).slice(0, limit)
}

async function print({ name, day }: Sample, paper: 'A4' | 'Letter'): Promise<void> {
  const asOfMs = dayInterval(day, ZONE).toMs + 8 * HOUR_MS + 55 * MINUTE_MS
  const options = { day, zone: ZONE, asOfMs, revision: 1, build: '0.1.0', feed: 'simulated' as const }
  const report = await collectReport({ ...store, top }, alertBook, options)
  const html = renderHtml(report, { paper, publicUrl: 'https://tracker.example' })
  const pdf = await renderer.pdf(html, { format: paper, title: titleOf(report) })
  const file = join(values.out, name)
  writeFileSync(`${file}.pdf`, pdf)
  const size = ['-scale-to-x', String(PICTURE_PX), '-scale-to-y', '-1']
  execFileSync('pdftoppm', ['-png', '-singlefile', ...size, `${file}.pdf`, file])
  process.stdout.write(`${name}: ${report.figures.items.value} sales, ${pdf.length} bytes\n`)
}
