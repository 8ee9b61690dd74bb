// When a labelled world's feed fails: sales are lost, come late all at once, or come in part.
import { DAY_MS, MINUTE_MS } from '../../../../schemas/time.ts'
import { Rng } from '../random.ts'

const OUTAGES = 92
/** Outages a day; each is lost, delayed or partial, for 8 to 88 minutes. */
const PER_DAY = 0.12
const MINUTES_LEAST = 8
const MINUTES_SPAN = 80
const MINUTES_OF_DAY = 1_320

export interface Outage {
  readonly kind: 'lost' | 'delayed' | 'partial'
  readonly fromMs: number
  readonly toMs: number
}

export function outagesOf(
  seed: number,
  plan: { readonly fromMs: number; readonly toMs: number },
): readonly Outage[] {
  const rng = new Rng(seed, OUTAGES)
  const outages: Outage[] = []
  const kinds = ['lost', 'delayed', 'partial'] as const
  for (let dayMs = plan.fromMs; dayMs < plan.toMs - DAY_MS; dayMs += DAY_MS) {
    if (rng.unit() >= PER_DAY) continue
    const fromMs = dayMs + rng.int(MINUTES_OF_DAY) * MINUTE_MS
    outages.push({
      kind: kinds[rng.int(3)]!,
      fromMs,
      toMs: fromMs + (MINUTES_LEAST + rng.int(MINUTES_SPAN)) * MINUTE_MS,
    })
  }
  return outages
}
