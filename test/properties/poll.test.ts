// Properties of polling: whatever the feed shows, and wherever the poller dies, each item is in the log once.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createPoller } from '../../producers/poll.ts'
import type { FeedRecord, Gap } from '../../schemas/records.ts'
import { floorTo, MINUTE_MS } from '../../schemas/time.ts'
import { createFakeClock } from '../fakes/clock.ts'
import { createFakeEventLog } from '../fakes/event-log.ts'
import { createFakeTelemetry } from '../fakes/telemetry.ts'
import {
  countedKeys,
  createWorldFeed,
  FEED_T0,
  type FeedFault,
  feedItem,
  type WorldEvent,
} from '../support/feed.ts'

const FAULTS: readonly FeedFault[] = [
  'none',
  'outage',
  'cut',
  'too-recent',
  'lagging',
  'twice',
  'backwards',
  'deaf',
]
const WORLD_MS = 30 * MINUTE_MS

interface Step {
  readonly waitMs: number
  readonly fault: FeedFault
  /** The process dies in the next append, after so many entries of it were written; null: it does not. */
  readonly diesAfter: number | null
}

const worldEvent: fc.Arbitrary<WorldEvent> = fc
  .record({
    atMs: fc.integer({ min: -5 * MINUTE_MS, max: WORLD_MS }),
    lateMs: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 4 * MINUTE_MS })),
    items: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 4 }),
    growsAfterMs: fc.option(fc.integer({ min: 1, max: 3 * MINUTE_MS })),
  })
  .map(({ atMs, lateMs, items, growsAfterMs }) => {
    const soldAtMs = FEED_T0 + atMs
    return {
      soldAtMs,
      visibleAtMs: soldAtMs + lateMs,
      growsAtMs: growsAfterMs === null ? null : soldAtMs + lateMs + growsAfterMs,
      items: items.map(n =>
        feedItem({ utc_date: soldAtMs / 1000, url: `//a${n}.bandcamp.com/album/${soldAtMs}` }),
      ),
    }
  })

// Two events of one instant would be the same to the feed too: it has no other identity.
const world = fc.uniqueArray(worldEvent, { maxLength: 60, selector: event => event.soldAtMs })

const step: fc.Arbitrary<Step> = fc.record({
  waitMs: fc.oneof(
    { weight: 8, arbitrary: fc.constant(32_000) },
    fc.integer({ min: 1, max: 15 * MINUTE_MS }),
  ),
  fault: fc.oneof({ weight: 5, arbitrary: fc.constant('none' as const) }, fc.constantFrom(...FAULTS)),
  diesAfter: fc.oneof(
    { weight: 6, arbitrary: fc.constant(null) },
    fc.oneof(fc.integer({ min: 0, max: 6 }), fc.constant(Number.POSITIVE_INFINITY)),
  ),
})

class Death extends Error {}

interface Run {
  readonly records: readonly (readonly FeedRecord[])[]
  /**
   * Late sales that a poller held when it died: shown again by the next answer that reaches so far back, but
   * after a long pause none may. What was before the cursor is no part of the gap that follows.
   */
  readonly excused: ReadonlySet<string>
  readonly shown: ReadonlyMap<string, number>
  readonly firstStartMs: number | null
}

/** Polls through all steps and then twice without faults; a poller that dies is followed by a new one. */
async function pollThrough(
  events: readonly WorldEvent[],
  steps: readonly Step[],
  partitions: number,
): Promise<Run> {
  const clock = createFakeClock(FEED_T0)
  const feed = createWorldFeed(events, clock.nowMs)
  let log = createFakeEventLog({ partitions })
  const telemetry = createFakeTelemetry()
  const create = () => createPoller({ log, feed, clock, telemetry, random: () => 0.5 })
  let poller = create()
  const excused = new Set<string>()
  const quiet: Step = { waitMs: MINUTE_MS, fault: 'none', diesAfter: null }
  for (const { waitMs, fault, diesAfter } of [...steps, quiet, quiet]) {
    feed.fault = fault
    if (diesAfter !== null) log.failNextAppend(new Death(), diesAfter)
    try {
      await poller.runOnce()
    } catch (error) {
      if (!(error instanceof Death)) throw error
      if (log.records('feed').every(partition => partition.length === 0)) feed.unseen()
      for (const key of feed.lateNews()) excused.add(key)
    }
    log = log.open() // an append that was to fail but never came does not wait for the next poll
    poller = diesAfter === null ? poller : create()
    clock.jumpTo(clock.nowMs() + waitMs)
  }
  return { records: log.records('feed'), shown: feed.shown, excused, firstStartMs: feed.firstStartMs }
}

function gapsOf(records: readonly FeedRecord[]): readonly Gap[] {
  return records.filter(record => record.kind === 'gap')
}

function inGap(gaps: readonly Gap[], ms: number): boolean {
  return gaps.some(gap => gap.fromMs <= ms && ms < gap.toMs)
}

const PARTITIONS = fc.integer({ min: 1, max: 3 })
const RUNS = { numRuns: Number(process.env.BCT_RUNS ?? 300) }

describe('polling any sequence of overlapping, repeated, late and faulty answers, dying anywhere', () => {
  it('[P1] puts each item that was shown into the log exactly once, or a gap speaks for it', async () => {
    await fc.assert(
      fc.asyncProperty(
        world,
        fc.array(step, { maxLength: 40 }),
        PARTITIONS,
        async (events, steps, partitions) => {
          const { records, shown, excused } = await pollThrough(events, steps, partitions)
          const counted = records.flatMap(countedKeys)
          expect(new Set(counted).size).toBe(counted.length)
          const gaps = records.flatMap(gapsOf)
          const missing = [...shown].filter(([key, ms]) => {
            return !counted.includes(key) && !inGap(gaps, ms) && !excused.has(key)
          })
          expect(missing).toEqual([])
          expect(counted.filter(key => !shown.has(key))).toEqual([])
        },
      ),
      RUNS,
    )
  })

  it('[P2] ticks only after everything before it that was there in time, and never backwards', async () => {
    await fc.assert(
      fc.asyncProperty(
        world,
        fc.array(step, { maxLength: 40 }),
        PARTITIONS,
        async (events, steps, partitions) => {
          const { records, firstStartMs } = await pollThrough(events, steps, partitions)
          const last = records.map(partition => partition.findLast(record => record.kind === 'tick')?.upToMs)
          expect(new Set(last).size).toBe(1)
          for (const partition of records) {
            const ticks = partition.filter(record => record.kind === 'tick').map(tick => tick.upToMs)
            expect(ticks).toEqual([...new Set(ticks)].sort((a, b) => a - b))
          }
          const counted = new Set(records.flatMap(countedKeys))
          const gaps = records[0]!.length === 0 ? [] : gapsOf(records[0]!)
          const promised = events.filter(event => {
            const { soldAtMs, visibleAtMs } = event
            const inTime = visibleAtMs <= floorTo(soldAtMs, MINUTE_MS) + MINUTE_MS
            return (
              inTime && soldAtMs >= (firstStartMs ?? 0) && soldAtMs < (last[0] ?? 0) && !inGap(gaps, soldAtMs)
            )
          })
          const lost = promised.filter(
            event => ![...counted].some(key => key.startsWith(`${event.soldAtMs / 1000}&`)),
          )
          expect(lost).toEqual([])
        },
      ),
      RUNS,
    )
  })
})
