// Sales of the simulated world as `enrich` would write them, with a tick after every minute.
import { hashOf } from '../producers/core/identity.ts'
import { normaliseBasket } from '../producers/core/normalise.ts'
import { createWorld } from '../producers/simulator/core/world.ts'
import type { Sale, SalesRecord } from '../schemas/records.ts'
import { MINUTE_MS } from '../schemas/time.ts'

const WORLD_SEED = 7

/** Batches of `batchMs` of event time each. Facts of pages are remembered: artists sell more than once. */
export function* worldSales(fromMs: number, toMs: number, batchMs: number): Iterable<readonly SalesRecord[]> {
  const world = createWorld({ seed: WORLD_SEED })
  const facts = new Map<string, ReturnType<typeof world.pageFacts>>()
  const factsOf = (url: string) => {
    const known = facts.get(url)
    if (known !== undefined) return known
    const found = world.pageFacts(url)
    facts.set(url, found)
    return found
  }
  let batch: SalesRecord[] = []
  for (let minute = fromMs; minute < toMs; minute += MINUTE_MS) {
    for (const { soldAtMs, text } of world.eventsOfMinute(minute)) {
      const { sale } = normaliseBasket({ kind: 'basket', id: hashOf(text), soldAtMs, text })
      if (sale !== null) batch.push(enriched(sale, factsOf))
    }
    batch.push({ kind: 'tick', upToMs: minute + MINUTE_MS })
    if ((minute + MINUTE_MS) % batchMs !== 0) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

function enriched(
  sale: Sale,
  factsOf: (url: string) => { genre: string | null; tags: readonly string[] } | null,
): Sale {
  const items = sale.items.map(item => {
    const facts = factsOf(item.url)
    if (facts === null) return { ...item, genreSource: 'not-an-item' as const }
    const genreSource = facts.genre === null ? ('none' as const) : ('page' as const)
    return { ...item, genre: facts.genre, genreSource, tags: facts.tags }
  })
  return { ...sale, items }
}
