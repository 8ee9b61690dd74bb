// Puts the simulated world's past into the log, through the same poller, before it goes on live.

import { createPoller } from '../../producers/poll.ts'
import { POLL_LEASE } from '../../producers/poll-lease.ts'
import type { World } from '../../producers/simulator/core/world.ts'
import { createSimulatedFeed } from '../../producers/simulator/feed.ts'
import { DAY_MS, floorTo, MINUTE_MS } from '../../schemas/time.ts'
import type { Clock, EventLog, PageCache, PageFacts, Store, Telemetry } from '../ports.ts'

/** Each answer of the past spans this much: small enough not to hold up the event loop for long. */
const STEP_MS = 20 * MINUTE_MS
/** The past is left to the live poller from here on: its feed answers the last ten minutes anyway. */
const LIVE_REACHES_MS = 8 * MINUTE_MS
/** After a minute ends, the feed takes this long to show it. */
const PUBLICATION_LAG_MS = 11_000
/** The poller runs ahead of the other stages by at most so many records: what they hold stays small. */
const AHEAD_MAX_RECORDS = 20_000
const AHEAD_CHECK_MS = 20

export interface BackfillParts {
  readonly log: EventLog
  readonly store: Pick<Store, 'acquireLease'>
  readonly world: World
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly historyDays: number
  readonly overlapMs: number
  readonly signal: AbortSignal
  /** Event time up to which everything is in the store, for progress and for not running ahead. */
  readonly storedUpToMs: () => Promise<number | null>
  readonly onProgress: (share: number) => void
}

/** The stretch of the world's past that the log lacks; null where the live feed reaches back far enough. */
export async function missingPast(
  log: EventLog,
  nowMs: number,
  historyDays: number,
): Promise<{ readonly fromMs: number; readonly toMs: number } | null> {
  const toMs = floorTo(nowMs - PUBLICATION_LAG_MS, MINUTE_MS)
  const earliestMs = floorTo(nowMs - historyDays * DAY_MS, MINUTE_MS)
  const lastTickMs = await lastTick(log)
  const fromMs = Math.max(lastTickMs ?? earliestMs, earliestMs)
  return historyDays === 0 || toMs - fromMs <= LIVE_REACHES_MS ? null : { fromMs, toMs }
}

/**
 * Polls the past in steps, under the same lease as the live poller, until the present is reached and stored.
 */
export async function backfill(
  parts: BackfillParts,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): Promise<void> {
  const { log, store, world, telemetry, signal, overlapMs } = parts
  const lease = await store.acquireLease(POLL_LEASE, signal)
  try {
    let nowMs = fromMs + 2 * MINUTE_MS + PUBLICATION_LAG_MS
    const clock: Clock = { nowMs: () => nowMs, sleep: parts.clock.sleep }
    const feed = createSimulatedFeed({ world, clock, clampMs: STEP_MS + overlapMs + MINUTE_MS })
    const poller = createPoller({ log, feed, clock, telemetry, random: () => 0, options: { overlapMs } })
    const stop = AbortSignal.any([signal, lease.lost])
    const report = async () => {
      const stored = (await parts.storedUpToMs()) ?? fromMs
      parts.onProgress(Math.min(1, Math.max(0, (stored - fromMs) / (toMs - fromMs))))
      return stored
    }
    while (!stop.aborted) {
      await poller.runOnce(stop)
      if (nowMs - PUBLICATION_LAG_MS >= toMs) break
      nowMs = Math.min(nowMs + STEP_MS, toMs + PUBLICATION_LAG_MS)
      await waitForStages(parts, stop)
      await report()
    }
    while (!stop.aborted && (await report()) < toMs) await parts.clock.sleep(AHEAD_CHECK_MS * 5, stop)
  } finally {
    await lease.release().catch(() => undefined)
  }
}

/** Waits while `enrich` is far behind the poller. */
async function waitForStages({ log, clock }: BackfillParts, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const [ends, read] = await Promise.all([log.bounds('feed'), log.committed('enrich', 'feed')])
    const behind = ends.reduce((sum, { end }, p) => sum + end - (read[p]?.offset ?? 0), 0)
    if (behind < AHEAD_MAX_RECORDS) return
    await clock.sleep(AHEAD_CHECK_MS, signal)
  }
}

async function lastTick(log: EventLog): Promise<number | null> {
  const [bounds] = await log.bounds('feed')
  if (bounds === undefined || bounds.end === bounds.start) return null
  const tail = await log.read('feed', 0, bounds.end - 1, 1)
  const last = tail.records[0]
  if (last?.kind === 'tick') return last.upToMs
  return last?.kind === 'basket' ? last.soldAtMs : null
}

/** While the past is written, item facts come from the world itself: its pages are not read one by one. */
export function worldFacts(world: World, cache: PageCache, isBackfilling: () => boolean): PageCache {
  return {
    lookup: async (pages, notBeforeMs) => {
      if (!isBackfilling()) return cache.lookup(pages, notBeforeMs)
      const known = new Map<string, { readonly facts: PageFacts; readonly exact: boolean }>()
      for (const { url } of pages) {
        const facts = world.pageFacts(url)
        if (facts !== null) known.set(url, { facts, exact: true })
      }
      return known
    },
    remember: pages => cache.remember(pages),
  }
}
