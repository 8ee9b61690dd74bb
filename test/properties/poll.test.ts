// Properties of polling: whatever the feed shows, and wherever the poller dies, each item is in the log once.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { EventLog } from '../../infra/ports.ts'
import { createPoller } from '../../producers/poll.ts'
import type { FeedRecord, Gap } from '../../schemas/records.ts'
import { floorTo, MINUTE_MS } from '../../schemas/time.ts'
import { createFakeClock } from '../fakes/clock.ts'
import { createFakeEventLog, type FakeEventLog } from '../fakes/event-log.ts'
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
const MAX_PARTITIONS = 3
const WORLD_MS = 30 * MINUTE_MS

interface Step {
  readonly waitMs: number
  readonly fault: FeedFault
  /**
   * The process dies in an append of the next poll, after so many entries of it were written to each
   * partition (as with Kafka, each partition has its own fate); null: it does not.
   */
  readonly dies: { readonly inAppend: number; readonly after: readonly number[] } | null
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
  dies: fc.option(
    fc.record({
      inAppend: fc.nat(1), // baskets, or ticks
      after: fc.array(fc.oneof(fc.integer({ min: 0, max: 4 }), fc.constant(Number.POSITIVE_INFINITY)), {
        minLength: MAX_PARTITIONS,
        maxLength: MAX_PARTITIONS,
      }),
    }),
    { freq: 5 },
  ),
})

class Death extends Error {}

/**
 * A log that writes only the first entries of each partition in one of its appends; then the process is gone.
 */
function dying(log: FakeEventLog, { inAppend, after }: NonNullable<Step['dies']>): EventLog {
  let appends = 0
  return {
    ...log,
    append: async entries => {
      if (appends++ !== inAppend) return log.append(entries)
      const written = after.map(() => 0)
      await log.append(entries.filter(entry => written[entry.partition]!++ < after[entry.partition]!))
      throw new Death()
    },
  }
}

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
  const log = createFakeEventLog({ partitions })
  const telemetry = createFakeTelemetry()
  const create = (on: EventLog) => createPoller({ log: on, feed, clock, telemetry, random: () => 0.5 })
  let poller = create(log)
  const excused = new Set<string>()
  const quiet: Step = { waitMs: MINUTE_MS, fault: 'none', dies: null }
  for (const { waitMs, fault, dies } of [...steps, quiet, quiet]) {
    feed.fault = fault
    if (dies !== null) poller = create(dying(log, dies))
    try {
      await poller.runOnce()
    } catch (error) {
      if (!(error instanceof Death)) throw error
      if (log.records('feed').every(partition => partition.length === 0)) feed.unseen()
      for (const key of feed.lateNews()) excused.add(key)
    }
    if (dies !== null) poller = create(log)
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

const PARTITIONS = fc.integer({ min: 1, max: MAX_PARTITIONS })
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
