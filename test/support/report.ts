// A report with everything in it for tests: gaps, alerts, hostile names, and options to bend it.
import type { Alert } from '../../schemas/alerts.ts'
import type { Gap, Sale } from '../../schemas/records.ts'
import { HOUR_MS, MINUTE_MS } from '../../schemas/time.ts'
import { collectReport } from '../../sinks/report/collect.ts'
import type { ReportOptions } from '../../sinks/report/core/answers.ts'
import { dayInterval } from '../../sinks/report/core/day.ts'
import type { DailyReport } from '../../sinks/report/core/model.ts'
import { someSales } from '../contracts/history.ts'
import { createFakeStore } from '../fakes/store.ts'
import { item, sale, T0 } from './sales.ts'

/** A row of the real feed, and what others could write: [artist, title, name of the page]. */
export const HARD_NAMES = [
  ['𝐺𝑂𝑅𝐸', '肉と血を超えて', 'gore'],
  ['새소년 草东没有派对', 'أغنية שיר', 'scripts'],
  ['เพลง हिन्दी Ελλάδα Кино', '♥ ★ 🎷 ∀x∈ℝ', 'symbols'],
  ['<img src=x onerror=alert(1)>', '"><script>alert(2)</script>\u202egnp', 'markup'],
  ['=HYPERLINK("https://evil.example")', 'a'.repeat(10_000), 'formula'],
] as const

/** So many sales of each hard name within the day, at ten in the morning UTC. */
export function hardSales(day: string, each = 30): readonly Sale[] {
  const atMs = dayInterval(day, 'UTC').fromMs + 10 * HOUR_MS
  return HARD_NAMES.flatMap(([artistName, title, slug], n) =>
    Array.from({ length: each - n }, (_, i) => {
      const artistHost = `${slug}.bandcamp.com`
      const url = slug === 'markup' ? 'javascript:alert(3)' : `https://${artistHost}/album/${slug}`
      return sale(`${slug}-${i}`, atMs + i * MINUTE_MS, [item({ artistName, title, artistHost, url })])
    }),
  )
}

export interface ReportWorld extends Partial<ReportOptions> {
  readonly sales?: readonly Sale[]
  readonly gaps?: readonly Gap[]
  readonly alerts?: readonly Alert[]
  readonly watermarkMs?: number
}

/** The report of a day, of thirty days of a few sales where none are given. */
export async function reportFor(day: string, world: ReportWorld = {}): Promise<DailyReport> {
  const { sales = someSales(1_500, 30), gaps = [], alerts = [], watermarkMs = T0, ...options } = world
  const store = createFakeStore()
  const progress = { stage: 'test', topic: 'sales' as const, partition: 0, offset: 1 }
  await store.write({ sales, gaps, watermarkMs, progress })
  const asOfMs = dayInterval(day, 'UTC').toMs + 9 * HOUR_MS
  const about = { zone: 'UTC', asOfMs, revision: 1, build: '0.1.0', feed: 'live' as const }
  return collectReport(store, { alerts: async () => alerts }, { ...about, day, ...options })
}
