// A store's content for questions: sales, and the windows that belong to them.
import { DEFAULT_ALLOWED_LATENESS_MS, WINDOW_MS } from '../../processors/topology.ts'
import type { Sale, Window, WindowSize } from '../../schemas/records.ts'
import { HOUR_MS } from '../../schemas/time.ts'
import { plainWindows } from './sales.ts'

/** Every window of the sales that ends at or before `watermarkMs`. */
export function windowsOf(sales: readonly Sale[], watermarkMs: number): readonly Window[] {
  const firstMs = Math.min(watermarkMs, ...sales.map(s => s.soldAtMs)) - HOUR_MS
  const log = [
    { kind: 'tick' as const, upToMs: firstMs },
    ...[...sales].sort((a, b) => a.soldAtMs - b.soldAtMs),
    { kind: 'tick' as const, upToMs: watermarkMs },
  ]
  return [...plainWindows(log, DEFAULT_ALLOWED_LATENESS_MS)].flatMap(([id, totals]) => {
    const [size, start, ...key] = id.split(' ') as [WindowSize, string, ...string[]]
    const startMs = Number(start)
    if (startMs + WINDOW_MS[size] > watermarkMs) return []
    return [{ kind: 'window' as const, key: key.join(' '), size, startMs, revision: 0, ...totals }]
  })
}
