// The simulated past, as the process writes it that is made for it: polled, enriched, up to its end.
import { expect, test } from 'vitest'
import { enrichedUpTo, pollPast, worldFacts } from '../../infra/main/past.ts'
import { consumeFeed } from '../../infra/main/stages.ts'
import { systemClock as clock } from '../../infra/system/clock.ts'
import { createWorld } from '../../producers/simulator/core/world.ts'
import { createSimulatedFeed, createSimulatedPages } from '../../producers/simulator/feed.ts'
import { HOUR_MS } from '../../schemas/time.ts'
import { createFakeEventLog } from '../fakes/event-log.ts'
import { createFakeTelemetry } from '../fakes/telemetry.ts'

const FROM_MS = Date.UTC(2026, 9, 12, 10)
const TO_MS = FROM_MS + 2 * HOUR_MS

test('[X8] the past is enriched up to its end: each basket once, its genres from the pages of the world', async () => {
  const log = createFakeEventLog({ partitions: 2 })
  const telemetry = createFakeTelemetry()
  const world = createWorld({ seed: 5 })
  const config = {
    pollEveryMs: 32_000,
    feedOverlapMs: 60_000,
    enrichWaitMs: 20_000,
    allowedLatenessMs: HOUR_MS,
  }
  const pages = createSimulatedPages(createSimulatedFeed({ world, clock }), clock)
  const cache = worldFacts(world)
  const enrich = await consumeFeed({ config, log, pages, cache, clock, telemetry })
  const place = { kind: 'embedded' as const, dir: '', partitions: 2 }
  const work = { fromMs: FROM_MS, toMs: TO_MS, log: place, seed: 5, volume: 1, config }
  await pollPast({ log, world, work, clock, telemetry })
  await enrichedUpTo(log, TO_MS, clock)
  await enrich.close()

  const records = log.records('sales').flat()
  const fed = log.records('feed').flat()
  const idsOf = (ids: readonly string[]) => [...ids].sort()
  const sales = records.filter(record => record.kind === 'sale')
  expect(idsOf(sales.map(s => s.basketId))).toEqual(
    idsOf(fed.flatMap(r => (r.kind === 'basket' ? [r.id] : []))),
  )
  expect(sales.length).toBeGreaterThan(1_000)
  const known = sales.flatMap(s => s.items).filter(item => world.pageFacts(item.url) !== null)
  expect(known.every(({ genreSource, genre }) => genreSource === (genre === null ? 'none' : 'page'))).toBe(
    true,
  )
})
